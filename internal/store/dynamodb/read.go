package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// get reads one item, strongly consistent.
func (s *Store) get(ctx context.Context, k key) (item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(k.table),
		Key:            k.attributes(),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// read reads items, at most 100, and returns them in the order of the keys. Each
// is read strongly consistent, but not all at one instant.
func (s *Store) read(ctx context.Context, keys []key) ([]item, error) {
	switch len(keys) {
	case 0:
		return nil, nil
	case 1:
		it, err := s.get(ctx, keys[0])
		return []item{it}, err
	}
	requests := make(map[string]types.KeysAndAttributes)
	for _, k := range keys {
		request := requests[k.table]
		request.ConsistentRead = aws.Bool(true)
		request.Keys = append(request.Keys, k.attributes())
		requests[k.table] = request
	}
	out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: requests})
	if err != nil {
		return nil, err
	}
	if len(out.UnprocessedKeys) > 0 {
		return nil, errUnprocessed
	}
	return inOrder(keys, out.Responses)
}

// inOrder puts the items of a batch, which come in any order, into that of the
// keys.
func inOrder(keys []key, found map[string][]map[string]types.AttributeValue) ([]item, error) {
	byKey := make(map[key]item, len(keys))
	for table, items := range found {
		for _, it := range items {
			d := decoder{it: it}
			k := key{table: table, pk: d.text("pk"), sk: d.text("sk")}
			if d.err != nil {
				return nil, d.err
			}
			byKey[k] = it
		}
	}
	items := make([]item, len(keys))
	for i, k := range keys {
		items[i] = byKey[k]
	}
	return items, nil
}

// snapshot reads items, at most 100, all at one instant, and returns them in the
// order of the keys. It costs twice as much as read, and fails with a race while
// a write is at one of the items.
func (s *Store) snapshot(ctx context.Context, keys []key) ([]item, error) {
	gets := make([]types.TransactGetItem, len(keys))
	for i, k := range keys {
		gets[i].Get = &types.Get{TableName: aws.String(k.table), Key: k.attributes()}
	}
	out, err := s.client.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: gets})
	if err != nil {
		return nil, err
	}
	items := make([]item, len(keys))
	for i, r := range out.Responses {
		items[i] = r.Item
	}
	return items, nil
}

// A scope is a stretch of the items of one partition in the order of their sort
// keys: those after the key after, or, when through is given, those after after
// and not after through.
type scope struct {
	table, pk      string
	after, through string

	backward   bool  // read from the end
	endsBeyond int64 // if not 0: only bookings that end after it
}

// list reads up to want items of the scope, strongly consistent, following as
// many pages as that takes.
func (s *Store) list(ctx context.Context, sc scope, want int) ([]item, error) {
	if sc.through != "" && sc.after >= sc.through {
		return nil, nil
	}
	in := sc.query()
	var items []item
	for len(items) < want {
		if sc.endsBeyond == 0 { // with a filter, Limit would count what is left out too
			in.Limit = aws.Int32(int32(want - len(items))) //nolint:gosec // at most a page and one
		}
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return nil, err
		}
		items = append(items, out.Items...)
		if len(out.LastEvaluatedKey) == 0 {
			break
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
	return items[:min(want, len(items))], nil
}

// listPage reads one page of a scope, and one item more to see whether there is
// one.
func listPage[T any](ctx context.Context, s *Store, sc scope, limit int, decode func(item) (T, error)) ([]T, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	items, err := s.list(ctx, sc, limit+1)
	if err != nil {
		return nil, false, failure(err)
	}
	values, err := decodeAll(items[:min(limit, len(items))], decode)
	return values, len(items) > limit, err
}

func (sc scope) query() *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName:              aws.String(sc.table),
		ConsistentRead:         aws.Bool(true),
		ScanIndexForward:       aws.Bool(!sc.backward),
		KeyConditionExpression: aws.String("pk = :pk AND sk > :after"),
		ExpressionAttributeValues: item{
			":pk":    text(sc.pk),
			":after": text(sc.after),
		},
	}
	if sc.through != "" {
		in.KeyConditionExpression = aws.String("pk = :pk AND sk BETWEEN :after AND :through")
		in.ExpressionAttributeValues[":after"] = text(sc.after + "\x00") // the next key there can be
		in.ExpressionAttributeValues[":through"] = text(sc.through)
	}
	if sc.endsBeyond != 0 {
		in.FilterExpression = aws.String("endtimeepochtime > :beyond")
		in.ExpressionAttributeValues[":beyond"] = number(sc.endsBeyond)
	}
	return in
}
