package sqlitedb_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// inOneBatch runs the writes in one transaction and returns their errors.
func inOneBatch(t testing.TB, db *sqlitedb.DB, writes ...func(*sqlitedb.Tx) error) []error {
	t.Helper()
	release := hold(t, db)
	errs := make([]error, len(writes))
	var wg sync.WaitGroup
	for i, fn := range writes {
		wg.Go(func() { errs[i] = db.Write(t.Context(), fn) })
		waitQueued(t, db, int64(i)+1)
	}
	release()
	wg.Wait()
	return errs
}

func pragma(text string) func(*sqlitedb.Tx) error {
	return func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("PRAGMA " + text)
		return err
	}
}

// fill writes more than a database of few pages can hold.
func fill(tx *sqlitedb.Tx) error {
	_, err := tx.Exec("INSERT INTO t (k, v) VALUES (printf('%.1000000c', 'x'), 1)")
	return err
}

func ignoringErrors(fns ...func(*sqlitedb.Tx) error) func(*sqlitedb.Tx) error {
	return func(tx *sqlitedb.Tx) error {
		for _, fn := range fns {
			_ = fn(tx)
		}
		return nil
	}
}

func TestFailureOfTheDiskFailsTheWholeBatchAndPasses(t *testing.T) {
	orphan := func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO child (parent) VALUES (1)")
		return err
	}
	cases := map[string][]func(*sqlitedb.Tx) error{
		"the disk is full": {pragma("max_page_count = 10"), insert("a", 1), fill, insert("b", 2)},
		"the function hides a full disk": {
			pragma("max_page_count = 10"), insert("a", 1), ignoringErrors(fill, insert("c", 3)), insert("b", 2),
		},
		"the file is read-only":               {pragma("query_only = 1"), insert("a", 1)},
		"the function hides a read-only file": {pragma("query_only = 1"), ignoringErrors(insert("a", 1))},
		"the commit itself fails":             {insert("a", 1), pragma("defer_foreign_keys = 1"), orphan, insert("b", 2)},
		"the transaction is gone":             {insert("a", 1), rollback, insert("b", 2)},
		"the savepoint is gone":               {insert("a", 1), failing(rollback), insert("b", 2)},
		"somebody committed halfway":          {commit, insert("b", 2)},
	}
	for name, writes := range cases {
		t.Run(name, func(t *testing.T) {
			db := open(t, sqlitedb.Config{})
			steps := []string{"CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent INTEGER REFERENCES parent)"}
			if err := db.Migrate(t.Context(), "family", steps); err != nil {
				t.Fatal(err)
			}
			for _, err := range inOneBatch(t, db, writes...) {
				wantUnavailable(t, err)
			}
			wantKeys(t, db)
			if err := db.Write(t.Context(), insert("later", 1)); err != nil {
				t.Errorf("the write after the failure: %v", err)
			}
			wantKeys(t, db, "later")
			if got := db.Stats().FailedWrites; got != int64(len(writes)) {
				t.Errorf("%d failed writes counted, want %d", got, len(writes))
			}
		})
	}
}

func rollback(tx *sqlitedb.Tx) error {
	_, err := tx.Exec("ROLLBACK")
	return err
}

func commit(tx *sqlitedb.Tx) error {
	_, err := tx.Exec("COMMIT")
	return err
}

func failing(fn func(*sqlitedb.Tx) error) func(*sqlitedb.Tx) error {
	return func(tx *sqlitedb.Tx) error { return errors.Join(fn(tx), errors.New("failed afterwards")) }
}

func TestErrorsOfStatementsStayWithTheirWrite(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	errs := inOneBatch(t, db, insert("a", 1), insert("a", 2), statement("nonsense"), insert("b", 3))
	for i, want := range []string{"", "UNIQUE constraint failed", "syntax error", ""} {
		if err := errs[i]; (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("write %d: %v, want %q", i, err, want)
		}
	}
	wantKeys(t, db, "a", "b")
}

func statement(text string) func(*sqlitedb.Tx) error {
	return func(tx *sqlitedb.Tx) error {
		var n int
		return tx.QueryRow(text).Scan(&n)
	}
}

func TestReaderRecoversFromAFailure(t *testing.T) {
	db := open(t, sqlitedb.Config{Readers: 1})
	wantUnavailable(t, db.Read(t.Context(), insert("x", 1))) // as if the file were read-only
	if err := db.Read(t.Context(), rollback); err != nil {   // leaves the connection outside its transaction
		t.Error(err)
	}
	wantKeys(t, db)
}

func TestManyStatementTexts(t *testing.T) {
	db := open(t, sqlitedb.Config{Readers: 1})
	for range 2 {
		err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
			for i := range 600 {
				if err := statement("SELECT 1 -- " + strings.Repeat("x", i))(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
