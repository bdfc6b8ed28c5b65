package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A write is one action of a transaction.
type write = types.TransactWriteItem

// A decision looks at items as they were read, in the order of their keys, and
// returns the writes that change them: none when there is nothing to change, an
// error of the contract when the change is refused. Every write that depends on
// what was read carries a condition that says so.
type decision func(ctx context.Context, state []item) ([]write, error)

// update reads the items, decides, and carries out the writes in one
// transaction. When something that the decision rests on has changed meanwhile,
// it does so anew, a bounded number of times.
//
// Two layers try again, each for its own reason. The AWS SDK repeats a call that
// was not answered, with the same client request token, so that DynamoDB carries
// it out once. This loop repeats what DynamoDB did answer: that nothing was
// written, because of a race. A call that stays unanswered ends the operation.
func (s *Store) update(ctx context.Context, keys []key, decide decision) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	for try := 1; ; try++ {
		err := s.attempt(ctx, keys, decide)
		if !worthAnotherTry(err) || try == s.options.Tries {
			return failure(err)
		}
		if s.pause(ctx, try) != nil {
			return failure(err)
		}
	}
}

// attempt makes one round of update. Reading at one instant costs twice as much
// and disturbs writers, so only a refusal, which no condition confirms, is
// decided on such a reading.
func (s *Store) attempt(ctx context.Context, keys []key, decide decision) error {
	state, err := s.read(ctx, keys)
	if err != nil {
		return err
	}
	writes, err := decide(ctx, state)
	if refused(err) && len(keys) > 1 {
		if state, err = s.snapshot(ctx, keys); err != nil {
			return err
		}
		writes, err = decide(ctx, state)
	}
	if err != nil || len(writes) == 0 {
		return err
	}
	_, err = s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	return err
}

// worthAnotherTry reports whether DynamoDB said that nothing was done, and why
// is likely to be gone in a moment.
func worthAnotherTry(err error) bool {
	var canceled *types.TransactionCanceledException
	return errors.Is(err, errRace) || errors.Is(err, errUnprocessed) || raced(err) || errors.As(err, &canceled) && throttled(err)
}

// Bounds of the pause between two tries.
const (
	firstPause   = 16 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// pause waits for a random time that grows with the number of tries made.
func (s *Store) pause(ctx context.Context, tries int) error {
	timer := time.NewTimer(s.options.Jitter(growing(firstPause, longestPause, tries-1)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// A condition has to hold for its transaction to happen.
type condition struct {
	expression string
	values     item
}

func absent() condition { return condition{expression: "attribute_not_exists(pk)"} }

func exists() condition { return condition{expression: "attribute_exists(pk)"} }

func revisionIs(revision string) condition { return equals("revision", text(revision)) }

func equals(attribute string, value types.AttributeValue) condition {
	return condition{attribute + " = :" + attribute, item{":" + attribute: value}}
}

func (c condition) and(other condition) condition {
	values := make(item, len(c.values)+len(other.values))
	maps.Copy(values, c.values)
	maps.Copy(values, other.values)
	return condition{c.expression + " AND " + other.expression, values}
}

// pointer returns the expression as requests have it: nil for none.
func (c condition) pointer() *string {
	if c.expression == "" {
		return nil
	}
	return aws.String(c.expression)
}

// put writes a whole item.
func put(k key, attributes item, c condition) write {
	return write{Put: &types.Put{
		TableName:                 aws.String(k.table),
		Item:                      k.with(attributes),
		ConditionExpression:       c.pointer(),
		ExpressionAttributeValues: c.values,
	}}
}

// remove deletes an item.
func remove(k key, c condition) write {
	return write{Delete: &types.Delete{
		TableName:                 aws.String(k.table),
		Key:                       k.attributes(),
		ConditionExpression:       c.pointer(),
		ExpressionAttributeValues: c.values,
	}}
}

// set changes some attributes of an item and leaves the others.
func set(k key, attributes item, c condition) write {
	names := make(map[string]string, len(attributes))
	values := make(item, len(attributes)+len(c.values))
	maps.Copy(values, c.values)
	assignments := make([]string, 0, len(attributes))
	for name, value := range attributes {
		names["#set_"+name] = name // a name may be a reserved word
		values[":set_"+name] = value
		assignments = append(assignments, fmt.Sprintf("#set_%s = :set_%s", name, name))
	}
	slices.Sort(assignments) // the same text every time
	return write{Update: &types.Update{
		TableName:                 aws.String(k.table),
		Key:                       k.attributes(),
		UpdateExpression:          aws.String("SET " + strings.Join(assignments, ", ")),
		ConditionExpression:       c.pointer(),
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: values,
	}}
}

// count adds to a counter of an item that exists.
func count(k key, counter string, change int64, c condition) write {
	values := item{":change": number(change)}
	maps.Copy(values, c.values)
	return write{Update: &types.Update{
		TableName:                 aws.String(k.table),
		Key:                       k.attributes(),
		UpdateExpression:          aws.String("ADD " + counter + " :change"),
		ConditionExpression:       c.pointer(),
		ExpressionAttributeValues: values,
	}}
}
