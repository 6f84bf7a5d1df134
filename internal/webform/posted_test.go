package webform

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
)

// A form that nobody filled in, with thousands of answers and blocks to one question, must cost no more than it has bytes.
func TestManyPostedAnswersAreReadInTime(t *testing.T) {
	i := &questionnaire.Item{LinkID: "effect", Type: questionnaire.OpenChoice, Repeats: true, Options: make([]questionnaire.Option, 3)}
	for n := range i.Options {
		i.Options[n].Value = questionnaire.Value{Type: questionnaire.Choice, Code: strconv.Itoa(n)}
	}
	v := url.Values{}
	for range 3000 {
		v.Add("q.effect", "z")
		v.Add("a.effect", "9 "+strings.Repeat("y", 600))
	}
	v["q.effect"] = append([]string{"2", "0"}, v["q.effect"]...)
	v["a.effect"] = append([]string{"1 2", "1 0", "2 0"}, v["a.effect"]...)
	st, began := blank(), time.Now()
	st.read(i, "effect", v, origins{})
	was := st.readTicked(i, "effect", v)
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
	given := st.answers["effect"]
	if len(given) > 200 || !slices.Equal(given[:3], []string{"0", "2", "z"}) {
		t.Errorf("%d answers, first %q", len(given), given[:3])
	}
	if !slices.Equal(was[:3], []int{1, 0, 0}) {
		t.Errorf("blocks: %v", was[:3])
	}
}
