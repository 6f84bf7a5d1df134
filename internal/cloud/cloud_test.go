package cloud

import (
	"context"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/app"
)

// A function that lacks its environment says everything that is missing at once.
func TestLookNamesEverythingThatIsMissing(t *testing.T) {
	for _, n := range app.Names {
		_, err := Look(context.Background(), n, func(string) string { return "" })
		if err == nil {
			t.Errorf("%s starts without an environment", n)
			continue
		}
		for _, v := range Variables(n) {
			if !strings.Contains(err.Error(), v) {
				t.Errorf("%s: %s is not named in %q", n, v, err)
			}
		}
	}
}
