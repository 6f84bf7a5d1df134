// Package questionnaire honours FHIR Questionnaires: it loads one, refuses what it can't honour, walks its items,
// reads an answer in words, validates a set of answers and scores them.
package questionnaire

import (
	"regexp"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
)

// Localized is a text by language tag. Every Localized of a loaded questionnaire has its default language.
type Localized map[string]string

// In is the text in lang, or in lang's base language, or in English, or in any language there is (alphabetically first).
func (l Localized) In(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	for _, try := range []string{lang, base, "en"} {
		if s, ok := l[try]; ok {
			return s
		}
	}
	first := ""
	for tag := range l {
		if first == "" || tag < first {
			first = tag
		}
	}
	return l[first]
}

// Type is an item's type, by its FHIR R4 code.
type Type string

// The item types that are honoured (http://hl7.org/fhir/R4/valueset-item-type.html).
const (
	Group      Type = "group"
	Display    Type = "display"
	Boolean    Type = "boolean"
	Decimal    Type = "decimal"
	Integer    Type = "integer"
	Date       Type = "date"
	Time       Type = "time"
	DateTime   Type = "dateTime"
	String     Type = "string"
	Text       Type = "text"
	Choice     Type = "choice"
	OpenChoice Type = "open-choice"
	Quantity   Type = "quantity"
	URL        Type = "url"
	Reference  Type = "reference"  // whom or what is meant, in words
	Attachment Type = "attachment" // a file
)

// Questionnaire is a loaded instrument. It is immutable and safe for concurrent use.
type Questionnaire struct {
	ID          string // as in Questionnaire.id; names it in URLs and programs
	URL         string // canonical, may be empty
	Version     string // business version; with ID it names exactly one document
	Hash        string // lower-case hex SHA-256 of the document as loaded, together with the value sets kept beside it that it uses
	Title       Localized
	Description Localized
	Brief       Localized // what stands before several of its questions in one text message ("This week."); may be empty
	Languages   []string  // every language that all texts have; the document's own first
	Items       []*Item   // the tree, in document order
	Scores      []Score
	Notices     []fault.Issue // what of the document is taken and not used, by path: advice for its author

	source []byte
	recurs bool // something occurs several times
	byLink map[string]*Item
	flat   []*Item
	scored [][]counted // the items of each score
	logic  *logic      // nil without expressions
	now    time.Time   // of expressions that ask for it
}

// Item is one element of a questionnaire.
type Item struct {
	LinkID   string // as in the document; of a further occurrence with its position: "dose~2"
	Type     Type
	Prefix   string // "1a.", may be empty
	Text     Localized
	Short    Localized // a shorter wording for a text message; Text where the document has none
	Brief    Localized // what it is called in a text message that asks several questions: "Pain"; may be empty
	Required bool
	Repeats  bool // several answers; of a group, several occurrences, each an item of its own
	Hidden   bool
	ReadOnly bool

	Control     string // its itemControl, as the form may show it: "slider"; may be empty
	Orientation string // of its options: "horizontal", "vertical" or not said

	Help  Localized // what belongs to the question beside its text: a hint, the form of an answer, the ends of a scale; may be empty
	Links []string  // web addresses to read more at

	MinAnswers, MaxAnswers int // how many; 0: not said
	MinLength, MaxLength   int // characters; 0: unbounded
	Min, Max               *Value
	Step                   int            // of a number, from Min (or 0) up; 0: any
	Pattern                *regexp.Regexp // the whole answer must match
	MaxDecimals            int            // −1: unbounded
	Units                  []Unit         // of a quantity (or the one unit of a number); empty: none
	MaxSize                int            // of a file, in bytes; 0: not said
	Kinds                  []string       // of a file: content types; empty: all that are taken

	Options []Option  // of choice and open-choice, in order
	Other   Localized // of open-choice: what stands before the words of one's own; may be empty
	Initial []Value

	EnableWhen []Condition
	EnableAny  bool // any condition suffices; otherwise all must hold

	Parent *Item // nil at the top
	Items  []*Item

	Origin  *Item // the first occurrence, as the document has it: itself, outside of what repeats
	Another bool  // asks whether there is a further occurrence of the group before it; nothing of the document's, and no part of a report
	Nth     int   // which of Parent's answers it is asked about, from 1; 0 where that has only one

	Within []*Item // what repeats around it (a group counts for itself too), outermost first, each by its first occurrence
	At     []int   // the position in each of Within, from 1

	Again  *Item // of a further occurrence: what asks whether there is one; nil where there must be one
	beside *Item // of Another: the occurrence before

	index int       // in the questionnaire's flat list
	when  []trigger // EnableWhen, with what each refers to found
	keys  []string  // what Keys gives
	rules *rules    // nil without expressions
	tied  bool      // what Tied says
	kept  bool      // it is computed of what is told and not counted

	kindsSaid  bool   // its Kinds are restricted
	definition string // the data element that it stands for, as a response may repeat it
}

