package sms

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// Occasion is why somebody is texted of our own accord.
type Occasion struct {
	Key           string // one text at most goes out for a key, ever
	Kind          participant.Kind
	Participant   participant.Participant
	Questionnaire string
	Asked         time.Time // of a reminder: when the invitation went out
	Words         string    // of a lesson
}

// Letter is what is about to be texted to one number: composed, not claimed yet. Whoever [Service.Post]s it claims it,
// and can do so only while everything is as it was when it was composed.
type Letter struct {
	Number   participant.Contact
	Reach    participant.Reach
	Segments int

	program, participant string
	texts                []Text
	bodies               []string
	ops                  []table.Op
	opened               *record       // the conversation that it opens a questionnaire in
	invited              *report.Draft // the stage that is reached when it is taken
}

// Texts is how many texts it is.
func (l *Letter) Texts() int { return len(l.texts) }

// What keeps a letter from being written, besides [ErrOptedOut], [ErrBusy] and [ErrLeft].
var (
	ErrPaused = errors.New("sms: wants no texts for a while")
	ErrLost   = errors.New("sms: the number can't be texted")
	ErrMoot   = errors.New("sms: there is nothing to say any more")
)

// Compose writes what an occasion is for. All that it changes is what an earlier text of theirs has left undone.
func (s *Service) Compose(ctx context.Context, o Occasion) (*Letter, error) {
	l, r, err := s.address(ctx, o.Participant)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	switch o.Kind {
	case participant.Lesson:
		if !o.Participant.Lessons || o.Words == "" {
			return nil, ErrMoot
		}
		l.bodies = []string{o.Words}
	case participant.Remind:
		if told, err := s.told(ctx, o.Participant, o.Questionnaire, o.Asked, now); err != nil || told {
			return nil, errors.Join(err, moot(told))
		}
		out, ok := s.Machine.Remind(r.Session, o.Participant.Program, o.Questionnaire, now)
		if !ok {
			return nil, ErrMoot
		}
		l.bodies = out.Replies
	default:
		if err := s.settle(ctx, r); err != nil { // its outbox is replaced
			return nil, err
		}
		out, ok := s.Machine.Invite(r.Session, o.Participant.Program, o.Questionnaire, o.Key, now)
		if !ok {
			return nil, ErrBusy
		}
		l.bodies, r.Session, r.Outbox, l.opened = out.Replies, out.Session, out.Effects, r
		op, err := s.replace(r)
		if err != nil {
			return nil, err
		}
		l.ops, l.invited = []table.Op{op}, s.stage(o, now)
	}
	if l.ops == nil { // what they say or do in between counts
		l.ops = []table.Op{table.Check(recordKey(r.pseudonym), r.version)}
	}
	return l, s.entitle(l, o)
}

func moot(yes bool) error {
	if yes {
		return ErrMoot
	}
	return nil
}

// address finds where somebody can be reached, unless they can't or don't want to be.
func (s *Service) address(ctx context.Context, p participant.Participant) (*Letter, *record, error) {
	if !p.Left.IsZero() || p.Contact == "" {
		return nil, nil, ErrLeft
	}
	c, err := s.Registry.ContactOf(ctx, p.Contact)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil, ErrLeft
	}
	if err != nil {
		return nil, nil, err
	}
	if c.Participants[p.Program] != p.ID { // the number is somebody else's now
		return nil, nil, ErrLeft
	}
	reach, err := s.Registry.Reach(ctx, p.Contact)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.load(ctx, c.Number)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case c.Stopped || r.Session.Stopped:
		return nil, nil, ErrOptedOut
	case reach.Paused.After(s.Now()):
		return nil, nil, ErrPaused
	case reach.Lost && !r.Session.Last.After(reach.Failed): // whoever has texted since can be texted
		return nil, nil, ErrLost
	}
	if r.Session.Last.After(reach.Failed) {
		reach = reach.Works()
	}
	return &Letter{Number: c, Reach: reach, program: p.Program, participant: p.ID}, r, nil
}

// told says whether somebody has handed in a questionnaire since they were asked, by whatever way.
func (s *Service) told(ctx context.Context, p participant.Participant, questionnaire string, asked, now time.Time) (bool, error) {
	for _, at := range []time.Time{asked, now} { // the period may have changed in between
		told, err := s.Desk.Told(ctx, report.Draft{
			Program: p.Program, Questionnaire: questionnaire, Participant: p.ID, Perspective: report.Self, Role: p.Role, At: at,
		})
		if err != nil || told.After(asked) {
			return err == nil, err
		}
	}
	return false, nil
}

// stage is what is noted of an invitation when it has gone out.
func (s *Service) stage(o Occasion, now time.Time) *report.Draft {
	p := o.Participant
	return &report.Draft{
		Key: "sms:invite:" + o.Key, Program: p.Program, Questionnaire: o.Questionnaire, Participant: p.ID,
		Perspective: report.Self, Role: p.Role, Channel: report.SMS, Origin: report.Known, Language: p.Language,
		Attributes: p.Attributes, At: now, Synthetic: p.Synthetic,
	}
}

// entitle makes the letter's texts.
func (s *Service) entitle(l *Letter, o Occasion) error {
	for n, body := range l.bodies {
		id := s.Keys.Pseudonym("text", o.Key+":"+strconv.Itoa(n))
		words, err := s.Keys.Seal("text:"+id, []byte(body))
		if err != nil {
			return err
		}
		segments := program.Segments(body)
		l.Segments += segments
		l.texts = append(l.texts, Text{
			ID: id, Key: o.Key, Kind: o.Kind, Program: l.program, Participant: l.participant, Contact: l.Number.Pseudonym,
			Questionnaire: o.Questionnaire, Words: words, Segments: segments,
		})
	}
	return nil
}

// Again writes a text once more that was not taken or did not arrive, unless it has been overtaken.
func (s *Service) Again(ctx context.Context, t Text, p participant.Participant) (*Letter, error) {
	if s.Now().Sub(t.First) > lasting {
		return nil, ErrMoot
	}
	l, r, err := s.address(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx, r); err != nil { // what the first try may have left undone
		return nil, err
	}
	if t.Kind != participant.Lesson && (!s.Machine.Waits(r.Session, t.Program, t.Questionnaire) || r.Session.Last.After(t.First)) {
		return nil, ErrMoot
	}
	body, err := s.Keys.Open("text:"+t.ID, t.Words)
	if err != nil {
		return nil, err
	}
	l.texts, l.bodies, l.Segments = []Text{t}, []string{string(body)}, t.Segments
	l.ops = []table.Op{table.Check(recordKey(r.pseudonym), r.version)}
	if t.Kind == participant.Invite {
		l.invited = s.stage(Occasion{Key: t.Key, Participant: p, Questionnaire: t.Questionnaire}, t.First)
	}
	return l, nil
}
