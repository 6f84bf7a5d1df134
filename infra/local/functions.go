package main

import (
	"crypto/rand"
	"net/http"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/export"
	"github.com/tellback/tellback/internal/app/release"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/app/web"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/phi"
	sealed "github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table"
)

// parts are the stores and keys that the functions of this machine share. Each is given what it is given in production.
type parts struct {
	reports, people, learning table.Table
	archive                   sealed.Archive
	signer                    sealed.Signer
	keys                      *phi.Keys
}

// functions puts each HTTP function behind its Lambda signature: requests reach it as API Gateway events only.
func (s *System) functions(configs map[app.Name]app.Config, answering *sms.Function) http.Handler {
	adapted := map[app.Name]lambdahttp.Function{
		app.SMS: answering.Web,
		app.Web: lambdahttp.Adapt(web.New(web.Parts{
			Config: configs[app.Web], Reports: s.parts.reports, People: s.parts.people, Learning: s.parts.learning, Archive: s.parts.archive,
			Keys: s.parts.keys, Catalog: s.catalog, Now: s.clock.Now, Random: rand.Reader, Log: s.log,
		})),
		app.Export: lambdahttp.Adapt(export.New(export.Parts{
			Config: configs[app.Export], Learning: s.parts.learning, Archive: s.parts.archive, Keys: s.staffKeys, Catalog: s.catalog, Log: s.log,
		})),
	}
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		pattern := r.Method + " " + r.Path
		mux.Handle(pattern, lambdahttp.Gateway(pattern, adapted[r.Function]))
	}
	mux.Handle("/", lambdahttp.Gateway("$default", adapted[app.Default]))
	return mux
}

func (s *System) texting(c app.Config) sms.Parts {
	return sms.Parts{Config: c, Reports: s.parts.reports, People: s.parts.people, Keys: s.parts.keys, Catalog: s.catalog, Now: s.clock.Now, Log: s.log}
}

func (s *System) release() app.ScheduledFunction {
	return release.New(release.Parts{
		Learning: s.parts.learning, Archive: s.parts.archive, Signer: s.parts.signer, Catalog: s.catalog, Settled: s.pump.Drain, Now: s.clock.Now, Log: s.log,
	})
}
