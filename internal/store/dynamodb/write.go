package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// A decision looks at items as they were read, in the order of their keys, and
// returns the writes that change them: none when there is nothing to change, an
// error of the contract when the change is refused. Every write that depends on
// what was read carries a condition that says so.
type decision func(ctx context.Context, state []item) ([]write, error)

// update reads the items, decides, and carries out the writes in one
// transaction. When something that the decision rests on has changed meanwhile,
// it does so anew, a bounded number of times.
//
// Two layers try again, each for its own reason. The client repeats a call that
// was not answered, with the same client request token, so that DynamoDB carries
// it out once. This loop repeats what DynamoDB did answer: that nothing was
// written, because of a race. A call that stays unanswered ends the operation.
func (s *Store) update(ctx context.Context, keys []key, decide decision) error {
	ctx, cancel := s.bounded(ctx)
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
		if state, err = s.client.TransactGet(ctx, keys); err != nil {
			return err
		}
		writes, err = decide(ctx, state)
	}
	if err != nil || len(writes) == 0 {
		return err
	}
	return s.client.TransactWrite(ctx, writes)
}

// worthAnotherTry reports whether DynamoDB said that nothing was done, and why
// is likely to be gone in a moment.
func worthAnotherTry(err error) bool {
	if errors.Is(err, errRace) || errors.Is(err, table.ErrUnprocessed) || raced(err) {
		return true
	}
	answer, is := errors.AsType[*table.Error](err)
	return is && answer.Canceled(throttleReasons()...)
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

func revisionIs(revision string) condition { return equals(text("revision", revision)) }

func equals(attribute table.Attribute) condition {
	placeholder := ":" + attribute.Name
	return condition{attribute.Name + " = " + placeholder, item{{Name: placeholder, Value: attribute.Value}}}
}

func (c condition) and(other condition) condition {
	return condition{c.expression + " AND " + other.expression, slices.Concat(c.values, other.values)}
}

// put writes a whole item.
func put(k key, attributes item, c condition) write {
	return write{Action: table.Put, Key: k, Item: attributes, Condition: c.expression, Values: c.values}
}

// remove deletes an item.
func remove(k key, c condition) write {
	return write{Action: table.Delete, Key: k, Condition: c.expression, Values: c.values}
}

// set changes some attributes of an item and leaves the others.
func set(k key, attributes item, c condition) write {
	names := make([]table.Name, len(attributes)) // a name may be a reserved word
	values := slices.Clone(c.values)
	assignments := make([]string, len(attributes))
	for n, a := range attributes {
		names[n] = table.Name{Placeholder: "#set_" + a.Name, Attribute: a.Name}
		values = append(values, table.Attribute{Name: ":set_" + a.Name, Value: a.Value})
		assignments[n] = fmt.Sprintf("#set_%s = :set_%s", a.Name, a.Name)
	}
	return write{
		Action: table.Update, Key: k, Update: "SET " + strings.Join(assignments, ", "),
		Condition: c.expression, Names: names, Values: values,
	}
}

// count adds to a counter of an item that exists.
func count(k key, counter string, change int64, c condition) write {
	return write{
		Action: table.Update, Key: k, Update: "ADD " + counter + " :change",
		Condition: c.expression, Values: append(item{number(":change", change)}, c.values...),
	}
}
