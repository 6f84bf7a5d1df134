package api

import (
	"context"
	"errors"
	"strconv"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/program"
)

// crisis is the program's fixed reply to words of despair, to be shown to the person at once.
type crisis struct {
	Language string `json:"language"`
	Reply    string `json:"reply"`
}

// codeCrisis is the code of the issue that carries the reply where a report is refused.
const codeCrisis = "crisis"

// overhear looks for words of despair in what was told, before it is judged; nil when there are none. key is what a retry has in
// common; of what is unnamed it is only so for some minutes, since the same words later on are a new cry.
func (h *handler) overhear(ctx context.Context, p *program.Program, t told, key string, unnamed bool) *crisis {
	if unnamed {
		key += ":" + strconv.FormatInt(h.now().UnixMilli()/intake.RetryWindow.Milliseconds(), 10)
	}
	lang := h.desk.Despair(ctx, p, t.draft.Language, key, t.said...)
	if lang == "" {
		return nil
	}
	return &crisis{lang, p.Crisis.Reply.In(lang)}
}

// beside is err with the reply among its issues.
func (c *crisis) beside(err error) error {
	var known *fault.Error
	if c == nil || !errors.As(err, &known) {
		return err
	}
	both := *known
	both.Issues = append(both.Issues[:len(both.Issues):len(both.Issues)], fault.Issue{Code: codeCrisis, Text: c.Reply})
	return &both
}
