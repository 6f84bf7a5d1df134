// Command sms is the Lambda function behind Twilio's webhooks and their fallback queue.
package main

import (
	"strings"
	"time"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func main() {
	loading := program.Loading(schemas.FS) // while secrets and tables are waited for
	cloud.Start(app.SMS, func(e *cloud.Environment) (any, error) {
		keys, err := phi.ReadKeys(strings.NewReader(e.Keyset))
		if err != nil {
			return nil, err
		}
		catalog, err := loading()
		if err != nil {
			return nil, err
		}
		return sms.New(sms.Parts{
			Config: e.Config, Reports: e.Table(e.ReportsTable), People: e.Table(e.PeopleTable),
			Keys: keys, Catalog: catalog, Now: time.Now, Log: e.Log,
		})
	})
}
