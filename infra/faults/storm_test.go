// Package faults tests the whole hot path against a DynamoDB server behind everything that can go wrong between the two.
package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// storm stands between the AWS client and the server, and lets a request through unharmed most of the time only.
type storm struct {
	to http.RoundTripper

	mu     sync.Mutex
	random *rand.Rand
	seen   map[string]int // faults by kind
}

func newStorm(seed uint64) *storm {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &storm{to: transport, random: rand.New(rand.NewPCG(seed, 0)), seen: map[string]int{}}
}

// kinds are the faults, by how often each comes. A transaction's own faults fall on other requests as a throttle.
var kinds = []string{
	"throttled", "request limit", "transaction conflict", "failed before", "failed after", "gateway", "request lost",
	"reply lost", "reply lost", "reply lost", "reply cut", "sent twice, first reply", "sent twice, second reply",
}

// faulty is how many in a hundred requests meet a fault.
const faulty = 18

func (s *storm) draw(kill bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := ""
	switch {
	case kill:
		kind = []string{"crash before", "crash after"}[s.random.IntN(2)]
	case s.random.IntN(100) < faulty:
		kind = kinds[s.random.IntN(len(kinds))]
	default:
		return ""
	}
	s.seen[kind]++
	return kind
}

func (s *storm) counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.seen)
}

var errCrash = errors.New("the process is gone")

// life is one invocation: it ends for good at its calls-th request, if that is set.
type life struct {
	mu    sync.Mutex
	calls int
	end   context.CancelFunc
}

type lifeKey struct{}

// live begins an invocation that crashes at one of its first few requests, or lives as long as ctx.
func live(ctx context.Context, crashAt int) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	return context.WithValue(ctx, lifeKey{}, &life{calls: crashAt, end: end}), end
}

// last says whether this request is the one at which the invocation ends.
func (l *life) last() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls--
	return l.calls == 0
}

func (s *storm) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	// Even an invocation that ends with its request leaves the request to the server.
	send := func() (*http.Response, error) {
		again := req.Clone(context.WithoutCancel(req.Context()))
		again.Body = io.NopCloser(bytes.NewReader(body))
		resp, err := s.to.RoundTrip(again)
		if err != nil {
			return nil, err
		}
		whole, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(whole))
		return resp, err
	}
	after := func(resp *http.Response, err error) (*http.Response, error) {
		if _, bad := send(); bad != nil {
			return nil, bad
		}
		return resp, err
	}
	l, _ := req.Context().Value(lifeKey{}).(*life)
	switch kind := s.draw(l.last()); kind {
	case "":
		return send()
	case "crash before":
		l.end()
		return nil, errCrash
	case "crash after":
		defer l.end()
		return after(nil, errCrash)
	case "transaction conflict":
		if strings.HasSuffix(req.Header.Get("X-Amz-Target"), "TransactWriteItems") {
			return refusal(req, http.StatusBadRequest, "TransactionCanceledException", `,"CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]`), nil
		}
		return refusal(req, http.StatusBadRequest, "TransactionConflictException", ""), nil
	case "request limit":
		return refusal(req, http.StatusBadRequest, "RequestLimitExceeded", ""), nil
	case "failed before":
		return refusal(req, http.StatusInternalServerError, "InternalServerError", ""), nil
	case "failed after":
		return after(refusal(req, http.StatusInternalServerError, "InternalServerError", ""), nil)
	case "gateway":
		return after(reply(req, http.StatusBadGateway, "<html>"), nil)
	case "request lost":
		return nil, errors.New("connection refused")
	case "reply lost":
		return after(nil, errors.New("connection reset by peer"))
	case "reply cut":
		resp, err := send()
		if err == nil {
			resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 1), torn{}))
			resp.ContentLength = -1
		}
		return resp, err
	case "sent twice, first reply":
		resp, err := send()
		if err != nil {
			return nil, err
		}
		return after(resp, nil)
	case "sent twice, second reply":
		if _, err := send(); err != nil {
			return nil, err
		}
		return send()
	}
	return refusal(req, http.StatusBadRequest, "ProvisionedThroughputExceededException", ""), nil
}

type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func refusal(req *http.Request, status int, kind, more string) *http.Response {
	return reply(req, status, fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"no"%s}`, kind, more))
}

func reply(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Request: req, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}
