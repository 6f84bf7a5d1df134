// Package export is what functions/export is made of: staff sign-in, dashboard and exports.
package export

import (
	"log/slog"
	"net/http"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/staff"
	"github.com/tellback/tellback/internal/table"
)

// Parts are what the function is made of: no table of reports or people among them.
type Parts struct {
	Config   app.Config
	Learning table.Table // the list of releases
	Archive  release.Archive
	Keys     *phi.Keys // of staff sessions; not the keys that people are known by
	Catalog  *program.Catalog
	Log      *slog.Logger
	HTTP     *http.Client // to the issuer; nil for the default
}

// New builds the function.
func New(p Parts) http.Handler {
	return staff.New(staff.Config{
		PublicURL: p.Config.PublicURL, Issuer: p.Config.OIDCIssuer, ClientID: p.Config.OIDCClient, ClientSecret: p.Config.OIDCSecret, HTTP: p.HTTP,
	}, release.NewRecord(p.Learning, p.Archive), p.Catalog, p.Keys, p.Log)
}
