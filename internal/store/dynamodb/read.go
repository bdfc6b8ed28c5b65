package dynamodb

import (
	"cmp"
	"context"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// read reads items, at most 100, and returns them in the order of the keys. Each
// is read strongly consistent, but not all at one instant.
func (s *Store) read(ctx context.Context, keys []key) ([]item, error) {
	switch len(keys) {
	case 0:
		return nil, nil
	case 1:
		it, err := s.client.Get(ctx, keys[0])
		return []item{it}, err
	default:
		return s.client.BatchGet(ctx, keys)
	}
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

// roomForList is how many items a list is given room for before it has to grow.
const roomForList = 32

// newList returns an empty list for that many items.
func newList[T any](items int) []T { return make([]T, 0, min(items, roomForList)) }

// appendList appends items of the scope to values, until there are as many as
// wanted or no more, strongly consistent, following as many pages as that takes.
func appendList[T any](
	ctx context.Context, s *Store, values []T, sc scope, want int, decode func(item) (T, error),
) ([]T, error) {
	if sc.through != "" && sc.after >= sc.through {
		return values, nil
	}
	query := sc.query()
	var fault error
	found := func(it item) {
		if len(values) == want || fault != nil {
			return
		}
		var v T
		if v, fault = decode(it); fault == nil {
			values = append(values, v)
		}
	}
	for len(values) < want {
		if sc.endsBeyond == 0 { // with a filter, Limit would count what is left out too
			query.Limit = want - len(values)
		}
		last, err := s.client.Query(ctx, query, found)
		if err = cmp.Or(err, fault); err != nil {
			return nil, failure(err)
		}
		if last == (key{}) {
			break
		}
		query.After = last
	}
	return values, nil
}

// listPage reads one page of a scope, and one item more to see whether there is
// one.
func listPage[T any](ctx context.Context, s *Store, sc scope, limit int, decode func(item) (T, error)) ([]T, bool, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	values, err := appendList(ctx, s, newList[T](limit+1), sc, limit+1, decode)
	return values[:min(limit, len(values))], len(values) > limit, err
}

func (sc scope) query() table.Query {
	query := table.Query{
		Table:        sc.table,
		KeyCondition: "pk = :pk AND sk > :after",
		Values:       item{text(":pk", sc.pk), text(":after", sc.after)},
		Backward:     sc.backward,
	}
	if sc.through != "" {
		query.KeyCondition = "pk = :pk AND sk BETWEEN :after AND :through"
		after := sc.after + "\x00" // the next key there can be
		query.Values = item{text(":pk", sc.pk), text(":after", after), text(":through", sc.through)}
	}
	if sc.endsBeyond != 0 {
		query.Filter = "endtimeepochtime > :beyond"
		query.Values = append(query.Values, number(":beyond", sc.endsBeyond))
	}
	return query
}
