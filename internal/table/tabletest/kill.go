package tabletest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table"
)

// childFolder tells a test binary that it is the child to be killed, and where its table is.
const childFolder = "TELLBACK_TABLETEST_FOLDER"

// parts is how many items each batch of the child has, in partitions of their own.
const parts = 4

// Child writes until it is killed, when [Run] started this process for that; otherwise it returns at once. Call it at
// the top of TestMain.
func Child(e Engine) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		return
	}
	fmt.Fprintln(os.Stderr, writeForever(e, dir)) // it returns only with an error
	os.Exit(1)
}

// writeForever writes batches from many goroutines and prints the name of each after it was acknowledged.
func writeForever(e Engine, dir string) error {
	tb, _, _, err := e.Reopen(dir, NewClock().Now)
	if err != nil {
		return err
	}
	failed := make(chan error)
	var out sync.Mutex
	for w := range racers {
		go func() { failed <- writeBatches(tb, fmt.Sprintf("%d.%02d", os.Getpid(), w), &out) }()
	}
	return <-failed
}

func writeBatches(tb table.Table, writer string, out *sync.Mutex) error {
	counter := key("counters", writer)
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s.%06d", writer, n)
		ops := []table.Op{table.Put(numbered(counter, int64(n), n+1))}
		for part := range parts {
			ops = append(ops, table.Put(item(key(fmt.Sprint("part", part), name), 0, name)))
		}
		if err := tb.Write(context.Background(), ops...); err != nil {
			return err
		}
		out.Lock()
		_, err := fmt.Println(name)
		out.Unlock()
		if err != nil {
			return err
		}
	}
}

// testKill kills a process in the middle of its writes, three times over the same folder, and wants every write that
// it was told about to be there, none to be there in part, and the log to agree.
func testKill(t *testing.T, e Engine) {
	dir := t.TempDir()
	var acknowledged []string
	for round := range 3 {
		acknowledged = append(acknowledged, runAndKill(t, dir, 150*(round+1))...)
		tb, l, closer, err := e.Reopen(dir, NewClock().Now)
		if err != nil {
			t.Fatalf("reopen: %v", err)
		}
		checkSurvivors(t, tb, l, acknowledged)
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill starts the child and kills it once it has acknowledged so many writes. It returns all it acknowledged.
func runAndKill(t *testing.T, dir string, after int) (acknowledged []string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childFolder+"="+dir)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if err != nil { // what is left of a line was not said in full
			if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
				t.Fatal(err)
			}
			break
		}
		if acknowledged = append(acknowledged, strings.TrimSpace(line)); len(acknowledged) == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if len(acknowledged) < after {
		t.Fatalf("the child ended by itself after %d writes: %s", len(acknowledged), complaint.String())
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) == 0 {
		t.Fatal("the child left no file")
	}
	return acknowledged
}

func checkSurvivors(t *testing.T, tb table.Table, l table.Log, acknowledged []string) {
	t.Helper()
	items := scan(t, tb)
	for _, name := range acknowledged {
		for part := range parts {
			k := key(fmt.Sprint("part", part), name)
			if d := diff(stored(item(k, 0, name)), items[k]); d != "" {
				t.Fatalf("an acknowledged write is gone (-want +got):\n%s", d)
			}
		}
	}
	want := map[table.Key]table.Item{}
	for k, i := range items {
		if k.Partition != "counters" {
			continue
		}
		want[k] = numbered(k, i.Version, int(i.Version))
		for n := range i.Version { // each counted batch is there whole, acknowledged or not
			name := fmt.Sprintf("%s.%06d", k.Sort, n)
			for part := range parts {
				batch := item(key(fmt.Sprint("part", part), name), 0, name)
				want[batch.Key] = stored(batch)
			}
		}
	}
	if !maps.EqualFunc(want, items, func(a, b table.Item) bool { return cmp.Equal(a, b) }) {
		t.Fatalf("a write is there in part: %d items, %d would be whole writes", len(items), len(want))
	}
	if d := diff(items, replay(t, changes(t, l, "", 1000))); d != "" {
		t.Fatalf("the log replayed (-table +log):\n%s", d)
	}
}
