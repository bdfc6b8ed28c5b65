package bookings

import (
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/servicetest"
)

// An answer has the members of the contract in this order, the times in both
// spellings.
func TestAnswersAreSpelledAsStructTagsSay(t *testing.T) {
	type reflected struct {
		BookingID  string `json:"bookingID"`
		UserID     string `json:"userID"`
		ResourceID string `json:"resourceID"`
		LocationID string `json:"locationID"`
		spacefinder.Times
		Timestamp string `json:"timestamp"`
	}
	var items []spacefinder.Booking
	want := []reflected{}
	for _, interval := range []spacefinder.Interval{
		{Start: 1795341600, End: 1795345200},
		{Start: spacefinder.MinTime, End: 60},
		{Start: spacefinder.MaxTime - 60, End: spacefinder.MaxTime},
	} {
		b := spacefinder.Booking{
			BookingID: "b1", UserID: "ada", ResourceID: "isar", LocationID: "munich", Interval: interval,
			Timestamp: "2026-11-22T10:30:00.000Z", Revision: "0198",
		}
		items = append(items, b)
		want = append(want, reflected{b.BookingID, b.UserID, b.ResourceID, b.LocationID, interval.Times(), b.Timestamp})
		servicetest.SameJSON(t, (*item)(&b), want[len(want)-1])
	}
	servicetest.SameJSON(t, page(nil), []reflected{})
	servicetest.SameJSON(t, page(items), want)
}
