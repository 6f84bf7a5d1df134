// Package s3 keeps sealed releases in an S3 bucket (which has object lock in production).
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

const maxObject = 64 << 20 // bytes; a release is far smaller

// Archive is a release.Archive in a bucket.
type Archive struct {
	client *s3.Client
	bucket string
}

// Open is the archive in a bucket. Nothing is sent.
func Open(cfg aws.Config, bucket string) *Archive { return New(s3.NewFromConfig(cfg), bucket) }

// New makes an archive over a bucket.
func New(client *s3.Client, bucket string) *Archive { return &Archive{client, bucket} }

// Put stores data under name once. The same data again is fine; other data is [release.ErrExists].
func (a *Archive) Put(ctx context.Context, name string, data []byte) error {
	if err := release.CheckName(name); err != nil {
		return err
	}
	kind := "application/json"
	if name[len(name)-1] == 'e' { // .note
		kind = "text/plain; charset=utf-8"
	}
	_, err := a.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &a.bucket, Key: &name, Body: bytes.NewReader(data), IfNoneMatch: aws.String("*"),
		ContentType: &kind, ContentLength: aws.Int64(int64(len(data))), ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err == nil {
		return nil
	}
	// 412: it is there. 409: another conditional put was on its way. Either may have been this very one, its reply lost.
	var coded smithy.APIError
	if !errors.As(err, &coded) || (coded.ErrorCode() != "PreconditionFailed" && coded.ErrorCode() != "ConditionalRequestConflict") {
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
	out, err := a.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &name})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return nil, fault.Wrap(fault.NotFound, err, "There is no such release.")
	}
	if err != nil {
		return nil, unavailable("get", name, err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, maxObject+1))
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
