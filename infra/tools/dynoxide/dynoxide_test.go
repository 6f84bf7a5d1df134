package dynoxide_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

func TestAServerThatIsNamedIsTheOneUsed(t *testing.T) {
	named := httptest.NewServer(http.NotFoundHandler()) // any answer is one
	t.Setenv(dynoxide.Variable, named.URL)
	if s, err := dynoxide.Start(""); err != nil || s.Endpoint != named.URL {
		t.Errorf("got %v, %v", s, err)
	}
	named.Close()
	if s, err := dynoxide.Start(""); err == nil {
		t.Errorf("a server that doesn't answer was taken: %v", s)
	}
}
