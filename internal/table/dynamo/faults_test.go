package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/tabletest"
)

// trip does one request: on is the real one.
type trip func(req *http.Request, on http.RoundTripper) (*http.Response, error)

func pass(req *http.Request, on http.RoundTripper) (*http.Response, error) { return on.RoundTrip(req) }

// lose has the request done and loses the reply.
func lose(req *http.Request, on http.RoundTripper) (*http.Response, error) {
	resp, err := on.RoundTrip(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body) // so that it is done before the caller tries again
		_ = resp.Body.Close()
	}
	return nil, errors.New("connection reset by peer")
}

// drop loses the request.
func drop(req *http.Request, _ http.RoundTripper) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	return nil, errors.New("connection refused")
}

// cut has the request done and half of the reply lost.
func cut(req *http.Request, on http.RoundTripper) (*http.Response, error) {
	resp, err := on.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(resp.Body, 1), failing{}), resp.Body}
	resp.ContentLength = -1
	return resp, nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// answer answers without doing anything.
func answer(status int, body string) trip {
	return func(req *http.Request, _ http.RoundTripper) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, req.Body)
		return &http.Response{
			StatusCode: status, Request: req, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}, nil
	}
}

func fails(kind string) trip {
	return answer(http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#`+kind+`","message":"no"}`)
}

func cancels(codes ...string) trip {
	var reasons []string
	for _, c := range codes {
		reasons = append(reasons, fmt.Sprintf(`{"Code":%q}`, c))
	}
	return answer(http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"cancelled","CancellationReasons":[`+strings.Join(reasons, ",")+`]}`)
}

// after has the request done and answers something else.
func after(then trip) trip {
	return func(req *http.Request, on http.RoundTripper) (*http.Response, error) {
		_, again, err := peek(req)
		if err != nil {
			return nil, err
		}
		if resp, err := on.RoundTrip(again); err == nil {
			_ = resp.Body.Close()
		}
		return then(req, on)
	}
}

// peek is a request's body, and the same request with it still to be read.
func peek(req *http.Request) (string, *http.Request, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return "", nil, err
	}
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return string(body), again, nil
}

// script is a transport that goes through its trips and then passes everything.
type script struct {
	mu    sync.Mutex
	trips []trip
	count int
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	next := trip(pass)
	if s.count++; len(s.trips) > 0 {
		next, s.trips = s.trips[0], s.trips[1:]
	}
	s.mu.Unlock()
	return next(req, http.DefaultTransport)
}

func TestPassingFaults(t *testing.T) {
	internal := answer(http.StatusInternalServerError, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"oops"}`)
	gateway := answer(http.StatusBadGateway, `<html>`)
	for name, trips := range map[string][]trip{
		"nothing":                    {},
		"request lost":               {drop, drop},
		"reply lost":                 {lose},
		"reply lost again and again": {lose, lose, lose},
		"reply cut":                  {cut, cut},
		"reply garbled":              {after(answer(http.StatusOK, "{"))},
		"throttled":                  {fails("ProvisionedThroughputExceededException"), fails("ThrottlingException"), fails("RequestLimitExceeded"), fails("LimitExceededException")},
		"in progress":                {after(fails("TransactionInProgressException")), fails("TransactionInProgressException")},
		"done, but failed inside":    {after(internal), after(gateway)},
		"failed inside":              {internal, gateway},
		"conflict, then reply lost":  {fails("TransactionConflictException"), lose, fails("ThrottlingException")},
		"request lost, then reply":   {drop, lose, internal},
	} {
		for kind, ops := range map[string][]table.Op{
			"put": {table.Put(table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{"n":1}`)})},
			"transaction": {
				table.Put(table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{"n":1}`)}),
				table.Check(table.Key{Partition: "P", Sort: "t"}, 0),
			},
			"delete": {table.Delete(table.Key{Partition: "P", Sort: "s"}, 1)},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				s := &script{}
				tb := open(t, tabletest.NewClock().Now, s)
				if kind == "delete" {
					if err := tb.Write(context.Background(), table.Put(table.Item{Key: ops[0].Item.Key, Body: []byte(`{}`)})); err != nil {
						t.Fatal(err)
					}
				}
				s.trips = trips
				if err := tb.Write(context.Background(), ops...); err != nil {
					t.Fatalf("Write: %v", err)
				}
				if kind == "delete" {
					if _, err := tb.Get(context.Background(), ops[0].Item.Key); !errors.Is(err, table.ErrNotFound) {
						t.Errorf("Get after it: %v, want %v", err, table.ErrNotFound)
					}
					return
				}
				want := ops[0].Item
				want.Version = 1
				got, err := tb.Get(context.Background(), want.Key)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("stored (-want +got):\n%s", d)
				}
			})
		}
	}
}

