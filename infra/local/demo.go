package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// How large the demonstration is. With fewer people most breakdowns would be hidden, as they should be.
const (
	demoPatients   = 420
	demoCaregivers = 140
	demoMonths     = 6
	demoWriters    = 16 // at once, so that they share the store's commits
)

// Demo fills a program with made-up participants and reports, through the same doors that real ones use. It is seeded
// and its keys are fixed, so running it again after a crash adds nothing twice.
type Demo struct {
	Desk     *intake.Desk
	Registry *participant.Registry
	Catalog  *program.Catalog
	Now      time.Time
}

// persona is one made-up participant.
type persona struct {
	n          int
	key        string // what the participant's id is derived from
	id         string
	role       program.Role
	language   string
	channel    report.Channel
	attributes map[string]string
	burden     float64 // 0 (well) … 1 (badly off)
	random     *rand.Rand
}

// Seed makes the people and their six months, newest last, and gives how many reports were taken.
func (d Demo) Seed(ctx context.Context, p *program.Program) (reports int, err error) {
	counts := make([]int, demoPatients+demoCaregivers)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(demoWriters)
	for n := range counts {
		g.Go(func() error {
			who := d.persona(p, n)
			if err := d.enrol(ctx, p, who); err != nil {
				return err
			}
			counts[n], err = d.live(ctx, p, who)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, fmt.Errorf("demo: %w", err)
	}
	for _, c := range counts {
		reports += c
	}
	return reports, nil
}

func (d Demo) persona(p *program.Program, n int) persona {
	r := rand.New(rand.NewPCG(20_260_101, uint64(n)))
	who := persona{n: n, key: fmt.Sprintf("demo:%s:%d", p.ID, n), role: program.Patient, random: r, channel: report.SMS, attributes: map[string]string{}}
	who.id = d.Registry.ParticipantID(who.key)
	if n >= demoPatients {
		who.role = program.Caregiver
	}
	who.language = p.Languages[0]
	if len(p.Languages) > 1 && r.Float64() < 0.3 {
		who.language = p.Languages[1]
	}
	if r.Float64() < 0.4 {
		who.channel = report.Web
	}
	for _, a := range p.Attributes {
		// Middle values are the most common; one in twenty doesn't say.
		if r.Float64() > 0.05 {
			i := (r.IntN(len(a.Options)) + r.IntN(len(a.Options)) + 1) / 2
			who.attributes[a.ID] = a.Options[min(i, len(a.Options)-1)].Code
		}
	}
	who.burden = min(1, max(0, 0.45+0.22*r.NormFloat64()))
	return who
}

func (d Demo) enrol(ctx context.Context, p *program.Program, who persona) error {
	joined := d.start(p)
	_, err := d.Registry.Enrol(ctx, participant.Enrolment{
		Key: who.key, Program: p.ID, Role: string(who.role), Language: who.language, Attributes: who.attributes, Origin: string(report.Known), Number: phi.Hide(""),
		Consent: participant.Consent{Program: p.ID, TextVersion: p.Consent.Version, Language: who.language, Channel: string(who.channel), At: joined, Given: true},
		At:      joined, Synthetic: true,
	})
	return err
}

// start is the beginning of the demonstration: the last period that can be released is its last but one.
func (d Demo) start(p *program.Program) time.Time {
	newest := p.PeriodAt(d.Now.AddDate(0, 0, -p.LagDays)).Start.In(p.Location())
	return newest.AddDate(0, -(demoMonths - 1), 0)
}

// live reports what the program asks of this person, month by month, until now.
func (d Demo) live(ctx context.Context, p *program.Program, who persona) (reports int, err error) {
	for _, use := range p.Uses {
		if !answers(use, who.role) {
			continue
		}
		q, _ := d.Catalog.Used(p, use.Questionnaire)
		every := max(use.EveryDays, 14) // the standing is monthly: two answers a month show that one counts
		for day, at := 0, d.start(p).Add(10*time.Hour); at.Before(d.Now); day, at = day+every, at.AddDate(0, 0, every) {
			if who.random.Float64() < 0.25 {
				continue // people forget, and are too ill
			}
			when := at.Add(time.Duration(who.random.IntN(6*24*60)) * time.Minute)
			if when.After(d.Now) {
				break
			}
			if _, _, err := d.Desk.Submit(ctx, d.draft(p, q, who, day, when)); err != nil {
				return reports, fmt.Errorf("%s day %d: %w", q.ID, day, err)
			}
			reports++
		}
	}
	return reports, nil
}

func answers(u program.Use, role program.Role) bool {
	for _, r := range u.Roles {
		if r == role {
			return true
		}
	}
	return u.Proxy && role == program.Caregiver
}

func (d Demo) draft(p *program.Program, q *questionnaire.Questionnaire, who persona, day int, at time.Time) report.Draft {
	_, use := d.Catalog.Used(p, q.ID)
	draft := report.Draft{
		Key: fmt.Sprintf("%s:%s:%d", who.key, q.ID, day), Program: p.ID, Questionnaire: q.ID, Participant: who.id, Perspective: report.Self,
		Role: string(who.role), Channel: who.channel, Origin: report.Known, Language: who.language, Attributes: who.attributes, At: at, Synthetic: true,
	}
	self := false
	for _, r := range use.Roles {
		self = self || r == who.role
	}
	// Every third caregiver answers about the person they care for, where the questionnaire allows it.
	if use.Proxy && who.role == program.Caregiver && (!self || who.n%3 == 0) {
		draft.Perspective, draft.Relation, draft.About = report.Proxy, report.Relations[who.n%4], phi.Hide("A")
	}
	month := float64(day) / 30
	draft.Answers = phi.Hide(fill(q, who, max(0, who.burden-0.03*month)))
	return draft
}

// fill answers every enabled item: ordinal ones around the person's burden, others at random.
func fill(q *questionnaire.Questionnaire, who persona, burden float64) questionnaire.Answers {
	a := questionnaire.Answers{}
	for i := q.Next(a, ""); i != nil; i = q.Next(a, i.LinkID) {
		if !i.Answerable() || (!i.Required && who.random.Float64() < 0.06) {
			continue
		}
		if v, ok := answer(i, who, burden); ok {
			a[i.LinkID] = []questionnaire.Value{v}
		}
	}
	return a
}

func answer(i *questionnaire.Item, who persona, burden float64) (questionnaire.Value, bool) {
	r := who.random
	switch i.Type {
	case questionnaire.Choice, questionnaire.OpenChoice:
		level := min(1, max(0, burden+0.18*r.NormFloat64()))
		n := int(level * float64(len(i.Options)))
		return i.Options[min(n, len(i.Options)-1)].Value, len(i.Options) > 0
	case questionnaire.Boolean:
		return questionnaire.Value{Type: questionnaire.Boolean, Text: fmt.Sprint(r.Float64() > burden)}, true
	case questionnaire.Integer:
		return questionnaire.Value{Type: questionnaire.Integer, Text: fmt.Sprint(1 + r.IntN(9))}, i.Min == nil && i.Max == nil
	case questionnaire.String, questionnaire.Text:
		all := demoStories["en"]
		if who.language == "es" {
			all = demoStories["es"]
		}
		return questionnaire.Value{Type: i.Type, Text: all[r.IntN(len(all))]}, r.Float64() < 0.3 && i.Pattern == nil && i.MaxLength == 0 || i.MaxLength > 200
	}
	return questionnaire.Value{}, false
}

// demoStories are made up.
var demoStories = map[string][]string{
	"en": {
		"The nurse called back the same day and that helped a lot.",
		"I waited three weeks for the new prescription.",
		"My neighbor drives me now, so I miss fewer visits.",
		"Nobody told me that the clinic had moved.",
	},
	"es": {
		"La enfermera me llamó el mismo día y me ayudó mucho.",
		"Esperé tres semanas por la receta nueva.",
		"Mi vecina me lleva y ya no falto a mis citas.",
		"Nadie me dijo que la clínica se había mudado.",
	},
}
