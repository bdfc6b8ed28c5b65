package transfer

import (
	"context"
	"iter"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// walk goes through everything that the stores hold, in the order of the file,
// a page at a time. It ends with the first error.
func walk(ctx context.Context, from Stores) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		w := walker{ctx: ctx, from: from, yield: yield}
		if err := w.locations(); err != nil && !w.stopped {
			yield(nil, err)
		}
	}
}

type walker struct {
	ctx     context.Context
	from    Stores
	yield   func(item, error) bool
	stopped bool // whoever goes through the items has had enough
}

// item hands one on, and reports whether to go on.
func (w *walker) item(i item) bool {
	w.stopped = w.stopped || !w.yield(i, nil)
	return !w.stopped
}

func (w *walker) locations() error {
	page := store.Page{Limit: store.MaxPageSize}
	for {
		items, more, err := w.from.Locations.List(w.ctx, page)
		if err != nil {
			return err
		}
		for _, l := range items {
			if !w.item(location(l)) {
				return nil
			}
			if err := w.resources(l); err != nil || w.stopped {
				return err
			}
			page.After = l.LocationID
		}
		if !more {
			return nil
		}
	}
}

func (w *walker) resources(of spacefinder.Location) error {
	page := store.Page{Limit: store.MaxPageSize}
	for {
		items, more, err := w.from.Resources.List(w.ctx, of.LocationID, page)
		if err != nil {
			return err
		}
		for _, r := range items {
			if !w.item(resource(r)) {
				return nil
			}
			if err := w.bookings(r); err != nil || w.stopped {
				return err
			}
			page.After = r.ResourceID
		}
		if !more {
			return nil
		}
	}
}

func (w *walker) bookings(of spacefinder.Resource) error {
	page := store.BookingPage{Interval: store.AllTime(), Limit: store.MaxPageSize}
	for {
		items, more, err := w.from.Bookings.ListByResource(w.ctx, of.LocationID, of.ResourceID, page)
		if err != nil {
			return err
		}
		for _, b := range items {
			if !w.item(booking(b)) {
				return nil
			}
			page.After = store.BookingKey{Start: b.Start, BookingID: b.BookingID}
		}
		if !more {
			return nil
		}
	}
}
