package webform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/words"
)

// View is what the form's template sees.
type View struct {
	Speech
	Action, Title, Lead string
	DraftKey            string            // where a browser keeps the draft; "" when it shouldn't
	Kept                bool              // shows what was sent, so it wins over a draft
	Says                map[string]string // sentences for the script
	Notice              string
	Earlier             *Link // beside Notice: what was sent before
	Crisis              *Reply
	Errors              []errorLine
	Hidden              [][2]string
	Who, Relation       *field
	WhoLine             string // instead of Who where there is only one
	About               *field
	Fields              []*field
	AllOptional         bool
	Attributes          []*field
	Consent             *consentView
	Send                string
	Back                *Link
}

// Link leads somewhere.
type Link struct{ Text, URL string }

type errorLine struct{ Text, ID string }

type consentView struct {
	Text    []Paragraph
	Err     string
	Checked bool
}

// Abouts says that f is asked about each of its answers.
func (f *field) Abouts() bool { return f.again != nil && f.Blank != nil && f.Kind == "checks" }

// Scripts are those that the form can use.
func (v *View) Scripts() []string {
	out := []string{Asset("form.js")}
	if v.Repeats() {
		out = append([]string{Asset("repeat.js")}, out...) // it makes the places into which a draft is put back
	}
	if holds(v.Fields, func(f *field) bool { return f.Kind == "slider" || f.Kind == "list" || f.Type == "number" }) {
		out = append(out, Asset("controls.js"))
	}
	if v.Multipart() {
		out = append(out, Asset("photo.js"))
	}
	return out
}

// Repeats says that something in the form has several places.
func (v *View) Repeats() bool {
	return holds(v.Fields, func(f *field) bool { return f.again != nil })
}

func holds(fields []*field, what func(*field) bool) bool {
	return slices.ContainsFunc(fields, func(f *field) bool { return what(f) || holds(f.Fields, what) })
}

// field is one control, or a group of them.
type field struct {
	// Kind is group, repeat (of a group, with a field for each occurrence), lines (of answers that are typed), about (an answer that is
	// ticked, or a file), table (of questions with the same options), display, radios, checks, pick (a drop-down), list (suggests
	// while people type), unit (a number with its unit), slider, area or input.
	Kind      string
	ID, Name  string // the control's; the options' ids are ID-0, ID-1, …
	LinkID    string
	Number    string // the item's own prefix; the style sheet counts where there is none
	Text      string
	Help      string
	More      []Link // to read about it elsewhere
	OnlyIf    string // in words
	When      string // the same for the script
	Required  bool
	Err       string
	Type      string
	InputMode string
	MaxLength int
	Value     string
	Options   []choice
	Grid      bool // a row of numbers
	Across    bool // options side by side
	Min, Max  string
	Step      string
	Part      string // of a group that is a page of several: "Part 1 of 3"
	Deep      bool   // a group within another
	Skip      bool   // has a line to take an answer back
	SkipText  string
	// OptionalText says so where only some questions are.
	OptionalText string
	Other        *choice
	Words        []string // what was written beside Other, a line each
	WordsText    string   // its label
	Units        []choice
	UnitText     string
	UnitNone     string
	PickNone     string
	Accept       string // of a file: content types
	Multiple     bool
	Largest      int // bytes
	LargeText    string
	KeptText     string
	Fields       []*field // of a group or a table, or asked beneath the answer

	Line  int // of a field that is one of several lines: which, from 0
	Place int // of one of several places: which, from 1
	*again
}

// again is what a field with several places has, and each of its places.
type again struct {
	Of               string // the linkId of what repeats, as the page has it
	Level            int    // which of the positions in linkIds counts its places, from 0
	Least, Most      int    // places
	Blank            *field // a place that holds nothing, for scripts
	AddText, AddTo   string
	DropText, DropTo string
	Fixed            bool   // a place that can not be taken away
	Key              string // of about: the answer, as the form holds it
	Own              int    // of about words of one's own: which, from 1
}

type choice struct {
	Value, Label, More string
	Checked            bool
	Exclusive          bool
	Level              []bool // of a scale: so many of its steps are filled
}

// Describe is the value of aria-describedby.
func (f *field) Describe() string {
	var ids []string
	for suffix, text := range map[string]string{"-h": f.Help, "-e": f.Err, "-c": f.OnlyIf} {
		if text != "" {
			ids = append(ids, f.ID+suffix)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// first is the id of the control that an error leads to.
func (f *field) first() string {
	switch f.Kind {
	case "radios", "checks", "lines":
		return f.ID + "-0"
	}
	return f.ID
}

// place says, in the list of errors, which of several places f is; "" where it is none.
func (f *field) place() string {
	switch {
	case f.Kind == "about":
		return f.Text + " · "
	case f.Kind == "group" && f.Place > 0:
		return f.Text + " " + strconv.Itoa(f.Place) + " · "
	}
	return ""
}

// Count is the title of the list of errors.
func (v *View) Count() string {
	if n := len(v.Errors); n != 1 {
		return v.T("errors-title", "count", strconv.Itoa(n))
	}
	return v.T("errors-title-one")
}

// Speech says the form's sentences in one language.
type Speech struct{ Lang string }

// T is one sentence.
func (s Speech) T(key string, args ...string) string { return words.Text(s.Lang, "form."+key, args...) }
