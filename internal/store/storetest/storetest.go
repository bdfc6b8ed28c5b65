// Package storetest is the contract of package store in executable form: one
// suite that every implementation passes, and benchmarks to compare them.
//
// The suite asserts nothing about speed, and its Scale lets a slow backend run
// it with less load.
package storetest

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Stores is the backend under test, empty when opened.
type Stores struct {
	Locations store.Locations
	Resources store.Resources
	Bookings  store.Bookings

	// Reopen closes the backend and opens it anew over the same data; nil when
	// it has nothing to close.
	Reopen func() Stores

	// Commits returns how many times the backend has flushed so far; nil when
	// it does not know. Benchmarks report it.
	Commits func() int64

	Scale Scale
}

// Scale is how much load the suite makes. Zero members mean the defaults.
type Scale struct {
	Workers int // goroutines that work at the same time; default 16
	Rounds  int // repetitions of what depends on chance, per goroutine; default 30
	Page    int // items in the lists that are paged through; default 25
}

func (s Scale) withDefaults() Scale {
	if s.Workers == 0 {
		s.Workers = 16
	}
	if s.Rounds == 0 {
		s.Rounds = 30
	}
	if s.Page == 0 {
		s.Page = 25
	}
	return s
}

// Run runs the suite. Each part of it opens a backend of its own, which open
// closes when the test ends.
func Run(t *testing.T, open func(t testing.TB) Stores) {
	t.Helper()
	parts := []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"Locations", testLocations},
		{"Resources", testResources},
		{"Bookings", testBookings},
		{"Conditions", testConditions},
		{"Paging", testPaging},
		{"Ranges", testRanges},
		{"Conflicts", testConflicts},
		{"Parents", testParents},
		{"ParentsUnderLoad", testParentsUnderLoad},
		{"Extremes", testExtremes},
		{"Contexts", testContexts},
		{"OneSlot", testOneSlot},
		{"OverlappingLoad", testOverlappingLoad},
		{"Linearizable", testLinearizable},
		{"LikeTheModel", testLikeModel},
		{"Reopening", testReopening},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.run(t, newSuite(open(t))) })
	}
}

// suite is a backend with what the tests need beside it.
type suite struct {
	Stores
	ids atomic.Int64
}

func newSuite(s Stores) *suite {
	s.Scale = s.Scale.withDefaults()
	return &suite{Stores: s}
}

// id returns an id not given before; later ones are greater.
func (s *suite) id(kind string) string { return fmt.Sprintf("%s-%06d", kind, s.ids.Add(1)) }

// always is the condition that always holds.
func always() store.Condition { return store.Condition{} }

func (s *suite) newLocation() spacefinder.Location {
	id := s.id("location")
	return spacefinder.Location{
		LocationID: id, Name: "Name of " + id, Description: "Its description", ImageURL: "https://example.com/" + id,
		TimeZone: "Europe/Berlin", Timestamp: "2026-01-02T03:04:05Z", Revision: "r1",
	}
}

func (s *suite) newResource(locationID string) spacefinder.Resource {
	id := s.id("resource")
	return spacefinder.Resource{
		ResourceID: id, LocationID: locationID, Name: "Name of " + id, Type: spacefinder.TypeRoom, Description: "Its description",
		Capacity: 12, Amenities: []string{"screen", "whiteboard"}, Timestamp: "2026-01-02T03:04:05Z", Revision: "r1",
	}
}

func (s *suite) newBooking(r spacefinder.Resource, userID string, start, end int64) spacefinder.Booking {
	return spacefinder.Booking{
		BookingID: s.id("booking"), UserID: userID, ResourceID: r.ResourceID, LocationID: r.LocationID,
		Interval: spacefinder.Interval{Start: start, End: end}, Timestamp: "2026-01-02T03:04:05Z", Revision: "r1",
	}
}

// location stores a new location.
func (s *suite) location(t testing.TB) spacefinder.Location {
	t.Helper()
	stored, _, err := s.Locations.Put(t.Context(), s.newLocation(), always())
	must(t, err)
	return stored
}

// resource stores a new resource at a new location.
func (s *suite) resource(t testing.TB) spacefinder.Resource {
	t.Helper()
	stored, err := s.makeResource(t.Context())
	must(t, err)
	return stored
}

// makeResource is resource for goroutines that must not end the test.
func (s *suite) makeResource(ctx context.Context) (spacefinder.Resource, error) {
	l, _, err := s.Locations.Put(ctx, s.newLocation(), always())
	if err != nil {
		return spacefinder.Resource{}, err
	}
	r, _, err := s.Resources.Put(ctx, s.newResource(l.LocationID), always())
	return r, err
}

// book stores a new booking.
func (s *suite) book(t testing.TB, r spacefinder.Resource, userID string, start, end int64) spacefinder.Booking {
	t.Helper()
	stored, _, err := s.Bookings.Put(t.Context(), s.newBooking(r, userID, start, end), always())
	must(t, err)
	return stored
}

// schedule returns all bookings of a resource.
func (s *suite) schedule(t testing.TB, r spacefinder.Resource) []spacefinder.Booking {
	t.Helper()
	all, err := s.readSchedule(t.Context(), r)
	must(t, err)
	return all
}

// readSchedule is schedule for goroutines that must not end the test.
func (s *suite) readSchedule(ctx context.Context, r spacefinder.Resource) ([]spacefinder.Booking, error) {
	return allPages(store.AllTime(), store.MaxPageSize, func(page store.BookingPage) ([]spacefinder.Booking, bool, error) {
		return s.Bookings.ListByResource(ctx, r.LocationID, r.ResourceID, page)
	})
}

// allPages goes through a list of bookings by pages of that size.
func allPages(asked spacefinder.Interval, limit int, list func(store.BookingPage) ([]spacefinder.Booking, bool, error)) (
	all []spacefinder.Booking, err error,
) {
	page := store.BookingPage{Interval: asked, Limit: limit}
	for {
		items, more, err := list(page)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if !more {
			return all, nil
		}
		if len(items) != limit {
			return nil, fmt.Errorf("a page of %d, with more to come, has %d", limit, len(items))
		}
		last := items[limit-1]
		next := store.BookingKey{Start: last.Start, BookingID: last.BookingID}
		if next == page.After {
			return nil, fmt.Errorf("the page after %v ends where it begins", next)
		}
		page.After = next
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks the code of an error; "" means no error.
func wantCode(t testing.TB, what string, err error, want spacefinder.Code) {
	t.Helper()
	if got := spacefinder.CodeOf(err); got != want {
		t.Errorf("%s: code %q (%v), want %q", what, got, err, want)
	}
}

func wantSame[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
