package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// secretPrefix begins a variable whose value is a SecureString in Parameter Store: "ssm:/tellback/keyset".
const secretPrefix = "ssm:"

// secrets gives an environment in which every "ssm:" reference among names is replaced by the parameter's value.
func secrets(ctx context.Context, cfg aws.Config, getenv func(string) string, names []string) (func(string) string, error) {
	paths := map[string]string{} // by variable
	for _, name := range names {
		if path, ok := strings.CutPrefix(getenv(name), secretPrefix); ok {
			paths[name] = path
		}
	}
	if len(paths) == 0 {
		return getenv, nil
	}
	client := parameterStore{cfg}
	values, err := client.GetParameters(ctx, slices.Compact(slices.Sorted(maps.Values(paths))))
	if err != nil {
		return nil, fmt.Errorf("reading parameters: %w", err)
	}
	var missing []error
	for variable, path := range paths {
		if _, ok := values[path]; !ok {
			missing = append(missing, fmt.Errorf("%s: there is no parameter %s", variable, path))
		}
	}
	return func(name string) string {
		if path, ok := paths[name]; ok {
			return values[path]
		}
		return getenv(name)
	}, errors.Join(missing...)
}
