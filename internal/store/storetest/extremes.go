package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// testExtremes stores the greatest and the strangest values that are valid.
func testExtremes(t *testing.T, s *suite) {
	texts := map[string]string{
		"quotes": `'"; DROP TABLE locations; --`, "right to left": "\u05d7\u05d3\u05e8", "combining": "e\u0301 is not \u00e9",
		"zero byte": "a\x00b", "lines": "a\r\n\tb", "spaces": " a  b ", "greatest": wide(spacefinder.MaxDescriptionLength), "percent": "%s%00\\",
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) { testText(t, s, text) })
	}
	t.Run("ids", func(t *testing.T) {
		longest := strings.Repeat("x", spacefinder.MaxIDLength)
		for _, id := range []string{longest, "._~:@|+=-", "0", "~", "...", "A", "a", "UPPER", "upper"} {
			testID(t.Context(), t, s, id)
		}
	})
	t.Run("ids in order of bytes", func(t *testing.T) { testOrder(t, s) })
	t.Run("times", func(t *testing.T) {
		longest := int64(spacefinder.MaxBookingDuration / time.Second)
		for _, i := range []spacefinder.Interval{
			{Start: spacefinder.MinTime, End: 60}, {Start: spacefinder.MaxTime - 60, End: spacefinder.MaxTime},
			{Start: 1 << 31, End: 1<<31 + longest},
		} {
			b := s.book(t, s.resource(t), "ann", i.Start, i.End)
			got, err := s.Bookings.Get(t.Context(), "ann", b.BookingID)
			must(t, err)
			wantSame(t, "booking", got, b)
		}
	})
}

// wide returns n characters of four bytes each.
func wide(n int) string { return strings.Repeat("\U0001F3DF", n) }

// testText stores the text, beside the longest values of the other members.
func testText(t *testing.T, s *suite, text string) {
	ctx, l := t.Context(), s.newLocation()
	l.Description, l.Name = text, wide(spacefinder.MaxNameLength)
	l.ImageURL = "https://example.com/" + strings.Repeat("i", spacefinder.MaxImageURLLength-20)
	stored, _, err := s.Locations.Put(ctx, l, always())
	must(t, err)
	wantSame(t, "stored location", stored, l)
	got, err := s.Locations.Get(ctx, l.LocationID)
	must(t, err)
	wantSame(t, "location", got, l)

	r := s.newResource(l.LocationID)
	r.Description, r.Capacity, r.Type = text, spacefinder.MaxCapacity, spacefinder.TypeHall
	r.Amenities = []string{text[:min(len(text), 16)]}
	for len(r.Amenities) < spacefinder.MaxAmenities {
		r.Amenities = append(r.Amenities, s.id("a")+wide(spacefinder.MaxAmenityLength-8))
	}
	_, _, err = s.Resources.Put(ctx, r, always())
	must(t, err)
	gotR, err := s.Resources.Get(ctx, r.LocationID, r.ResourceID)
	must(t, err)
	wantSame(t, "resource", gotR, r)
}

// testOrder lists resources whose ids other orders than that of bytes, such as
// a dictionary's, would put elsewhere.
func testOrder(t *testing.T, s *suite) {
	ctx, l := t.Context(), s.location(t)
	ids := []string{"+1", "-1", "1", "10", "9", "A", "Z", "a", "a.", "aa", "b", "~"}
	for _, id := range slices.Backward(ids) {
		r := s.newResource(l.LocationID)
		r.ResourceID = "order" + id
		_, _, err := s.Resources.Put(ctx, r, always())
		must(t, err)
	}
	items, _, err := s.Resources.List(ctx, l.LocationID, store.Page{Limit: 100})
	must(t, err)
	var got []string
	for _, r := range items {
		got = append(got, strings.TrimPrefix(r.ResourceID, "order"))
	}
	wantSame(t, "order", got, ids)
}

