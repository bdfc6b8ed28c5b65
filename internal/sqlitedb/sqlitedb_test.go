package sqlitedb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a database in the folder with a table t(k, v) and closes it when
// the test ends.
func open(t testing.TB, cfg sqlitedb.Config) *sqlitedb.DB {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "test.db")
	}
	db, err := sqlitedb.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	steps := []string{"CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER NOT NULL) STRICT, WITHOUT ROWID"}
	if err := db.Migrate(t.Context(), "test", steps); err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(k string, v int) func(*sqlitedb.Tx) error {
	return func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO t (k, v) VALUES (?, ?)", k, v)
		return err
	}
}

func keys(t testing.TB, db *sqlitedb.DB) (all []string) {
	t.Helper()
	err := db.Read(context.Background(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query("SELECT k FROM t ORDER BY k")
		if err != nil {
			return err
		}
		for rows.Next() {
			var k string
			if err := rows.Scan(&k); err != nil {
				return err
			}
			all = append(all, k)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantKeys(t testing.TB, db *sqlitedb.DB, want ...string) {
	t.Helper()
	if got := keys(t, db); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("keys are %q, want %q", got, want)
	}
}

func wantUnavailable(t testing.TB, err error) {
	t.Helper()
	if spacefinder.CodeOf(err) != spacefinder.CodeUnavailable {
		t.Errorf("error is %v, want CodeUnavailable", err)
	}
}

func TestAcknowledgedWritesAreThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlitedb.Config{Path: path})
	for _, k := range []string{"a", "b"} {
		if err := db.Write(t.Context(), insert(k, 1)); err != nil {
			t.Fatal(err)
		}
	}
	wantKeys(t, db, "a", "b")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close left the write-ahead log behind: %v", err)
	}
	wantKeys(t, open(t, sqlitedb.Config{Path: path}), "a", "b")
}

func TestFailedWriteUndoesItselfAlone(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	mine := errors.New("mine")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
				if err := insert(fmt.Sprintf("%02d", i), i)(tx); err != nil || i%2 == 0 {
					return err
				}
				return mine
			})
			if want := i%2 == 1; errors.Is(err, mine) != want || (err != nil) != want {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := len(keys(t, db)); n != 20 {
		t.Errorf("%d rows, want the 20 of the writes that succeeded", n)
	}
}

// hold occupies the writer until the returned function is called.
func hold(t testing.TB, db *sqlitedb.DB) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.Write(context.Background(), func(*sqlitedb.Tx) error {
			close(begun)
			<-end
			return nil
		})
		if err != nil {
			t.Errorf("the write that held the writer: %v", err)
		}
	})
	<-begun
	return sync.OnceFunc(func() { close(end); wg.Wait() })
}

func waitQueued(t testing.TB, db *sqlitedb.DB, n int64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); db.Stats().Queued != n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d writes queued, want %d", db.Stats().Queued, n)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWaitingWritesShareOneCommit(t *testing.T) {
	db := open(t, sqlitedb.Config{MaxBatch: 16})
	release := hold(t, db)
	before := db.Stats()
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			if err := db.Write(t.Context(), insert(fmt.Sprint(i), i)); err != nil {
				t.Error(err)
			}
		})
	}
	waitQueued(t, db, 32)
	release()
	wg.Wait()
	got := db.Stats()
	if commits := got.Commits - before.Commits; commits != 3 || got.LargestBatch != 16 {
		t.Errorf("%d commits, the largest of %d; want the holder's and two of 16", commits, got.LargestBatch)
	}
}