// Unit is a unit of measure.
type Unit struct{ System, Code, Display string }

// Option is one permitted answer.
type Option struct {
	Value     Value
	Label     Localized
	Prefix    string // "a)", before the label; may be empty
	Ordinal   *int64 // ordinalValue or itemWeight, in thousandths; nil where it has none
	Exclusive bool   // no other option together with this one
}

// Condition is one enableWhen.
type Condition struct {
	Question string // linkId
	Operator string // exists = != > < >= <=
	Answer   Value
}

// Value is one answer in a canonical form. Its zero value is no answer.
type Value struct {
	Type Type `json:"type"` // Boolean … Quantity; a coding is Choice, also in an open-choice; free words of an open-choice are String
	// Text is the lexical form: "true", "-3", "2.50", "2026-10-01", "14:30:00", "2026-10-01T14:30:00Z", words, a quantity's number, what a
	// reference is called, or what [File] makes of a file.
	Text string `json:"text,omitempty"`
	// Of a coding: system and code. Of a quantity: its unit. Of a reference: Code is the reference itself, as a system sends it.
	System string `json:"system,omitempty"`
	Code   string `json:"code,omitempty"`
}

// Answers are the answers by linkId, each list in the order given. Items without an answer have no entry.
type Answers map[string][]Value

// Score is a number made from ordinal answers.
type Score struct {
	ID       string
	Title    Localized
	Method   string   // "sum" or "mean"
	Items    []string // linkIds of choice items whose options all have an ordinal
	Reversed []string // those of Items that count from the other end: their lowest and highest ordinal together, less the answer's
	// MinAnswered is how many items must be answered; with fewer the score is missing. A sum with some missing is
	// prorated (mean of answered × number of items), as is usual for PRO scales; MinAnswered == len(Items) forbids that.
	MinAnswered int
	Better      string // "higher" or "lower"; empty where the questionnaire doesn't say
	Table       []Row  // from the sum or mean to what is reported, such as a T-score, by ascending raw score; empty: itself
	Min, Max    int64  // the possible range, in thousandths
}

// Row is one row of a score's table, in thousandths.
type Row struct{ Raw, Score, Error int64 } // Error is the standard error; 0 where the table has none

// Scored is one computed score, with what it takes to explain it: the rest is in that version of the questionnaire.
type Scored struct {
	ID       string `json:"id"`
	Milli    int64  `json:"milli"`         // thousandths, rounded half away from zero
	Answered int    `json:"n,omitempty"`   // how many items it was made from
	Raw      int64  `json:"raw,omitempty"` // what it was in the table's first column, in thousandths
	Error    int64  `json:"se,omitempty"`  // its standard error, in thousandths
}

// Item is the item with that linkId, or nil.
func (q *Questionnaire) Item(linkID string) *Item { return q.byLink[linkID] }

// All are all items, parents before children, in document order.
func (q *Questionnaire) All() []*Item { return q.flat }

// Source is the document as loaded. Callers must not change it.
func (q *Questionnaire) Source() []byte { return q.source }

// At is q for answers that are given at that time: it is what expressions take for now.
func (q *Questionnaire) At(now time.Time) *Questionnaire {
	if q == nil || q.logic == nil || q.now.Equal(now) && q.now.Location() == now.Location() {
		return q
	}
	c := *q
	c.now = now
	return &c
}

// Answerable says whether people can answer i: neither a group nor a display.
func (i *Item) Answerable() bool { return i.Type != Group && i.Type != Display }

// Place is i's place among all items, from 0.
func (i *Item) Place() int { return i.index }

// Option is the option whose value is v, or nil.
func (i *Item) Option(v Value) *Option {
	for n := range i.Options {
		if o := &i.Options[n]; o.Value.Type == v.Type && o.Value.System == v.System && o.Value.Code == v.Code && (v.Code != "" || o.Value.Text == v.Text) {
			return o
		}
	}
	return nil
}
