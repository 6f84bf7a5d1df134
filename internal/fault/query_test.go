package fault_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
)

func TestQueryTakesNothingInSilence(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"", ""},
		{"period=2026-10&format=csv", ""},
		{"period=", ""},
		{"period=2026-10;format=csv", "? malformed"},
		{"period=%zz", "? malformed"},
		{"period=2026-10&period=2026-09", "?period duplicate"},
		{"perod=2026-10", "?perod unknown-parameter"},
		{"Period=2026-10&x", "?Period unknown-parameter, ?x unknown-parameter"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = c.query
		_, err := fault.Query(r, "period", "format")
		var said []string
		if err != nil {
			if fault.KindOf(err) != fault.Malformed {
				t.Errorf("%s: %v", c.query, err)
			}
			_, issues := fault.Public(err)
			for _, i := range issues {
				said = append(said, i.Where+" "+i.Code)
			}
		}
		if got := strings.Join(said, ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.query, got, c.want)
		}
	}
}
