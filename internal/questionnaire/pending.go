package questionnaire

import "github.com/tellback/tellback/internal/fault"

// Load reads a FHIR R4 Questionnaire in JSON. What it can't honour it refuses: the error is a *[fault.Error] of kind
// Invalid whose Issues name each element by path ("item[2].item[0].enableWhen[1].operator") and say why.
func Load(doc []byte) (*Questionnaire, error) { panic("pending") }

// Enabled are the items that are enabled under a, groups and displays included, hidden ones too, in document order.
// A disabled item's descendants are disabled.
func (q *Questionnaire) Enabled(a Answers) []*Item { panic("pending") }

// Next is the first enabled, visible item after the item with that linkId ("" starts) that people read or answer
// (answerable or display), or nil at the end.
func (q *Questionnaire) Next(a Answers, after string) *Item { panic("pending") }

// Parse reads an answer in words, as texted by a person: an option's number, label, code or letter; "yes"/"sí"; a
// number with a unit; a date in the language's usual forms. now resolves dates without a year. Several answers of a repeating item may be separated by
// commas, spaces or "and". What it can't read or the item doesn't allow is an issue whose Code is one of those that Check uses, or "unclear".
func (q *Questionnaire) Parse(i *Item, lang, words string) ([]Value, *fault.Issue) { panic("pending") }

// Check judges the answers to one item as if it were enabled: type, options, occurrence, bounds, length, pattern.
// Codes: required, too-many, wrong-type, unknown-option, exclusive-option, too-short, too-long, too-small, too-large,
// wrong-form, too-precise, wrong-unit, duplicate.
func (q *Questionnaire) Check(i *Item, vs []Value) []fault.Issue { panic("pending") }

// Validate judges a whole set: Check of every enabled item (hidden and read-only ones keep their initial value), "unknown-item" for a
// linkId that doesn't exist, "not-enabled" for an answer to a disabled item. Issues are in document order, Where is the linkId.
func (q *Questionnaire) Validate(a Answers) []fault.Issue { panic("pending") }

// Clean gives a copy of a without answers to disabled or unknown items, empty values trimmed away, hidden items' initial values filled in.
func (q *Questionnaire) Clean(a Answers) Answers { panic("pending") }

// Score computes every score that has enough answers. Disabled items count as missing.
func (q *Questionnaire) Score(a Answers) []Scored { panic("pending") }

// Response is what a FHIR R4 QuestionnaireResponse says.
type Response struct {
	Questionnaire string // canonical without version, or the relative reference's id
	Version       string // after "|", may be empty
	Status        string // in-progress, completed, amended, entered-in-error, stopped
	Subject       string // reference, may be empty
	Author        string // reference, may be empty
	Source        string // reference, may be empty
	Language      string
	Authored      string // as sent
	Answers       Answers
}

// ParseResponse reads a QuestionnaireResponse against q, or only its head when q is nil. Structural faults (unknown linkId, wrong value[x],
// an answer where none can be) are issues whose Where is a FHIRPath ("QuestionnaireResponse.item[0].answer[0].value").
func ParseResponse(doc []byte, q *Questionnaire) (Response, []fault.Issue, error) { panic("pending") }

// MarshalResponse writes answers as a QuestionnaireResponse with nested items in document order.
func (q *Questionnaire) MarshalResponse(r Response) ([]byte, error) { panic("pending") }
