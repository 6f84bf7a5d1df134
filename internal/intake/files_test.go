package intake

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/tabletest"
)

// pdf is a file of that many bytes.
func pdf(name string, size int) []byte {
	return append([]byte("%PDF-1.7 ZQfile "+name), make([]byte, size)...)
}

// shows is a draft that brings files.
func shows(key string, contents ...[]byte) report.Draft {
	d, files := draft(key), questionnaire.Files{}
	var vs []questionnaire.Value
	for _, c := range contents {
		vs = append(vs, files.Add("", c))
	}
	d.Questionnaire, d.Answers, d.Files = "photos", phi.Hide(questionnaire.Answers{"photo": vs}), phi.Hide(files)
	return d
}

func filesIn(m *tabletest.Memory) (n int) {
	for k := range m.Items {
		if strings.HasPrefix(k.Partition, "F#") {
			n++
		}
	}
	return n
}

func TestFilesAreKeptSealedWithTheirReport(t *testing.T) {
	m, ctx := tabletest.NewMemory(), context.Background()
	d := desk(t, m)
	large := pdf("large", 700_000) // three pieces
	r := submit(t, d, shows("k", large, pdf("small", 3)))
	if got := filesIn(m); got != 4 || m.Writes != 1 {
		t.Errorf("%d pieces in %d writes, want 4 in 1", got, m.Writes)
	}
	for k, i := range m.Items {
		if strings.Contains(string(i.Body), "ZQfile") || i.Size() > table.MaxItem {
			t.Errorf("%s: %d bytes, or not sealed", k.Sort, i.Size())
		}
	}
	f, content, err := d.File(ctx, r, "photo", 0)
	if err != nil || !bytes.Equal(content, large) || f.ContentType != "application/pdf" || f.Size != len(large) {
		t.Errorf("%+v, %d bytes, %v", f, len(content), err)
	}
	for _, c := range []struct {
		link string
		n    int
	}{{"photo", 2}, {"photo", -1}, {"who", 0}, {"nothing", 0}} {
		if _, _, err := d.File(ctx, r, c.link, c.n); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v: %v", c, err)
		}
	}
	if cells := the(t, m).Cells; len(cells) != 0 {
		t.Errorf("files are counted: %v", cells)
	}
}

func TestAFileThatDidNotComeIsMissed(t *testing.T) {
	m := tabletest.NewMemory()
	d := desk(t, m)
	in := shows("k", pdf("a", 3))
	in.Files = phi.Hide(questionnaire.Files{})
	_, _, err := d.Submit(context.Background(), in)
	if _, issues := fault.Public(err); len(issues) != 1 || issues[0].Where != "photo" || issues[0].Code != "file-missing" {
		t.Errorf("%v", err)
	}
	many := make([][]byte, questionnaire.MaxFiles+1)
	for n := range many {
		many[n] = pdf(fmt.Sprint(n), 3)
	}
	for name, contents := range map[string][][]byte{"too much": {pdf("a", 1_300_000), pdf("b", 1_300_000)}, "too many": many} {
		_, _, err := d.Submit(context.Background(), shows("k", contents...))
		if _, issues := fault.Public(err); len(issues) != 1 || issues[0].Code != "file-many" || strings.Contains(issues[0].Text, "{") {
			t.Errorf("%s: %v, %v", name, err, issues)
		}
	}
	if len(m.Items) != 0 {
		t.Error("something was stored")
	}
}

