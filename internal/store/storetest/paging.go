package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// paged is one of the four lists: how to add the n-th item, and how to ask for
// a page after the n-th (0: the first page).
type paged struct {
	name string
	add  func(ctx context.Context, n int) error
	page func(ctx context.Context, after, limit int) (ns []int, more bool, err error)
}

// step is the number of the first item of a list, and the distance to the next,
// so that there is room for more between any two.
const step = 10

// key spells n so that the order of bytes is that of numbers.
func key(prefix string, n int) string { return fmt.Sprintf("%s-%06d", prefix, n) }

func number(id string) (n int) {
	_, err := fmt.Sscanf(id[len(id)-6:], "%06d", &n)
	if err != nil {
		return -1
	}
	return n
}

func (s *suite) lists(t testing.TB) []paged {
	t.Helper()
	return []paged{s.locationList(), s.resourceList(t), s.userList(), s.resourceSchedule(t)}
}

func (s *suite) locationList() paged {
	prefix := s.id("paged")
	return paged{
		name: "locations",
		add: func(ctx context.Context, n int) error {
			l := s.newLocation()
			l.LocationID = key(prefix, n)
			_, _, err := s.Locations.Put(ctx, l, always())
			return err
		},
		page: func(ctx context.Context, after, limit int) ([]int, bool, error) {
			items, more, err := s.Locations.List(ctx, store.Page{After: key(prefix, after), Limit: limit})
			return numbers(items, func(l spacefinder.Location) int { return number(l.LocationID) }), more, err
		},
	}
}

func (s *suite) resourceList(t testing.TB) paged {
	t.Helper()
	here, there := s.location(t).LocationID, s.location(t).LocationID
	prefix, otherPrefix := s.id("paged"), s.id("paged")
	return paged{
		name: "resources of a location",
		add: func(ctx context.Context, n int) error {
			for prefix, locationID := range map[string]string{prefix: here, otherPrefix: there} { // the other's must not be listed
				r := s.newResource(locationID)
				r.ResourceID = key(prefix, n)
				if _, _, err := s.Resources.Put(ctx, r, always()); err != nil {
					return err
				}
			}
			return nil
		},
		page: func(ctx context.Context, after, limit int) ([]int, bool, error) {
			items, more, err := s.Resources.List(ctx, here, store.Page{After: key(prefix, after), Limit: limit})
			return numbers(items, func(r spacefinder.Resource) int { return number(r.ResourceID) }), more, err
		},
	}
}

// userList has bookings at the same time at different resources: their order
// follows from the ids.
func (s *suite) userList() paged {
	prefix, user := s.id("paged"), s.id("user")
	start := func(n int) int64 { return int64(n/(3*step)) * 3600 }
	return paged{
		name: "bookings of a user",
		add: func(ctx context.Context, n int) error {
			r, err := s.makeResource(ctx)
			if err != nil {
				return err
			}
			b := s.newBooking(r, user, start(n), start(n)+3600)
			b.BookingID = key(prefix, n)
			_, _, err = s.Bookings.Put(ctx, b, always())
			return err
		},
		page: func(ctx context.Context, after, limit int) ([]int, bool, error) {
			page := store.BookingPage{Interval: store.AllTime(), Limit: limit}
			if after > 0 {
				page.After = store.BookingKey{Start: start(after), BookingID: key(prefix, after)}
			}
			items, more, err := s.Bookings.ListByUser(ctx, user, page)
			return numbers(items, func(b spacefinder.Booking) int { return number(b.BookingID) }), more, err
		},
	}
}

func (s *suite) resourceSchedule(t testing.TB) paged {
	t.Helper()
	here, there := s.resource(t), s.resource(t)
	prefix := s.id("paged")
	return paged{
		name: "bookings of a resource",
		add: func(ctx context.Context, n int) error {
			for _, r := range []spacefinder.Resource{here, there} { // the other's must not be listed
				b := s.newBooking(r, s.id("user"), int64(n)*60, int64(n)*60+60)
				b.BookingID = key(prefix+r.ResourceID, n)
				if _, _, err := s.Bookings.Put(ctx, b, always()); err != nil {
					return err
				}
			}
			return nil
		},
		page: func(ctx context.Context, after, limit int) ([]int, bool, error) {
			page := store.BookingPage{Interval: store.AllTime(), Limit: limit}
			if after > 0 {
				page.After = store.BookingKey{Start: int64(after) * 60, BookingID: key(prefix+here.ResourceID, after)}
			}
			items, more, err := s.Bookings.ListByResource(ctx, here.LocationID, here.ResourceID, page)
			return numbers(items, func(b spacefinder.Booking) int { return number(b.BookingID) }), more, err
		},
	}
}

