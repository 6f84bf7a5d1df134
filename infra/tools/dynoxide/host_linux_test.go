package dynoxide_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

// One file is one server's: two would hand out the same sequence numbers.
func TestOneFileHasOneServer(t *testing.T) {
	t.Setenv(dynoxide.Variable, "")
	file := filepath.Join(t.TempDir(), "d.db")
	first, err := dynoxide.Start(file)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Stop()
	if second, err := dynoxide.Start(file); err == nil || !strings.Contains(err.Error(), "in use") {
		if err == nil {
			second.Stop()
		}
		t.Errorf("a second server for the same file: %v", err)
	}
	first.Stop()
	again, err := dynoxide.Start(file)
	if err != nil {
		t.Fatalf("after the first stopped: %v", err)
	}
	again.Stop()
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
