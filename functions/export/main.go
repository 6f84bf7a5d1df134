// Command export is the Lambda function behind staff sign-in, the dashboard and exports.
package main

import (
	"strings"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/export"
	archive "github.com/tellback/tellback/internal/archive/s3"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func main() {
	loading := program.Loading(schemas.FS) // while secrets and tables are waited for
	cloud.Start(app.Export, func(e *cloud.Environment) (any, error) {
		keys, err := phi.ReadKeys(strings.NewReader(e.Keyset))
		if err != nil {
			return nil, err
		}
		catalog, err := loading()
		if err != nil {
			return nil, err
		}
		return lambdahttp.Adapt(export.New(export.Parts{
			Config: e.Config, Learning: e.Table(e.LearningTable), Archive: archive.Open(e.AWS, e.ReleasesBucket),
			Keys: keys, Catalog: catalog, Log: e.Log,
		})), nil
	})
}