func TestPassingFaultsOfReads(t *testing.T) {
	trips := []trip{drop, lose, cut, fails("ThrottlingException"), answer(http.StatusServiceUnavailable, ""), cut}
	ctx, s := context.Background(), &script{}
	tb := open(t, tabletest.NewClock().Now, s)
	i := table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{}`)}
	if err := tb.Write(ctx, table.Put(i)); err != nil {
		t.Fatal(err)
	}
	s.trips = append(s.trips, trips...)
	if _, err := tb.Get(ctx, i.Key); err != nil {
		t.Errorf("Get: %v", err)
	}
	s.trips = append(s.trips, trips...)
	if page, err := tb.Query(ctx, table.Query{Partition: "P"}); err != nil || len(page.Items) != 1 {
		t.Errorf("Query: %v, %v", page, err)
	}
	s.trips = append(s.trips, trips...)
	if page, err := tb.Scan(ctx, ""); err != nil || len(page.Items) != 1 {
		t.Errorf("Scan: %v, %v", page, err)
	}
}

// A conflict is somebody else's write, even one that looks the same.
func TestConflictIsNotTakenForOwn(t *testing.T) {
	ctx := context.Background()
	name, s := create(t), &script{}
	tb := dynamo.Open(config(endpoint(t), s), name, tabletest.NewClock().Now, dynamo.WithBackoff(time.Millisecond, time.Millisecond))
	other := dynamo.Open(config(endpoint(t), http.DefaultTransport), name, tabletest.NewClock().Now)
	i := table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{"n":1}`)}
	between := func(req *http.Request, on http.RoundTripper) (*http.Response, error) {
		if err := other.Write(ctx, table.Put(i)); err != nil {
			t.Errorf("the other's write: %v", err)
		}
		return drop(req, on)
	}
	s.trips = []trip{between}
	if err := tb.Write(ctx, table.Put(i)); !errors.Is(err, table.ErrConflict) {
		t.Errorf("put after another's: got %v, want %v", err, table.ErrConflict)
	}
	i.Version = 1
	s.trips = []trip{between}
	if err := tb.Write(ctx, table.Put(i), table.Check(table.Key{Partition: "P", Sort: "t"}, 0)); !errors.Is(err, table.ErrConflict) {
		t.Errorf("transaction after another's: got %v, want %v", err, table.ErrConflict)
	}
	s.trips = []trip{func(req *http.Request, on http.RoundTripper) (*http.Response, error) {
		if err := other.Write(ctx, table.Delete(i.Key, 2)); err != nil {
			t.Errorf("the other's delete: %v", err)
		}
		return drop(req, on)
	}}
	if err := tb.Write(ctx, table.Delete(i.Key, 2)); !errors.Is(err, table.ErrConflict) {
		t.Errorf("delete after another's: got %v, want %v", err, table.ErrConflict)
	}
}

