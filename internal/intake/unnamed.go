package intake

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/report"
)

// RetryWindow is how long what came without a name or a time of its own may come again as a retry: ten minutes at least, and
// twice as long at most.
const RetryWindow = 10 * time.Minute

// maxRepeats bounds how often the same words may come, each time for a report of its own, within a window.
const maxRepeats = 100

// Unnamed is the Key, for Submit, of a draft whose sender gave none, neither by a header nor by a time of telling. Its own Key
// holds what was said. The same words are a retry only within the window and while the report that they made is the one that
// stands: people do feel the same again, and what they said in between, or took back, must not swallow it
// (infra/decisions/0012). The same draft twice at once gets the same Key twice.
func (d *Desk) Unnamed(ctx context.Context, draft report.Draft) (string, error) {
	now, free := d.now(), ""
	for _, sent := range []time.Time{now, now.Add(-RetryWindow)} {
		window := strconv.FormatInt(sent.UnixMilli()/RetryWindow.Milliseconds(), 10)
		for n := 0; ; n++ {
			if n == maxRepeats {
				return "", fault.New(fault.TooMany, "The same report came too often. Send each with an Idempotency-Key of its own.")
			}
			key := draft.Key + ":" + window + ":" + strconv.Itoa(n)
			taken, err := d.Has(ctx, key)
			if err != nil {
				return "", err
			}
			if !taken {
				free = cmp.Or(free, key) // of this window, which comes first
				break
			}
			// Only now: report and standing were written at once, so that what is there is seen to stand.
			if stands, err := d.stands(ctx, draft, d.reportID(d.ReceiptFor(key))); err != nil || stands {
				return key, err
			}
		}
	}
	return free, nil
}

// stands says whether a report counts for whom and what the draft is of, now or, of a period that ended since, a window ago.
func (d *Desk) stands(ctx context.Context, draft report.Draft, id string) (bool, error) {
	told := draft.At
	for _, draft.At = range []time.Time{told, told.Add(-RetryWindow)} {
		_, a, issues := d.place(draft)
		if len(issues) > 0 {
			return false, refused(issues)
		}
		s, _, err := d.standing(ctx, standingKeyOf(a.report))
		if err != nil {
			return false, fmt.Errorf("intake: %w", err)
		}
		if n := len(s.Reports); n > 0 && s.Reports[n-1] == id {
			return true, nil
		}
	}
	return false, nil
}
