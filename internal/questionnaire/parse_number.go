package questionnaire

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

var (
	numberForm = pattern(`^([+-]?)\s?(\d*)(?:([.,])(\d*))?\s*(.*)$`)
	fillAround = pattern(`(?i)^(?:it'?s|i am|i'm|about|around|my|is|unos|unas|como|son|es)\s+`)
)

// parseNumber reads a number and its unit.
func (i *Item) parseNumber(lang, words string) (Value, string, bool) {
	s := strings.TrimSpace(westernDigits(words))
	s = strings.TrimSpace(strings.TrimLeft(s, "#("))
	s = fillAround().ReplaceAllString(s, "")
	num, rest, ok := leadingNumber(lang, s)
	if !ok {
		return Value{}, "", false
	}
	v := Value{Type: i.Type, Text: num}
	if i.Type == Integer && strings.Contains(num, ".") {
		return Value{}, "wrong-type", false
	}
	rest = strings.Trim(rest, ".!)( ")
	if rest == "" || politeRest(rest) {
		switch {
		case i.Type == Quantity && len(i.Units) > 1:
			return Value{}, "wrong-unit", false
		case i.Type == Quantity && len(i.Units) == 1:
			v.System, v.Code = i.Units[0].System, i.Units[0].Code
		}
		return v, "", true
	}
	if strings.ContainsAny(rest, "0123456789") {
		return Value{}, "", false // "3 4", "3-4", "1 500": which?
	}
	u := i.unitNamed(rest)
	switch {
	case u == nil && len(i.Units) > 0:
		return Value{}, "wrong-unit", false
	case u == nil:
		return Value{}, "", false
	case i.Type == Quantity:
		v.System, v.Code = u.System, u.Code
	}
	return v, "", true
}

func politeRest(rest string) bool {
	for _, word := range strings.Fields(fold(rest)) {
		if !fillers[word] {
			return false
		}
	}
	return true
}

// leadingNumber reads the number at the start of s into plain form. A comma or a point that could part thousands as well
// as decimals makes it unreadable: "1,500" is 1500 to some and 1.5 to others.
func leadingNumber(lang, s string) (num, rest string, ok bool) {
	m := numberForm().FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	sign, whole, sep, frac, rest := m[1], m[2], m[3], m[4], m[5]
	if whole == "" && frac == "" {
		first, after, _ := strings.Cut(strings.TrimSpace(s), " ")
		num := numberWord(lang, fold(first))
		if num != "" && compound(lang, after) {
			return "", "", false // "twenty five" is not read, rather than read as 20
		}
		return num, after, num != ""
	}
	if sep != "" && frac != "" && strings.HasPrefix(rest, ".") && len(rest) > 1 || strings.HasPrefix(rest, ",") {
		return "", "", false
	}
	point := sep == "." && decimalPoint(lang)
	if len(frac) == 3 && !point && len(whole) <= 3 && strings.Trim(whole, "0") != "" {
		return "", "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	num = whole
	if frac != "" {
		num += "." + frac
	}
	if sign == "-" && strings.Trim(num, "0.") != "" {
		num = "-" + num
	}
	return num, rest, isDecimal(num)
}

// compound says that what comes after a number in words goes on with the number.
func compound(lang, after string) bool {
	for _, word := range strings.Fields(fold(after)) {
		if numberWord(lang, word) != "" || word == "hundred" || word == "thousand" || word == "cien" || word == "mil" || word == "half" || word == "media" || word == "medio" {
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
