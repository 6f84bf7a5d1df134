package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/report"
)

func shaped() report.Draft {
	return report.Draft{
		Key: "web:1", Program: "river", Questionnaire: "checkin", Participant: "abc234", Perspective: report.Self, Role: "patient",
		Channel: report.Web, Origin: report.Open, Language: "es-MX", Attributes: map[string]string{"age": "18-39"},
		At: time.Date(2026, 10, 5, 16, 0, 0, 0, time.UTC),
	}
}

func TestShape(t *testing.T) {
	const secret = "zanahoria"
	cases := map[string]struct {
		change func(*report.Draft)
		want   string // "where code", comma separated
	}{
		"a good one": {func(*report.Draft) {}, ""},
		"a good proxy": {func(d *report.Draft) {
			d.Perspective, d.Relation, d.About = report.Proxy, "parent", phi.Hide("Ana 🌷")
		}, ""},
		"nothing at all":       {func(d *report.Draft) { *d = report.Draft{} }, "key required,program required,questionnaire required,participant required,perspective unknown-option,role unknown-option,channel unknown-option,origin unknown-option,language required,at required"},
		"no relation":          {func(d *report.Draft) { d.Perspective = report.Proxy }, "relation required"},
		"a strange relation":   {func(d *report.Draft) { d.Perspective, d.Relation = report.Proxy, secret }, "relation unknown-option"},
		"a long key":           {func(d *report.Draft) { d.Key = strings.Repeat(secret, 99) }, "key too-long"},
		"a hostile id":         {func(d *report.Draft) { d.Participant = secret + "#\x00" }, "participant wrong-form"},
		"no language":          {func(d *report.Draft) { d.Language = secret + " " + secret }, "language wrong-form"},
		"an endless language":  {func(d *report.Draft) { d.Language = "en-" + strings.Repeat("x-", 1<<20) }, "language too-long"},
		"a long name":          {func(d *report.Draft) { d.About = phi.Hide(strings.Repeat("é", 61)) }, "about too-long"},
		"a name just right":    {func(d *report.Draft) { d.About = phi.Hide(strings.Repeat("é", 60)) }, ""},
		"a long attribute":     {func(d *report.Draft) { d.Attributes[secret] = strings.Repeat(secret, 9) }, "attributes too-long"},
		"a long attribute key": {func(d *report.Draft) { d.Attributes[strings.Repeat(secret, 9)] = "x" }, "attributes too-long"},
		"many attributes": {func(d *report.Draft) {
			for n := range 11 {
				d.Attributes[fmt.Sprint(n)] = "x"
			}
		}, "attributes too-many"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := shaped()
			c.change(&d)
			var got []string
			for _, i := range shape(d) {
				got = append(got, i.Where+" "+i.Code)
				if strings.Contains(fmt.Sprint(i), secret) {
					t.Errorf("the issue about %s says what was sent", i.Where)
				}
				if !strings.HasSuffix(i.Text, ".") {
					t.Errorf("no sentence: %q", i.Text)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, ",")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The validator's list of relations and report.Relations are the same.
func TestRelationsAgree(t *testing.T) {
	for _, r := range report.Relations {
		d := shaped()
		d.Perspective, d.Relation = report.Proxy, r
		if issues := shape(d); len(issues) > 0 {
			t.Errorf("%s: %v", r, issues)
		}
	}
}
