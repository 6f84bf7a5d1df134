package program

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Catalog is every program and questionnaire of an installation. It is immutable and safe for concurrent use.
type Catalog struct {
	programs       map[string]*Program
	files          map[string]*questionnaire.Questionnaire
	questionnaires map[string]map[string]*questionnaire.Questionnaire // id → version
	joins          map[string]*Program                                // by folded join word
	sets           questionnaire.ValueSets
}

// Programs are all programs by id.
func (c *Catalog) Programs() []*Program {
	return slices.SortedFunc(maps.Values(c.programs), func(a, b *Program) int { return strings.Compare(a.ID, b.ID) })
}

// Program is the program with that id, or nil.
func (c *Catalog) Program(id string) *Program { return c.programs[id] }

// Questionnaire is one version of a questionnaire, or nil.
func (c *Catalog) Questionnaire(id, version string) *questionnaire.Questionnaire {
	return c.questionnaires[id][version]
}

// In is the questionnaire that a file ("questionnaires/x.json") was found to be, or nil.
func (c *Catalog) In(file string) *questionnaire.Questionnaire { return c.files[file] }

// Questionnaires are all versions of all questionnaires, by id and version.
func (c *Catalog) Questionnaires() []*questionnaire.Questionnaire {
	var all []*questionnaire.Questionnaire
	for _, versions := range c.questionnaires {
		all = slices.AppendSeq(all, maps.Values(versions))
	}
	slices.SortFunc(all, func(a, b *questionnaire.Questionnaire) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Version, b.Version))
	})
	return all
}

// Used is the questionnaire (at the program's version) with that id and how p uses it; nil when p does not. The story
// questionnaire counts as used.
func (c *Catalog) Used(p *Program, id string) (*questionnaire.Questionnaire, *Use) {
	u := p.use(id)
	if u == nil {
		return nil, nil
	}
	return c.Questionnaire(u.Questionnaire, u.Version), u
}

func (p *Program) use(id string) *Use {
	for i := range p.Uses {
		if p.Uses[i].Questionnaire == id {
			return &p.Uses[i]
		}
	}
	if id == p.Story && id != "" {
		return &p.story
	}
	return nil
}

// Joins is the program that a folded text (see Fold) joins, or nil: the text is its join word, or begins with "join" and it.
// Where one program's word begins with another's, the longer one wins.
func (c *Catalog) Joins(folded string) *Program {
	if p := c.joins[folded]; p != nil {
		return p
	}
	rest, ok := strings.CutPrefix(folded, "join ")
	for ok && rest != "" {
		if p := c.joins[rest]; p != nil {
			return p
		}
		rest = rest[:max(strings.LastIndexByte(rest, ' '), 0)]
	}
	return nil
}

// JoinLanguage is the language that a folded text (see Fold) asks for by its join word, or "".
func (p *Program) JoinLanguage(folded string) string {
	for w, lang := range p.JoinLanguages {
		if f := Fold(w); f == folded || "join "+f == folded {
			return lang
		}
	}
	return ""
}
