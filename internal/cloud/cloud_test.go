package cloud

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
)

// A function that lacks its environment says everything that is missing at once.
func TestLookNamesEverythingThatIsMissing(t *testing.T) {
	for _, n := range app.Names {
		_, err := Look(context.Background(), n, func(string) string { return "" })
		if err == nil {
			t.Errorf("%s starts without an environment", n)
			continue
		}
		for _, v := range Variables(n) {
			if !strings.Contains(err.Error(), v) {
				t.Errorf("%s: %s is not named in %q", n, v, err)
			}
		}
	}
}

// What a handler may use of an event's time ends before Lambda's patience does.
func TestAHandlerIsDoneBeforeItsTimeIs(t *testing.T) {
	f := &function{built: make(chan struct{})}
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	f.Handler = lambda.NewHandler(func(ctx context.Context) (bool, error) {
		given, ok := ctx.Deadline()
		return ok && given.Equal(deadline.Add(-grace)), nil
	})
	close(f.built)
	if got, err := f.Invoke(ctx, []byte("{}")); err != nil || string(got) != "true" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAHandlerThatIsNeverBuiltKeepsNobodyWaiting(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), grace+10*time.Millisecond)
	defer cancel()
	if _, err := (&function{built: make(chan struct{})}).Invoke(ctx, []byte("{}")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
