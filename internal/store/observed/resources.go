package observed

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

type resources struct {
	next store.Resources
	observers
}

func (s resources) Get(ctx context.Context, locationID, resourceID string) (found spacefinder.Resource, err error) {
	ctx, end := s.begin(ctx, nameResources, methodGet)
	defer func() { end(err) }()
	return s.next.Get(ctx, locationID, resourceID)
}

func (s resources) List(ctx context.Context, locationID string, page store.Page) (items []spacefinder.Resource, more bool, err error) {
	ctx, end := s.begin(ctx, nameResources, methodList)
	defer func() { end(err) }()
	return s.next.List(ctx, locationID, page)
}

func (s resources) Put(ctx context.Context, resource spacefinder.Resource, cond store.Condition) (
	stored spacefinder.Resource, created bool, err error,
) {
	ctx, end := s.begin(ctx, nameResources, methodPut)
	defer func() { end(err) }()
	return s.next.Put(ctx, resource, cond)
}

func (s resources) Delete(ctx context.Context, locationID, resourceID string, cond store.Condition) (err error) {
	ctx, end := s.begin(ctx, nameResources, methodDelete)
	defer func() { end(err) }()
	return s.next.Delete(ctx, locationID, resourceID, cond)
}
