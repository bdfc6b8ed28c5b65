package sqlitedb

import (
	"context"
	"sync"

	"github.com/spacefinder/spacefinder/internal/sqlitedb/capi"
)

// Cache keeps values that were read from one database for as long as nothing
// is committed there, by whomever. It never gives a value that a read would not
// give at that moment: whether there was a commit is read from where SQLite
// itself looks when a transaction begins. The first read after a commit begins
// anew, so it pays where reads are far more frequent than writes.
//
// A value is shared by all who get it: nobody may change what it points to.
type Cache[K comparable, V any] struct {
	db   *DB
	most int // values kept

	mu      sync.RWMutex
	version capi.Version // of the database, with all values
	values  map[K]V
}

// NewCache returns an empty cache of at most so many values.
func NewCache[K comparable, V any](db *DB, most int) *Cache[K, V] {
	return &Cache[K, V]{db: db, most: most, values: make(map[K]V)}
}

// ReadOne returns the value of the key; fn reads it, as in [DB.ReadOne], when it
// is not known. Errors are not kept.
func (c *Cache[K, V]) ReadOne(ctx context.Context, key K, fn func(tx *Tx) (V, error)) (value V, err error) {
	reader, err := c.db.reader(ctx)
	if err != nil {
		return value, err
	}
	defer c.db.giveBack(reader)
	before, known := reader.sqlite.Version()
	if known {
		if value, found := c.get(before, key); found {
			return value, nil
		}
	}
	err = c.db.autocommit(ctx, reader, func(tx *Tx) (err error) {
		value, err = fn(tx)
		return err
	})
	if err != nil {
		return value, classify(err)
	}
	if after, _ := reader.sqlite.Version(); known && after == before { // what was read is of this version
		c.put(before, key, value)
	}
	return value, nil
}

func (c *Cache[K, V]) get(version capi.Version, key K) (value V, found bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.version != version {
		return value, false
	}
	value, found = c.values[key]
	return value, found
}

func (c *Cache[K, V]) put(version capi.Version, key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != version || len(c.values) >= c.most {
		c.version = version
		clear(c.values)
	}
	c.values[key] = value
}
