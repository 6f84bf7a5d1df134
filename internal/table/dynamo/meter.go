package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Use is what one call that succeeded used, in the units that DynamoDB bills: a read unit is up to 4 KB read
// consistently, a write unit up to 1 KB written, two of them in a transaction. A write that a condition turned away
// used as much, and DynamoDB doesn't say so in its refusal.
type Use struct {
	Table, Operation string
	Read, Write      float64
}

// WithMeter calls meter after each call that succeeded. DynamoDB is then asked to say what each call used, which makes
// its replies a little longer; production doesn't ask. meter may be called from many goroutines.
func WithMeter(meter func(Use)) Option {
	return func(t *Table) { t.meter = meter }
}

func (t *Table) metered() types.ReturnConsumedCapacity {
	if t.meter == nil {
		return ""
	}
	return types.ReturnConsumedCapacityTotal
}

func (t *Table) read(operation string, c *types.ConsumedCapacity) {
	if t.meter != nil && c != nil {
		t.meter(Use{Table: t.name, Operation: operation, Read: aws.ToFloat64(c.CapacityUnits)})
	}
}

// wrote meters a write. A transaction that is recognised as done answers with what it took to read its items.
func (t *Table) wrote(operation string, c *types.ConsumedCapacity) {
	switch {
	case t.meter == nil || c == nil:
	case c.ReadCapacityUnits != nil && c.WriteCapacityUnits == nil:
		t.meter(Use{Table: t.name, Operation: operation, Read: aws.ToFloat64(c.CapacityUnits)})
	default:
		t.meter(Use{Table: t.name, Operation: operation, Write: aws.ToFloat64(c.CapacityUnits)})
	}
}