// hang takes a request and never answers.
func hang(req *http.Request, _ http.RoundTripper) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// A connection that hangs must not eat all of the time that there is for the call.
func TestHungConnectionIsTriedAgain(t *testing.T) {
	name, s := create(t), &script{trips: []trip{hang, hang}}
	tb := dynamo.Open(config(endpoint(t), s), name, tabletest.NewClock().Now,
		dynamo.WithBackoff(time.Millisecond, time.Millisecond), dynamo.WithPatience(100*time.Millisecond))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	i := table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{}`)}
	if err := tb.Write(ctx, table.Put(i)); err != nil {
		t.Fatalf("Write: %v", err)
	}
	if i.Version++; s.count != 3 {
		t.Errorf("%d attempts, want 3", s.count)
	}
	if got, err := tb.Get(ctx, i.Key); err != nil || got.Version != 1 {
		t.Errorf("Get: version %d, %v", got.Version, err)
	}
}

// When everything hangs the answer comes before the deadline: whoever called has to say something by then.
func TestAnswersBeforeTheDeadline(t *testing.T) {
	s := &script{}
	for range 1000 {
		s.trips = append(s.trips, hang)
	}
	tb := dynamo.Open(config("http://127.0.0.1:1", s), "t", tabletest.NewClock().Now, dynamo.WithPatience(time.Hour))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := tb.Get(ctx, table.Key{Partition: "P", Sort: "s"})
	if !errors.Is(err, context.DeadlineExceeded) || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Get: got %v, want it to be unavailable for want of time", err)
	}
	if ctx.Err() != nil {
		t.Error("the answer came after the deadline")
	}
}

// A clock that is wrong is put right by the time that the reply carries. A signature that is wrong stays wrong.
func TestClockThatIsWrong(t *testing.T) {
	ahead := time.Now().UTC().Add(time.Hour)
	signature := func(mends bool) (*script, trip) {
		s := &script{}
		return s, func(req *http.Request, on http.RoundTripper) (*http.Response, error) {
			at, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
			if err != nil {
				return nil, err
			}
			if mends && at.Sub(ahead).Abs() < 5*time.Minute {
				return on.RoundTrip(req)
			}
			resp, err := fails("InvalidSignatureException")(req, on)
			resp.Header.Set("Date", ahead.Format(http.TimeFormat))
			return resp, err
		}
	}
	for name, mends := range map[string]bool{"the clock": true, "the key": false} {
		t.Run(name, func(t *testing.T) {
			s, judged := signature(mends)
			tb := open(t, tabletest.NewClock().Now, s)
			s.count, s.trips = 0, []trip{judged, judged, judged, judged}
			_, err := tb.Get(context.Background(), table.Key{Partition: "P", Sort: "s"})
			if mends && !errors.Is(err, table.ErrNotFound) || !mends && fault.KindOf(err) != fault.Unavailable {
				t.Errorf("Get: %v", err)
			}
			if s.count != 2 {
				t.Errorf("%d attempts, want 2", s.count)
			}
		})
	}
}

func TestLastingFaults(t *testing.T) {
	ctx := context.Background()
	i := table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{}`)}
	for name, c := range map[string]struct {
		fault    trip
		attempts int // 0: until it gives up
		want     error
	}{
		"throttled for good":  {fault: fails("ThrottlingException")},
		"nobody there":        {fault: drop},
		"conflict for good":   {fault: cancels("None", "TransactionConflict")},
		"not allowed":         {fault: fails("AccessDeniedException"), attempts: 1},
		"expired credentials": {fault: fails("ExpiredTokenException"), attempts: 1},
		"unknown credentials": {fault: fails("UnrecognizedClientException"), attempts: 1},
		"token with another":  {fault: fails("IdempotentParameterMismatchException"), attempts: 1},
		"throttled inside":    {fault: cancels("None", "ThrottlingError", "ProvisionedThroughputExceeded")},
		"no such table":       {fault: fails("ResourceNotFoundException"), attempts: 1},
		"not understood":      {fault: fails("ValidationException"), attempts: 1},
		"cancelled for good":  {fault: cancels("TransactionConflict", "ValidationError"), attempts: 1},
		"a condition failed":  {fault: cancels("TransactionConflict", "ConditionalCheckFailed", "ValidationError"), attempts: 1, want: table.ErrConflict},
		"condition of one op": {fault: fails("ConditionalCheckFailedException"), attempts: 1, want: table.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{}
			for range 1000 {
				s.trips = append(s.trips, c.fault)
			}
			tb := dynamo.Open(config("http://127.0.0.1:1", s), "t", tabletest.NewClock().Now, dynamo.WithBackoff(time.Microsecond, time.Microsecond))
			err := tb.Write(ctx, table.Put(i))
			switch {
			case c.want != nil && !errors.Is(err, c.want):
				t.Errorf("Write: got %v, want %v", err, c.want)
			case c.want == nil && fault.KindOf(err) != fault.Unavailable:
				t.Errorf("Write: got %v, want it to be unavailable", err)
			}
			if c.attempts != 0 && s.count != c.attempts || c.attempts == 0 && s.count < 5 {
				t.Errorf("%d attempts, want %d", s.count, c.attempts)
			}
		})
	}
}

func TestDeadlineEndsRetries(t *testing.T) {
	s := &script{}
	for range 100_000 {
		s.trips = append(s.trips, fails("ThrottlingException"))
	}
	tb := dynamo.Open(config("http://127.0.0.1:1", s), "t", tabletest.NewClock().Now, dynamo.WithBackoff(time.Millisecond, 2*time.Millisecond))
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
	defer cancel()
	_, err := tb.Get(ctx, table.Key{Partition: "P", Sort: "s"})
	if !errors.Is(err, context.DeadlineExceeded) || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Get: got %v, want it to be unavailable for want of time", err)
	}
}

// Writers that nobody contests must never hear of a conflict, whatever is lost on the way, and no write may be done twice.
func TestUncontestedWritersUnderFaults(t *testing.T) {
	const writers, writes = 8, 25
	var seed atomic.Uint64
	faults := []trip{drop, lose, lose, cut, fails("ThrottlingException"), cancels("TransactionConflict"), after(answer(http.StatusInternalServerError, ""))}
	tb := open(t, tabletest.NewClock().Now, roundTrip(func(req *http.Request) (*http.Response, error) {
		random := rand.New(rand.NewPCG(3, seed.Add(1)))
		if random.IntN(4) > 0 {
			return pass(req, http.DefaultTransport)
		}
		return faults[random.IntN(len(faults))](req, http.DefaultTransport)
	}))
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			own, second := table.Key{Partition: fmt.Sprint("P#", w), Sort: "own"}, table.Key{Partition: fmt.Sprint("P#", w), Sort: "second"}
			for n := range writes {
				body := []byte(fmt.Sprint(n))
				ops := []table.Op{table.Put(table.Item{Key: own, Version: int64(n), Body: body})}
				if w%2 == 0 {
					ops = append(ops, table.Put(table.Item{Key: second, Version: int64(n), Body: body}))
				}
				if err := tb.Write(context.Background(), ops...); err != nil {
					t.Errorf("writer %d, write %d: %v", w, n, err)
					return
				}
			}
			got, err := tb.Get(context.Background(), own)
			if err != nil || got.Version != writes || string(got.Body) != fmt.Sprint(writes-1) {
				t.Errorf("writer %d: version %d, %v, want %d", w, got.Version, err, writes)
			}
		})
	}
	wg.Wait()
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
