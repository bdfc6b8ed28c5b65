package dynamodb_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

var update = flag.Bool("update", false, "write docs/request-units.md anew")

// A line is a line of docs/request-units.md.
type line struct {
	operation string
	ours      spending
	ancestors *spending // nil: the ancestor has no such operation
}

// What each operation costs is written down, beside what it cost in the ancestor,
// and stays as it is written.
func TestRequestUnits(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(unitsIntroduction)
	lines := measure(t, dynamodb.ClientWire)
	for _, l := range lines {
		theirs := "-"
		if l.ancestors != nil {
			theirs = fmt.Sprintf("%g / %g", l.ancestors.read, l.ancestors.write)
		}
		fmt.Fprintf(&doc, "| %s | %d | %g | %g | %s |\n", l.operation, l.ours.calls, l.ours.read, l.ours.write, theirs)
	}
	doc.WriteString(unitsNotes)
	root, err := dynamotest.Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "docs", "request-units.md")
	if *update {
		if err := os.WriteFile(path, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n, l := range measure(t, dynamodb.ClientSDK) {
		if l.operation != lines[n].operation || l.ours != lines[n].ours {
			t.Errorf("%s: over the AWS SDK it costs %+v, over our client %+v", l.operation, l.ours, lines[n].ours)
		}
	}
	if string(written) != doc.String() {
		t.Errorf("docs/request-units.md is not what is measured; go test -run RequestUnits -update writes it. Measured:\n%s", doc.String())
	}
}

// A scene has stores and an ancestor whose calls are metered.
type scene struct {
	meter *meter
	t     *testing.T
	store *dynamodb.Store
	old   ancestor
	lines []line
}

func measure(t *testing.T, kind string) []line {
	t.Helper()
	s := &scene{t: t, meter: newMeter()}
	client := clientOf(t, dynamotest.Endpoint(t), dynamodb.ClientOptions{Kind: kind, Transport: s.meter})
	s.store = dynamodb.New(client, tablesFor(t), dynamodb.Options{})
	s.old = newAncestor(t, s.meter)
	s.locations()
	s.resources()
	s.bookings()
	return s.lines
}

// row measures an operation of ours, and the ancestor's for the same purpose.
func (s *scene) row(operation string, ours func() error, ancestors func() error) {
	s.t.Helper()
	l := line{operation: operation, ours: s.spend(operation, ours)}
	if ancestors != nil {
		spent := s.spend(operation, ancestors)
		l.ancestors = &spent
	}
	s.lines = append(s.lines, l)
}

func (s *scene) spend(operation string, do func() error) spending {
	s.t.Helper()
	return s.meter.of(func() {
		switch err := do(); spacefinder.CodeOf(err) {
		case "", spacefinder.CodeConflict:
		default:
			s.t.Errorf("%s: %v", operation, err)
		}
	})
}

var always = store.Condition{}

func (s *scene) locations() {
	ctx, locations := s.t.Context(), s.store.Locations()
	put := func(l spacefinder.Location) error { _, _, err := locations.Put(ctx, l, always); return err }
	list := func() error { _, _, err := locations.List(ctx, store.Page{Limit: 100}); return err }
	one := typicalLocation("location-000")
	changed := one
	changed.Name, changed.Revision = "Renamed", "v2"

	s.row("create a location", func() error { return put(one) }, func() error { return s.old.putLocation(one) })
	s.row("replace a location", func() error { return put(changed) }, func() error { return s.old.putLocation(changed) })
	s.row("put a location as it is", func() error { return put(changed) }, func() error { return s.old.putLocation(changed) })
	s.row("get a location", func() error { _, err := locations.Get(ctx, one.LocationID); return err },
		func() error { return s.old.get("locations", "locationID", one.LocationID) })
	for n := 1; n < 20; n++ {
		l := typicalLocation(fmt.Sprintf("location-%03d", n))
		s.spend("create", func() error { return put(l) })
		s.spend("create", func() error { return s.old.putLocation(l) })
	}
	s.row("list 20 locations", list, func() error { return s.old.scan("locations") })
	s.row("delete a location", func() error { return locations.Delete(ctx, "location-019", always) },
		func() error { return s.old.delete("locations", "locationID", "location-019") })
}

func (s *scene) resources() {
	ctx, resources := s.t.Context(), s.store.Resources()
	put := func(r spacefinder.Resource) error { _, _, err := resources.Put(ctx, r, always); return err }
	one := typicalResource("resource-000")
	changed := one
	changed.Name, changed.Revision = "Renamed", "v2"

	s.row("create a resource", func() error { return put(one) }, func() error { return s.old.putResource(one) })
	s.row("replace a resource", func() error { return put(changed) }, func() error { return s.old.putResource(changed) })
	s.row("get a resource", func() error { _, err := resources.Get(ctx, one.LocationID, one.ResourceID); return err },
		func() error { return s.old.get("resources", "resourceID", one.ResourceID) })
	for n := 1; n < 20; n++ {
		r := typicalResource(fmt.Sprintf("resource-%03d", n))
		s.spend("create", func() error { return put(r) })
		s.spend("create", func() error { return s.old.putResource(r) })
	}
	s.row("list 20 resources", func() error { _, _, err := resources.List(ctx, one.LocationID, store.Page{Limit: 100}); return err },
		func() error { return s.old.query("resources", "locationIDGSI", "locationID", one.LocationID) })
	s.row("delete a resource", func() error { return resources.Delete(ctx, one.LocationID, "resource-019", always) },
		func() error { return s.old.delete("resources", "resourceID", "resource-019") })
}

func (s *scene) bookings() {
	const hour = 3600
	ctx, bookings := s.t.Context(), s.store.Bookings()
	put := func(b spacefinder.Booking) func() error {
		return func() error { _, _, err := bookings.Put(ctx, b, always); return err }
	}
	old := func(b spacefinder.Booking) func() error { return func() error { return s.old.putBooking(b) } }
	one := typicalBooking("booking-000", 8*hour, 9*hour)
	later, elsewhere, clash := one, one, typicalBooking("booking-clash", 8*hour, 9*hour)
	later.Interval, later.Revision = spacefinder.Interval{Start: 34 * hour, End: 35 * hour}, "v2"
	elsewhere.Interval, elsewhere.ResourceID, elsewhere.Revision = later.Interval, "resource-001", "v3"
	long := typicalBooking("booking-long", 240*hour, (240+31*24)*hour)

	s.row("create a booking", put(one), old(one))
	s.row("the same request again", put(one), old(one))
	s.row("book what is taken (refused)", put(clash), nil)
	s.row("get a booking", func() error { _, err := bookings.Get(ctx, one.UserID, one.BookingID); return err },
		func() error { return s.old.get("bookings", "bookingID", one.BookingID) })
	s.row("move a booking to another day", put(later), old(later))
	s.row("move a booking to another resource", put(elsewhere), old(elsewhere))
	s.row("create a booking of 31 days", put(long), old(long))
	s.spend("delete", func() error { return bookings.Delete(ctx, long.UserID, long.BookingID, always) })
	for n := range int64(20) {
		b := typicalBooking(fmt.Sprintf("booking-%03d", n+1), (8+n*24)*hour, (9+n*24)*hour)
		s.spend("create", put(b))
		s.spend("create", old(b))
	}
	page := store.BookingPage{Interval: store.AllTime(), Limit: 100}
	ofUser := func(p store.BookingPage) func() error {
		return func() error { _, _, err := bookings.ListByUser(ctx, one.UserID, p); return err }
	}
	byUser := func() error { return s.old.query("bookings", "userIDGSI", "userID", one.UserID) }
	s.row("list 21 bookings of a user", ofUser(page), byUser)
	page.Start = 20 * 24 * hour
	s.row("list a user's bookings from now on, 20 before", ofUser(page), byUser)
	s.row("list a resource's bookings from now on, 20 before", func() error {
		_, _, err := bookings.ListByResource(ctx, one.LocationID, one.ResourceID, page)
		return err
	}, func() error {
		return s.old.query("bookings", "bookingsByResourceByTimeGSI", "resourceID", one.ResourceID)
	})
	s.row("delete a booking", func() error { return bookings.Delete(ctx, one.UserID, one.BookingID, always) },
		func() error { return s.old.delete("bookings", "bookingID", one.BookingID) })
}

func typicalLocation(id string) spacefinder.Location {
	return spacefinder.Location{
		LocationID: id, Name: "Engineering Building, North Campus", Description: strings.Repeat("Two floors. ", 10),
		ImageURL: "https://images.example.com/locations/engineering-north.jpg", TimeZone: "Europe/Berlin",
		Timestamp: "2026-01-02T03:04:05.678Z", Revision: "01890a5d-ac96-774b-bcce-b302099a8057",
	}
}

func typicalResource(id string) spacefinder.Resource {
	return spacefinder.Resource{
		ResourceID: id, LocationID: "location-000", Name: "Meeting room 2.14", Type: spacefinder.TypeRoom,
		Description: strings.Repeat("By the window. ", 8), Capacity: 12, Amenities: []string{"screen", "whiteboard", "video"},
		Timestamp: "2026-01-02T03:04:05.678Z", Revision: "01890a5d-ac96-774b-bcce-b302099a8057",
	}
}

func typicalBooking(id string, start, end int64) spacefinder.Booking {
	return spacefinder.Booking{
		BookingID: id, UserID: "01890a5d-ac96-774b-bcce-b302099a8057", ResourceID: "resource-000", LocationID: "location-000",
		Interval: spacefinder.Interval{Start: start, End: end}, Timestamp: "2026-01-02T03:04:05.678Z",
		Revision: "01890a5d-ac96-774b-bcce-b302099a8057",
	}
}

const unitsIntroduction = `# What an operation costs in DynamoDB

Request units as AWS bills tables on demand, for items of typical size (under 1 kB), counted over
DynamoDB Local by ` + "`go test ./internal/store/dynamodb -run RequestUnits`" + `, which keeps this table true. Single
calls by ` + "`ReturnConsumedCapacity`" + `; batches and transactions, for which DynamoDB Local reports figures that
are none, by AWS's published rules from the sizes of the items. *Calls* are HTTP calls that follow each
other: they make the latency. The ancestor's figures are its calls on its tables with their indexes,
from the same run.

| operation | calls | read units | write units | ancestor: read / write |
| --- | --- | --- | --- | --- |
`

const unitsNotes = `
Why ours differ:

- We read strongly consistent (1 unit for 4 kB), the ancestor eventually consistent (half of that), so
  that its answers may be older than the caller's last write.
- Every write of ours is a transaction, which costs twice as much as a plain write. It buys what the
  ancestor does not have: no double booking, no orphan, an honest answer to a repeated request.
- A booking is five items: itself, its copies in two lists, the day's schedule, the count on its resource.
  The ancestor writes one item, which DynamoDB copies into three indexes, one of them redundant.
- The ancestor's lists stop silently at 1 MB and always read from the beginning. A page of ours reads what
  it returns, and for a user's list also that user's bookings of the 31 days before ` + "`from`" + `.
`
