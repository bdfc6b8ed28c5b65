package sqlitedb_test

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// reading runs fn in one snapshot.
func reading(t testing.TB, db *sqlitedb.DB, fn func(*sqlitedb.Tx)) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error { fn(tx); return nil }); err != nil {
		t.Error(err)
	}
}

func TestScan(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	seven := 7
	cases := map[string]struct {
		query string
		dest  any
		want  any // nil: it does not fit
	}{
		"text to string":          {"SELECT 'a'", new(string), "a"},
		"no text to string":       {"SELECT ''", new(string), ""},
		"number to string":        {"SELECT 12", new(string), "12"},
		"null to string":          {"SELECT NULL", new(string), nil},
		"blob to bytes":           {"SELECT x'00ff'", new([]byte), []byte{0, 255}},
		"text to bytes":           {"SELECT 'a'", new([]byte), []byte("a")},
		"null to bytes":           {"SELECT NULL", new([]byte), []byte(nil)},
		"number to int":           {"SELECT -3", new(int), -3},
		"number to int64":         {"SELECT 9223372036854775807", new(int64), int64(9223372036854775807)},
		"text to int":             {"SELECT '3'", new(int), nil},
		"fraction to int64":       {"SELECT 1.5", new(int64), nil},
		"null to int64":           {"SELECT NULL", new(int64), nil},
		"number to bool":          {"SELECT 1", new(bool), true},
		"zero to bool":            {"SELECT 0", new(bool), false},
		"number to pointer":       {"SELECT 7", new(*int), &seven},
		"null to pointer":         {"SELECT NULL", new(*int), (*int)(nil)},
		"text to pointer":         {"SELECT 'a'", new(*int), nil},
		"number to what it lacks": {"SELECT 1", new(float64), nil},
		"more columns than asked": {"SELECT 1, 2", new(int), nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			reading(t, db, func(tx *sqlitedb.Tx) {
				err := tx.QueryRow(c.query).Scan(c.dest)
				got := reflect.ValueOf(c.dest).Elem().Interface()
				if (err == nil) != (c.want != nil) || err == nil && !reflect.DeepEqual(got, c.want) {
					t.Errorf("%#v, %v; want %#v", got, err, c.want)
				}
			})
		})
	}
}

func TestTextsOfARowAreApart(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	reading(t, db, func(tx *sqlitedb.Tx) {
		var texts [4]string
		var n int
		if err := tx.QueryRow("SELECT 'one', '', 2, 'three', 4").Scan(&texts[0], &texts[1], &n, &texts[2], &texts[3]); err != nil {
			t.Fatal(err)
		}
		if texts != [4]string{"one", "", "three", "4"} || n != 2 {
			t.Errorf("%q and %d", texts, n)
		}
	})
}

func TestRowsEnd(t *testing.T) {
	db := open(t, sqlitedb.Config{Readers: 1})
	const two = "SELECT 1 UNION SELECT 2"
	reading(t, db, func(tx *sqlitedb.Tx) {
		rows, err := tx.Query(two)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Query(two); err == nil {
			t.Error("a statement ran while its rows were open")
		}
		for range 2 {
			if !rows.Next() {
				t.Fatalf("a row is missing: %v", rows.Err())
			}
		}
		var n int
		if err := rows.Scan(&n); err != nil || n != 2 {
			t.Errorf("Scan: %d, %v", n, err)
		}
		for range 2 {
			if rows.Next() || rows.Err() != nil {
				t.Errorf("after the last row: %v", rows.Err())
			}
		}
		if err := rows.Scan(&n); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("Scan after the last row: %v", err)
		}
		if err := errors.Join(rows.Close(), tx.QueryRow(two).Scan(&n)); err != nil || n != 1 {
			t.Errorf("the statement again: %d, %v", n, err)
		}
		if err := tx.QueryRow("SELECT 1 WHERE 0").Scan(&n); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("no row: %v", err)
		}
	})
}

func TestRowsEndWithTheirContext(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	err := db.ReadOne(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query("SELECT 1 UNION SELECT 2")
		if err != nil || !rows.Next() {
			t.Errorf("no row: %v", err)
		}
		cancel()
		if rows.Next() {
			t.Error("there are rows after the context has ended")
		}
		return rows.Err()
	})
	wantUnavailable(t, err)
}

func TestFailedWritesOfABatchUndoNothingElse(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	mine := errors.New("mine")
	changing := func(tx *sqlitedb.Tx) error {
		return errors.Join(insert("undone", 1)(tx), insert("as well", 1)(tx), mine)
	}
	refused := func(tx *sqlitedb.Tx) error {
		var n int
		return errors.Join(tx.QueryRow("SELECT count(*) FROM t").Scan(&n), mine)
	}
	errs := inOneBatch(t, db, insert("first", 1), refused, changing, insert("last", 1))
	for i, want := range []error{nil, mine, mine, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("write %d: %v, want %v", i, errs[i], want)
		}
	}
	if err := db.Write(t.Context(), changing); !errors.Is(err, mine) {
		t.Errorf("a write alone: %v", err)
	}
	wantKeys(t, db, "first", "last")
}
