//go:build !race

package sqlite_test

import (
	"fmt"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// What an operation may allocate. A row of a list costs one allocation, that of
// its texts. The race detector counts differently.
func TestAllocs(t *testing.T) {
	s := open(t)
	location := spacefinder.Location{LocationID: "munich", Name: "Munich", TimeZone: "UTC", Timestamp: "t", Revision: "r"}
	resource := spacefinder.Resource{LocationID: "munich", ResourceID: "isar", Name: "Isar", Timestamp: "t", Revision: "r"}
	booking := spacefinder.Booking{UserID: "ada", LocationID: "munich", ResourceID: "isar", Timestamp: "t", Revision: "r"}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := s.Locations.Put(t.Context(), location, store.Condition{})
	check(err)
	_, _, err = s.Resources.Put(t.Context(), resource, store.Condition{})
	check(err)
	book := func() {
		booking.BookingID = fmt.Sprintf("b-%06d", booking.Start)
		booking.Start, booking.End = booking.End, booking.End+3600
		_, _, err := s.Bookings.Put(t.Context(), booking, store.Condition{})
		check(err)
	}
	for range 200 {
		book()
	}
	page := store.BookingPage{Interval: store.AllTime(), Limit: 100}
	for _, c := range []struct {
		name string
		most float64
		run  func()
	}{
		{"get a location", 5, func() { _, err := s.Locations.Get(t.Context(), "munich"); check(err) }},
		{"get a resource", 7, func() { _, err := s.Resources.Get(t.Context(), "munich", "isar"); check(err) }},
		{"get a booking", 5, func() { _, err := s.Bookings.Get(t.Context(), "ada", "b-003600"); check(err) }},
		{"list 100 bookings of a user", 110, func() { _, _, err := s.Bookings.ListByUser(t.Context(), "ada", page); check(err) }},
		{"list 100 bookings of a resource", 113, func() {
			_, _, err := s.Bookings.ListByResource(t.Context(), "munich", "isar", page)
			check(err)
		}},
		{"book", 20, book},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := testing.AllocsPerRun(100, c.run); got > c.most {
				t.Errorf("%.0f allocations, want at most %.0f", got, c.most)
			}
		})
	}
}
