package sqlitedb_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

const page = 4096

// fillPages writes rows that each take a page, in transactions of their own.
func fillPages(t *testing.T, db *sqlitedb.DB, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := db.Write(t.Context(), insert(strconv.Itoa(i)+strings.Repeat("x", page), i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheLogBeginsAnewOnceItIsCopied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlitedb.Config{Path: path, LogPages: 20})
	fillPages(t, db, 0, 500)
	if got := db.Stats().WALBytes; got > 250*page {
		t.Errorf("the log has %d pages after 500 were written, and more above them", got/page)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 250*page {
		t.Errorf("the file is %v, %v; want most of the pages in it", info, err)
	}
	if got := len(keys(t, db)); got != 500 {
		t.Errorf("%d rows, want 500", got)
	}
}

func TestTheLogGrowsWhileSomebodyReadsAnOldState(t *testing.T) {
	db := open(t, sqlitedb.Config{LogPages: 20})
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		var before, after int
		if err := tx.QueryRow("SELECT count(*) FROM t").Scan(&before); err != nil {
			return err
		}
		fillPages(t, db, 0, 200)
		if err := tx.QueryRow("SELECT count(*) FROM t").Scan(&after); err != nil {
			return err
		}
		if before != 0 || after != 0 {
			t.Errorf("the state was of %d rows, then of %d; want none", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	grown := db.Stats().WALBytes
	if grown < 200*page {
		t.Errorf("the log has %d pages, want all that the reader must not see", grown/page)
	}
	fillPages(t, db, 200, 600)
	if got := db.Stats().WALBytes; got > grown+100*page {
		t.Errorf("the log has %d pages, want about the %d of before: it begins anew after the read", got/page, grown/page)
	}
	if got := len(keys(t, db)); got != 600 {
		t.Errorf("%d rows, want 600", got)
	}
}

// The file is moved away under its name: it cannot be opened again, but the
// writer has it open.
func TestALogThatCannotBeCopiedIsReportedOnceAndWritesGoOn(t *testing.T) {
	var log bytes.Buffer // read after Close
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path, LogPages: 20, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), "test", []string{"CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER NOT NULL) STRICT, WITHOUT ROWID"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	err = db.Read(t.Context(), func(tx *sqlitedb.Tx) error { return nil })
	wantUnavailable(t, err)
	fillPages(t, db, 0, 100)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if got := strings.Count(log.String(), "cannot be copied"); got != 1 {
		t.Errorf("reported %d times, want once:\n%s", got, &log)
	}
	if !strings.Contains(log.String(), "unable to open") {
		t.Errorf("the log does not say why:\n%s", &log)
	}
}
