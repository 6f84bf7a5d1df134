package questionnaire

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	numberForm = pattern(`^([+-]?)\s?(\d*)(?:([.,])(\d*))?\s*(.*)$`)
	fillAround = pattern(`(?i)^(?:it'?s|it is|it was|i am|i'm|i would say|i'd say|i guess|i think|maybe|about|around|roughly|approx\.?|my|is|was|age|tengo|creo que|quiz[aá]s|unos|unas|como|son|es|fue|edad)\s+`)
	wavering   = pattern(`^(?:between |entre )?(\d{1,9})\s*(?:-|–|—|\bor\b|\bo\b|\bto\b|\ba\b|\band\b|\by\b)\s*(\d{1,9})[.!]?$`)
	grouped    = pattern(`^(\d{1,3})[.,](\d{3})$`)
)

// parseNumber reads a number and its unit.
func (i *Item) parseNumber(lang, words string) reading {
	given := strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(westernDigits(words)), "#("))
	s := given
	for bare := ""; bare != s; {
		bare, s = s, fillAround().ReplaceAllString(s, "")
	}
	if m := outOf().FindStringSubmatch(strings.ToLower(s)); m != nil && i.Max != nil && m[2] == i.Max.Text {
		return reading{value: Value{Type: i.Type, Text: bareWhole(m[1])}, ok: true, taken: true} // "4/10"
	}
	if r := i.betweenNumbers(s); len(r.either) > 0 {
		return r
	}
	num, rest, spelled, ok := leadingNumber(lang, s)
	if !ok {
		return i.thousands(s)
	}
	v := Value{Type: i.Type, Text: num}
	if i.Type == Integer && strings.Contains(num, ".") {
		return reading{code: "wrong-type"}
	}
	taken := s != given || spelled
	if bare := strings.Trim(rest, ".!)( "); bare == "" || i.unitNamed(rest) == nil { // some units end in it: "Day(s)"
		rest = bare
	}
	if rest == "" || only(rest, fillers) {
		switch {
		case i.Type == Quantity && len(i.Units) > 1:
			return reading{code: "wrong-unit"}
		case i.Type == Quantity && len(i.Units) == 1:
			v.System, v.Code = i.Units[0].System, i.Units[0].Code
		}
		return reading{value: v, ok: true, taken: taken}
	}
	if strings.ContainsAny(rest, "0123456789") {
		return reading{} // "3 4", "1 500": which?
	}
	u := i.unitNamed(rest)
	switch {
	case u == nil && len(i.Units) > 0:
		return reading{code: "wrong-unit"}
	case u == nil && i.goesWith(lang, rest):
		taken = true
	case u == nil:
		return reading{}
	case i.Type == Quantity:
		v.System, v.Code = u.System, u.Code
	}
	return reading{value: v, ok: true, taken: taken}
}

// goesWith says whether words after a number change nothing: "30 years old", "3 times", "2 pills" to how many pills.
func (i *Item) goesWith(lang, rest string) bool {
	folded := fold(rest)
	if ofAge[folded] {
		return true
	}
	known := set("times time veces vez of a an the per each every de al por cada")
	for w := range strings.FieldsSeq(fold(i.Text.In(lang) + " " + i.Short.In(lang))) {
		if utf8.RuneCountInString(w) > 2 {
			known[w] = true
		}
	}
	for w := range fillers {
		known[w] = true
	}
	return only(rest, known)
}

var ofAge = phrases("years old", "year old", "yrs old", "yr old", "yo", "y o", "years of age", "anos de edad", "anos cumplidos")

// only says whether all words are among those known.
func only(words string, known map[string]bool) bool {
	for _, word := range strings.Fields(fold(words)) {
		if !known[word] {
			return false
		}
	}
	return true
}

// betweenNumbers reads "3 or 4", "3-4", "between 3 and 4", which are no one number.
func (i *Item) betweenNumbers(s string) reading {
	m := wavering().FindStringSubmatch(strings.ToLower(s))
	if m == nil || i.Type == Quantity {
		return reading{}
	}
	return reading{either: []Value{{Type: i.Type, Text: bareWhole(m[1])}, {Type: i.Type, Text: bareWhole(m[2])}}}
}

// thousands reads "1,500", which is 1500 to some and 1.5 to others.
func (i *Item) thousands(s string) reading {
	m := grouped().FindStringSubmatch(s)
	if m == nil || i.Type == Quantity {
		return reading{}
	}
	part := strings.TrimRight(m[2], "0")
	if part != "" {
		part = "." + part
	}
	ways := []Value{{Type: i.Type, Text: m[1] + m[2]}}
	if i.Type != Integer {
		ways = append(ways, Value{Type: i.Type, Text: m[1] + part})
	}
	return reading{either: ways, notation: true}
}

// bareWhole is digits without leading zeros.
func bareWhole(digits string) string {
	if s := strings.TrimLeft(digits, "0"); s != "" {
		return s
	}
	return "0"
}

