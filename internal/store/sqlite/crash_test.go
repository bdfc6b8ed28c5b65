package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

// crashEnv names the database to the process that is killed: the test binary
// again, which then writes instead of testing.
const crashEnv = "SPACEFINDER_TEST_CRASH_DATABASE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

const (
	crashes      = 6
	crashWriters = 16
)

// TestCrash kills a process that writes, several times over one database, and
// compares what is there then with what the process had acknowledged.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spacefinder.db")
	seen := make(journal)
	for n := range crashes {
		words := crash(t, path, 20+rand.IntN(1500), seen)
		f := &file{path: path}
		s := f.stores(t)
		seen.check(t, s.Resources, s.Bookings)
		checkFile(t, f.db)
		f.close(t)
		t.Logf("crash %d after %d words", n, words)
	}
}

// crash starts the writing process, kills it once it has said so many words,
// and adds all that it said to the journal.
func crash(t *testing.T, path string, after int, seen journal) (words int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashEnv+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the rest of a line that was cut off says nothing
			break
		}
		seen.add(strings.Fields(line))
		if words++; words == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); words < after {
		t.Fatalf("the writing process ended by itself: %v", err)
	}
	return words
}

// What the writing process says of an item.
const (
	saidPut      = "put"      // acknowledged
	saidDeleting = "deleting" // about to
	saidDeleted  = "deleted"  // acknowledged
)

// journal has the last word on each booking and resource, whose ids hold all of
// their content.
type journal map[string]string

func (j journal) add(words []string) { j[words[1]] = words[0] }

func (j journal) check(t *testing.T, resources store.Resources, bookings store.Bookings) {
	t.Helper()
	for id, said := range j {
		var err error
		if b, isBooking := decodeBooking(id); isBooking {
			var got spacefinder.Booking
			got, err = bookings.Get(t.Context(), b.UserID, id)
			if err == nil && got != b {
				t.Errorf("booking %s is %+v", id, got)
			}
		} else {
			_, err = resources.Get(t.Context(), crashLocation, id)
		}
		switch code := spacefinder.CodeOf(err); {
		case code != "" && code != spacefinder.CodeNotFound:
			t.Errorf("%s: %v", id, err)
		case said == saidPut && code != "":
			t.Errorf("%s was acknowledged and is missing", id)
		case said == saidDeleted && code == "":
			t.Errorf("%s was deleted and is there", id)
		}
	}
}

// checkFile looks for overlaps and orphans, and for damage to the file, in a way
// that uses neither the store's queries nor its indexes.
func checkFile(t *testing.T, db *sqlitedb.DB) {
	t.Helper()
	const overlaps = `SELECT count(*) FROM bookings a JOIN bookings b
		ON a.resource_id = b.resource_id AND a.booking_id < b.booking_id
		AND a.start_time < b.end_time AND a.end_time > b.start_time`
	const orphans = `SELECT (SELECT count(*) FROM bookings b WHERE NOT EXISTS
			(SELECT 1 FROM resources r WHERE r.resource_id = b.resource_id AND r.location_id = b.location_id))
		+ (SELECT count(*) FROM resources r WHERE NOT EXISTS (SELECT 1 FROM locations l WHERE l.location_id = r.location_id))`
	for query, want := range map[string]string{overlaps: "0", orphans: "0", "PRAGMA integrity_check": "ok"} {
		var got string
		err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error { return tx.QueryRow(query).Scan(&got) })
		if err != nil || got != want {
			t.Errorf("%s: %s, %v", query, got, err)
		}
	}
}

const crashLocation = "campus"

// decodeBooking returns the booking that an id stands for: its user, its
// resource and its times are in the id.
func decodeBooking(id string) (b spacefinder.Booking, isBooking bool) {
	parts := strings.Split(id, "|")
	if len(parts) != 4 {
		return b, false
	}
	b = spacefinder.Booking{BookingID: id, UserID: parts[1], ResourceID: parts[0], LocationID: crashLocation, Revision: id}
	_, err := fmt.Sscan(parts[2]+" "+parts[3], &b.Start, &b.End)
	return b, err == nil
}

// writeUntilKilled books, cancels, and creates and deletes resources from many
// goroutines until the process dies. It says so after every write, with one
// write to standard output, which nothing in this process buffers.
func writeUntilKilled(path string) error {
	ctx := context.Background()
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: path, LogPages: 100}) // so that some die while the log is copied
	if err != nil {
		return err
	}
	s, err := sqlite.New(ctx, db)
	if err != nil {
		return err
	}
	campus := spacefinder.Location{LocationID: crashLocation, Name: "Campus", TimeZone: "UTC"}
	if _, _, err := s.Locations().Put(ctx, campus, store.Condition{}); err != nil {
		return err
	}
	failed := make(chan error, crashWriters)
	var wg sync.WaitGroup
	for range crashWriters {
		wg.Go(func() {
			for {
				if err := writeSome(ctx, s, os.Stdout); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	return <-failed
}

func writeSome(ctx context.Context, s *sqlite.Store, out io.Writer) error {
	say := func(what, id string) { _, _ = fmt.Fprintf(out, "%s %s\n", what, id) }
	r := spacefinder.Resource{ResourceID: fmt.Sprintf("hall-%d", rand.IntN(8)), LocationID: crashLocation, Name: "Hall"}
	if _, created, err := s.Resources().Put(ctx, r, store.Condition{}); err != nil {
		return err
	} else if created {
		// Another goroutine may delete it at any time, so its journal entry would
		// prove nothing; that of a resource that nobody deletes does.
		r.ResourceID = fmt.Sprintf("room-%d", rand.Int64())
		if _, _, err := s.Resources().Put(ctx, r, store.Condition{}); err != nil {
			return err
		}
		say(saidPut, r.ResourceID)
	}
	start := rand.Int64N(2000) * 600
	id := fmt.Sprintf("%s|user-%d|%d|%d", r.ResourceID, rand.Int64(), start, start+600*(1+rand.Int64N(4)))
	b, _ := decodeBooking(id)
	switch _, _, err := s.Bookings().Put(ctx, b, store.Condition{}); spacefinder.CodeOf(err) {
	case "":
		say(saidPut, id)
	case spacefinder.CodeConflict, spacefinder.CodeNotFound: // taken, or the hall was deleted
		return nil
	default:
		return err
	}
	if rand.IntN(2) == 0 {
		return nil
	}
	say(saidDeleting, id)
	if err := s.Bookings().Delete(ctx, b.UserID, id, store.Condition{}); err != nil {
		return err
	}
	say(saidDeleted, id)
	err := s.Resources().Delete(ctx, crashLocation, fmt.Sprintf("hall-%d", rand.IntN(8)), store.Condition{})
	if e, ok := errors.AsType[*spacefinder.Error](err); ok && e.Code == spacefinder.CodeNotEmpty {
		return nil
	}
	return err
}
