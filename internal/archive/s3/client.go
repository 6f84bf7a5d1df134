package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// bucketClient is S3's two calls that an archive needs, over one bucket. The SDK's client would be a megabyte of each zip,
// and none that reads a release would stay within 6 MB (infra/decisions/cold-start.md). Keys are those of releases: nothing in them needs escaping.
type bucketClient struct {
	aws      aws.Config
	bucket   string
	attempts int           // of a call that the service refuses for now, or whose reply is lost
	wait     time.Duration // before the second attempt; twice as long before each later one
}

// apiError is a refusal by the service.
type apiError struct {
	status int
	code   string
}

func (e *apiError) Error() string { return fmt.Sprintf("s3: status %d %s", e.status, e.code) }

// GetObject is an object's content.
func (c *bucketClient) GetObject(ctx context.Context, key string) ([]byte, error) {
	return c.call(ctx, http.MethodGet, key, nil, nil)
}

// PutObject stores an object unless there is one of that key. Object lock asks for the checksum.
func (c *bucketClient) PutObject(ctx context.Context, key, kind string, data []byte) error {
	sum := sha256.Sum256(data)
	_, err := c.call(ctx, http.MethodPut, key, data, map[string]string{
		"Content-Type": kind, "If-None-Match": "*",
		"X-Amz-Sdk-Checksum-Algorithm": "SHA256", "X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum[:]),
	})
	return err
}

func (c *bucketClient) call(ctx context.Context, method, key string, data []byte, header map[string]string) ([]byte, error) {
	for n, wait := 1, c.wait; ; n, wait = n+1, 2*wait {
		body, err := c.attempt(ctx, method, key, data, header)
		var refused *apiError
		final := errors.As(err, &refused) && refused.status < 500 && refused.status != http.StatusTooManyRequests
		if err == nil || final || n >= c.attempts {
			return body, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (c *bucketClient) attempt(ctx context.Context, method, key string, data []byte, header map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.address(key), bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Content-Sha256", digest)
	credentials, err := c.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	plain := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true } // S3 signs paths as they are
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, digest, "s3", c.aws.Region, time.Now(), plain); err != nil {
		return nil, err
	}
	resp, err := c.aws.HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxObject+1))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return body, nil
	}
	var refusal struct{ Code string }
	_ = xml.Unmarshal(body, &refusal) // best effort: the status says enough
	return nil, &apiError{resp.StatusCode, refusal.Code}
}

func (c *bucketClient) address(key string) string {
	suffix := ".amazonaws.com"
	switch {
	case c.aws.BaseEndpoint != nil:
		return strings.TrimRight(*c.aws.BaseEndpoint, "/") + "/" + c.bucket + "/" + key
	case strings.HasPrefix(c.aws.Region, "cn-"):
		suffix += ".cn"
	}
	return "https://" + c.bucket + ".s3." + c.aws.Region + suffix + "/" + key
}
