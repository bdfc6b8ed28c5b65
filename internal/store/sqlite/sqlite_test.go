package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
	"github.com/spacefinder/spacefinder/internal/store/storetest"
)

func TestContract(t *testing.T) { storetest.Run(t, open) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open) }

// open opens stores over a new file and closes them when the test ends.
func open(t testing.TB) storetest.Stores {
	t.Helper()
	f := &file{path: filepath.Join(t.TempDir(), "spacefinder.db")}
	t.Cleanup(func() { f.close(t) })
	return f.stores(t)
}

// file is a database that can be closed and opened again.
type file struct {
	path string
	db   *sqlitedb.DB
}

func (f *file) stores(t testing.TB) storetest.Stores {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: f.path})
	if err != nil {
		t.Fatal(err)
	}
	f.db = db
	s, err := sqlite.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Stores{
		Locations: s.Locations(), Resources: s.Resources(), Bookings: s.Bookings(),
		Reopen: func() storetest.Stores {
			f.close(t)
			return f.stores(t)
		},
		Commits: func() int64 { return db.Stats().Commits },
	}
}

func (f *file) close(t testing.TB) {
	t.Helper()
	if err := f.db.Close(); err != nil {
		t.Error(err)
	}
}

// A page is kept and given to others as long as nothing is written.
func TestWhoAppendsToAPageChangesItForNobodyElse(t *testing.T) {
	locations := open(t).Locations
	for _, id := range []string{"a", "b", "c"} {
		if _, _, err := locations.Put(t.Context(), spacefinder.Location{LocationID: id, Name: id}, store.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	first, _, err := locations.List(t.Context(), store.Page{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	_ = append(first, spacefinder.Location{LocationID: "mine"})
	second, more, err := locations.List(t.Context(), store.Page{Limit: 2})
	if err != nil || !more || len(second) != 2 || cap(second) != 2 {
		t.Fatalf("the page is %+v, more %t, %v; want two locations without room for another", second, more, err)
	}
}
