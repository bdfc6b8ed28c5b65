package dynamodb_test

import (
	"context"
	"math"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// A meter adds up what the calls of a client cost: as DynamoDB says, except for
// batches and transactions, for which DynamoDB Local reports figures that are
// none (a transaction of ten small items costs it 24 units, one of ten large
// items 8). Those are counted by AWS's published rules: a unit for every started
// kilobyte written, the larger of before and after, and for every started 4 kB
// read; twice that in a transaction; at least one for each item, there or not.
type meter struct {
	plain *sdk.Client // looks at items without being metered

	mu    sync.Mutex
	spent spending
}

// spending is what an operation costs: calls that follow each other, and request
// units as AWS bills them on demand.
type spending struct {
	calls       int
	read, write float64
}

// of returns what do spends.
func (m *meter) of(do func()) spending {
	m.spent = spending{}
	do()
	return m.spent
}

// options has the meter see every call of a client.
func (m *meter) options(o *sdk.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("meter", m.measure), middleware.Before)
	})
}

func (m *meter) measure(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	switch p := in.Parameters.(type) {
	case *sdk.GetItemInput:
		p.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	case *sdk.PutItemInput:
		p.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	case *sdk.DeleteItemInput:
		p.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	case *sdk.QueryInput:
		p.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	case *sdk.ScanInput:
		p.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	}
	var before []int
	transaction, writes := in.Parameters.(*sdk.TransactWriteItemsInput)
	if writes {
		before = m.sizes(ctx, transaction)
	}
	out, metadata, err := next.HandleInitialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	spent := spending{calls: 1}
	if writes {
		for n, after := range m.sizes(ctx, transaction) {
			spent.write += 2 * started(max(before[n], after), 1024)
		}
	} else {
		spent.read, spent.write = cost(in.Parameters, out.Result)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spent.calls += spent.calls
	m.spent.read += spent.read
	m.spent.write += spent.write
	return out, metadata, nil
}

// cost returns the units of a call other than a writing transaction.
func cost(in, result any) (read, write float64) {
	switch r := result.(type) {
	case *sdk.GetItemOutput:
		read = aws.ToFloat64(r.ConsumedCapacity.CapacityUnits)
	case *sdk.QueryOutput:
		read = max(0.5, aws.ToFloat64(r.ConsumedCapacity.CapacityUnits))
		if q, ok := in.(*sdk.QueryInput); ok && aws.ToBool(q.ConsistentRead) {
			read = max(1, read)
		}
	case *sdk.ScanOutput:
		read = aws.ToFloat64(r.ConsumedCapacity.CapacityUnits)
	case *sdk.PutItemOutput:
		write = aws.ToFloat64(r.ConsumedCapacity.CapacityUnits)
	case *sdk.DeleteItemOutput:
		write = aws.ToFloat64(r.ConsumedCapacity.CapacityUnits)
	case *sdk.BatchGetItemOutput:
		asked := 0
		for _, request := range in.(*sdk.BatchGetItemInput).RequestItems { //nolint:errcheck,forcetypeassert // its input
			asked += len(request.Keys)
		}
		for _, items := range r.Responses {
			for _, item := range items {
				read += started(size(item), 4096)
				asked--
			}
		}
		read += float64(asked) // those that are not there
	case *sdk.TransactGetItemsOutput:
		for _, response := range r.Responses {
			read += 2 * started(size(response.Item), 4096)
		}
	}
	return read, write
}

// started returns how many units of that many bytes an item takes; a missing one
// takes one.
func started(bytes, unit int) float64 { return max(1, math.Ceil(float64(bytes)/float64(unit))) }

// sizes returns how large the items of a transaction are now.
func (m *meter) sizes(ctx context.Context, transaction *sdk.TransactWriteItemsInput) []int {
	var sizes []int
	for _, w := range transaction.TransactItems {
		var table *string
		var key map[string]types.AttributeValue
		switch {
		case w.Put != nil:
			table, key = w.Put.TableName, map[string]types.AttributeValue{"pk": w.Put.Item["pk"], "sk": w.Put.Item["sk"]}
		case w.Update != nil:
			table, key = w.Update.TableName, w.Update.Key
		case w.Delete != nil:
			table, key = w.Delete.TableName, w.Delete.Key
		}
		out, err := m.plain.GetItem(ctx, &sdk.GetItemInput{TableName: table, Key: key, ConsistentRead: aws.Bool(true)})
		if err != nil {
			panic(err) // only in this test
		}
		sizes = append(sizes, size(out.Item))
	}
	return sizes
}

// size returns the size of an item in bytes, by AWS's rules: names and texts by
// their UTF-8, numbers by half their digits and one, lists by 3, 1 for each member
// and the members.
func size(item map[string]types.AttributeValue) (n int) {
	for name, value := range item {
		n += len(name) + valueSize(value)
	}
	return n
}

func valueSize(value types.AttributeValue) (n int) {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1
	case *types.AttributeValueMemberL:
		n = 3
		for _, member := range v.Value {
			n += 1 + valueSize(member)
		}
	}
	return n
}
