package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

func testParents(t *testing.T, s *suite) {
	ctx := t.Context()
	t.Run("a resource needs its location", func(t *testing.T) {
		r := s.newResource("no-such-location")
		_, _, err := s.Resources.Put(ctx, r, always())
		wantCode(t, "put", err, spacefinder.CodeNotFound)
		_, err = s.Resources.Get(ctx, r.LocationID, r.ResourceID)
		wantCode(t, "get", err, spacefinder.CodeNotFound)
	})
	t.Run("a booking needs its resource", func(t *testing.T) {
		r, elsewhere := s.resource(t), s.location(t)
		for name, place := range map[string]spacefinder.Resource{
			"missing":                       {ResourceID: "no-such-resource"},
			"missing at a location":         {ResourceID: "no-such-resource", LocationID: r.LocationID},
			"at another location":           {ResourceID: r.ResourceID, LocationID: elsewhere.LocationID},
			"at a location that is missing": {ResourceID: r.ResourceID, LocationID: "no-such-location"},
		} {
			b := s.newBooking(place, "ann", 1000, 2000)
			_, _, err := s.Bookings.Put(ctx, b, always())
			wantCode(t, name+": put", err, spacefinder.CodeNotFound)
			_, err = s.Bookings.Get(ctx, "ann", b.BookingID)
			wantCode(t, name+": get", err, spacefinder.CodeNotFound)
		}
		b := s.book(t, r, "ann", 1000, 2000)
		moved := b
		moved.ResourceID, moved.LocationID = "no-such-resource", ""
		_, _, err := s.Bookings.Put(ctx, moved, always())
		wantCode(t, "move to a missing resource", err, spacefinder.CodeNotFound)
		wantSame(t, "schedule", s.schedule(t, r), []spacefinder.Booking{b})
	})
	t.Run("a schedule is that of a resource in its location", func(t *testing.T) {
		r, elsewhere := s.resource(t), s.location(t)
		s.book(t, r, "ann", 1000, 2000)
		r.LocationID = elsewhere.LocationID
		wantSame(t, "schedule", len(s.schedule(t, r)), 0)
	})
	t.Run("parents with children stay", func(t *testing.T) { testParentsStay(t, s) })
}

// testParentsStay makes and removes children, some in vain: what failed must
// not count as a child, and each that is there must.
func testParentsStay(t *testing.T, s *suite) {
	ctx, r := t.Context(), s.resource(t)
	deleteLocation := func() error { return s.Locations.Delete(ctx, r.LocationID, always()) }
	deleteResource := func() error { return s.Resources.Delete(ctx, r.LocationID, r.ResourceID, always()) }

	one, two := s.book(t, r, "ann", 1000, 2000), s.book(t, r, "ann", 2000, 3000)
	_, _, err := s.Bookings.Put(ctx, s.newBooking(r, "bob", 1500, 1600), always())
	wantCode(t, "a booking that clashes", err, spacefinder.CodeConflict)
	_, _, err = s.Bookings.Put(ctx, s.newBooking(r, "bob", 5000, 6000), store.Condition{Exists: true})
	wantCode(t, "a booking under a condition", err, spacefinder.CodePreconditionFailed)
	_, _, err = s.Bookings.Put(ctx, one, always())
	wantCode(t, "a booking again", err, "")
	wantCode(t, "delete the location", deleteLocation(), spacefinder.CodeNotEmpty)
	wantCode(t, "delete the resource", deleteResource(), spacefinder.CodeNotEmpty)

	must(t, s.Bookings.Delete(ctx, "ann", one.BookingID, always()))
	must(t, s.Bookings.Delete(ctx, "ann", one.BookingID, always()))
	wantCode(t, "delete the resource with one booking left", deleteResource(), spacefinder.CodeNotEmpty)

	other := s.resource(t)
	two.ResourceID, two.LocationID = other.ResourceID, other.LocationID
	_, _, err = s.Bookings.Put(ctx, two, always())
	wantCode(t, "move the booking left", err, "")
	err = s.Resources.Delete(ctx, other.LocationID, other.ResourceID, always())
	wantCode(t, "delete the resource that the booking moved to", err, spacefinder.CodeNotEmpty)
	wantCode(t, "delete the resource without bookings", deleteResource(), "")
	wantCode(t, "delete the resource again", deleteResource(), "")
	wantCode(t, "delete the location without resources", deleteLocation(), "")

	_, _, err = s.Resources.Put(ctx, r, always())
	wantCode(t, "a resource at the deleted location", err, spacefinder.CodeNotFound)
	_, _, err = s.Bookings.Put(ctx, s.newBooking(r, "ann", 1000, 2000), always())
	wantCode(t, "a booking of the deleted resource", err, spacefinder.CodeNotFound)
}