// As much as may come is one write that every engine takes, and what is withdrawn leaves in one, however often it was changed before.
func TestTheMostThatMayComeFitsAndGoes(t *testing.T) {
	m, ctx := tabletest.NewMemory(), context.Background()
	d := desk(t, m)
	contents := make([][]byte, questionnaire.MaxFiles)
	for n := range contents {
		contents[n] = pdf(fmt.Sprint(n), questionnaire.MaxFile/questionnaire.MaxFiles-30)
	}
	in := shows("k", contents...)
	answers := in.Answers.Reveal()
	answers["who"] = []questionnaire.Value{{Type: questionnaire.Reference, Text: strings.Repeat("w", questionnaire.MaxText)}}
	r := submit(t, d, in)
	revision := 1
	for ; ; revision++ {
		answers["who"] = []questionnaire.Value{{Type: questionnaire.Reference, Text: fmt.Sprint("somebody ", revision)}}
		if _, err := d.Correct(ctx, r, revision, phi.Hide(answers), now, nil); fault.KindOf(err) == fault.TooMany {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if revision < 50 {
		t.Errorf("only %d revisions", revision)
	}
	if err := d.Withdraw(ctx, r, now); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(m); got != 0 {
		t.Errorf("%d pieces are left", got)
	}
	if _, _, err := d.File(ctx, r, "photo", 0); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

// A correction keeps files, brings others and leaves some out; what any revision had goes with the report.
func TestACorrectionBringsOnlyWhatIsNew(t *testing.T) {
	m, ctx := tabletest.NewMemory(), context.Background()
	d := desk(t, m)
	first, second := shows("k", pdf("a", 3), pdf("b", 3)), shows("k", pdf("b", 3), pdf("c", 3))
	r := submit(t, d, first)
	if _, err := d.Correct(ctx, r, 1, second.Answers, now, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("c did not come: %v", err)
	}
	if _, err := d.Correct(ctx, r, 1, second.Answers, now, second.Files.Reveal()); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(m); got != 3 {
		t.Errorf("%d pieces, want 3", got)
	}
	if _, content, err := d.File(ctx, r, "photo", 1); err != nil || !bytes.Equal(content, pdf("c", 3)) {
		t.Error(err)
	}
	if _, err := d.Correct(ctx, r, 2, first.Answers, now, nil); err != nil { // a is still here
		t.Error(err)
	}
	if err := d.Withdraw(ctx, r, now); err != nil || filesIn(m) != 0 {
		t.Errorf("%v, %d pieces are left", err, filesIn(m))
	}
}

// Whichever call to the table fails, before it takes hold or after, the sender's retry leaves what one undisturbed submission leaves.
func TestFilesSurviveACrashAtAnyCall(t *testing.T) {
	ctx := context.Background()
	content := pdf("a", 700_000)
	clean := tabletest.NewMemory()
	undisturbed := desk(t, clean)
	submit(t, undisturbed, shows("k", content))
	for at := 1; at <= clean.Calls; at++ {
		for _, after := range []bool{false, true} {
			m := tabletest.NewMemory()
			d := desk(t, m)
			m.FailAt, m.After = at, after
			if _, _, err := d.Submit(ctx, shows("k", content)); err == nil && !after {
				t.Errorf("call %d failed unnoticed", at)
			}
			if got := filesIn(m); got != 0 && got != 3 {
				t.Errorf("call %d: %d pieces of three", at, got)
			}
			r, _, err := d.Submit(ctx, shows("k", content))
			if err != nil {
				t.Fatal(err)
			}
			if _, back, err := d.File(ctx, r, "photo", 0); err != nil || !bytes.Equal(back, content) {
				t.Errorf("call %d: %v", at, err)
			}
			if len(m.Items) != len(clean.Items) {
				t.Errorf("call %d: %d items, want %d", at, len(m.Items), len(clean.Items))
			}
		}
	}
}

func TestTwoReportsWithTheSameFileKeepItEach(t *testing.T) {
	m, ctx := tabletest.NewMemory(), context.Background()
	d := desk(t, m)
	a, b := shows("a", pdf("x", 3)), shows("b", pdf("x", 3))
	b.At = b.At.Add(time.Minute)
	ra, rb := submit(t, d, a), submit(t, d, b)
	if err := d.Withdraw(ctx, ra, now); err != nil {
		t.Fatal(err)
	}
	_, content, err := d.File(ctx, rb, "photo", 0)
	if d := cmp.Diff(string(pdf("x", 3)), string(content)); d != "" || err != nil {
		t.Error(err, d)
	}
}
