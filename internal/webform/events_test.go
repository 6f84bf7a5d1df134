package webform

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/lambdahttp"
)

// The events are what API Gateway (payload format 2.0) hands to functions/web.
func TestEvents(t *testing.T) {
	cases := []struct {
		name   string
		status int
		says   string
	}{
		{"web-form-program", 200, "Cuéntanos"},
		{"web-form-open", 200, "Send my answers"},
		{"web-form-submit", 303, "/r/"},
		{"web-form-incomplete", 422, "Mañana será otro día 🌊"},
		{"web-form-forged", 403, "Another website"},
		{"web-form-receipt-unknown", 404, "There is nothing here"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("..", "..", "events", c.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var e events.APIGatewayV2HTTPRequest
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			w := newTown(t)
			var first events.APIGatewayV2HTTPResponse
			for n := range 2 { // delivered twice, it is still one
				got, err := lambdahttp.Adapt(w.handler)(t.Context(), e)
				if err != nil {
					t.Fatal(err)
				}
				said := got.Body + got.Headers["Location"]
				if got.IsBase64Encoded {
					plain, err := base64.StdEncoding.DecodeString(got.Body)
					if err != nil {
						t.Fatal(err)
					}
					said = string(plain)
				}
				if got.StatusCode != c.status || !strings.Contains(said, c.says) {
					t.Errorf("status %d, want %d with %q: %.300s", got.StatusCode, c.status, c.says, said)
				}
				if n == 0 {
					first = got
				} else if strings.TrimSuffix(first.Headers["Location"], "sent") != strings.TrimSuffix(got.Headers["Location"], "already") {
					t.Error("the second time it leads elsewhere")
				}
			}
		})
	}
	if all, err := filepath.Glob("../../events/web-form-*.json"); err != nil || len(all) != len(cases) {
		t.Errorf("%d events, and %d in the table (%v)", len(all), len(cases), err)
	}
}
