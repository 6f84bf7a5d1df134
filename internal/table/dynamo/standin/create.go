// Package standin does with a table on a DynamoDB server what AWS does in a deployment: it makes the table, and hands on
// its stream. It is for one machine, tests and tools. No function links it.
package standin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/stream"
)

// client leaves retries to the table.
func client(cfg aws.Config) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
}

// unavailable wraps what can't be helped. DynamoDB's messages name attributes and limits, not what is stored.
func unavailable(doing string, t *dynamo.Table, err error) error {
	return fault.Wrap(fault.Unavailable, fmt.Errorf("dynamo: %s %s: %w", doing, t.Name(), err),
		"What you asked for can't be reached right now. Please try again in a moment.")
}

// CreateTable makes the table on a server that has none yet, as template.yaml does in AWS: string keys, on demand,
// expiry on, and with a stream of both images if asked. It waits until the table can be used; one that is there stays as it is.
func CreateTable(ctx context.Context, cfg aws.Config, t *dynamo.Table, streamed bool) error {
	name, server := t.Name(), client(cfg)
	in := &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(stream.Partition), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(stream.Sort), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(stream.Partition), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(stream.Sort), KeyType: types.KeyTypeRange},
		},
	}
	if streamed {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages}
	}
	err := t.Retry(ctx, "create", func(ctx context.Context) error {
		_, err := server.CreateTable(ctx, in)
		var exists *types.ResourceInUseException
		if errors.As(err, &exists) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	active := dynamodb.NewTableExistsWaiter(server, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 5*time.Second
	})
	if err := active.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, 2*time.Minute); err != nil {
		return unavailable("create", t, err)
	}
	return expire(ctx, server, t)
}

// expire turns expiry on, where it isn't: DynamoDB refuses to turn it on twice.
func expire(ctx context.Context, server *dynamodb.Client, t *dynamo.Table) error {
	name := t.Name()
	return t.Retry(ctx, "turn on the expiry of", func(ctx context.Context) error {
		is, err := server.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
		if err != nil {
			return err
		}
		if d := is.TimeToLiveDescription; d != nil && (d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling) {
			return nil
		}
		_, err = server.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName:               &name,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(stream.Expires), Enabled: aws.Bool(true)},
		})
		return err
	})
}