// testParentsUnderLoad creates and deletes children while others delete their
// parents and put them back. After each round there is no child without parent,
// and in the end each parent can be deleted: nothing was counted wrongly.
func testParentsUnderLoad(t *testing.T, s *suite) {
	ctx, r := t.Context(), s.resource(t)
	l, err := s.Locations.Get(ctx, r.LocationID)
	must(t, err)
	bookings := make([]spacefinder.Booking, s.Scale.Workers)
	for n := range bookings {
		bookings[n] = s.newBooking(r, "ann", int64(n)*3600, int64(n+1)*3600)
	}
	for round := range s.Scale.Rounds {
		writes := s.familyWrites(ctx, l, r)
		for n, b := range bookings {
			if (n+round)%3 == 0 {
				writes = append(writes, func() error { return s.Bookings.Delete(ctx, "ann", b.BookingID, always()) })
			} else {
				writes = append(writes, func() error { _, _, err := s.Bookings.Put(ctx, b, always()); return err })
			}
		}
		var wg sync.WaitGroup
		for _, write := range writes {
			wg.Go(func() {
				switch err := write(); spacefinder.CodeOf(err) {
				case "", spacefinder.CodeNotFound, spacefinder.CodeNotEmpty, spacefinder.CodeThrottled:
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s.checkFamily(t, l, r, bookings)
	}
	for _, b := range bookings {
		wantCode(t, "delete a booking", s.Bookings.Delete(ctx, "ann", b.BookingID, always()), "")
	}
	wantCode(t, "delete the resource", s.Resources.Delete(ctx, r.LocationID, r.ResourceID, always()), "")
	wantCode(t, "delete the location", s.Locations.Delete(ctx, l.LocationID, always()), "")
}

// familyWrites puts and deletes the location and the resource.
func (s *suite) familyWrites(ctx context.Context, l spacefinder.Location, r spacefinder.Resource) []func() error {
	return []func() error{
		func() error { return s.Resources.Delete(ctx, r.LocationID, r.ResourceID, always()) },
		func() error { return s.Locations.Delete(ctx, l.LocationID, always()) },
		func() error { _, _, err := s.Locations.Put(ctx, l, always()); return err },
		func() error { _, _, err := s.Resources.Put(ctx, r, always()); return err },
	}
}

// checkFamily fails when there is a booking without the resource, or the
// resource without the location.
func (s *suite) checkFamily(t *testing.T, l spacefinder.Location, r spacefinder.Resource, bookings []spacefinder.Booking) {
	t.Helper()
	there := func(err error) bool {
		if err != nil {
			wantCode(t, "get", err, spacefinder.CodeNotFound)
		}
		return err == nil
	}
	_, err := s.Locations.Get(t.Context(), l.LocationID)
	location := there(err)
	_, err = s.Resources.Get(t.Context(), r.LocationID, r.ResourceID)
	resource := there(err)
	if resource && !location {
		t.Error("a resource without location")
	}
	for _, b := range bookings {
		if _, err := s.Bookings.Get(t.Context(), "ann", b.BookingID); there(err) && !resource {
			t.Errorf("booking %s without resource", b.BookingID)
		}
	}
}
