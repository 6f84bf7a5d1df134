package sms

import (
	"context"
	"errors"
	"fmt"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// uploaded is what was sent to the link of the open question, if one is open.
func (s *Service) uploaded(ctx context.Context, before conversation.Session) ([]questionnaire.Value, error) {
	if before.Filling == nil || before.Filling.Link == "" {
		return nil, nil
	}
	return s.Links.Sent(ctx, before.Filling.Link)
}

// tellWithFiles hands in a report with the files that were sent to links, and lets go of these. A file that is no longer held, of a
// conversation that took months, is left out.
func (s *Service) tellWithFiles(ctx context.Context, draft report.Draft, e conversation.Effect) error {
	files, answers := questionnaire.Files{}, questionnaire.Answers{}
	for link, vs := range draft.Answers.Reveal() {
		for _, v := range vs {
			if f, ok := v.File(); ok {
				content, err := s.Links.Content(ctx, e.Sent[v.Text], f)
				if err != nil && fault.KindOf(err) == fault.NotFound {
					if told, err := s.Desk.Has(ctx, e.Key); told || err != nil { // let go by whoever told it at the same time
						return err
					}
					continue
				}
				if err != nil {
					return err
				}
				files[v.Text] = content
			}
			answers[link] = append(answers[link], v)
		}
	}
	draft.Answers, draft.Files = phi.Hide(answers), phi.Hide(files)
	if _, _, err := s.Desk.Submit(ctx, draft); err != nil {
		return err
	}
	return s.letGo(ctx, e)
}

// letGo forgets the files of a report that has them.
func (s *Service) letGo(ctx context.Context, e conversation.Effect) error {
	for text, link := range e.Sent {
		if err := s.Links.LetGo(ctx, link, text); err != nil {
			return err
		}
	}
	return nil
}

// GoOn lets a conversation go on whose link something was sent to: the next question is texted, once. Where it has gone on by itself, or
// can't, nothing happens.
func (s *Service) GoOn(ctx context.Context, n personal.Note) error {
	c, err := s.Registry.ContactOf(ctx, n.Conversation)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil
	}
	if err != nil || c.Stopped {
		return err
	}
	_, err = s.Missed(ctx, Message{SID: "PL" + n.Link, From: c.Number, Silent: true})
	return err
}

// WentOn counts what [Service.GoOnAll] did.
type WentOn struct {
	Conversations int  // that went on, or had
	More          bool // there is more than one run does
}

// GoOnAll lets all conversations go on to whose links something was sent, up to most of them.
func (s *Service) GoOnAll(ctx context.Context, most int) (sum WentOn, err error) {
	var errs []error
	for shard := range personal.Shards {
		for cursor := ""; ; {
			notes, next, err := s.Links.Noted(ctx, shard, cursor)
			if err != nil {
				errs = append(errs, err)
				break
			}
			for _, n := range notes {
				if sum.More = sum.Conversations >= most || ctx.Err() != nil; sum.More {
					return sum, errors.Join(errs...)
				}
				if err := s.GoOn(ctx, n); errors.Is(err, ErrClaimed) { // another run is at it
					continue
				} else if err != nil {
					errs = append(errs, fmt.Errorf("sms: link %s: %w", n.Link, err))
					continue
				}
				if err := s.Links.Done(ctx, n); err != nil {
					errs = append(errs, err)
				}
				sum.Conversations++
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return sum, errors.Join(errs...)
}
