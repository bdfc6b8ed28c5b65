package dynamodb

import (
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

// list reads up to want items of the scope, strongly consistent, following as
// many pages as that takes.
func (s *Store) list(ctx context.Context, sc scope, want int) ([]item, error) {
	if sc.through != "" && sc.after >= sc.through {
		return nil, nil
	}
	query := sc.query()
	var items []item
	for len(items) < want {
		if sc.endsBeyond == 0 { // with a filter, Limit would count what is left out too
			query.Limit = want - len(items)
		}
		page, err := s.client.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Last == (key{}) {
			break
		}
		query.After = page.Last
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
