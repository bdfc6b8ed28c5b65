package sqlitedb_test

import (
	"strconv"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// readOne reads one row as the stores do.
func readOne(t testing.TB, db *sqlitedb.DB) func() {
	t.Helper()
	if err := db.Write(t.Context(), insert("key", 1)); err != nil {
		t.Fatal(err)
	}
	return func() {
		err := db.ReadOne(t.Context(), func(tx *sqlitedb.Tx) error {
			rows, err := tx.Query("SELECT k, v FROM t WHERE k = ?1", "key")
			if err != nil || !rows.Next() {
				t.Fatal(err)
			}
			var k string
			var v int
			return rows.Scan(&k, &v)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// readKept reads the same row by a cache.
func readKept(t testing.TB, db *sqlitedb.DB) func() {
	t.Helper()
	if err := db.Write(t.Context(), insert("key", 1)); err != nil {
		t.Fatal(err)
	}
	n := newNumbers(db, 1)
	return func() {
		if _, err := n.get(t.Context(), "key"); err != nil {
			t.Fatal(err)
		}
	}
}

// writeOne changes one row.
func writeOne(t testing.TB, db *sqlitedb.DB) func() {
	t.Helper()
	n := 0
	return func() {
		n++
		if err := db.Write(t.Context(), insert("key "+strconv.Itoa(n), n)); err != nil {
			t.Fatal(err)
		}
	}
}

func benchmark(b *testing.B, operation func(testing.TB, *sqlitedb.DB) func()) {
	b.Helper()
	run := operation(b, open(b, sqlitedb.Config{Readers: 1}))
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

func BenchmarkReadOne(b *testing.B) { benchmark(b, readOne) }

func BenchmarkReadKept(b *testing.B) { benchmark(b, readKept) }

func BenchmarkWrite(b *testing.B) { benchmark(b, writeOne) }
