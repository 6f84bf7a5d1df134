package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tellback/tellback/internal/table/stream"
)

// CreateTable makes the table on a server that has none yet, as template.yaml does in AWS: string keys, on demand,
// expiry on, and with a stream of both images if asked. It waits until the table can be used; one that is there stays as it is.
func (t *Table) CreateTable(ctx context.Context, streamed bool) error {
	in := &dynamodb.CreateTableInput{
		TableName:   &t.name,
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
	err := t.retry(ctx, "create", func(ctx context.Context, _ bool) error {
		_, err := t.client.CreateTable(ctx, in)
		var exists *types.ResourceInUseException
		if errors.As(err, &exists) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	active := dynamodb.NewTableExistsWaiter(t.client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 5*time.Second
	})
	if err := active.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &t.name}, 2*time.Minute); err != nil {
		return t.unavailable("create", err)
	}
	return t.expire(ctx)
}

// expire turns expiry on, where it isn't: DynamoDB refuses to turn it on twice.
func (t *Table) expire(ctx context.Context) error {
	return t.retry(ctx, "turn on the expiry of", func(ctx context.Context, _ bool) error {
		is, err := t.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &t.name})
		if err != nil {
			return err
		}
		if d := is.TimeToLiveDescription; d != nil && (d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling) {
			return nil
		}
		_, err = t.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName:               &t.name,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(stream.Expires), Enabled: aws.Bool(true)},
		})
		return err
	})
}
