package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spacefinder/spacefinder"
)

// Retries of a write that the store could not answer: stores retry by
// themselves for some seconds; an import waits longer, for a table that grows
// with its load.
const (
	tries     = 8
	firstWait = 250 * time.Millisecond
	longWait  = 15 * time.Second
)

var errDiffers = errors.New("the store has another one under this id, which stays as it is")

// writer creates items in a store.
type writer struct {
	to          Stores
	atOnce      int // bookings
	perResource int
	wait        func(context.Context, time.Duration) error
	meter       *meter
	existing    atomic.Int64
}

// write creates the items of a batch: locations and resources in their order,
// then bookings side by side.
func (w *writer) write(ctx context.Context, batch []numbered) error {
	lanes := map[lane][]numbered{}
	var order []lane
	for n, each := range batch {
		b, ok := each.item.(booking)
		if !ok {
			if err := w.create(ctx, each); err != nil {
				return err
			}
			continue
		}
		l := lane{b.ResourceID, n % w.perResource}
		if lanes[l] == nil {
			order = append(order, l)
		}
		lanes[l] = append(lanes[l], each)
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(w.atOnce)
	for _, l := range order {
		group.Go(func() error { return w.createAll(groupCtx, lanes[l]) })
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return ctx.Err() // the reason why the rest failed
	}
	return err
}

// lane is bookings that are written one after the other.
type lane struct {
	resourceID string
	number     int
}

func (w *writer) createAll(ctx context.Context, items []numbered) error {
	for _, n := range items {
		if err := w.create(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// create stores one item, if it is not there as it should be.
func (w *writer) create(ctx context.Context, n numbered) error {
	pause := firstWait
	for attempt := 1; ; attempt++ {
		err := w.createOnce(ctx, n.item)
		switch {
		case err == nil:
			w.meter.add(n.kind())
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case attempt == tries, !coded(err, spacefinder.CodeUnavailable) && !coded(err, spacefinder.CodeThrottled):
			return n.failed(explain(err))
		}
		if err := w.wait(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longWait)
	}
}

func (w *writer) createOnce(ctx context.Context, i item) error {
	err := i.create(ctx, w.to)
	if !coded(err, spacefinder.CodePreconditionFailed) {
		return err
	}
	there, err := i.stored(ctx, w.to)
	if err != nil {
		return err
	}
	if !i.same(there) {
		return errDiffers
	}
	w.existing.Add(1)
	return nil
}

// explain adds to an error of the store what the operator needs to know.
func explain(err error) error {
	var e *spacefinder.Error
	switch {
	case !errors.As(err, &e):
	case e.Clash != nil:
		t := e.Clash.Times()
		return fmt.Errorf("%w (by a booking in the store from %s to %s)", err, t.Start, t.End)
	case e.Code == spacefinder.CodeNotFound:
		return fmt.Errorf("%w (its parent has gone from the store, or its id is that of another user's booking)", err)
	}
	return err
}
