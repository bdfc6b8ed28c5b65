package storetest

import (
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// later is a time after that of all new items.
const later = "2027-01-01T00:00:00Z"

func testLocations(t *testing.T, s *suite) {
	ctx, l := t.Context(), s.newLocation()

	_, err := s.Locations.Get(ctx, l.LocationID)
	wantCode(t, "get before it exists", err, spacefinder.CodeNotFound)
	wantCode(t, "delete before it exists", s.Locations.Delete(ctx, l.LocationID, always()), "")

	stored, created, err := s.Locations.Put(ctx, l, always())
	wantCode(t, "create", err, "")
	wantSame(t, "created", created, true)
	wantSame(t, "stored", stored, l)
	got, err := s.Locations.Get(ctx, l.LocationID)
	wantCode(t, "get", err, "")
	wantSame(t, "got", got, l)

	retry := l
	retry.Timestamp, retry.Revision = later, "r2"
	stored, created, err = s.Locations.Put(ctx, retry, always())
	wantCode(t, "retry", err, "")
	wantSame(t, "created by the retry", created, false)
	wantSame(t, "stored after the retry", stored, l)

	changed := spacefinder.Location{
		LocationID: l.LocationID, Name: "Other", TimeZone: "UTC", Timestamp: later, Revision: "r2",
	}
	stored, created, err = s.Locations.Put(ctx, changed, always())
	wantCode(t, "replace", err, "")
	wantSame(t, "created by replacing", created, false)
	wantSame(t, "stored after replacing", stored, changed)
	got, err = s.Locations.Get(ctx, l.LocationID)
	wantCode(t, "get after replacing", err, "")
	wantSame(t, "got after replacing", got, changed)

	wantCode(t, "delete", s.Locations.Delete(ctx, l.LocationID, always()), "")
	_, err = s.Locations.Get(ctx, l.LocationID)
	wantCode(t, "get after deleting", err, spacefinder.CodeNotFound)
	wantCode(t, "delete again", s.Locations.Delete(ctx, l.LocationID, always()), "")
	_, created, err = s.Locations.Put(ctx, l, always())
	wantCode(t, "create again", err, "")
	wantSame(t, "created again", created, true)
}

func testResources(t *testing.T, s *suite) {
	ctx := t.Context()
	r, elsewhere := s.newResource(s.location(t).LocationID), s.location(t).LocationID

	_, err := s.Resources.Get(ctx, r.LocationID, r.ResourceID)
	wantCode(t, "get before it exists", err, spacefinder.CodeNotFound)
	stored, created, err := s.Resources.Put(ctx, r, always())
	wantCode(t, "create", err, "")
	wantSame(t, "created", created, true)
	wantSame(t, "stored", stored, r)

	retry := r
	retry.Timestamp, retry.Revision = later, "r2"
	stored, created, err = s.Resources.Put(ctx, retry, always())
	wantCode(t, "retry", err, "")
	wantSame(t, "created by the retry", created, false)
	wantSame(t, "stored after the retry", stored, r)

	t.Run("another location does not reach it", func(t *testing.T) {
		_, err := s.Resources.Get(ctx, elsewhere, r.ResourceID)
		wantCode(t, "get", err, spacefinder.CodeNotFound)
		moved := r
		moved.LocationID = elsewhere
		_, _, err = s.Resources.Put(ctx, moved, always())
		wantCode(t, "put", err, spacefinder.CodeIDInUse)
		wantCode(t, "delete", s.Resources.Delete(ctx, elsewhere, r.ResourceID, always()), spacefinder.CodeNotFound)
		items, more, err := s.Resources.List(ctx, elsewhere, store.Page{Limit: 10})
		wantCode(t, "list", err, "")
		wantSame(t, "listed", len(items), 0)
		wantSame(t, "more", more, false)
		got, err := s.Resources.Get(ctx, r.LocationID, r.ResourceID)
		wantCode(t, "get at its own location", err, "")
		wantSame(t, "got", got, r)
		wantCode(t, "delete the empty location", s.Locations.Delete(ctx, elsewhere, always()), "")
	})

	changed := spacefinder.Resource{
		ResourceID: r.ResourceID, LocationID: r.LocationID, Name: "Bare", Timestamp: later, Revision: "r3",
	}
	stored, created, err = s.Resources.Put(ctx, changed, always())
	wantCode(t, "replace", err, "")
	wantSame(t, "created by replacing", created, false)
	wantSame(t, "stored after replacing", stored, changed)
	got, err := s.Resources.Get(ctx, r.LocationID, r.ResourceID)
	wantCode(t, "get after replacing", err, "")
	wantSame(t, "got after replacing", got, changed)

	for range 2 { // deleting is idempotent
		wantCode(t, "delete", s.Resources.Delete(ctx, r.LocationID, r.ResourceID, always()), "")
	}
	_, err = s.Resources.Get(ctx, r.LocationID, r.ResourceID)
	wantCode(t, "get after deleting", err, spacefinder.CodeNotFound)
}

func testBookings(t *testing.T, s *suite) {
	ctx, r := t.Context(), s.resource(t)
	b := s.newBooking(r, "ann", 1000, 4600)

	_, err := s.Bookings.Get(ctx, "ann", b.BookingID)
	wantCode(t, "get before it exists", err, spacefinder.CodeNotFound)
	bare := b
	bare.LocationID = ""
	stored, created, err := s.Bookings.Put(ctx, bare, always())
	wantCode(t, "create", err, "")
	wantSame(t, "created", created, true)
	wantSame(t, "stored, with its location", stored, b)
	got, err := s.Bookings.Get(ctx, "ann", b.BookingID)
	wantCode(t, "get", err, "")
	wantSame(t, "got", got, b)

	for name, retry := range map[string]spacefinder.Booking{"without location": bare, "with location": b} {
		retry.Timestamp, retry.Revision = later, "r2"
		stored, created, err = s.Bookings.Put(ctx, retry, always())
		wantCode(t, "retry "+name, err, "")
		wantSame(t, "created by the retry "+name, created, false)
		wantSame(t, "stored after the retry "+name, stored, b)
	}

	testForeignOwner(t, s, b)

	changed := b
	changed.Start, changed.End, changed.Timestamp, changed.Revision = 9000, 9060, later, "r3"
	stored, created, err = s.Bookings.Put(ctx, changed, always())
	wantCode(t, "replace", err, "")
	wantSame(t, "created by replacing", created, false)
	wantSame(t, "stored after replacing", stored, changed)
	wantSame(t, "schedule after replacing", s.schedule(t, r), []spacefinder.Booking{changed})

	for range 2 { // deleting is idempotent
		wantCode(t, "delete", s.Bookings.Delete(ctx, "ann", b.BookingID, always()), "")
	}
	_, err = s.Bookings.Get(ctx, "ann", b.BookingID)
	wantCode(t, "get after deleting", err, spacefinder.CodeNotFound)
	wantSame(t, "schedule after deleting", len(s.schedule(t, r)), 0)
}

// testForeignOwner reaches for ann's booking through another user's id.
func testForeignOwner(t *testing.T, s *suite, b spacefinder.Booking) {
	t.Helper()
	ctx := t.Context()
	conditions := map[string]store.Condition{
		"no condition": {}, "exists": {Exists: true}, "match": {Match: []string{b.Revision}}, "absent": {Absent: true},
	}
	for name, cond := range conditions {
		stolen := b
		stolen.UserID, stolen.Start, stolen.End = "bob", 50_000, 60_000
		_, _, err := s.Bookings.Put(ctx, stolen, cond)
		wantCode(t, "put by another user, "+name, err, spacefinder.CodeNotFound)
		err = s.Bookings.Delete(ctx, "bob", b.BookingID, cond)
		wantCode(t, "delete by another user, "+name, err, spacefinder.CodeNotFound)
	}
	_, err := s.Bookings.Get(ctx, "bob", b.BookingID)
	wantCode(t, "get by another user", err, spacefinder.CodeNotFound)
	items, _, err := s.Bookings.ListByUser(ctx, "bob", store.BookingPage{Interval: store.AllTime(), Limit: 10})
	wantCode(t, "list of another user", err, "")
	wantSame(t, "listed for another user", len(items), 0)
	got, err := s.Bookings.Get(ctx, "ann", b.BookingID)
	wantCode(t, "get by its user", err, "")
	wantSame(t, "got after attempts of another user", got, b)
}
