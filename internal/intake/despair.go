package intake

import (
	"context"

	"github.com/tellback/tellback/internal/program"
)

// Alerter is told that words of despair came by a form or a call. It may be told of the same sending (same key) more than
// once, and learns nothing of what was said or by whom.
type Alerter interface {
	Alert(ctx context.Context, program, key string) error
}

// Despair looks for words of despair in what somebody said, by a program's list of them, as a text is looked through: before
// anything else is made of it, and whatever becomes of it. It gives the language in which the program's fixed reply
// (program.Crisis) is due, "" for none, and raises the alert. key is what the sender retries with; it is in no log. An alert that
// fails is only logged: the reply must not wait for it.
func (d *Desk) Despair(ctx context.Context, p *program.Program, first, key string, said ...string) (language string) {
	for _, words := range said {
		lang, ok := p.Despair(first, words)
		if !ok {
			continue
		}
		report := d.reportID(d.ReceiptFor(key))
		d.logger().WarnContext(ctx, "words of despair came by web: somebody should look after it", "program", p.ID, "report", report)
		if d.Alerter == nil {
			return lang
		}
		if err := d.Alerter.Alert(ctx, p.ID, report+":alert"); err != nil {
			d.logger().ErrorContext(ctx, "an alert could not be given", "program", p.ID, "report", report, "error", err)
		}
		return lang
	}
	return ""
}
