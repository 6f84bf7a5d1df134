package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/tellback/tellback/internal/attachment"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// Files are written, and erased, in the very write that stores or withdraws their report: no crash can part them
// (infra/decisions/0017).

func owner(id string) string { return "report:" + id }

func fileOf(text string) questionnaire.File {
	f, _ := questionnaire.Value{Type: questionnaire.Attachment, Text: text}.File()
	return f
}

// attach finds what is in the files that a's answers speak of: among those given with them, if an earlier revision doesn't have them.
func (a *admitted) attach(given questionnaire.Files) []fault.Issue {
	var issues []fault.Issue
	answers, bytes := a.report.Answers.Reveal(), 0
	a.report.Files = slices.Clone(a.report.Files)
	for _, i := range a.q.All() {
		if i.Type != questionnaire.Attachment {
			continue
		}
		for _, v := range answers[i.LinkID] {
			if slices.Contains(a.report.Files, v.Text) {
				continue
			}
			content, ok := given[v.Text]
			if !ok {
				return append(issues, questionnaire.MissingFile(i))
			}
			if a.files == nil {
				a.files = questionnaire.Files{}
			}
			a.files[v.Text] = content
			a.report.Files = append(a.report.Files, v.Text)
			if bytes += len(content); bytes > questionnaire.MaxFile || len(a.report.Files) > questionnaire.MaxFiles {
				return append(issues, questionnaire.TooManyFiles(i))
			}
		}
	}
	return issues
}

// putFiles are the operations that store what is in a's new files.
func (d *Desk) putFiles(a admitted) (ops []table.Op, err error) {
	for text, content := range a.files {
		items, err := attachment.Items(d.keys, owner(a.report.ID), fileOf(text), content)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			ops = append(ops, table.Put(item))
		}
	}
	return ops, nil
}

// eraseFiles are the operations that erase what is in all files of a report.
func (d *Desk) eraseFiles(r report.Report) (ops []table.Op) {
	for _, text := range r.Files {
		for _, key := range attachment.Keys(d.keys, owner(r.ID), fileOf(text)) {
			ops = append(ops, table.Delete(key, written))
		}
	}
	return ops
}

// pieces is how many items keep a report's files.
func pieces(r report.Report) (n int) {
	for _, text := range r.Files {
		n += attachment.Pieces(fileOf(text))
	}
	return n
}

var errNoFile = fault.New(fault.NotFound, "We can't find this file here.")

// File is what is in the n-th file that answers an item of the newest revision behind a receipt; fault.NotFound when there is none.
func (d *Desk) File(ctx context.Context, r Receipt, link string, n int) (questionnaire.File, []byte, error) {
	k, err := d.Read(ctx, r)
	if err != nil {
		return questionnaire.File{}, nil, err
	}
	vs := k.Answers.Reveal()[link]
	if n < 0 || n >= len(vs) {
		return questionnaire.File{}, nil, errNoFile
	}
	f, ok := vs[n].File()
	if !ok {
		return questionnaire.File{}, nil, errNoFile
	}
	content, err := attachment.Read(ctx, d.reports, d.keys, owner(k.ID), f)
	if errors.Is(err, table.ErrNotFound) { // withdrawn between the two reads
		err = errNoFile
	}
	return f, content, err
}