func numbers[T any](items []T, number func(T) int) (ns []int) {
	for _, item := range items {
		ns = append(ns, number(item))
	}
	return ns
}

func testPaging(t *testing.T, s *suite) {
	for _, l := range s.lists(t) {
		t.Run(l.name, func(t *testing.T) { testPages(t, l, s.Scale.Page) })
	}
	for _, l := range s.lists(t) {
		t.Run(l.name+", growing", func(t *testing.T) { testGrowingList(t, l, s.Scale.Page) })
	}
	t.Run("nothing to list", func(t *testing.T) {
		ctx, page := t.Context(), store.BookingPage{Interval: store.AllTime(), Limit: 5}
		resources, more, err := s.Resources.List(ctx, "no-such-location", store.Page{Limit: 5})
		wantCode(t, "resources", err, "")
		wantSame(t, "resources", len(resources) == 0 && !more, true)
		bookings, more, err := s.Bookings.ListByUser(ctx, "no-such-user", page)
		wantCode(t, "bookings of a user", err, "")
		wantSame(t, "bookings of a user", len(bookings) == 0 && !more, true)
		bookings, more, err = s.Bookings.ListByResource(ctx, "no-such-location", "no-such-resource", page)
		wantCode(t, "bookings of a resource", err, "")
		wantSame(t, "bookings of a resource", len(bookings) == 0 && !more, true)
	})
}

// testPages fills a list from its end and asks for pages of every kind.
func testPages(t *testing.T, l paged, size int) {
	ns, more, err := l.page(t.Context(), 0, 3)
	wantCode(t, "page of the empty list", err, "")
	wantSame(t, "page of the empty list", len(ns) == 0 && !more, true)

	var all []int
	for n := 1; n <= size; n++ {
		all = append(all, n*step)
	}
	for _, n := range slices.Backward(all) {
		must(t, l.add(t.Context(), n))
	}
	cases := []struct{ after, limit int }{
		{0, 1}, {0, size - 1}, {0, size}, {0, size + 1}, {0, store.MaxPageSize},
		{step, 2}, {5 * step, size - 5}, {5 * step, size - 6}, {size * step, 1}, {(size + 1) * step, 1},
	}
	for _, c := range cases {
		rest := all[min(c.after/step, size):]
		ns, more, err := l.page(t.Context(), c.after, c.limit)
		what := fmt.Sprintf("page of %d after %d", c.limit, c.after)
		wantCode(t, what, err, "")
		wantSame(t, what, append([]int{}, ns...), append([]int{}, rest[:min(c.limit, len(rest))]...))
		wantSame(t, what+": more", more, c.limit < len(rest))
	}
	for _, limit := range []int{1, 4, size} {
		wantSame(t, fmt.Sprintf("all pages of %d", limit), walk(t, l, limit, nil), all)
	}
}

// walk goes through all pages; between any two it calls the function.
func walk(t testing.TB, l paged, limit int, between func(after int)) (all []int) {
	t.Helper()
	after := 0
	for more := true; more; {
		var ns []int
		var err error
		ns, more, err = l.page(t.Context(), after, limit)
		must(t, err)
		if more && len(ns) != limit {
			t.Fatalf("a page of %d items, with more to come, has %d", limit, len(ns))
		}
		all = append(all, ns...)
		if len(ns) > 0 {
			after = ns[len(ns)-1]
		}
		if between != nil {
			between(after)
		}
	}
	return all
}

// testGrowingList adds items before and after the place that paging has
// reached, some of them at the same time as a page is read. Every item that was
// there from the start appears once, and order is kept.
func testGrowingList(t *testing.T, l paged, size int) {
	for n := 1; n <= size; n++ {
		must(t, l.add(t.Context(), n*step))
	}
	var wg sync.WaitGroup
	defer wg.Wait() // also when the walk ends the test
	wg.Go(func() {
		for n := 1; n <= size; n++ {
			if err := l.add(t.Context(), n*step+1); err != nil {
				t.Error(err)
			}
		}
	})
	extra := make(map[int]bool)
	got := walk(t, l, 3, func(after int) {
		for _, n := range []int{after - 5, after + 5} {
			if n > 0 && n < size*step && !extra[n] {
				extra[n] = true
				must(t, l.add(t.Context(), n))
			}
		}
	})
	wg.Wait()
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("out of order or twice: %v", got)
	}
	for n := 1; n <= size; n++ {
		if _, found := slices.BinarySearchFunc(got, n*step, cmp.Compare[int]); !found {
			t.Errorf("item %d is missing in %v", n*step, got)
		}
	}
}
