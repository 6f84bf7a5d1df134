package questionnaire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

// Reading is a QuestionnaireResponse that was read, and remembers where in its document everything stands.
type Reading struct {
	Response
	Issues []fault.Issue // of its structure; Where is a FHIRPath that selects what is wrong, or where something is missing

	root     node
	warnings []fault.Issue
	places   map[string]place // by linkId
}

// Standing is path if it leads to something in the document, else the nearest element above it: where it is missing.
func (r *Reading) Standing(path string) string { return standing(&r.root, path) }

// place is where one item stands.
type place struct {
	path    string
	answers []string // of the answers that could be read, in the order of [Answers]
	faulty  bool     // some could not
}

// Judge is everything wrong with the answers besides Issues, and what is only odd about the response: a text, display or definition
// that isn't the questionnaire's, and constraints that warn. Where is a FHIRPath as in Issues.
// q is the questionnaire that the response was read against, at the time at which it was given. After structural faults what follows from
// an answer's absence isn't known: then only the answers that could be read are judged, each by itself.
func (r *Reading) Judge(q *Questionnaire) (wrong, odd []fault.Issue) {
	for _, is := range q.Validate(r.Answers) {
		if len(r.Issues) > 0 && (r.places[is.Where].faulty || followsFromOthers[is.Code]) {
			continue
		}
		is.Where = r.Locate(q, is)
		wrong = append(wrong, is)
	}
	odd = slices.Clone(r.warnings)
	if len(r.Issues) == 0 {
		for _, is := range q.Warnings(r.Answers) {
			is.Where = r.Locate(q, is)
			odd = append(odd, is)
		}
	}
	return wrong, odd
}

// followsFromOthers are the codes that another item's answer, or its absence, can bring about.
var followsFromOthers = map[string]bool{"required": true, "not-enabled": true, "read-only": true, "constraint": true, "unknown-option": true}

const responseRoot = "QuestionnaireResponse"

// Locate says where in the document an issue of Validate's is: the answer that is wrong, else its item, else where the item is missing.
func (r *Reading) Locate(q *Questionnaire, is fault.Issue) string {
	i := q.Item(is.Where)
	if i == nil {
		return responseRoot
	}
	at, ok := r.places[i.LinkID]
	if !ok {
		for ; i.Parent != nil; i = i.Parent {
			up, ok := r.places[i.Parent.LinkID]
			if of := max(i.Nth, 1) - 1; ok && of < len(up.answers) {
				return up.answers[of]
			} else if ok {
				return up.path
			}
		}
		return responseRoot
	}
	if n := q.culprit(i, r.Answers, is.Code); n >= 0 && n < len(at.answers) {
		if is.Code == "too-many" || is.Code == "duplicate" {
			return at.answers[n] // the whole answer is one too many
		}
		return at.answers[n] + ".value"
	}
	return at.path
}

// culprit is the first of i's answers that an issue of that code is about; −1 when it is about them all, or about there being none.
func (q *Questionnaire) culprit(i *Item, a Answers, code string) int {
	vs := a[i.LinkID]
	switch code {
	case "required", "too-few", "not-enabled", "read-only", "constraint":
		return -1
	case "too-many":
		return i.most()
	case "duplicate":
		for n, v := range vs {
			if slices.ContainsFunc(vs[:n], func(o Value) bool { return equal(o, v) }) {
				return n
			}
		}
		return -1
	}
	if q.logic != nil {
		v, _ := q.settle(a)
		i = q.offered(v, i)
	}
	return slices.IndexFunc(vs, func(v Value) bool {
		if code == "exclusive-option" {
			o := i.Option(v)
			return o != nil && o.Exclusive
		}
		is := i.judge(v)
		return is != nil && is.Code == code
	})
}

// odd adds a warning.
func (p *responder) odd(path, code string) {
	if len(p.warnings) < maxIssues {
		p.warnings = append(p.warnings, fault.Issue{Where: path, Code: code, Text: words.Text(words.Default, "answer."+code)})
	}
}

// compareTexts warns of a text that the questionnaire has in none of its languages, and of another definition: something else may
// have been asked.
func (p *responder) compareTexts(c *element, i *Item) {
	if d := c.of("definition", kindString); d != nil && i.definition != "" && squeeze(d.text) != i.definition {
		p.odd(c.at("definition"), "definition-differs")
	}
	text := c.of("text", kindString)
	if text == nil || i.rules != nil && i.rules.text != nil {
		return
	}
	said := squeeze(text.text)
	for _, known := range []Localized{i.Text, i.Short} {
		for _, s := range known {
			if s = squeeze(s); s == said || i.Prefix != "" && i.Prefix+" "+s == said {
				return
			}
		}
	}
	p.odd(c.at("text"), "text-differs")
}

// compareDisplay warns of a coding that calls an option what the questionnaire calls it in none of its languages.
func (p *responder) compareDisplay(a *element, i *Item, v Value) {
	n := a.take("valueCoding")
	o := i.Option(v)
	if n == nil || o == nil {
		return
	}
	for _, m := range n.members {
		if m.name != "display" || m.node.kind != kindString {
			continue
		}
		for _, s := range o.Label {
			if squeeze(s) == squeeze(m.node.text) {
				return
			}
		}
		p.odd(a.at("value.display"), "display-differs")
	}
}

// squeeze makes one space of every stretch of it; most texts are so already.
func squeeze(s string) string {
	for n := 0; n < len(s); n++ {
		if c := s[n]; c >= 0x80 || c < ' ' || c == ' ' && (n == 0 || n == len(s)-1 || s[n+1] == ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return s
}

// standing makes the path of an issue one that FHIRPath finds: value[x] is called value, and what isn't there is sought where it is missing.
func standing(root *node, path string) string {
	steps := strings.Split(path, ".")
	at, out := root, steps[0]
	for _, step := range steps[1:] {
		name, index, listed := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		next := at.child(name)
		if next == nil || !isName(name) {
			return out
		}
		if strings.HasPrefix(name, "value") && (strings.HasSuffix(out, "]") && strings.Contains(out, ".answer[") || strings.Contains(out, "extension[")) {
			step = "value"
		}
		if listed {
			n, err := strconv.Atoi(index)
			if err != nil || n < 0 || n >= len(next.list) { // a member may be called anything
				return out
			}
			next = &next.list[n]
		} else if next.kind == kindArray && len(next.list) > 0 {
			next, step = &next.list[0], step+"[0]"
		}
		if next.kind == kindNull || len(next.members) == 0 && (next.kind == kindObject || next.kind == kindArray) {
			return out // there is nothing that could be selected
		}
		at, out = next, out+"."+step
	}
	return out
}

// child is the member of that name; value is whichever value[x] there is.
func (n *node) child(name string) *node {
	for k := range n.members {
		if m := &n.members[k]; m.name == name || name == "value" && strings.HasPrefix(m.name, "value") {
			return &m.node
		}
	}
	return nil
}

// isName says whether a member's name can stand in a FHIRPath as it is.
func isName(s string) bool {
	for k, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (k == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && s != "resourceType"
}
