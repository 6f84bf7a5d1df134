package dynamo_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

// server is the DynamoDB server of this run of the tests. Without one they fail: nothing is skipped.
var server *dynoxide.Server

func endpoint(testing.TB) string { return server.Endpoint }

func TestMain(m *testing.M) {
	var err error
	if server, err = dynoxide.Start(""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}
