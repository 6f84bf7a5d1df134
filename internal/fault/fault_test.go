package fault_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
)

func TestOnlyThePublicPartIsShown(t *testing.T) {
	cause := errors.New("dial tcp: secret")
	for _, c := range []struct {
		name   string
		err    error
		status int
		shows  string
	}{
		{"public", fault.New(fault.Invalid, "Say more.", fault.Issue{Where: "q1", Code: "required", Text: "Please answer this."}), 422, "Please answer this."},
		{"wrapped twice", fmt.Errorf("intake %s: %w", "id", fault.Wrap(fault.Unavailable, cause, "Try again.")), 503, "Try again."},
		{"unknown", cause, 500, "Something went wrong on our side."},
		{"internal", fault.Wrap(fault.Internal, cause, "inner words"), 500, "Something went wrong on our side."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			fault.WriteProblem(w, c.err)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.shows) || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "inner words") {
				t.Errorf("got %d %s", w.Code, w.Body.String())
			}
		})
	}
}