// leadingNumber reads the number at the start of s into plain form; spelled says that it is in words. A comma or a point that could
// part thousands as well as decimals makes it unreadable: "1,500" is 1500 to some and 1.5 to others.
func leadingNumber(lang, s string) (num, rest string, spelled, ok bool) {
	m := numberForm().FindStringSubmatch(s)
	if m == nil {
		return "", "", false, false
	}
	sign, whole, sep, frac, rest := m[1], m[2], m[3], m[4], m[5]
	if whole == "" && frac == "" {
		fields := strings.Fields(fold(s))
		n, used := spelledNumber(lang, fields)
		if used == 0 || goesOn(lang, fields[used:]) {
			return "", "", false, false // "three and a half", "two thousand" are not read, rather than read as 3 and 2
		}
		return number(n), strings.Join(fields[used:], " "), true, true
	}
	if sep != "" && frac != "" && strings.HasPrefix(rest, ".") && len(rest) > 1 || strings.HasPrefix(rest, ",") {
		return "", "", false, false
	}
	point := sep == "." && decimalPoint(lang)
	if len(frac) == 3 && !point && len(whole) <= 3 && strings.Trim(whole, "0") != "" {
		return "", "", false, false
	}
	num = bareWhole(whole)
	if frac != "" {
		num += "." + frac
	}
	if sign == "-" && strings.Trim(num, "0.") != "" {
		num = "-" + num
	}
	return num, rest, false, isDecimal(num)
}

// spelledNumber reads the number in words, up to 999, that a text begins with, and how many words it takes: "twenty five", "treinta y
// uno", "one hundred and two".
func spelledNumber(lang string, said []string) (n, used int) {
	value := func(k int) int {
		if k >= len(said) || numberWord(lang, said[k]) == "" {
			return -1
		}
		return atoi(numberWord(lang, said[k]))
	}
	below100 := func(k int) (n, used int) {
		n = value(k)
		if n < 0 {
			return 0, 0
		}
		if n < 20 || n%10 != 0 {
			return n, 1
		}
		if unit := value(k + 1); unit > 0 && unit < 10 {
			return n + unit, 2
		}
		if unit := value(k + 2); unit > 0 && unit < 10 && said[k+1] == "y" {
			return n + unit, 3
		}
		return n, 1
	}
	n, used = below100(0)
	switch {
	case len(said) > 0 && (said[0] == "cien" || said[0] == "ciento"), len(said) > 0 && said[0] == "hundred":
		n, used = 100, 1
	case used == 1 && n > 0 && n < 10 && len(said) > 1 && said[1] == "hundred":
		n, used = n*100, 2
	default:
		return n, used
	}
	if used < len(said) && said[used] == "and" {
		if more, length := below100(used + 1); length > 0 {
			return n + more, used + 1 + length
		}
	}
	more, length := below100(used)
	return n + more, used + length
}

// goesOn says that what comes after a number in words goes on with the number.
func goesOn(lang string, after []string) bool {
	for _, word := range after {
		switch word {
		case "hundred", "thousand", "million", "cien", "ciento", "mil", "half", "media", "medio", "point", "punto", "coma", "dozen", "docena":
			return true
		}
		if numberWord(lang, word) != "" && word != "a" && word != "un" && word != "una" {
			return true
		}
	}
	return false
}

// decimalPoint says whether the language's speakers agree on a decimal point. Spanish is written with a comma in Spain and
// with a point in Mexico and the United States, so there neither is taken for granted.
func decimalPoint(lang string) bool {
	base, _, _ := strings.Cut(lang, "-")
	return base == "en"
}

// unitNames are how people write common units, by UCUM code.
var unitNames = map[string]map[string]bool{
	"kg":      set("kg kgs kilo kilos kilogram kilograms kilogramo kilogramos"),
	"[lb_av]": set("lb lbs pound pounds libra libras"),
	"g":       set("g gram grams gramo gramos"),
	"mg":      set("mg milligram milligrams miligramo miligramos"),
	"m":       set("m meter meters metre metres metro metros"),
	"cm":      set("cm centimeter centimeters centimetre centimetres centimetro centimetros"),
	"[in_i]":  set("in inch inches pulgada pulgadas"),
	"[ft_i]":  set("ft foot feet pie pies"),
	"Cel":     set("c °c celsius"),
	"[degF]":  set("f °f fahrenheit"),
	"%":       set("% percent porciento"),
	"mm[Hg]":  set("mmhg"),
	"/min":    set("bpm /min perminute lpm porminuto"),
	"mg/dL":   set("mg/dl mgdl"),
	"min":     set("min mins minute minutes minuto minutos"),
	"h":       set("h hr hrs hour hours hora horas"),
	"d":       set("d day days dia dias"),
	"wk":      set("wk week weeks semana semanas"),
	"mo":      set("mo month months mes meses"),
	"a":       set("a yr yrs year years ano anos"),
}

// unitNamed is the one unit of i that is written so, or nil.
func (i *Item) unitNamed(written string) *Unit {
	for n := range i.Units {
		if u := &i.Units[n]; u.Code == written || u.Display == written {
			return u
		}
	}
	loose := looseUnit(written)
	var found *Unit
	for n := range i.Units {
		u := &i.Units[n]
		if looseUnit(u.Code) == loose || looseUnit(u.Display) == loose || unitNames[u.Code][loose] {
			if found != nil {
				return nil
			}
			found = u
		}
	}
	return found
}

// looseUnit is a unit as written, in lower case without spaces, dots and accents.
func looseUnit(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '.' || r >= 0x300 && r <= 0x36F {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKD.String(s)))
}
