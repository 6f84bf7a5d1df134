package conversation_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/schemas"
)

var update = flag.Bool("update", false, "write the transcripts as they are now")

var monday = time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC)

// machine talks for the programs of testdata with those ids, all of them when none is given.
func machine(t testing.TB, ids ...string) conversation.Machine {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, pattern := range []string{"programs/*.json", "questionnaires/*.json"} {
		files, err := filepath.Glob("testdata/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			id := strings.TrimSuffix(filepath.Base(file), ".json")
			if len(ids) > 0 && strings.HasPrefix(pattern, "programs") && !slices.Contains(ids, id) {
				continue
			}
			name, _ := filepath.Rel("testdata", file)
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys[filepath.ToSlash(name)] = &fstest.MapFile{Data: doc}
		}
	}
	c, err := program.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return speaking(c)
}

func speaking(c *program.Catalog) conversation.Machine {
	return conversation.Machine{Catalog: c, ReceiptURL: func(key string) string { return "https://x.org/r/" + key }, LinkURL: func(key string) string { return "https://x.org/p/" + key }}
}

// river talks for the program that an installation has unless it is told of others.
func river(t testing.TB) conversation.Machine {
	t.Helper()
	c, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	return speaking(c)
}

// TestTranscripts plays each testdata/*.txt: what people text ("> ", with ⏎ for a new line), what they are answered ("< ", further lines
// indented), what is done ("* "), "@ 26h" lets time pass, "% 10m text" was sent so long ago and comes only now, "# " is a remark, "~ week" an invitation; "^ text"
// comes when a file was sent to the open link, "^" alone when nobody texts. The first
// line names the programs.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func play(t *testing.T, script string) string {
	t.Helper()
	lines := strings.Split(strings.TrimRight(script, "\n"), "\n")
	var m conversation.Machine
	programs := strings.Fields(strings.TrimPrefix(lines[0], "# programs:"))
	if slices.Equal(programs, []string{"river"}) {
		m = river(t)
	} else {
		m = machine(t, programs...)
	}
	var s conversation.Session
	var out strings.Builder
	now, n := monday, 0
	show := func(o conversation.Output) {
		for _, r := range o.Replies {
			fmt.Fprintln(&out, "< "+strings.ReplaceAll(r, "\n", "\n  "))
			if c := program.Segments(r); c > 1 {
				fmt.Fprintf(&out, "  (%d segments)\n", c)
			}
		}
		for _, e := range o.Effects {
			fmt.Fprintln(&out, "* "+described(e))
		}
		s = o.Session
	}
	for _, line := range lines {
		switch {
		case line == "", strings.HasPrefix(line, "# "):
			fmt.Fprintln(&out, line)
		case strings.HasPrefix(line, "@ "):
			fmt.Fprintln(&out, line)
			d, err := time.ParseDuration(line[2:])
			if err != nil {
				t.Fatal(err)
			}
			now = now.Add(d)
		case strings.HasPrefix(line, ">"):
			fmt.Fprintln(&out, line)
			n++
			now = now.Add(time.Minute)
			show(m.Step(s, conversation.Input{Text: strings.ReplaceAll(strings.TrimPrefix(line[1:], " "), "⏎", "\n"), Key: fmt.Sprint("SM", n)}, now))
		case strings.HasPrefix(line, "% "):
			fmt.Fprintln(&out, line)
			ago, text, _ := strings.Cut(line[2:], " ")
			d, err := time.ParseDuration(ago)
			if err != nil {
				t.Fatal(err)
			}
			n++
			show(m.Step(s, conversation.Input{Text: text, Key: fmt.Sprint("SM", n), Sent: now.Add(-d)}, now))
		case strings.HasPrefix(line, "^"):
			fmt.Fprintln(&out, line)
			n++
			now = now.Add(time.Minute)
			letter := questionnaire.Files{}.Add("", []byte("%PDF-1.7"))
			show(m.Step(s, conversation.Input{Text: strings.TrimPrefix(line[1:], " "), Key: fmt.Sprint("SM", n), Files: []questionnaire.Value{letter}, Silent: line == "^"}, now))
		case strings.HasPrefix(line, "~ "):
			fmt.Fprintln(&out, line)
			n++
			o, ok := m.Invite(s, s.Program, line[2:], fmt.Sprint("IN", n), now)
			if !ok {
				fmt.Fprintln(&out, "! refused")
				continue
			}
			show(o)
		}
	}
	return out.String()
}

func described(e conversation.Effect) string {
	parts := []string{string(e.Kind), e.Program}
	if e.Questionnaire != "" {
		parts = append(parts, e.Questionnaire)
	}
	if e.Kind == conversation.Enrol {
		parts = append(parts, string(e.Role), e.Language, e.Consent.Version)
		for _, id := range slices.Sorted(maps.Keys(e.Attributes)) {
			parts = append(parts, id+"="+e.Attributes[id])
		}
	}
	for _, link := range slices.Sorted(maps.Keys(e.Answers)) {
		var vs []string
		for _, v := range e.Answers[link] {
			vs = append(vs, shown(v))
		}
		parts = append(parts, link+"="+strings.Join(vs, "+"))
	}
	if e.Kind == conversation.Link || e.Kind == conversation.Unlink {
		parts = append(parts, e.Item, e.Language, e.Key)
	}
	if e.Kind == conversation.Speak {
		parts = append(parts, e.Language)
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

func shown(v questionnaire.Value) string {
	if v.Type == questionnaire.Quantity {
		return v.Text + v.Code
	}
	if v.Code != "" {
		return v.Code
	}
	return v.Text
}

func readWords(t *testing.T, lang string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "words", lang, "sms.json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
