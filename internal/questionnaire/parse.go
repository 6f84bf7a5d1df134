package questionnaire

import (
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
)

// maxReply is the longest text, in bytes, in which an answer other than words is looked for.
const maxReply = 500

// Ear is whose words are heard.
type Ear struct {
	Lang    string
	Country string    // ISO 3166-1 alpha-2: how days are written there; empty: as the language's region has it
	Now     time.Time // settles "today" and a missing year, in the zone that it carries
}

// Heard is what was made of an answer in words.
type Heard struct {
	Values []Value
	Taken  bool    // something had to be interpreted: whoever said it should be told what it was taken for
	Either []Value // what may have been meant, where it is not certain which; there are no Values then
}

// Hear reads an answer in words, as texted by a person: an option's number (see [Item.Keys]), label, code or letter, how its label
// begins or nearly its label; "yes"/"sí"; a number in digits or words, with a unit; a day in the usual forms. Several answers of a
// repeating item may be separated by commas, spaces or "and". What it can't read for certain is an issue with the code "unclear", or
// "ambiguous" when it can name what may be meant; what the item doesn't allow is the first issue of Check.
func (q *Questionnaire) Hear(i *Item, words string, e Ear) (Heard, *fault.Issue) {
	out := i.parse(e, tidy(words))
	switch {
	case out.issue == nil:
		if is := q.Check(i, out.values); len(is) > 0 {
			return Heard{}, &is[0]
		}
		return Heard{Values: out.values, Taken: out.taken}, nil
	case len(out.either) > 0:
		return q.decide(i, out)
	}
	return Heard{}, out.issue
}

// decide settles between what may be meant. Of the ways to read one notation only those count that the item allows ("10/3" can't
// be a day to come, where that isn't allowed); where somebody wavers, all must be allowed, for they named them all.
func (q *Questionnaire) decide(i *Item, out understood) (Heard, *fault.Issue) {
	var fit []Value
	var refused *fault.Issue
	for _, v := range out.either {
		if is := q.Check(i, []Value{v}); len(is) > 0 {
			refused = &is[0]
		} else if !slices.Contains(fit, v) {
			fit = append(fit, v)
		}
	}
	switch {
	case len(fit) == 0:
		return Heard{}, refused
	case refused != nil && !out.notation:
		return Heard{}, out.issue
	case len(fit) == 1:
		return Heard{Values: fit, Taken: true}, nil
	}
	is := issue(i, "ambiguous")
	return Heard{Either: fit}, &is
}

// Parse is [Questionnaire.Hear] where only the answer matters. It takes the customs of the language's region, American ones for English without one.
func (q *Questionnaire) Parse(i *Item, lang, words string, now time.Time) ([]Value, *fault.Issue) {
	heard, bad := q.Hear(i, words, Ear{Lang: lang, Now: now})
	return heard.Values, bad
}

// reading is what one answer in words may mean; its zero value is nothing certain.
type reading struct {
	value    Value
	ok       bool
	taken    bool    // interpreted, rather than said as it was offered
	either   []Value // which of these is not certain
	notation bool    // they are ways to read one notation; otherwise somebody wavers between them
	code     string  // says more than "unclear"
}

func certain(v Value) reading { return reading{value: v, ok: true} }

// perhaps is a reading that is ok or nothing.
func perhaps(v Value, ok bool) reading { return reading{value: v, ok: ok} }

// reader reads one answer in words.
type reader func(words string) reading

// understood is what was made of all the words.
type understood struct {
	values   []Value
	taken    bool
	either   []Value
	notation bool
	issue    *fault.Issue // nil with values
}

func (i *Item) parse(e Ear, words string) understood {
	unclear := func(r reading) understood {
		if r.code == "" {
			r.code = "unclear"
		}
		is := issue(i, r.code, i.hints()...)
		return understood{issue: &is, either: r.either, notation: r.notation}
	}
	switch {
	case !i.Answerable():
		return unclear(reading{code: "wrong-type"})
	case words == "" || i.Type == Attachment: // no words stand for a file
		return unclear(reading{})
	case worded(i.Type) || i.Type == Reference:
		vs, parted := i.parseWords(words)
		return understood{values: vs, taken: parted}
	case len(words) > maxReply && i.Type == OpenChoice:
		return understood{values: []Value{{Type: String, Text: afterOther(words)}}}
	case len(words) > maxReply:
		return unclear(reading{})
	}
	taken, read := false, i.reader(e)
	noting := func(words string) reading {
		r := read(words)
		taken = taken || r.ok && r.taken
		return r
	}
	separately := func() (u understood, ok bool) {
		if u.values, ok = i.several(words, noting); !ok {
			u.values, u.taken, ok = i.mixed(e.Lang, words, noting)
		}
		u.taken = u.taken || taken
		return u, ok
	}
	lines := strings.Contains(words, "\n") // each is an answer, though all of them might be read as one: "4", "emergency contact"
	if i.Repeats && lines {
		if u, ok := separately(); ok {
			return u
		}
		taken = false
	}
	r := noting(words)
	if r.ok {
		return understood{values: []Value{r.value}, taken: taken}
	}
	if i.Repeats && !lines {
		if u, ok := separately(); ok {
			return u
		}
	}
	if i.Type == OpenChoice && !onlyNumbers(words) {
		return understood{values: []Value{{Type: String, Text: afterOther(words)}}}
	}
	return unclear(r)
}

