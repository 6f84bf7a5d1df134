// Package s3 keeps sealed releases in an S3 bucket (which has object lock in production).
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

const maxObject = 64 << 20 // bytes; a release is far smaller

// Archive is a release.Archive in a bucket.
type Archive struct{ client *bucketClient }

// Open is the archive in a bucket. Nothing is sent.
func Open(cfg aws.Config, bucket string) *Archive {
	return &Archive{&bucketClient{aws: cfg, bucket: bucket, attempts: 3, wait: 100 * time.Millisecond}}
}

// Put stores data under name once. The same data again is fine; other data is [release.ErrExists].
func (a *Archive) Put(ctx context.Context, name string, data []byte) error {
	if err := release.CheckName(name); err != nil {
		return err
	}
	kind := "application/json"
	if name[len(name)-1] == 'e' { // .note
		kind = "text/plain; charset=utf-8"
	}
	err := a.client.PutObject(ctx, name, kind, data)
	if err == nil {
		return nil
	}
	// 412: it is there. 409: another conditional put was on its way. Either may have been this very one, its reply lost.
	var refused *apiError
	if !errors.As(err, &refused) || (refused.code != "PreconditionFailed" && refused.code != "ConditionalRequestConflict") {
		return unavailable("put", name, err)
	}
	there, got := a.Get(ctx, name)
	if fault.KindOf(got) == fault.NotFound {
		return unavailable("put", name, err) // the other put came to nothing
	}
	if got != nil {
		return got
	}
	if !bytes.Equal(there, data) {
		return fmt.Errorf("archive: put %s: %w", name, release.ErrExists)
	}
	return nil
}

// Get is what Put stored; fault.NotFound when there is nothing.
func (a *Archive) Get(ctx context.Context, name string) ([]byte, error) {
	if err := release.CheckName(name); err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "There is no such release.")
	}
	data, err := a.client.GetObject(ctx, name)
	var refused *apiError
	if errors.As(err, &refused) && refused.code == "NoSuchKey" {
		return nil, fault.Wrap(fault.NotFound, err, "There is no such release.")
	}
	if err != nil {
		return nil, unavailable("get", name, err)
	}
	if len(data) > maxObject {
		return nil, fmt.Errorf("archive: get %s: larger than %d bytes", name, maxObject)
	}
	return data, nil
}

func unavailable(what, name string, err error) error {
	return fault.Wrap(fault.Unavailable, fmt.Errorf("archive: %s %s: %w", what, name, err), "The archive doesn't answer. Please try again in a moment.")
}
