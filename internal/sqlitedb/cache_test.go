package sqlitedb_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite" // an operator's tool

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// numbers is a cache of column v, which counts how often it reads the table.
type numbers struct {
	cache *sqlitedb.Cache[string, int]
	reads atomic.Int64
}

func newNumbers(db *sqlitedb.DB, most int) *numbers {
	return &numbers{cache: sqlitedb.NewCache[string, int](db, most)}
}

func (n *numbers) get(ctx context.Context, k string) (int, error) {
	return n.cache.ReadOne(ctx, k, func(tx *sqlitedb.Tx) (v int, err error) {
		n.reads.Add(1)
		err = tx.QueryRow("SELECT v FROM t WHERE k = ?1", k).Scan(&v)
		return v, err
	})
}

// want gets a value, and checks it and how often the table was read by now.
func (n *numbers) want(t *testing.T, k string, v int, reads int64) {
	t.Helper()
	got, err := n.get(t.Context(), k)
	if err != nil || got != v {
		t.Errorf("%s is %d, %v; want %d", k, got, err, v)
	}
	if got := n.reads.Load(); got != reads {
		t.Errorf("the table was read %d times, want %d", got, reads)
	}
}

func set(t *testing.T, db *sqlitedb.DB, k string, v int) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO t (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = ?2", k, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestACacheReadsAValueOnceUntilSomethingIsWritten(t *testing.T) {
	db := open(t, sqlitedb.Config{Readers: 2})
	set(t, db, "a", 1)
	set(t, db, "b", 2)
	n := newNumbers(db, 10)
	n.want(t, "a", 1, 1)
	n.want(t, "a", 1, 1)
	n.want(t, "b", 2, 2)
	n.want(t, "a", 1, 2)
	set(t, db, "a", 3)
	n.want(t, "a", 3, 3)
	n.want(t, "a", 3, 3)
	n.want(t, "b", 2, 4) // nobody knows what was written
}

func TestACacheNoticesWhatAnotherProgramWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlitedb.Config{Path: path})
	set(t, db, "a", 1)
	n := newNumbers(db, 10)
	n.want(t, "a", 1, 1)
	tool, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tool.ExecContext(t.Context(), "UPDATE t SET v = 5"); err != nil {
		t.Fatal(err)
	}
	n.want(t, "a", 5, 2)
	if err := tool.Close(); err != nil {
		t.Fatal(err)
	}
	n.want(t, "a", 5, 2)
}

func TestACacheDoesNotKeepWhatWasWrittenWhileItRead(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	set(t, db, "a", 1)
	n := newNumbers(db, 10)
	old, err := n.cache.ReadOne(t.Context(), "a", func(tx *sqlitedb.Tx) (v int, err error) {
		err = tx.QueryRow("SELECT v FROM t WHERE k = 'a'").Scan(&v)
		set(t, db, "a", 2)
		return v, err
	})
	if err != nil || old != 1 {
		t.Fatalf("read %d, %v; want 1, of before the write", old, err)
	}
	n.want(t, "a", 2, 1)
}

func TestACacheDoesNotKeepErrors(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	set(t, db, "a", 1)
	n := newNumbers(db, 10)
	mine := errors.New("mine")
	for name, fn := range map[string]func(*sqlitedb.Tx) (int, error){
		"error": func(*sqlitedb.Tx) (int, error) { return 7, mine },
		"panic": func(*sqlitedb.Tx) (int, error) { panic("mine") },
	} {
		if v, err := n.cache.ReadOne(t.Context(), "a", fn); err == nil {
			t.Errorf("%s: got %d", name, v)
		}
	}
	if _, err := n.get(t.Context(), "none"); err == nil {
		t.Error("a value that is not there was found")
	}
	n.want(t, "a", 1, 2)
}

func TestACacheKeepsNoMoreThanItMay(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	n := newNumbers(db, 2)
	for i := range 3 {
		set(t, db, strconv.Itoa(i), i)
	}
	n.want(t, "0", 0, 1)
	n.want(t, "1", 1, 2)
	n.want(t, "2", 2, 3) // begins anew
	n.want(t, "2", 2, 3)
	n.want(t, "0", 0, 4)
	n.want(t, "2", 2, 4)
}

func TestACacheEndsWithItsDatabaseAndItsContext(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	set(t, db, "a", 1)
	n := newNumbers(db, 10)
	n.want(t, "a", 1, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := n.get(ended, "a")
	wantUnavailable(t, err)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = n.get(t.Context(), "a")
	wantUnavailable(t, err)
}

// Readers of a number that only grows, while it is written: each sees at least
// what was acknowledged before it asked and never less than it has seen, and
// in the end all see the last.
func TestACacheIsAsGoodAsARead(t *testing.T) {
	const last, readers = 300, 4
	db := open(t, sqlitedb.Config{Readers: readers})
	set(t, db, "a", 0)
	n := newNumbers(db, 10)
	var acknowledged atomic.Int64
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for seen := 0; seen < last; {
				least := max(int(acknowledged.Load()), seen)
				got, err := n.get(t.Context(), "a")
				if err != nil || got < least {
					t.Errorf("read %d, %v, after %d", got, err, least)
					return
				}
				seen = got
			}
		})
	}
	for v := range last {
		set(t, db, "a", v+1)
		acknowledged.Store(int64(v + 1))
	}
	wg.Wait()
	before := n.reads.Load()
	n.want(t, "a", last, before)
}