func (i *Item) reader(e Ear) reader {
	switch i.Type {
	case Boolean:
		return parseBoolean
	case Integer, Decimal, Quantity:
		return func(words string) reading { return i.parseNumber(e.Lang, words) }
	case Date:
		return e.date
	case Time:
		return parseTime
	case DateTime:
		return e.dateTime
	case URL:
		return func(w string) reading { return perhaps(Value{Type: URL, Text: w}, isURI(w)) }
	}
	return func(w string) reading { return i.parseOption(e.Lang, w) }
}

// hints are the arguments of the sentence for an unclear answer.
func (i *Item) hints() []string {
	keys := i.Keys()
	if len(keys) == 0 {
		return []string{"units", i.unitList()}
	}
	return []string{"first", keys[0], "last", keys[len(keys)-1]}
}

// parseWords takes words as they are; where they repeat, each line is an answer. Where more are needed than there are lines, parts
// between semicolons or commas are, if they are enough.
func (i *Item) parseWords(words string) (out []Value, parted bool) {
	if !i.Repeats {
		return []Value{{Type: i.Type, Text: words}}, false
	}
	between := func(marks string) (out []Value) {
		for part := range strings.FieldsFuncSeq(words, func(r rune) bool { return strings.ContainsRune(marks, r) }) {
			if part = tidy(part); part != "" {
				out = append(out, Value{Type: i.Type, Text: part})
			}
		}
		return out
	}
	out = between("\n")
	if len(out) < i.MinAnswers {
		for _, marks := range []string{"\n;", "\n;,"} {
			if vs := between(marks); len(vs) >= i.MinAnswers {
				return vs, true
			}
		}
	}
	return out, false
}

var (
	strongBreak = pattern(`(?i)\s*[;&+]\s*|\s*,\s+|,(?:\s*)(?:and|y|e)\s+|\s+(?:and|y|e)\s+`)
	weakBreak   = pattern(`[\s,;]+`)
	spanOf      = pattern(`\d\s*[-–—]\s*\d`)
)

// several reads answers to a repeating item: lines, parts of them between strong separators, and parts that make no sense as a whole
// between weaker ones. Every part must be understood.
func (i *Item) several(words string, read reader) (out []Value, ok bool) {
	for line := range strings.SplitSeq(words, "\n") {
		vs, ok := i.line(line, read)
		if !ok {
			return nil, false
		}
		out = append(out, vs...)
	}
	return out, len(out) > 0 && len(out) <= maxAnswers
}

func (i *Item) line(line string, read reader) (out []Value, ok bool) {
	if r := read(line); r.ok {
		return []Value{r.value}, true
	}
	choice := len(i.Options) > 0
	for _, part := range strongBreak().Split(line, -1) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		if r := read(part); r.ok {
			out = append(out, r.value)
			continue
		}
		if !choice && i.Type != Integer || choice && spanOf().MatchString(westernDigits(part)) { // "1-3" may mean 1 and 3, or 1 to 3
			return nil, false
		}
		for _, small := range weakBreak().Split(strings.TrimSpace(part), -1) {
			r := read(small)
			if !r.ok {
				return nil, false
			}
			out = append(out, r.value)
		}
	}
	return out, true
}

var otherInside = pattern(`(?i)[\s,;]+((?:other|otro|otra)\s*:)`)

