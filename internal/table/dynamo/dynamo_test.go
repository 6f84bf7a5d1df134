package dynamo_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
	"github.com/tellback/tellback/internal/table/tabletest"
)

// config is for a server that takes any credentials.
func config(endpoint string, transport http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: transport, Timeout: 20 * time.Second},
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}

// create makes a new table on the server and answers its name.
func create(t testing.TB) string {
	t.Helper()
	name, cfg := "t-"+rand.Text(), config(endpoint(t), http.DefaultTransport)
	if err := standin.CreateTable(context.Background(), cfg, dynamo.Open(cfg, name, time.Now), true); err != nil {
		t.Fatal(err)
	}
	return name
}

// open opens a new table, with retries that don't wait long.
func open(t testing.TB, now func() time.Time, transport http.RoundTripper) *dynamo.Table {
	t.Helper()
	return dynamo.Open(config(endpoint(t), transport), create(t), now, dynamo.WithBackoff(time.Millisecond, 5*time.Millisecond))
}

// oneShard is the log of a stream that has a single shard, as a local server's has.
type oneShard struct {
	stream *standin.Stream
	shard  string
}

func (s oneShard) Changes(ctx context.Context, after string, limit int) ([]table.Change, error) {
	return s.stream.Changes(ctx, s.shard, after, limit)
}

func TestConformance(t *testing.T) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	t.Cleanup(transport.CloseIdleConnections)
	tabletest.Run(t, tabletest.Engine{
		Open: func(t testing.TB, now func() time.Time) table.Table { return open(t, now, transport) },
		Log: func(t testing.TB, tb table.Table) table.Log {
			s, err := standin.OpenStream(context.Background(), config(endpoint(t), transport), tb.(*dynamo.Table))
			if err != nil {
				t.Fatal(err)
			}
			shards, err := s.Shards(context.Background())
			if err != nil || len(shards) != 1 {
				t.Fatalf("Shards: got %v, %v, want one", shards, err)
			}
			return oneShard{s, shards[0].ID}
		},
	})
}

func TestCreateTableTwice(t *testing.T) {
	ctx := context.Background()
	cfg := config(endpoint(t), http.DefaultTransport)
	tb := dynamo.Open(cfg, create(t), time.Now)
	i := table.Item{Key: table.Key{Partition: "P", Sort: "s"}, Body: []byte(`{}`)}
	if err := tb.Write(ctx, table.Put(i)); err != nil {
		t.Fatal(err)
	}
	if err := standin.CreateTable(ctx, cfg, tb, true); err != nil {
		t.Errorf("CreateTable again: %v", err)
	}
	if _, err := tb.Get(ctx, i.Key); err != nil {
		t.Errorf("Get after it: %v", err)
	}
}

// Items that another program left must be an error, not an empty item.
func TestForeignItems(t *testing.T) {
	ctx, name := context.Background(), create(t)
	client := dynamodb.NewFromConfig(config(endpoint(t), http.DefaultTransport))
	tb := dynamo.Open(config(endpoint(t), http.DefaultTransport), name, time.Now)
	for sort, more := range map[string]map[string]types.AttributeValue{
		"no version":          {"body": &types.AttributeValueMemberS{Value: "{}"}},
		"version of a string": {"v": &types.AttributeValueMemberS{Value: "1"}},
		"version too large":   {"v": &types.AttributeValueMemberN{Value: "1e30"}},
		"expiry of a string":  {"v": &types.AttributeValueMemberN{Value: "1"}, "ttl": &types.AttributeValueMemberS{Value: "1"}},
	} {
		more["pk"], more["sk"] = &types.AttributeValueMemberS{Value: "P"}, &types.AttributeValueMemberS{Value: sort}
		if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: more}); err != nil {
			t.Fatal(err)
		}
		if _, err := tb.Get(ctx, table.Key{Partition: "P", Sort: sort}); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: Get: got %v, want it to be unavailable", sort, err)
		}
	}
	if _, err := tb.Scan(ctx, ""); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Scan: got %v, want it to be unavailable", err)
	}
}
