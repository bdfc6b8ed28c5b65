package dynamodb

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// Tables names the tables. A service needs its own and its parent's.
type Tables struct {
	Locations, Resources, Bookings string
}

// Options bound the work of one operation. The zero value has the defaults.
type Options struct {
	Timeout time.Duration // whole operation, when its context has no deadline; default 10 s
	Tries   int           // how often a write that loses a race is decided anew; default 16

	// Jitter returns a random duration from 0 to limit, exclusive; default from
	// math/rand.
	Jitter func(limit time.Duration) time.Duration
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Tries == 0 {
		o.Tries = 16
	}
	if o.Jitter == nil {
		o.Jitter = rand.N[time.Duration]
	}
	return o
}

// Store is the three storage contracts over DynamoDB. It may be used by several
// goroutines, and by several processes over the same tables.
type Store struct {
	client  table.Client
	tables  Tables
	options Options
}

// New returns a store over tables that client reaches.
func New(client table.Client, tables Tables, options Options) *Store {
	return &Store{client: client, tables: tables, options: options.withDefaults()}
}

// bounded returns a context for one operation. A deadline of the caller's is
// enough: another timer costs more than to read an item that has arrived.
func (s *Store) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, is := ctx.Deadline(); is {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.options.Timeout)
}

// Locations returns the storage of the locations service.
func (s *Store) Locations() *Locations { return &Locations{s} }

// Resources returns the storage of the resources service.
func (s *Store) Resources() *Resources { return &Resources{s} }

// Bookings returns the storage of the bookings service.
func (s *Store) Bookings() *Bookings { return &Bookings{s} }

// ready returns nil when the table can be read: it exists, is active, and the
// credentials reach it. The error is for logs.
func (s *Store) ready(ctx context.Context, name string) error {
	_, err := s.client.Get(ctx, key{Table: name, PK: "ready", SK: "ready"})
	return err
}
