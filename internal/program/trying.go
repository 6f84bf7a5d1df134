package program

import (
	"github.com/tellback/tellback/internal/questionnaire"
)

// Trying is a catalog in which p speaks lang alone and asks every patient q at once, and nothing else. It shows what people
// would get to see if p used q.
func Trying(p *Program, q *questionnaire.Questionnaire, lang string) *Catalog {
	c := *p
	c.Languages = []string{lang}
	c.Uses = []Use{{Questionnaire: q.ID, Version: q.Version, Roles: []Role{Patient}}}
	c.Story, c.story, c.Attributes, c.Lessons = "", Use{}, nil, nil
	return &Catalog{
		programs:       map[string]*Program{c.ID: &c},
		questionnaires: map[string]map[string]*questionnaire.Questionnaire{q.ID: {q.Version: q}},
	}
}

// ValueSets are those that the questionnaires may refer to; documents can be added to the copy.
func (c *Catalog) ValueSets() *questionnaire.ValueSets { return c.sets.Clone() }
