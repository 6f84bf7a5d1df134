package program

import (
	"io/fs"
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Catalog is every program and questionnaire of an installation.
type Catalog struct {
	programs       map[string]*Program
	questionnaires map[string]map[string]*questionnaire.Questionnaire // id → version
}

// Load reads programs/*.json and questionnaires/*.json of fsys and checks everything together. The error is a
// *fault.Error of kind Invalid with an issue for each thing wrong in each file, Where = "programs/river.json#/breakdowns/0/1".
func Load(fsys fs.FS) (*Catalog, error) { panic("pending") }

// Programs are all programs by id.
func (c *Catalog) Programs() []*Program { panic("pending") }

// Program is the program with that id, or nil.
func (c *Catalog) Program(id string) *Program { panic("pending") }

// Questionnaire is one version of a questionnaire, or nil.
func (c *Catalog) Questionnaire(id, version string) *questionnaire.Questionnaire { panic("pending") }

// Used is the questionnaire (at the program's version) with that id and how p uses it; nil when p does not. The story
// questionnaire counts as used.
func (c *Catalog) Used(p *Program, id string) (*questionnaire.Questionnaire, *Use) { panic("pending") }

// Joins is the program that a folded text (see Fold) joins, or nil: the text is its join word, or begins with "join" and it.
func (c *Catalog) Joins(folded string) *Program { panic("pending") }

// Fold brings words into the form in which they are compared: NFKC, lower case, without accents, punctuation or double spaces.
func Fold(s string) string { panic("pending") }

// Period is one reporting period: a calendar month or an ISO week in the program's time zone.
type Period struct {
	ID         string    // "2026-10" or "2026-W41"
	Start, End time.Time // [Start, End)
}

// PeriodAt is the period that t falls into.
func (p *Program) PeriodAt(t time.Time) Period { panic("pending") }

// ParsePeriod reads a Period's ID.
func (p *Program) ParsePeriod(id string) (Period, error) { panic("pending") }

// Label is the period in words: "October 2026", "octubre de 2026".
func (p *Program) Label(per Period, lang string) string { panic("pending") }

// Groups are the groups of p's menu that one report falls into: "" first (everyone), then "age=18-39" for a single
// breakdown and "age=18-39&language=es" for a pair (the breakdown's order; its two singles are always in the menu as well), without
// repeats. A value that isn't known is "unknown". Built-in sources: "language", "channel", "relation" (of a proxy; "unknown" otherwise).
func (p *Program) Groups(attributes map[string]string, language, channel, relation string) []string {
	panic("pending")
}
