package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// testRanges compares both lists with the definition, spacefinder's
// Interval.Overlaps, at every edge of every booking.
func testRanges(t *testing.T, s *suite) {
	r, other := s.resource(t), s.resource(t)
	longest := int64(spacefinder.MaxBookingDuration / time.Second)
	intervals := []spacefinder.Interval{
		{Start: 0, End: 60}, {Start: 60, End: 120}, {Start: 1000, End: 1060},
		{Start: 10_000, End: 10_000 + longest}, {Start: 10_000 + longest, End: 10_060 + longest},
		{Start: 20_000_000, End: 20_000_600},
		{Start: spacefinder.MaxTime - longest, End: spacefinder.MaxTime},
	}
	var all []spacefinder.Booking
	edges := []int64{spacefinder.MinTime - 1, spacefinder.MaxTime + 1}
	for _, i := range intervals {
		all = append(all, s.book(t, r, "ann", i.Start, i.End))
		s.book(t, other, "bob", i.Start, i.End) // in nobody else's list
		edges = append(edges, i.Start-1, i.Start, i.Start+1, i.End-1, i.End, i.End+1)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	first, last := edges[0], edges[len(edges)-1]
	for n, edge := range edges {
		asked := []spacefinder.Interval{{Start: first, End: edge}, {Start: edge, End: last}, {Start: edge, End: edge + 1}}
		for _, to := range edges[min(n+1, len(edges)):min(n+5, len(edges))] {
			asked = append(asked, spacefinder.Interval{Start: edge, End: to})
		}
		for _, i := range asked {
			if i.Start < i.End {
				testRange(t, s, r, all, i)
			}
		}
	}
	testOverlappingRange(t, s)
}

func testRange(t *testing.T, s *suite, r spacefinder.Resource, all []spacefinder.Booking, asked spacefinder.Interval) {
	t.Helper()
	want := []spacefinder.Booking{}
	for _, b := range all {
		if b.Overlaps(asked) {
			want = append(want, b)
		}
	}
	for _, limit := range []int{2, len(all)} {
		byUser, err := s.userPages(t.Context(), "ann", asked, limit)
		must(t, err)
		wantSame(t, fmt.Sprintf("bookings of the user in %v by pages of %d", asked, limit), append([]spacefinder.Booking{}, byUser...), want)
		byResource, err := allPages(asked, limit, func(page store.BookingPage) ([]spacefinder.Booking, bool, error) {
			return s.Bookings.ListByResource(t.Context(), r.LocationID, r.ResourceID, page)
		})
		must(t, err)
		what := fmt.Sprintf("bookings of the resource in %v by pages of %d", asked, limit)
		wantSame(t, what, append([]spacefinder.Booking{}, byResource...), want)
	}
}

func (s *suite) userPages(ctx context.Context, userID string, asked spacefinder.Interval, limit int) ([]spacefinder.Booking, error) {
	return allPages(asked, limit, func(page store.BookingPage) ([]spacefinder.Booking, bool, error) {
		return s.Bookings.ListByUser(ctx, userID, page)
	})
}

// testOverlappingRange has a user with bookings that overlap one another, at
// different resources, of which some that began first end last.
func testOverlappingRange(t *testing.T, s *suite) {
	t.Helper()
	user := s.id("user")
	long := s.book(t, s.resource(t), user, 1000, 9000)
	short := s.book(t, s.resource(t), user, 2000, 3000)
	late := s.book(t, s.resource(t), user, 2000, 8000)
	for _, c := range []struct {
		from, to int64
		want     []spacefinder.Booking
	}{
		{2500, 2600, []spacefinder.Booking{long, short, late}},
		{3000, 3100, []spacefinder.Booking{long, late}},
		{8000, 8100, []spacefinder.Booking{long}},
		{9000, 9100, nil},
	} {
		for limit := 1; limit <= 4; limit++ {
			got, err := s.userPages(t.Context(), user, spacefinder.Interval{Start: c.from, End: c.to}, limit)
			must(t, err)
			wantSame(t, fmt.Sprintf("overlapping bookings in [%d, %d), by pages of %d", c.from, c.to, limit), got, c.want)
		}
	}
}
