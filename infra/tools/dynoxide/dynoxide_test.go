package dynoxide_test

import (
	"testing"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

func TestAServerThatIsNamedIsTheOneUsed(t *testing.T) {
	t.Setenv(dynoxide.Variable, "http://127.0.0.1:1")
	if s, err := dynoxide.Start(""); err != nil || s.Endpoint != "http://127.0.0.1:1" {
		t.Errorf("got %v, %v", s, err)
	}
}
