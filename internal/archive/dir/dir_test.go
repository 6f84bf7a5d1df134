package dir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

func TestPutOnce(t *testing.T) {
	ctx := context.Background()
	root := filepath.Join(t.TempDir(), "new")
	a := New(root)
	if _, err := a.Get(ctx, "river/000001.json"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("before: %v", err)
	}
	for _, step := range []struct {
		data string
		want error
	}{{"one", nil}, {"one", nil}, {"two", release.ErrExists}, {"", release.ErrExists}} {
		if err := a.Put(ctx, "river/000001.json", []byte(step.data)); !errors.Is(err, step.want) {
			t.Errorf("put %q: %v, want %v", step.data, err, step.want)
		}
	}
	if got, err := New(root).Get(ctx, "river/000001.json"); err != nil || string(got) != "one" {
		t.Errorf("got %q, %v", got, err)
	}
	left, err := os.ReadDir(filepath.Join(root, "river"))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left (%v), want 1", len(left), err)
	}
}

func TestNamesStayInside(t *testing.T) {
	root := t.TempDir()
	a := New(filepath.Join(root, "archive"))
	for _, name := range []string{"", "river", "../out/000001.json", "river/../000001.json", "/etc/000001.json", "river/1.json", "river/000001.txt", "River/000001.json", "river/000001.json\x00"} {
		if err := a.Put(context.Background(), name, nil); err == nil {
			t.Errorf("put %q was accepted", name)
		}
		if _, err := a.Get(context.Background(), name); fault.KindOf(err) != fault.NotFound {
			t.Errorf("get %q: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(root); len(left) != 0 {
		t.Errorf("%d entries appeared", len(left))
	}
}

func TestRacingPutsHaveOneWinner(t *testing.T) {
	a := New(t.TempDir())
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			switch err := a.Put(context.Background(), "river/000001.json", fmt.Append(nil, i)); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, release.ErrExists):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}