// mixed reads options of a repeating open-choice together with words of one's own: each line is the one or the other, and so is what
// comes after "other:". So are the parts of a line between commas when one of them is plainly an option; parted says that.
func (i *Item) mixed(lang, words string, read reader) (out []Value, parted, ok bool) {
	if i.Type != OpenChoice {
		return nil, false, false
	}
	lines := strings.Split(otherInside().ReplaceAllString(words, "\n$1"), "\n")
	for _, line := range lines {
		if line = tidy(line); line == "" {
			continue
		}
		if vs, ok := i.line(line, read); ok {
			out = append(out, vs...)
		} else if onlyNumbers(line) {
			return nil, false, false
		} else if vs, ok := i.parts(lang, line); ok {
			out, parted = append(out, vs...), true
		} else {
			out = append(out, Value{Type: String, Text: afterOther(line)})
		}
	}
	return out, parted, len(out) > 1 && len(out) <= maxAnswers
}

var (
	partBreak = pattern(`[,;]`)
	numbers   = pattern(`^(?:\d+[\s.)]+){2,}`)
)

// parts reads the parts of a line between commas: options by number or by all of their label, and words of one's own, which may follow
// several numbers. One must be an option; a number that none has makes all of it unclear.
func (i *Item) parts(lang, line string) (out []Value, ok bool) {
	plain := func(words string) reading {
		folded, keys := fold(words), i.Keys()
		n := keyed(keys, folded)
		if n < 0 && !onlyNumbers(words) {
			n = i.one(func(o *Option) bool { return fold(o.Label.In(lang)) == folded })
		}
		if n < 0 {
			return reading{}
		}
		return certain(i.Options[n].Value)
	}
	for _, part := range partBreak().Split(line, -1) {
		if part = tidy(part); part == "" {
			continue
		}
		if first := numbers().FindString(part); first != "" {
			if vs, all := i.line(first, plain); all && len(first) < len(part) {
				out, ok, part = append(out, vs...), true, tidy(part[len(first):])
			}
		}
		switch vs, all := i.line(part, plain); {
		case all:
			out, ok = append(out, vs...), true
		case onlyNumbers(part):
			return nil, false
		default:
			out = append(out, Value{Type: String, Text: afterOther(part)})
		}
	}
	return out, ok
}

// onlyNumbers says that words are numbers, which were meant for options.
func onlyNumbers(words string) bool { return allDigits(strings.ReplaceAll(fold(words), " ", "")) }

func parseBoolean(words string) reading {
	folded := fold(words)
	yes, no := Value{Type: Boolean, Text: "true"}, Value{Type: Boolean, Text: "false"}
	for _, try := range []string{folded, dropFillers(folded)} {
		first, rest, _ := strings.Cut(try, " ")
		switch {
		case meansYes(first) && (rest == "" || yesWords[rest] || afterYes[rest] || courteous[rest]):
			return certain(yes)
		case meansNo(first) && (rest == "" || noWords[rest] || afterNo[rest] || courteous[rest]):
			return certain(no)
		}
	}
	if hesitates(folded, meansYes, meansNo) {
		return reading{either: []Value{yes, no}}
	}
	return reading{}
}

// hesitates says whether words name both of two things and nothing else: "yes and no", "no or yes".
func hesitates(folded string, one, other func(string) bool) bool {
	ones, others := false, false
	for w := range strings.FieldsSeq(folded) {
		switch {
		case one(w):
			ones = true
		case other(w):
			others = true
		case !joining[w]:
			return false
		}
	}
	return ones && others
}

// joining are the words between two things that somebody wavers between.
var joining = set("or and to between maybe perhaps o u y e a entre quizas tal vez")

// What may follow a yes or a no without changing it.
var (
	courteous = phrases("thanks", "thank you", "please", "pls", "plz", "sir", "maam", "gracias", "por favor", "porfa", "senor", "senora")
	afterYes  = phrases("i do", "i did", "i am", "i have", "i was", "it is", "it does", "it did", "asi es")
	afterNo   = phrases("i do not", "i dont", "i did not", "i didnt", "i am not", "im not", "i have not", "i havent", "it is not", "it isnt", "it doesnt")
)

func phrases(list ...string) map[string]bool {
	out := map[string]bool{}
	for _, p := range list {
		out[p] = true
	}
	return out
}

func meansYes(w string) bool { return w == "1" || w == "one" || w == "uno" || yesWords[w] }
func meansNo(w string) bool  { return w == "2" || w == "two" || w == "dos" || noWords[w] }

var otherPrefix = pattern(`(?i)^\s*(?:other|otro|otra)\s*[:\-–—]\s*`)

// afterOther is what somebody says after "other:".
func afterOther(words string) string {
	if rest := tidy(otherPrefix().ReplaceAllString(words, "")); rest != "" {
		return rest
	}
	return words
}
