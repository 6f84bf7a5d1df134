package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
)

// told answers as DynamoDB's streams would and notes what was asked.
type told struct {
	t       *testing.T
	answers []string // one each request; "!Code" is an error
	asked   []string
}

func (d *told) RoundTrip(req *http.Request) (*http.Response, error) {
	_, doing, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	if doing == "DescribeTable" {
		return answer(http.StatusOK, `{"Table":{"LatestStreamArn":"arn:s"}}`)(req, nil)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	for _, of := range []string{"it-1", "it-2", "it-3", "it-4", "TRIM_HORIZON", `"SequenceNumber":"7"`} {
		if bytes.Contains(body, []byte(of)) {
			doing += " " + of
		}
	}
	d.asked = append(d.asked, doing)
	req.Body = io.NopCloser(bytes.NewReader(body))
	if len(d.answers) == 0 {
		d.t.Fatalf("one request too many: %s", doing)
	}
	next := d.answers[0]
	d.answers = d.answers[1:]
	if code, wrong := strings.CutPrefix(next, "!"); wrong {
		return fails(code)(req, nil)
	}
	return answer(http.StatusOK, next)(req, nil)
}

func iterator(id string) string { return fmt.Sprintf(`{"ShardIterator":%q}`, id) }

// records is an answer with changes of these sequences; next is "" at a closed shard's end.
func records(next string, sequences ...string) string {
	var all []string
	for _, s := range sequences {
		all = append(all, fmt.Sprintf(`{"dynamodb":{"SequenceNumber":%q,"ApproximateCreationDateTime":1,"NewImage":{"pk":{"S":"P"},"sk":{"S":"s"},"v":{"N":"1"},"body":{"S":"{}"}}}}`, s))
	}
	if next != "" {
		next = fmt.Sprintf(`,"NextShardIterator":%q`, next)
	}
	return `{"Records":[` + strings.Join(all, ",") + `]` + next + `}`
}

// What Amazon's streams do and local servers don't: stretches without changes, closed shards, iterators that expire,
// and changes past keeping.
func TestReadingAShard(t *testing.T) {
	const lookup, seven, read = "GetShardIterator TRIM_HORIZON", `GetShardIterator "SequenceNumber":"7"`, "GetRecords "
	type reading struct {
		after, got string // sequences
		err        error
	}
	for name, c := range map[string]struct {
		answers  []string
		readings []reading
		asked    []string
	}{
		"goes on through a stretch without changes instead of starting it again": {
			[]string{iterator("it-1"), records("it-2"), records("it-2"), records("it-2"), records("it-3"), records("it-4", "7", "8")},
			[]reading{{"", "", nil}, {"", "7 8", nil}},
			[]string{lookup, read + "it-1", read + "it-2", read + "it-2", read + "it-2", read + "it-3"},
		},
		"goes on behind what it gave": {
			[]string{iterator("it-1"), records("it-2", "6", "7"), records("it-3", "8")},
			[]reading{{"", "6 7", nil}, {"7", "8", nil}},
			[]string{lookup, read + "it-1", read + "it-2"},
		},
		"looks up where only a part was taken": {
			[]string{iterator("it-1"), records("it-2", "7", "8"), iterator("it-3"), records("it-4", "8")},
			[]reading{{"", "7 8", nil}, {"7", "8", nil}},
			[]string{lookup, read + "it-1", seven, read + "it-3"},
		},
		"ends with a closed shard": {
			[]string{iterator("it-1"), records("", "6", "7")},
			[]reading{{"", "6 7", nil}, {"7", "", io.EOF}, {"7", "", io.EOF}},
			[]string{lookup, read + "it-1"},
		},
		"ends with a closed shard that holds nothing more": {
			[]string{iterator("it-1"), records("it-2"), records("")},
			[]reading{{"7", "", io.EOF}},
			[]string{seven, read + "it-1", read + "it-2"},
		},
		"replaces an iterator that expired": {
			[]string{iterator("it-1"), records("it-2", "7"), "!ExpiredIteratorException", iterator("it-3"), records("it-4", "8")},
			[]reading{{"", "7", nil}, {"7", "8", nil}},
			[]string{lookup, read + "it-1", read + "it-2", seven, read + "it-3"},
		},
		"says that a place is past keeping": {
			[]string{"!TrimmedDataAccessException"},
			[]reading{{"7", "", table.ErrTrimmed}},
			[]string{seven},
		},
		"says that its iterator's place is past keeping": {
			[]string{iterator("it-1"), "!TrimmedDataAccessException"},
			[]reading{{"7", "", table.ErrTrimmed}},
			[]string{seven, read + "it-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := &told{t: t, answers: c.answers}
			cfg := config("http://nowhere.invalid", d)
			s, err := standin.OpenStream(context.Background(), cfg, dynamo.Open(cfg, "t", time.Now, dynamo.WithBackoff(time.Millisecond, time.Millisecond)))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range c.readings {
				changes, err := s.Changes(context.Background(), "shard", r.after, 10)
				if !errors.Is(err, r.err) || (err != nil) != (r.err != nil) {
					t.Fatalf("after %q: got %v, want %v", r.after, err, r.err)
				}
				var got []string
				for _, c := range changes {
					got = append(got, c.Sequence)
				}
				if d := cmp.Diff(r.got, strings.Join(got, " ")); d != "" {
					t.Fatalf("after %q (-want +got):\n%s", r.after, d)
				}
			}
			if d := cmp.Diff(c.asked, d.asked); d != "" {
				t.Errorf("asked (-want +got):\n%s", d)
			}
		})
	}
}
