// Command panics is a function whose handler panics when its event says so: wired as every other, for the contract's test.
package main

import (
	"context"
	"net/http"
	"os"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
)

func main() {
	cloud.Start(app.Aggregate, func(*cloud.Environment) (any, error) {
		if os.Getenv("_HANDLER") == "http" {
			return lambdahttp.Adapt(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/panic" {
					panic("the canary of a handler")
				}
			})), nil
		}
		return func(_ context.Context, e struct{ Panic bool }) (string, error) {
			if e.Panic {
				panic("the canary of a handler")
			}
			return "fine", nil
		}, nil
	})
}
