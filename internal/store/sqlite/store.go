// Package sqlite keeps locations, resources and bookings in one SQLite file.
//
// Every write runs on the file's one writer (package sqlitedb), so it checks
// what it depends on and changes what it must without anybody in between:
// that is all it takes for the promises of package store. Foreign keys and
// checks in the tables are a second line of defence, against mistakes here and
// against changes by hand.
//
// Items are found by key and lists continue by key, so the cost of an operation
// does not grow with the number of items (a test holds the query plans).
package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Store is the three stores over one database.
type Store struct {
	db        *sqlitedb.DB
	locations *Locations
	resources *Resources
	bookings  *Bookings
}

// How many locations and resources, and pages of each, are kept in memory while
// nothing is written: what is asked for at most places, in a few megabytes.
const (
	itemsKept = 1024
	pagesKept = 64
)

// asked is what a list was asked for, and page what it answered.
type (
	asked struct {
		locationID string // of resources
		store.Page
	}
	page[T any] struct {
		items []T
		more  bool
	}
)

var (
	_ store.Locations = (*Locations)(nil)
	_ store.Resources = (*Resources)(nil)
	_ store.Bookings  = (*Bookings)(nil)
)

// New brings the tables in db up to date and returns the stores. It fails when
// a newer version has written them. The caller closes db after the last use.
func New(ctx context.Context, db *sqlitedb.DB) (*Store, error) {
	if err := db.Migrate(ctx, "store", migrations()); err != nil {
		return nil, err
	}
	return &Store{
		db: db,
		locations: &Locations{
			db:    db,
			known: sqlitedb.NewCache[string, spacefinder.Location](db, itemsKept),
			pages: sqlitedb.NewCache[asked, page[spacefinder.Location]](db, pagesKept),
		},
		resources: &Resources{
			db:    db,
			known: sqlitedb.NewCache[string, spacefinder.Resource](db, itemsKept),
			pages: sqlitedb.NewCache[asked, page[spacefinder.Resource]](db, pagesKept),
		},
		bookings: &Bookings{db: db},
	}, nil
}

// Locations returns the store of locations.
func (s *Store) Locations() *Locations { return s.locations }

// Resources returns the store of resources.
func (s *Store) Resources() *Resources { return s.resources }

// Bookings returns the store of bookings.
func (s *Store) Bookings() *Bookings { return s.bookings }

// find reads the one item that a query selects, and whether there is one.
func find[T any](tx *sqlitedb.Tx, scan func(*sqlitedb.Rows) (T, error), query string, args ...any) (item T, exists bool, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return item, false, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has what matters
	if !rows.Next() {
		return item, false, rows.Err()
	}
	item, err = scan(rows)
	return item, err == nil, err
}

// mustFind is find with CodeNotFound when there is no item.
func mustFind[T any](tx *sqlitedb.Tx, scan func(*sqlitedb.Rows) (T, error), query string, args ...any) (T, error) {
	item, exists, err := find(tx, scan, query, args...)
	if err == nil && !exists {
		err = notFound()
	}
	return item, err
}

// listKept is pageOf from the pages that are kept.
func listKept[T any](ctx context.Context, pages *sqlitedb.Cache[asked, page[T]], what asked, scan func(*sqlitedb.Rows) (T, error),
	query string, args ...any,
) ([]T, bool, error) {
	answer, err := pages.ReadOne(ctx, what, func(tx *sqlitedb.Tx) (page[T], error) {
		items, more, err := pageOf(tx, what.Limit, scan, query, args...)
		return page[T]{slices.Clip(items), more}, err // who appends to it gets a copy
	})
	return answer.items, answer.more, err
}

// pageOf reads up to limit items, and whether there are more. The query's last
// parameter is how many rows it returns at most.
func pageOf[T any](tx *sqlitedb.Tx, limit int, scan func(*sqlitedb.Rows) (T, error), query string, args ...any) (
	items []T, more bool, err error,
) {
	if limit < 1 || limit > store.MaxPageSize {
		return nil, false, fmt.Errorf("a page of %d items: must be from 1 to %d", limit, store.MaxPageSize)
	}
	rows, err := tx.Query(query, append(args, limit+1)...) // one more than asked for tells whether there are more
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has what matters
	items = make([]T, 0, min(limit, store.DefaultPageSize))
	for rows.Next() {
		if len(items) == limit {
			return items, true, nil
		}
		item, err := scan(rows)
		if err != nil {
			return nil, false, err
		}
		items = append(items, item)
	}
	return items, false, rows.Err()
}

// exists reports whether the query selects anything.
func exists(tx *sqlitedb.Tx, query string, args ...any) (found bool, err error) {
	err = tx.QueryRow(query, args...).Scan(&found)
	return found, err
}

func notFound() error {
	return spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such item.")
}

func notEmpty(item, children string) error {
	return spacefinder.Errorf(spacefinder.CodeNotEmpty, "The %s still has %s.", item, children)
}
