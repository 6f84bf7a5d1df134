package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// row is one line of what was measured: the mean over n.
type row struct {
	name, per string
	n         int
	Units
	in, out float64 // segments of texts, each way
}

func (r row) String() string {
	segments := ""
	if r.in+r.out > 0 {
		segments = fmt.Sprintf("%.3g in, %.3g out", r.in, r.out)
	}
	return fmt.Sprintf("%s\t%d %s\t%.4g\t%.4g\t%s\t", r.name, r.n, r.per, r.Write, r.Read, segments)
}

// The rows that bounds are kept on.
const (
	rowKilobyte   = "report of 1 KB, stored with its standing"
	rowFifth      = "fifth check-in of a participant's month"
	rowText       = "text amid a check-in: the conversation"
	rowInvited    = "weekly check-in by text, from its invitation on, one by one"
	rowTogether   = "weekly check-in by text, from its invitation on, five answers in one"
	rowForm       = "open form: its participant and report"
	rowTelling    = "text that completes a check-in, all in all"
	rowLedger15   = "ledger, 15 reports a batch"
	rowLedger1500 = "ledger, 1,500 reports a batch"
)

// measure measures everything. rounds says over how many batches of 1,500 reports; there are 20 times as many of 15.
func measure(ctx context.Context, endpoint string, rounds int) ([]row, error) {
	h, err := build(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	var rows []row
	ledger := func(ctx context.Context, h *house) ([]row, error) { return measureLedger(ctx, h, rounds) }
	for _, part := range []func(context.Context, *house) ([]row, error){measureReports, measureForms, measureTexts, ledger} {
		some, err := part(ctx, h)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// measureReports hands in reports of every questionnaire, all questions answered, by people who haven't told anything this month.
func measureReports(ctx context.Context, h *house) ([]row, error) {
	var rows []row
	add := func(name string, n int, of func() report.Draft) error {
		h.scale.empty()
		for range n {
			if _, first, err := h.desk.Submit(ctx, of()); err != nil || !first {
				return fmt.Errorf("%s: first %v: %w", name, first, err)
			}
		}
		_, used := h.scale.empty()
		rows = append(rows, row{name: name, per: "reports", n: n, Units: used.per(n)})
		return nil
	}
	for _, id := range []string{"weekly-check-in", "care-experience", "caregiver-load"} {
		if err := add("report: "+id, 20, func() report.Draft { return h.draft(id) }); err != nil {
			return nil, err
		}
	}
	length, err := h.kilobyte(ctx)
	if err != nil {
		return nil, err
	}
	if err := add(rowKilobyte, 20, func() report.Draft { return h.story(length) }); err != nil {
		return nil, err
	}
	regular := h.draft("weekly-check-in").Participant
	weekly := func(week int) report.Draft {
		d := h.draft("weekly-check-in")
		d.Participant, d.At = regular, h.clock.Add(time.Duration(week)*time.Second)
		return d
	}
	for week := range 4 {
		if _, _, err := h.desk.Submit(ctx, weekly(week)); err != nil {
			return nil, err
		}
	}
	err = add(rowFifth, 1, func() report.Draft { return weekly(4) })
	return rows, err
}

// kilobyte is how long a story must be for its report to be stored in exactly 1,024 bytes, all attributes counted.
func (h *house) kilobyte(ctx context.Context) (length int, err error) {
	const short = 100
	receipt, _, err := h.desk.Submit(ctx, h.story(short))
	if err != nil {
		return 0, err
	}
	r, err := h.desk.Read(ctx, receipt)
	if err != nil {
		return 0, err
	}
	page, err := h.reports.Query(ctx, table.Query{Partition: "R#" + r.ID})
	if err != nil || len(page.Items) != 1 {
		return 0, fmt.Errorf("a report has %d revisions: %w", len(page.Items), err)
	}
	i := page.Items[0]
	// Names pk, sk, v, body and w, a version of one digit (2 bytes), the mark of a write (26).
	size := 10 + len(i.Partition) + len(i.Sort) + 2 + len(i.Body) + 26
	return short + 1024 - size, nil
}

func (h *house) story(length int) report.Draft {
	d := h.draft("story")
	words := strings.Repeat("our week ", length)[:length-1] + "."
	d.Answers = phi.Hide(questionnaire.Answers{"story": {{Type: questionnaire.Text, Text: words}}})
	return d
}

// measureForms has people fill in the open form once each: everybody is a participant of their own.
func measureForms(ctx context.Context, h *house) ([]row, error) {
	const n = 10
	h.scale.empty()
	for range n {
		d := h.draft("weekly-check-in")
		p, err := h.registry.Enrol(ctx, participant.Enrolment{
			Key: d.Key, Program: d.Program, Role: d.Role, Language: d.Language, Attributes: d.Attributes, Origin: string(report.Open), At: d.At,
			Consent: participant.Consent{Program: d.Program, TextVersion: "2026-10", Language: d.Language, Channel: string(report.Web), At: d.At, Given: true},
		})
		if err != nil {
			return nil, err
		}
		d.Participant, d.Origin, d.Channel = p.ID, report.Open, report.Web
		if _, _, err := h.desk.Submit(ctx, d); err != nil {
			return nil, err
		}
	}
	_, used := h.scale.empty()
	return []row{{name: rowForm, per: "forms", n: n, Units: used.per(n)}}, nil
}

// measureTexts has ten people join by text and answer their first check-in, looks at single texts, and then invites
// everybody to the next one.
func measureTexts(ctx context.Context, h *house) ([]row, error) {
	script := []string{"RIVER", "YES", "1", "2", "1", "2", "0", "3", "1"}
	amid := map[int]bool{6: true, 7: true} // texts that do nothing but go on
	const people = 10
	var middle, last, whole Units
	h.in, h.out = 0, 0
	for n := range people {
		for at, body := range script {
			h.scale.empty()
			if err := h.text(ctx, number(n), body); err != nil {
				return nil, fmt.Errorf("text %q: %w", body, err)
			}
			_, used := h.scale.empty()
			whole = whole.plus(used)
			switch {
			case amid[at]:
				middle = middle.plus(used)
			case at == len(script)-1:
				last = last.plus(used)
			}
		}
	}
	rows := []row{
		{name: rowText, per: "texts", n: people * len(amid), Units: middle.per(people * len(amid))},
		{name: rowTelling, per: "texts", n: people, Units: last.per(people)},
		{
			name: fmt.Sprintf("joining and a first check-in: %d texts", len(script)), per: "people", n: people, Units: whole.per(people),
			in: float64(h.in) / people, out: float64(h.out) / people,
		},
	}
	for _, c := range []struct {
		name    string
		answers []string
	}{{rowInvited, []string{"1", "2", "0", "3", "1"}}, {rowTogether, []string{"1 2 0 3 1"}}} {
		invited, err := measureInvited(ctx, h, people, c.name, c.answers)
		if err != nil {
			return nil, err
		}
		rows = append(rows, invited)
	}
	return rows, nil
}

// measureInvited invites everybody to the weekly check-in and has them answer it. All of it must be told in the end.
func measureInvited(ctx context.Context, h *house, people int, name string, answers []string) (row, error) {
	h.clock = h.clock.Add(7 * 24 * time.Hour)
	h.in, h.out = 0, 0
	h.scale.empty()
	var all []string
	for n := range people {
		c, ok, err := h.registry.Contact(ctx, phi.Hide(number(n)))
		if err != nil || !ok {
			return row{}, fmt.Errorf("contact %d is not there: %w", n, err)
		}
		if err := h.invite(ctx, c.Participants["river"], fmt.Sprint("cost:", name, n)); err != nil {
			return row{}, fmt.Errorf("invite: %w", err)
		}
		for _, body := range answers {
			if err := h.text(ctx, number(n), body); err != nil {
				return row{}, fmt.Errorf("text %q: %w", body, err)
			}
		}
		all = append(all, c.Participants["river"])
	}
	_, used := h.scale.empty()
	for _, id := range all {
		if _, err := h.compose(ctx, id, "care-experience", "next"); err != nil { // busy
			return row{}, fmt.Errorf("%s: the check-in is not complete: %w", name, err)
		}
	}
	return row{
		name: name, per: "check-ins", n: people, Units: used.per(people),
		in: float64(h.in) / float64(people), out: float64(h.out) / float64(people),
	}, nil
}

// invite sends an invitation as outreach does.
func (h *house) invite(ctx context.Context, id, key string) error {
	letter, err := h.compose(ctx, id, "weekly-check-in", key)
	if err != nil {
		return err
	}
	_, err = h.texting.Post(ctx, letter, time.Hour)
	return err
}

func (h *house) compose(ctx context.Context, id, questionnaire, key string) (*sms.Letter, error) {
	p, err := h.registry.Participant(ctx, id)
	if err != nil {
		return nil, err
	}
	return h.texting.Compose(ctx, sms.Occasion{Key: key, Participant: p, Questionnaire: questionnaire})
}

func number(n int) string { return fmt.Sprintf("+1212555%04d", 100+n) }
