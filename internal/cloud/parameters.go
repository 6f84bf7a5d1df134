package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// parameterStore is Systems Manager's, as far as functions need it. The SDK's client would put web's zip above 6 MB,
// and nearly two milliseconds on each cold start (infra/decisions/cold-start.md).
type parameterStore struct{ aws aws.Config }

// errAgain is a failure that may pass: throttled, or the service's own.
var errAgain = errors.New("the service does not answer now")

// GetParameters reads at most ten SecureStrings by their paths. One that doesn't exist is not in the answer.
func (s parameterStore) GetParameters(ctx context.Context, paths []string) (map[string]string, error) {
	ask, err := json.Marshal(map[string]any{"Names": paths, "WithDecryption": true})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Parameters []struct{ Name, Value string }
	}
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		if err = s.call(ctx, "AmazonSSM.GetParameters", ask, &answer); err == nil {
			break
		}
		if !errors.Is(err, errAgain) || wait > time.Second {
			return nil, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, err
		}
	}
	values := map[string]string{}
	for _, p := range answer.Parameters {
		values[p.Name] = p.Value
	}
	return values, nil
}

func (s parameterStore) call(ctx context.Context, operation string, ask []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint(), bytes.NewReader(ask))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", operation)
	credentials, err := s.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(ask)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "ssm", s.aws.Region, time.Now()); err != nil {
		return err
	}
	resp, err := s.aws.HTTPClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	if resp.StatusCode == http.StatusOK {
		return json.Unmarshal(body, answer)
	}
	var refused struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal(body, &refused) // best effort: the status says enough
	err = fmt.Errorf("%s: status %d %s", operation, resp.StatusCode, refused.Type)
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || strings.Contains(refused.Type, "Throttling") {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	return err
}

func (s parameterStore) endpoint() string {
	switch {
	case s.aws.BaseEndpoint != nil:
		return *s.aws.BaseEndpoint
	case strings.HasPrefix(s.aws.Region, "cn-"):
		return "https://ssm." + s.aws.Region + ".amazonaws.com.cn/"
	}
	return "https://ssm." + s.aws.Region + ".amazonaws.com/"
}
