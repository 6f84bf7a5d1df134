// Command release is the Lambda function that closes, protects, seals and publishes periods, on a schedule.
package main

import (
	"time"

	"github.com/tellback/tellback/internal/app"
	build "github.com/tellback/tellback/internal/app/release"
	archive "github.com/tellback/tellback/internal/archive/s3"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/schemas"
)

func main() {
	loading := program.Loading(schemas.FS) // while secrets and tables are waited for
	cloud.Start(app.Release, func(e *cloud.Environment) (any, error) {
		signer, err := release.ReadSigner(e.ReleaseKey)
		if err != nil {
			return nil, err
		}
		catalog, err := loading()
		if err != nil {
			return nil, err
		}
		return build.New(build.Parts{
			Learning: e.Table(e.LearningTable), Archive: archive.Open(e.AWS, e.ReleasesBucket),
			Signer: signer, Catalog: catalog, Now: time.Now, Log: e.Log,
		}), nil
	})
}
