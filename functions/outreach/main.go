// Command outreach is the Lambda function that texts invitations that are due, on a schedule.
package main

import (
	"strings"
	"time"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/outreach"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func main() {
	loading := program.Loading(schemas.FS) // while secrets and tables are waited for
	cloud.Start(app.Outreach, func(e *cloud.Environment) (any, error) {
		keys, err := phi.ReadKeys(strings.NewReader(e.Keyset))
		if err != nil {
			return nil, err
		}
		catalog, err := loading()
		if err != nil {
			return nil, err
		}
		return outreach.New(sms.Parts{
			Config: e.Config, Reports: e.Table(e.ReportsTable), People: e.Table(e.PeopleTable),
			Keys: keys, Catalog: catalog, Now: time.Now, Log: e.Log,
		}, e.Table(e.LearningTable))
	})
}
