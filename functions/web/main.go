// Command web is the Lambda function behind forms, receipts, the public learning record and the API.
package main

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/web"
	archive "github.com/tellback/tellback/internal/archive/s3"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func main() {
	loading := program.Loading(schemas.FS) // while secrets and tables are waited for
	cloud.Start(app.Web, func(e *cloud.Environment) (any, error) {
		keys, err := phi.ReadKeys(strings.NewReader(e.Keyset))
		if err != nil {
			return nil, err
		}
		catalog, err := loading()
		if err != nil {
			return nil, err
		}
		return lambdahttp.Adapt(web.New(web.Parts{
			Config: e.Config, Reports: e.Table(e.ReportsTable), People: e.Table(e.PeopleTable),
			Learning: e.Table(e.LearningTable), Archive: archive.Open(e.AWS, e.ReleasesBucket),
			Keys: keys, Catalog: catalog, Now: time.Now, Random: rand.Reader, Log: e.Log,
		})), nil
	})
}
