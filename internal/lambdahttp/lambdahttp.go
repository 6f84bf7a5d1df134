// Package lambdahttp joins http.Handler and API Gateway HTTP API events (payload format 2.0), in both directions:
// [Function] is what a Lambda starts, and [Gateway] stands where API Gateway stands when everything runs on one machine.
package lambdahttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/fault"
)

// Function is the signature that lambda.Start takes.
type Function = func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

var errNotHTTP = errors.New("lambdahttp: this is no event of an HTTP API") // it quotes nothing: the event could be anything

// Adapt makes a Lambda function of h. An event that is no HTTP request is an error. A panic in h becomes a 500 without a word of its cause, and is logged once.
func Adapt(h http.Handler) Function {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		if e.RequestContext.HTTP.Method == "" {
			return events.APIGatewayV2HTTPResponse{}, errNotHTTP
		}
		w := &response{header: http.Header{}}
		r, err := request(ctx, e)
		if err != nil {
			fault.WriteProblem(w, fault.Wrap(fault.Malformed, err, "This request can't be read: its body or address is not encoded properly."))
			return w.event(), nil
		}
		serve(h, w, r)
		return w.event(), nil
	}
}

func serve(h http.Handler, w *response, r *http.Request) {
	defer func() {
		if recover() != nil {
			// The value of a panic may hold what a person wrote, so it is not logged: the request id finds the trace.
			slog.ErrorContext(r.Context(), "handler panicked", "kind", "panic")
			*w = response{header: http.Header{}}
			fault.WriteProblem(w, fault.New(fault.Internal, ""))
		}
	}()
	h.ServeHTTP(w, r)
}

// request builds what h sees. rawPath arrives decoded, so it is taken as it is and never parsed; cookies come apart
// from the other headers; a header's value is never split at its commas.
func request(ctx context.Context, e events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, err
		}
	}
	u := url.URL{Path: e.RawPath, RawQuery: e.RawQueryString}
	r, err := http.NewRequestWithContext(ctx, e.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL = &u
	r.RequestURI = u.RequestURI()
	r.RemoteAddr = e.RequestContext.HTTP.SourceIP
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	return r, nil
}

// response collects what a handler writes.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *response) event() events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	if w.body.Len() > 0 && w.header.Get("Content-Type") == "" {
		w.header.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	e := events.APIGatewayV2HTTPResponse{StatusCode: w.status, Headers: map[string]string{}, Cookies: w.header.Values("Set-Cookie")}
	for name, values := range w.header {
		if name != "Set-Cookie" {
			e.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	if utf8.Valid(w.body.Bytes()) {
		e.Body = w.body.String()
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return e
}
