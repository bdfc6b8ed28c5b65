package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
)

func testConflicts(t *testing.T, s *suite) {
	const day = 24 * 3600
	longest := int64(spacefinder.MaxBookingDuration / time.Second)
	start := longest * 2
	noon := spacefinder.Interval{Start: start, End: start + 3600}
	next := spacefinder.Interval{Start: start + 2*3600, End: start + 3*3600}
	cases := []struct {
		name       string
		start, end int64
		clash      *spacefinder.Interval // nil: no conflict
	}{
		{"the same time", noon.Start, noon.End, &noon},
		{"inside", noon.Start + 60, noon.End - 60, &noon},
		{"inside, from its start", noon.Start, noon.Start + 60, &noon},
		{"inside, to its end", noon.End - 60, noon.End, &noon},
		{"around", noon.Start - 60, noon.End + 60, &noon},
		{"over its start", noon.Start - 60, noon.Start + 60, &noon},
		{"over its end", noon.End - 60, noon.End + 60, &noon},
		{"by one second at its start", noon.Start - 60, noon.Start + 1, &noon},
		{"by one second at its end", noon.End - 1, noon.End + 60, &noon},
		{"up to its start", noon.Start - 60, noon.Start, nil},
		{"from its end", noon.End, noon.End + 60, nil},
		{"fills the gap", noon.End, next.Start, nil},
		{"over the gap into the next", noon.End, next.Start + 1, &next},
		{"over both: the earlier is named", noon.Start - 60, next.End + 60, &noon},
		{"from within the earlier over the next", noon.End - 60, next.End, &noon},
		{"the longest before", noon.Start - longest, noon.Start, nil},
		{"the longest before, by one second", noon.Start - longest + 1, noon.Start + 1, &noon},
		{"the next day", noon.Start + day, noon.End + day, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := s.resource(t)
			second, first := s.book(t, r, "ann", next.Start, next.End), s.book(t, r, "ann", noon.Start, noon.End)
			s.book(t, s.resource(t), "cid", c.start, c.end) // at another resource
			b := s.newBooking(r, "bob", c.start, c.end)
			_, created, err := s.Bookings.Put(t.Context(), b, always())
			wantClash(t, err, c.clash)
			wantSame(t, "created", created, c.clash == nil)
			want := 2
			if c.clash == nil {
				want = 3
			}
			wantSame(t, "bookings of the resource", len(s.schedule(t, r)), want)
			for _, b := range []spacefinder.Booking{first, second} {
				got, err := s.Bookings.Get(t.Context(), "ann", b.BookingID)
				must(t, err)
				wantSame(t, "a booking that was there", got, b)
			}
		})
	}
	t.Run("inside the longest", func(t *testing.T) {
		r := s.resource(t)
		b := s.book(t, r, "ann", 1000, 1000+longest)
		_, _, err := s.Bookings.Put(t.Context(), s.newBooking(r, "bob", b.End-60, b.End), always())
		wantClash(t, err, &b.Interval)
	})
	testReplacing(t, s)
}

// wantClash checks that err is a conflict that names the interval, or nil.
func wantClash(t testing.TB, err error, clash *spacefinder.Interval) {
	t.Helper()
	if clash == nil {
		wantCode(t, "put", err, "")
		return
	}
	wantCode(t, "put", err, spacefinder.CodeConflict)
	if e, ok := errors.AsType[*spacefinder.Error](err); ok {
		wantSame(t, "clash", e.Clash, clash)
	}
}

func testReplacing(t *testing.T, s *suite) {
	t.Helper()
	put := func(t *testing.T, b spacefinder.Booking, clash *spacefinder.Interval) {
		t.Helper()
		_, created, err := s.Bookings.Put(t.Context(), b, always())
		wantClash(t, err, clash)
		wantSame(t, "created", created, false)
	}
	t.Run("a booking does not clash with itself", func(t *testing.T) {
		r := s.resource(t)
		b := s.book(t, r, "ann", 1000, 2000)
		for _, i := range []spacefinder.Interval{
			{Start: 1500, End: 2500}, {Start: 1400, End: 2600}, {Start: 1500, End: 1600}, {Start: 940, End: 1700},
		} {
			b.Interval = i
			put(t, b, nil)
			wantSame(t, "schedule", s.schedule(t, r), []spacefinder.Booking{b})
		}
	})
	t.Run("a replacement that clashes changes nothing", func(t *testing.T) {
		r := s.resource(t)
		other, b := s.book(t, r, "bob", 1000, 2000), s.book(t, r, "ann", 3000, 4000)
		moved := b
		moved.Start, moved.End = 1500, 3500
		put(t, moved, &other.Interval)
		wantSame(t, "schedule", s.schedule(t, r), []spacefinder.Booking{other, b})
	})
	t.Run("moving to another resource frees the slot", func(t *testing.T) {
		here, there := s.resource(t), s.resource(t)
		taken, b := s.book(t, there, "bob", 1000, 2000), s.book(t, here, "ann", 1000, 2000)
		moved := b
		moved.ResourceID, moved.LocationID = there.ResourceID, there.LocationID
		put(t, moved, &taken.Interval)
		moved.Start, moved.End = 2000, 3000
		put(t, moved, nil)
		wantSame(t, "schedule there", s.schedule(t, there), []spacefinder.Booking{taken, moved})
		wantSame(t, "schedule here", len(s.schedule(t, here)), 0)
		s.book(t, here, "cid", 1000, 2000)
	})
	t.Run("deleting frees the slot", func(t *testing.T) {
		r := s.resource(t)
		b := s.book(t, r, "ann", 1000, 2000)
		must(t, s.Bookings.Delete(t.Context(), "ann", b.BookingID, always()))
		s.book(t, r, "bob", 1500, 2500)
	})
}
