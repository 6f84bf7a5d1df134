package lambdahttp

import (
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"

	"github.com/tellback/tellback/internal/fault"
)

// maxPayload is API Gateway's own limit: 10 MB (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html).
const maxPayload = 10 << 20

// Gateway is an http.Handler that calls f as API Gateway would on its $default stage. route is the route key that the
// event names.
func Gateway(route string, f Function) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
		if err != nil {
			fault.WriteProblem(w, tooLarge(err))
			return
		}
		out, err := f(r.Context(), event(route, r, body))
		if err != nil {
			slog.ErrorContext(r.Context(), "function failed", "function", route)
			fault.WriteProblem(w, fault.New(fault.Internal, ""))
			return
		}
		write(w, out)
	})
}

func tooLarge(err error) error {
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return fault.Wrap(fault.TooLarge, err, "This is larger than 10 MB, which is more than can be taken.")
	}
	return fault.Wrap(fault.Malformed, err, "The request stopped before it was whole.")
}

func event(route string, r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{
		Version:        "2.0",
		RouteKey:       route,
		RawPath:        r.URL.Path,
		RawQueryString: r.URL.RawQuery,
		Headers:        map[string]string{"host": r.Host},
	}
	for name, values := range r.Header {
		if name != "Cookie" {
			e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
			continue
		}
		for _, v := range values {
			for _, c := range strings.Split(v, ";") {
				e.Cookies = append(e.Cookies, strings.TrimSpace(c))
			}
		}
	}
	for name, values := range r.URL.Query() {
		if e.QueryStringParameters == nil {
			e.QueryStringParameters = map[string]string{}
		}
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	if textual(r.Header.Get("Content-Type")) && utf8.Valid(body) {
		e.Body = string(body)
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	now := time.Now()
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	e.RequestContext = events.APIGatewayV2HTTPRequestContext{
		RouteKey: route, AccountID: "000000000000", Stage: "$default", RequestID: ulid.Make().String(), APIID: "local",
		DomainName: r.Host, Time: now.UTC().Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
			Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: ip, UserAgent: r.UserAgent(),
		},
	}
	return e
}

// textual says which bodies API Gateway passes as they are; forms, among others, arrive in base64.
func textual(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(t, "text/") || t == "application/json" || t == "application/xml" || t == "application/javascript"
}

func write(w http.ResponseWriter, e events.APIGatewayV2HTTPResponse) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			fault.WriteProblem(w, fault.Wrap(fault.Internal, err, ""))
			return
		}
	}
	for name, value := range e.Headers {
		w.Header().Set(name, value)
	}
	for _, c := range e.Cookies {
		w.Header().Add("Set-Cookie", c)
	}
	w.WriteHeader(e.StatusCode)
	_, _ = w.Write(body)
}
