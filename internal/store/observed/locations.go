package observed

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

type locations struct {
	next store.Locations
	observers
}

func (s locations) Get(ctx context.Context, locationID string) (found spacefinder.Location, err error) {
	ctx, end := s.begin(ctx, nameLocations, methodGet)
	defer func() { end(err) }()
	return s.next.Get(ctx, locationID)
}

func (s locations) List(ctx context.Context, page store.Page) (items []spacefinder.Location, more bool, err error) {
	ctx, end := s.begin(ctx, nameLocations, methodList)
	defer func() { end(err) }()
	return s.next.List(ctx, page)
}

func (s locations) Put(ctx context.Context, location spacefinder.Location, cond store.Condition) (
	stored spacefinder.Location, created bool, err error,
) {
	ctx, end := s.begin(ctx, nameLocations, methodPut)
	defer func() { end(err) }()
	return s.next.Put(ctx, location, cond)
}

func (s locations) Delete(ctx context.Context, locationID string, cond store.Condition) (err error) {
	ctx, end := s.begin(ctx, nameLocations, methodDelete)
	defer func() { end(err) }()
	return s.next.Delete(ctx, locationID, cond)
}