func TestTimeInCommitsIsCounted(t *testing.T) {
	var now time.Time
	db := open(t, sqlitedb.Config{Now: func() time.Time { // of the writer's goroutine alone
		now = now.Add(time.Second)
		return now
	}})
	before := db.Stats()
	for i := range 3 {
		if err := db.Write(t.Context(), insert(fmt.Sprint(i), i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := db.Stats().CommitTime - before.CommitTime; got != 3*time.Second {
		t.Errorf("%s in three commits of a second", got)
	}
}

func TestWriteWhoseContextEndsInTheQueueDoesNotHappen(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	release := hold(t, db)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() { answer <- db.Write(ctx, insert("late", 1)) }()
	waitQueued(t, db, 1)
	cancel()
	err := <-answer
	wantUnavailable(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v does not carry the context's", err)
	}
	release()
	if err := db.Write(t.Context(), insert("after it", 1)); err != nil { // the writer is past it now
		t.Error(err)
	}
	wantKeys(t, db, "after it")
}

func TestFullQueueWaitsUntilTheContextEnds(t *testing.T) {
	db := open(t, sqlitedb.Config{QueueDepth: 1})
	release := hold(t, db)
	defer release()
	queued := make(chan error)
	go func() { queued <- db.Write(t.Context(), insert("queued", 1)) }()
	waitQueued(t, db, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	err := db.Write(ctx, insert("refused", 1))
	wantUnavailable(t, err)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v does not carry the context's", err)
	}
	release()
	if err := <-queued; err != nil {
		t.Error(err)
	}
	wantKeys(t, db, "queued")
}

func TestPanicBecomesAnErrorAndIsUndone(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	boom := func(tx *sqlitedb.Tx) error {
		if _, err := tx.Query("SELECT 1"); err != nil {
			return err
		}
		panic("boom")
	}
	err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		return errors.Join(insert("x", 1)(tx), boom(tx))
	})
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Write: %v", err)
	}
	if err := db.Read(t.Context(), boom); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Read: %v", err)
	}
	if err := db.Write(t.Context(), insert("y", 1)); err != nil {
		t.Errorf("the write after the panic: %v", err)
	}
	wantKeys(t, db, "y")
}

func TestReadSeesOneState(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	count := func(tx *sqlitedb.Tx) (n int) {
		if err := tx.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		before := count(tx)
		if err := db.Write(t.Context(), insert("new", 1)); err != nil {
			return err
		}
		if after := count(tx); after != before {
			t.Errorf("a read saw %d rows and then %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantKeys(t, db, "new")
}

func TestReadCannotWrite(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	wantUnavailable(t, db.Read(t.Context(), insert("x", 1)))
	wantKeys(t, db)
}

func TestReadEndsWithItsContext(t *testing.T) {
	db := open(t, sqlitedb.Config{Readers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Read(ctx, func(tx *sqlitedb.Tx) error {
		wantUnavailable(t, db.Read(canceled(t), func(*sqlitedb.Tx) error { return nil }))
		cancel()
		var n int
		return tx.QueryRow("SELECT 1").Scan(&n)
	})
	wantUnavailable(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v does not carry the context's", err)
	}
}

func canceled(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestTxIsUselessAfterItsFunction(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	var kept *sqlitedb.Tx
	if err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := insert("x", 1)(kept); err == nil {
		t.Error("a statement ran outside its transaction")
	}
	wantKeys(t, db)
}

func TestCloseAnswersEveryWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlitedb.Config{Path: path, QueueDepth: 4})
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		acked = make(map[string]bool)
	)
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				k := fmt.Sprintf("%d-%d", w, i)
				if err := db.Write(context.Background(), insert(k, i)); err != nil {
					wantUnavailable(t, err)
					return
				}
				mu.Lock()
				acked[k] = true
				mu.Unlock()
			}
		})
	}
	for db.Stats().Writes < 100 {
		time.Sleep(time.Millisecond)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	got := keys(t, open(t, sqlitedb.Config{Path: path}))
	for _, k := range got {
		if !acked[k] {
			t.Errorf("%s is there, but its write failed", k)
		}
	}
	if len(got) != len(acked) {
		t.Errorf("%d rows, %d acknowledged", len(got), len(acked))
	}
}

func TestUseAfterClose(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, db.Write(t.Context(), insert("x", 1)))
	wantUnavailable(t, db.Read(t.Context(), func(*sqlitedb.Tx) error { return nil }))
}

func TestConnectionsAreAsTheyMustBe(t *testing.T) {
	db := open(t, sqlitedb.Config{})
	pragmas := func(want map[string]string) func(*sqlitedb.Tx) error {
		return func(tx *sqlitedb.Tx) error {
			for name, want := range want {
				var got string
				if err := tx.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
					t.Errorf("%s is %s, %v; want %s", name, got, err, want)
				}
			}
			return nil
		}
	}
	const full = "2" // https://sqlite.org/pragma.html#pragma_synchronous
	writer := map[string]string{
		"journal_mode": "wal", "synchronous": full, "foreign_keys": "1", "wal_autocheckpoint": "0", "busy_timeout": "5000",
	}
	reader := map[string]string{"journal_mode": "wal", "query_only": "1", "foreign_keys": "1", "busy_timeout": "5000"}
	if err := errors.Join(db.Write(t.Context(), pragmas(writer)), db.Read(t.Context(), pragmas(reader))); err != nil {
		t.Error(err)
	}
}
