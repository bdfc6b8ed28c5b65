package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
	"github.com/spacefinder/spacefinder/internal/store/storetest"
	"github.com/spacefinder/spacefinder/internal/transfer"
)

// The AWS SDK keeps its connections to DynamoDB until the process ends.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

const exportedAt = "2026-11-22T18:00:00Z"

func now() time.Time {
	t, err := time.Parse(time.RFC3339, exportedAt)
	if err != nil {
		panic(err)
	}
	return t
}

// model returns stores in memory.
func model() transfer.Stores { return storesOf(storetest.Model()) }

func storesOf(s storetest.Stores) transfer.Stores {
	return transfer.Stores{Locations: s.Locations, Resources: s.Resources, Bookings: s.Bookings}
}

// embedded returns stores over a new database.
func embedded(t testing.TB) transfer.Stores {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(t.TempDir(), "spacefinder.db")})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	s, err := sqlite.New(t.Context(), db)
	must(t, err)
	return transfer.Stores{Locations: s.Locations(), Resources: s.Resources(), Bookings: s.Bookings()}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newLocation(id string) spacefinder.Location {
	return spacefinder.Location{
		LocationID: id, Name: "Name of " + id, Description: "\"quoted\"\n<b>\u2028 ünï", ImageURL: "https://example.com/" + id,
		TimeZone: "Europe/Berlin", Timestamp: "2026-01-02T03:04:05Z", Revision: "l-" + id,
	}
}

func newResource(locationID, id string) spacefinder.Resource {
	return spacefinder.Resource{
		ResourceID: id, LocationID: locationID, Name: "Name of " + id, Type: spacefinder.TypeHall, Capacity: 12,
		Amenities: []string{"screen", "white, board"}, Timestamp: "2026-01-02T03:04:06.5Z", Revision: "r-" + id,
	}
}

func newBooking(locationID, resourceID, id, userID string, start int64) spacefinder.Booking {
	return spacefinder.Booking{
		BookingID: id, UserID: userID, ResourceID: resourceID, LocationID: locationID,
		Interval: spacefinder.Interval{Start: start, End: start + 3600}, Timestamp: "2026-01-02T03:04:07Z", Revision: "b-" + id,
	}
}

func put[T any](t testing.TB, putter func(context.Context, T, store.Condition) (T, bool, error), item T) {
	t.Helper()
	_, _, err := putter(t.Context(), item, store.Condition{})
	must(t, err)
}

// fill stores two locations with resources, one without, and bookings of two
// users. Ids are such that neither the order of creation nor that of numbers is
// the one by bytes.
func fill(t testing.TB, s transfer.Stores) {
	t.Helper()
	for _, id := range []string{"b", "a", "c~empty", "B"} {
		put(t, s.Locations.Put, newLocation(id))
	}
	for _, r := range []spacefinder.Resource{newResource("a", "r10"), newResource("a", "r9"), newResource("b", "r1")} {
		put(t, s.Resources.Put, r)
	}
	put(t, s.Resources.Put, spacefinder.Resource{ // nothing that need not be there
		ResourceID: "bare", LocationID: "b", Name: "Bare", Timestamp: "2026-01-02T03:04:05Z", Revision: "r",
	})
	for n := range 7 {
		user := []string{"ada", "bob"}[n%2]
		put(t, s.Bookings.Put, newBooking("a", "r9", fmt.Sprint("x", 9-n), user, int64(n)*3600)) // touching each other
		put(t, s.Bookings.Put, newBooking("b", "r1", fmt.Sprint("y", n), user, int64(100-n)*86400))
	}
}

// filled is what fill stores, in numbers.
func filled() transfer.Counts { return transfer.Counts{Locations: 4, Resources: 4, Bookings: 14} }

// export returns the file of what the stores hold.
func export(t testing.TB, from transfer.Stores) string {
	t.Helper()
	var file bytes.Buffer
	_, err := transfer.Export(t.Context(), &file, from, transfer.Reporting{Now: now})
	must(t, err)
	return file.String()
}

// write puts a file into a new folder and returns its name.
func write(t testing.TB, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "export.jsonl")
	must(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

// into returns the import of a file into stores, without waiting.
func into(to transfer.Stores, file string) transfer.Import {
	return transfer.Import{
		File: file, To: to, Target: "test",
		Wait:      func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Reporting: transfer.Reporting{Now: now},
	}
}

func fails(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got the error %v, want one that says %q", err, want)
	}
}

func missing(name string) bool {
	_, err := os.Stat(name)
	return errors.Is(err, os.ErrNotExist)
}
