package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/lambdahttp"
)

func TestAdaptGivesTheRequestThatWasSent(t *testing.T) {
	var got *http.Request
	var body []byte
	f := lambdahttp.Adapt(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	e := events.APIGatewayV2HTTPRequest{
		RawPath:         "/f/río/50% & more?not=query", // arrives decoded
		RawQueryString:  "lang=es&x=a%2Cb",
		Cookies:         []string{"a=1", "b=2; still b"},
		Headers:         map[string]string{"host": "x.example", "accept-language": "es, en;q=0.5"},
		Body:            base64.StdEncoding.EncodeToString([]byte("a=\x00ñ")),
		IsBase64Encoded: true,
	}
	e.RequestContext.HTTP.Method = http.MethodPost
	if _, err := f(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"path", got.URL.Path, e.RawPath},
		{"query", got.URL.Query().Get("x"), "a,b"},
		{"cookies", got.Header.Get("Cookie"), "a=1; b=2; still b"},
		{"host", got.Host, "x.example"},
		{"commas stay", got.Header.Get("Accept-Language"), "es, en;q=0.5"},
		{"one value", strings.Join(got.Header.Values("Accept-Language"), "|"), "es, en;q=0.5"},
		{"body", string(body), "a=\x00ñ"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func post(e events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPRequest {
	e.RequestContext.HTTP.Method = http.MethodPost
	return e
}

// What another service sends, or an older API, must fail and not be answered as if somebody had asked for a page.
func TestAdaptRefusesWhatIsNoRequest(t *testing.T) {
	f := lambdahttp.Adapt(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") }))
	for _, raw := range []string{
		`null`, `{}`, `{"Records":[{"eventSource":"aws:sqs","body":"my knee"}]}`, `{"httpMethod":"GET","path":"/my knee"}`,
		`{"version":"2.0","rawPath":"/my knee","requestContext":{}}`,
	} {
		var e events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal([]byte(raw), &e); err != nil {
			t.Fatal(err)
		}
		if out, err := f(context.Background(), e); err == nil || strings.Contains(err.Error(), "knee") || out.StatusCode != 0 {
			t.Errorf("%s: got %d, %v", raw, out.StatusCode, err)
		}
	}
}

func TestAdaptHidesAPanic(t *testing.T) {
	f := lambdahttp.Adapt(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half an answer"))
		panic("secret words")
	}))
	out, err := f(context.Background(), post(events.APIGatewayV2HTTPRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	if out.StatusCode != http.StatusInternalServerError || strings.Contains(out.Body, "secret") || strings.Contains(out.Body, "half an answer") {
		t.Errorf("got %d %q", out.StatusCode, out.Body)
	}
}

func TestAdaptRefusesBrokenBase64(t *testing.T) {
	f := lambdahttp.Adapt(http.NotFoundHandler())
	out, err := f(context.Background(), post(events.APIGatewayV2HTTPRequest{Body: "%%%", IsBase64Encoded: true}))
	if err != nil {
		t.Fatal(err)
	}
	if out.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d", out.StatusCode)
	}
}

// Through the gateway and back, a request and its response are what they would be without.
func TestRoundTrip(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("X-Path", url.PathEscape(r.URL.Path))
		w.Header().Set("X-Cookie", r.Header.Get("Cookie"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(raw)
	})
	viaJSON := func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		raw, err := json.Marshal(e)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		var again events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(raw, &again); err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		return lambdahttp.Adapt(echo)(ctx, again)
	}
	type answer struct {
		Status             int
		Body, Path, Cookie string
		Cookies            []string
	}
	ask := func(h http.Handler, body, contentType string) answer {
		r := httptest.NewRequest(http.MethodPost, "/f/a%20b%2Fc?x=1", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Cookie", "p=1; q=2")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return answer{w.Code, w.Body.String(), w.Header().Get("X-Path"), w.Header().Get("X-Cookie"), w.Header().Values("Set-Cookie")}
	}
	for _, c := range []struct{ name, body, contentType string }{
		{"form", "a=1&b=%F0%9F%8C%8A", "application/x-www-form-urlencoded"},
		{"json", `{"a":"ñ"}`, "application/json"},
		{"bytes that are not text", "\xff\x00\xfe", "text/plain"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := ask(echo, c.body, c.contentType)
			got := ask(lambdahttp.Gateway("POST /f/{program}", viaJSON), c.body, c.contentType)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-direct +gateway:\n%s", d)
			}
		})
	}
}

func TestGatewayRefusesMoreThanTenMegabytes(t *testing.T) {
	h := lambdahttp.Gateway("POST /", func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		t.Error("the function was called")
		return events.APIGatewayV2HTTPResponse{}, nil
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(make([]byte, 11<<20))))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", w.Code)
	}
}
