package storetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Model returns stores in memory that are as plain as can be: maps, and loops
// over all of them. The suite compares backends with it, and passes on it.
func Model() Stores {
	m := &model{
		locations: make(map[string]spacefinder.Location),
		resources: make(map[string]spacefinder.Resource),
		bookings:  make(map[string]spacefinder.Booking),
	}
	return Stores{Locations: modelLocations{m}, Resources: modelResources{m}, Bookings: modelBookings{m}}
}

type model struct {
	mu        sync.Mutex
	locations map[string]spacefinder.Location
	resources map[string]spacefinder.Resource
	bookings  map[string]spacefinder.Booking
}

type (
	modelLocations struct{ *model }
	modelResources struct{ *model }
	modelBookings  struct{ *model }
)

// do runs fn alone, unless the context has ended.
func (m *model) do(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return spacefinder.Errorf(spacefinder.CodeUnavailable, "The context has ended.").WithCause(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn()
}

func fail(code spacefinder.Code) error { return spacefinder.Errorf(code, "The model says so.") }

// pageOf returns the first items of a sorted list.
func pageOf[T any](items []T, limit int) ([]T, bool) {
	return items[:min(limit, len(items))], len(items) > limit
}

func sortedValues[T any](items map[string]T, keep func(T) bool) (kept []T) {
	for _, id := range slices.Sorted(maps.Keys(items)) {
		if keep(items[id]) {
			kept = append(kept, items[id])
		}
	}
	return kept
}

func (m modelLocations) Get(ctx context.Context, locationID string) (l spacefinder.Location, err error) {
	err = m.do(ctx, func() error {
		var found bool
		if l, found = m.locations[locationID]; !found {
			return fail(spacefinder.CodeNotFound)
		}
		return nil
	})
	return l, err
}

func (m modelLocations) List(ctx context.Context, page store.Page) (items []spacefinder.Location, more bool, err error) {
	err = m.do(ctx, func() error {
		items, more = pageOf(sortedValues(m.locations, func(l spacefinder.Location) bool { return l.LocationID > page.After }), page.Limit)
		return nil
	})
	return items, more, err
}

func (m modelLocations) Put(ctx context.Context, l spacefinder.Location, cond store.Condition) (
	stored spacefinder.Location, created bool, err error,
) {
	err = m.do(ctx, func() error {
		old, found := m.locations[l.LocationID]
		same := found && l.Same(old)
		if err := cond.CheckPut(found, old.Revision, same); err != nil {
			return err
		}
		if !same {
			m.locations[l.LocationID] = l
		}
		stored, created = m.locations[l.LocationID], !found
		return nil
	})
	return stored, created, err
}

func (m modelLocations) Delete(ctx context.Context, locationID string, cond store.Condition) error {
	return m.do(ctx, func() error {
		old, found := m.locations[locationID]
		if err := cond.Check(found, old.Revision); err != nil {
			return err
		}
		for _, r := range m.resources {
			if r.LocationID == locationID {
				return fail(spacefinder.CodeNotEmpty)
			}
		}
		delete(m.locations, locationID)
		return nil
	})
}

func (m modelResources) Get(ctx context.Context, locationID, resourceID string) (r spacefinder.Resource, err error) {
	err = m.do(ctx, func() error {
		var found bool
		if r, found = m.resources[resourceID]; !found || r.LocationID != locationID {
			return fail(spacefinder.CodeNotFound)
		}
		return nil
	})
	return r, err
}

func (m modelResources) List(ctx context.Context, locationID string, page store.Page) (
	items []spacefinder.Resource, more bool, err error,
) {
	err = m.do(ctx, func() error {
		items, more = pageOf(sortedValues(m.resources, func(r spacefinder.Resource) bool {
			return r.LocationID == locationID && r.ResourceID > page.After
		}), page.Limit)
		return nil
	})
	return items, more, err
}

func (m modelResources) Put(ctx context.Context, r spacefinder.Resource, cond store.Condition) (
	stored spacefinder.Resource, created bool, err error,
) {
	err = m.do(ctx, func() error {
		old, found := m.resources[r.ResourceID]
		if _, there := m.locations[r.LocationID]; !there {
			return fail(spacefinder.CodeNotFound)
		}
		if found && old.LocationID != r.LocationID {
			return fail(spacefinder.CodeIDInUse)
		}
		same := found && r.Same(old)
		if err := cond.CheckPut(found, old.Revision, same); err != nil {
			return err
		}
		if !same {
			r.Amenities = slices.Clone(r.Amenities)
			m.resources[r.ResourceID] = r
		}
		stored, created = m.resources[r.ResourceID], !found
		return nil
	})
	return stored, created, err
}

func (m modelResources) Delete(ctx context.Context, locationID, resourceID string, cond store.Condition) error {
	return m.do(ctx, func() error {
		old, found := m.resources[resourceID]
		if found && old.LocationID != locationID {
			return fail(spacefinder.CodeNotFound)
		}
		if err := cond.Check(found, old.Revision); err != nil {
			return err
		}
		for _, b := range m.bookings {
			if b.ResourceID == resourceID {
				return fail(spacefinder.CodeNotEmpty)
			}
		}
		delete(m.resources, resourceID)
		return nil
	})
}

func (m modelBookings) Get(ctx context.Context, userID, bookingID string) (b spacefinder.Booking, err error) {
	err = m.do(ctx, func() error {
		var found bool
		if b, found = m.bookings[bookingID]; !found || b.UserID != userID {
			return fail(spacefinder.CodeNotFound)
		}
		return nil
	})
	return b, err
}

func (m modelBookings) ListByUser(ctx context.Context, userID string, page store.BookingPage) ([]spacefinder.Booking, bool, error) {
	return m.list(ctx, page, func(b spacefinder.Booking) bool { return b.UserID == userID })
}

func (m modelBookings) ListByResource(ctx context.Context, locationID, resourceID string, page store.BookingPage) (
	[]spacefinder.Booking, bool, error,
) {
	return m.list(ctx, page, func(b spacefinder.Booking) bool { return b.ResourceID == resourceID && b.LocationID == locationID })
}

func (m modelBookings) list(ctx context.Context, page store.BookingPage, keep func(spacefinder.Booking) bool) (
	items []spacefinder.Booking, more bool, err error,
) {
	err = m.do(ctx, func() error {
		after := spacefinder.Booking{BookingID: page.After.BookingID, Interval: spacefinder.Interval{Start: page.After.Start}}
		all := sortedValues(m.bookings, func(b spacefinder.Booking) bool {
			return keep(b) && b.Overlaps(page.Interval) && compareBookings(b, after) > 0
		})
		slices.SortFunc(all, compareBookings)
		items, more = pageOf(all, page.Limit)
		return nil
	})
	return items, more, err
}

func compareBookings(a, b spacefinder.Booking) int {
	switch {
	case a.Start < b.Start:
		return -1
	case a.Start > b.Start:
		return 1
	}
	return strings.Compare(a.BookingID, b.BookingID)
}

func (m modelBookings) Put(ctx context.Context, b spacefinder.Booking, cond store.Condition) (
	stored spacefinder.Booking, created bool, err error,
) {
	err = m.do(ctx, func() error {
		old, found := m.bookings[b.BookingID]
		if found && old.UserID != b.UserID {
			return fail(spacefinder.CodeNotFound)
		}
		same := found && b.Same(old)
		if err := cond.CheckPut(found, old.Revision, same); err != nil {
			return err
		}
		if !same {
			if err := m.place(&b); err != nil {
				return err
			}
			m.bookings[b.BookingID] = b
		}
		stored, created = m.bookings[b.BookingID], !found
		return nil
	})
	return stored, created, err
}

// place fills in the booking's location and looks for the earliest clash.
func (m modelBookings) place(b *spacefinder.Booking) error {
	r, found := m.resources[b.ResourceID]
	if !found || b.LocationID != "" && b.LocationID != r.LocationID {
		return fail(spacefinder.CodeNotFound)
	}
	b.LocationID = r.LocationID
	clashes := sortedValues(m.bookings, func(o spacefinder.Booking) bool {
		return o.ResourceID == b.ResourceID && o.BookingID != b.BookingID && o.Overlaps(b.Interval)
	})
	if len(clashes) > 0 {
		return spacefinder.Conflict(slices.MinFunc(clashes, compareBookings).Interval)
	}
	return nil
}

func (m modelBookings) Delete(ctx context.Context, userID, bookingID string, cond store.Condition) error {
	return m.do(ctx, func() error {
		old, found := m.bookings[bookingID]
		if found && old.UserID != userID {
			return fail(spacefinder.CodeNotFound)
		}
		if err := cond.Check(found, old.Revision); err != nil {
			return err
		}
		delete(m.bookings, bookingID)
		return nil
	})
}
