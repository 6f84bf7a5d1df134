package cloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// secretPrefix begins a variable whose value is a SecureString in Parameter Store: "ssm:/tellback/keyset".
const secretPrefix = "ssm:"

// secrets gives an environment in which every "ssm:" reference among names is replaced by the parameter's value.
func (e *Environment) secrets(ctx context.Context, getenv func(string) string, names []string) (func(string) string, error) {
	var client *ssm.Client
	values := map[string]string{}
	for _, name := range names {
		path, ok := strings.CutPrefix(getenv(name), secretPrefix)
		if !ok {
			continue
		}
		if client == nil {
			client = ssm.NewFromConfig(e.AWS)
		}
		out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(path), WithDecryption: aws.Bool(true)})
		if err != nil {
			return nil, fmt.Errorf("%s: reading %s: %w", name, path, err)
		}
		values[name] = aws.ToString(out.Parameter.Value)
	}
	return func(name string) string {
		if v, ok := values[name]; ok {
			return v
		}
		return getenv(name)
	}, nil
}