// testID uses one id for a location, a resource, a booking and a user.
func testID(ctx context.Context, t *testing.T, s *suite, id string) {
	t.Helper()
	l := s.newLocation()
	l.LocationID = id
	_, created, err := s.Locations.Put(ctx, l, always())
	must(t, err)
	wantSame(t, id+": created", created, true)
	r := s.newResource(id)
	r.ResourceID = id
	_, created, err = s.Resources.Put(ctx, r, always())
	must(t, err)
	wantSame(t, id+": created", created, true)
	b := s.newBooking(r, id, 1000, 2000)
	b.BookingID = id
	_, created, err = s.Bookings.Put(ctx, b, always())
	must(t, err)
	wantSame(t, id+": created", created, true)
	got, err := s.Bookings.Get(ctx, id, id)
	must(t, err)
	wantSame(t, "booking", got, b)
}

// testContexts uses contexts that have ended: an error, and no harm.
func testContexts(t *testing.T, s *suite) {
	r := s.resource(t)
	b := s.book(t, r, "ann", 1000, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	all := store.BookingPage{Interval: store.AllTime(), Limit: 10}
	calls := map[string]func() error{
		"get location":     func() error { _, err := s.Locations.Get(ctx, r.LocationID); return err },
		"list locations":   func() error { _, _, err := s.Locations.List(ctx, store.Page{Limit: 10}); return err },
		"put location":     func() error { _, _, err := s.Locations.Put(ctx, s.newLocation(), always()); return err },
		"delete location":  func() error { return s.Locations.Delete(ctx, r.LocationID, always()) },
		"get resource":     func() error { _, err := s.Resources.Get(ctx, r.LocationID, r.ResourceID); return err },
		"list resources":   func() error { _, _, err := s.Resources.List(ctx, r.LocationID, store.Page{Limit: 10}); return err },
		"put resource":     func() error { _, _, err := s.Resources.Put(ctx, s.newResource(r.LocationID), always()); return err },
		"delete resource":  func() error { return s.Resources.Delete(ctx, r.LocationID, r.ResourceID, always()) },
		"get booking":      func() error { _, err := s.Bookings.Get(ctx, "ann", b.BookingID); return err },
		"list of user":     func() error { _, _, err := s.Bookings.ListByUser(ctx, "ann", all); return err },
		"list of resource": func() error { _, _, err := s.Bookings.ListByResource(ctx, r.LocationID, r.ResourceID, all); return err },
		"put booking": func() error {
			_, _, err := s.Bookings.Put(ctx, s.newBooking(r, "ann", 5000, 6000), always())
			return err
		},
		"delete booking": func() error { return s.Bookings.Delete(ctx, "ann", b.BookingID, always()) },
	}
	for name, call := range calls {
		wantCode(t, name+" with an ended context", call(), spacefinder.CodeUnavailable)
	}
	wantSame(t, "schedule", s.schedule(t, r), []spacefinder.Booking{b})
	_, err := s.Resources.Get(t.Context(), r.LocationID, r.ResourceID)
	wantCode(t, "get resource", err, "")
}

// testReopening closes and opens the backend between writing and reading.
func testReopening(t *testing.T, s *suite) {
	if s.Reopen == nil {
		t.Skip("the backend has nothing to close")
	}
	r := s.resource(t)
	var want []spacefinder.Booking
	for n := range s.Scale.Rounds {
		want = append(want, s.book(t, r, "ann", int64(n)*60, int64(n)*60+60))
		if n%10 == 0 {
			s = newSuite(s.Reopen())
			s.ids.Store(int64(1000 * (n + 1)))
		}
	}
	must(t, s.Bookings.Delete(t.Context(), "ann", want[0].BookingID, always()))
	s = newSuite(s.Reopen())
	wantSame(t, "schedule", s.schedule(t, r), want[1:])
	got, err := s.Resources.Get(t.Context(), r.LocationID, r.ResourceID)
	must(t, err)
	wantSame(t, "resource", got, r)
	_, err = s.Locations.Get(t.Context(), r.LocationID)
	wantCode(t, "get the location", err, "")
	err = s.Resources.Delete(t.Context(), r.LocationID, r.ResourceID, always())
	wantCode(t, "delete a resource with bookings", err, spacefinder.CodeNotEmpty)
}
