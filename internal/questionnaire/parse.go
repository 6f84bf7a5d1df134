package questionnaire

import (
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
)

// maxReply is the longest text, in bytes, in which an answer other than words is looked for.
const maxReply = 500

// Parse reads an answer in words, as texted by a person: an option's number (see [Item.Keys]), label, code or letter;
// "yes"/"sí"; a number with a unit; a date in the language's usual forms, where now, in the zone it carries, settles "today" and a
// missing year. Several answers of a repeating item may be separated by commas, spaces or "and". What it can't read
// for certain is an issue with the code "unclear"; what the item doesn't allow is the first issue of Check.
func (q *Questionnaire) Parse(i *Item, lang, words string, now time.Time) ([]Value, *fault.Issue) {
	vs, bad := i.parse(lang, tidy(words), now)
	if bad != nil {
		return nil, bad
	}
	if is := q.Check(i, vs); len(is) > 0 {
		return nil, &is[0]
	}
	return vs, nil
}

// reader reads one answer in words; ok is false when it is not certain what was meant. A code says more than "unclear".
type reader func(words string) (v Value, code string, ok bool)

func (i *Item) parse(lang, words string, now time.Time) ([]Value, *fault.Issue) {
	unclear := func(code string) ([]Value, *fault.Issue) {
		if code == "" {
			code = "unclear"
		}
		is := issue(i, code, i.hints()...)
		return nil, &is
	}
	switch {
	case !i.Answerable():
		return unclear("wrong-type")
	case words == "":
		return unclear("")
	case worded(i.Type):
		return i.parseWords(words), nil
	case len(words) > maxReply && i.Type == OpenChoice:
		return []Value{{Type: String, Text: afterOther(words)}}, nil
	case len(words) > maxReply:
		return unclear("")
	}
	read := i.reader(lang, now)
	v, code, ok := read(words)
	if ok {
		return []Value{v}, nil
	}
	if i.Repeats {
		if vs, ok := i.several(words, read); ok {
			return vs, nil
		}
		if vs, ok := i.mixed(words, read); ok {
			return vs, nil
		}
	}
	if i.Type == OpenChoice && !onlyNumbers(words) {
		return []Value{{Type: String, Text: afterOther(words)}}, nil
	}
	return unclear(code)
}

func (i *Item) reader(lang string, now time.Time) reader {
	plainly := func(read func(string) (Value, bool)) reader {
		return func(words string) (Value, string, bool) {
			v, ok := read(words)
			return v, "", ok
		}
	}
	switch i.Type {
	case Boolean:
		return plainly(parseBoolean)
	case Integer, Decimal, Quantity:
		return func(words string) (Value, string, bool) { return i.parseNumber(lang, words) }
	case Date:
		return plainly(func(w string) (Value, bool) { return parseDate(lang, w, now) })
	case Time:
		return plainly(parseTime)
	case DateTime:
		return plainly(func(w string) (Value, bool) { return parseDateTime(lang, w, now) })
	case URL:
		return plainly(func(w string) (Value, bool) { return Value{Type: URL, Text: w}, isURI(w) })
	}
	return plainly(func(w string) (Value, bool) { return i.parseOption(lang, w) })
}

// hints are the arguments of the sentence for an unclear answer.
func (i *Item) hints() []string {
	keys := i.Keys()
	if len(keys) == 0 {
		return []string{"units", i.unitList()}
	}
	return []string{"first", keys[0], "last", keys[len(keys)-1]}
}

// parseWords takes words as they are; where they repeat, each line is an answer.
func (i *Item) parseWords(words string) []Value {
	if !i.Repeats {
		return []Value{{Type: i.Type, Text: words}}
	}
	var out []Value
	for line := range strings.SplitSeq(words, "\n") {
		if line = tidy(line); line != "" {
			out = append(out, Value{Type: i.Type, Text: line})
		}
	}
	return out
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
	if v, _, ok := read(line); ok {
		return []Value{v}, true
	}
	choice := len(i.Options) > 0
	for _, part := range strongBreak().Split(line, -1) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		if v, _, ok := read(part); ok {
			out = append(out, v)
			continue
		}
		if !choice && i.Type != Integer || choice && spanOf().MatchString(westernDigits(part)) { // "1-3" may mean 1 and 3, or 1 to 3
			return nil, false
		}
		for _, small := range weakBreak().Split(strings.TrimSpace(part), -1) {
			v, _, ok := read(small)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
	}
	return out, true
}

var otherInside = pattern(`(?i)[\s,;]+((?:other|otro|otra)\s*:)`)

// mixed reads options of a repeating open-choice together with words of one's own: each line is the one or the other, and so is what
// comes after "other:".
func (i *Item) mixed(words string, read reader) (out []Value, ok bool) {
	if i.Type != OpenChoice {
		return nil, false
	}
	lines := strings.Split(otherInside().ReplaceAllString(words, "\n$1"), "\n")
	for _, line := range lines {
		if line = tidy(line); line == "" {
			continue
		}
		if vs, ok := i.line(line, read); ok {
			out = append(out, vs...)
		} else if onlyNumbers(line) {
			return nil, false
		} else {
			out = append(out, Value{Type: String, Text: afterOther(line)})
		}
	}
	return out, len(out) > 1 && len(out) <= maxAnswers
}

// onlyNumbers says that words are numbers, which were meant for options.
func onlyNumbers(words string) bool { return allDigits(strings.ReplaceAll(fold(words), " ", "")) }

func parseBoolean(words string) (Value, bool) {
	folded := fold(words)
	for _, try := range []string{folded, dropFillers(folded)} {
		first, rest, _ := strings.Cut(try, " ")
		switch {
		case meansYes(first) && (rest == "" || yesWords[rest] || afterYes[rest] || courteous[rest]):
			return Value{Type: Boolean, Text: "true"}, true
		case meansNo(first) && (rest == "" || noWords[rest] || afterNo[rest] || courteous[rest]):
			return Value{Type: Boolean, Text: "false"}, true
		}
	}
	return Value{}, false
}

// What may follow a yes or a no without changing it.
var (
	courteous = phrases("thanks", "thank you", "please", "sir", "maam", "gracias", "por favor", "senor", "senora")
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
