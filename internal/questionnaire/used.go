package questionnaire

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Used is something of FHIR that a document makes use of.
type Used struct {
	Name  string // an extension's url, or a value set's canonical
	What  string // what it does here, or why it is passed over, or where it lies
	Times int
}

// Short is the name without what all of HL7's begin with, as schemas/README.md has it.
func (u Used) Short() string {
	for _, of := range []string{sdc, hl7} {
		if short, ok := strings.CutPrefix(u.Name, of); ok {
			return short
		}
	}
	return u.Name
}

// Usage is what of FHIR's extensions and value sets a document makes use of, by name.
type Usage struct{ Honoured, Passed, ValueSets []Used }

// Usage reads the document again: it is for those who look at a questionnaire, not for those who answer it.
func (q *Questionnaire) Usage() Usage {
	root, err := readTree(q.source)
	if err != nil {
		return Usage{} // it was read before, so this can't be
	}
	newLoader(q.source).normalize(&root)
	urls, sets := map[string]int{}, map[string]int{}
	root.count(urls, sets)
	var u Usage
	for _, url := range slices.Sorted(maps.Keys(urls)) {
		if what, ok := honoured[url]; ok {
			u.Honoured = append(u.Honoured, Used{url, what, urls[url]})
		} else if why, ok := harmlessExtensions[url]; ok {
			u.Passed = append(u.Passed, Used{url, why, urls[url]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		where := "beside it"
		if strings.HasPrefix(name, "#") {
			where = "contained in it"
		} else if url, _, _ := strings.Cut(name, "|"); known(url) != nil {
			where = "well known"
		}
		u.ValueSets = append(u.ValueSets, Used{name, where, sets[name]})
	}
	return u
}

// count counts extensions and value sets by name, in all of n.
func (n *node) count(urls, sets map[string]int) {
	for i := range n.list {
		n.list[i].count(urls, sets)
	}
	for i := range n.members {
		m := &n.members[i]
		switch m.name {
		case "extension", "modifierExtension":
			for k := range m.node.list {
				if url := m.node.list[k].member("url"); url != nil && strings.Contains(url.text, ":") { // the parts of one are named without
					urls[strings.TrimSpace(url.text)]++
				}
			}
		case "answerValueSet":
			sets[clip(cmp.Or(strings.TrimSpace(m.node.text), "#"))]++
		}
		m.node.count(urls, sets)
	}
}

// MaxIssues is how many things Load says of one document at most.
const MaxIssues = maxIssues
