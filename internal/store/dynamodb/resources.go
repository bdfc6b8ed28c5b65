package dynamodb

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Resources is store.Resources over DynamoDB.
type Resources struct{ s *Store }

var _ store.Resources = (*Resources)(nil)

// resourceKey names a resource among those of its location, in order of the ids.
func (s *Store) resourceKey(locationID, resourceID string) key {
	return key{Table: s.tables.Resources, PK: "location#" + locationID, SK: "resource#" + resourceID}
}

// claimKey names what makes a resource's id unique across locations: an item that
// says where the resource is, and counts its bookings. The bookings service
// counts on it.
func (s *Store) claimKey(resourceID string) key {
	return key{Table: s.tables.Resources, PK: "resource#" + resourceID, SK: "claim"}
}

// Ready returns nil when the table can be read. The error is for logs.
func (r *Resources) Ready(ctx context.Context) error { return r.s.ready(ctx, r.s.tables.Resources) }

// Get implements store.Resources.
func (r *Resources) Get(ctx context.Context, locationID, resourceID string) (spacefinder.Resource, error) {
	it, err := r.s.client.Get(ctx, r.s.resourceKey(locationID, resourceID))
	switch {
	case err != nil:
		return spacefinder.Resource{}, failure(err)
	case it == nil:
		return spacefinder.Resource{}, notFound()
	}
	return decodeResource(it)
}

// List implements store.Resources.
func (r *Resources) List(ctx context.Context, locationID string, page store.Page) ([]spacefinder.Resource, bool, error) {
	k := r.s.resourceKey(locationID, page.After)
	return listPage(ctx, r.s, scope{table: k.Table, pk: k.PK, after: k.SK}, page.Limit, decodeResource)
}

// Put implements store.Resources.
func (r *Resources) Put(
	ctx context.Context, resource spacefinder.Resource, cond store.Condition,
) (stored spacefinder.Resource, created bool, err error) {
	if len(resource.Amenities) == 0 {
		resource.Amenities = nil // as it is read
	}
	keys := []key{
		r.s.resourceKey(resource.LocationID, resource.ResourceID),
		r.s.claimKey(resource.ResourceID),
		r.s.locationKey(resource.LocationID),
	}
	err = r.s.update(ctx, keys, func(_ context.Context, state []item) ([]write, error) {
		current, exists, err := decodeIf(state[0], decodeResource)
		if err != nil {
			return nil, err
		}
		if err := place(exists, state[1], state[2]); err != nil {
			return nil, err
		}
		same := exists && current.Same(resource)
		if err := cond.CheckPut(exists, current.Revision, same); err != nil {
			return nil, err
		}
		if same {
			stored, created = current, false
			return nil, nil
		}
		stored, created = resource, !exists
		return r.writes(resource, exists, current.Revision), nil
	})
	if err != nil {
		return spacefinder.Resource{}, false, err
	}
	return stored, created, nil
}

// place returns nil when a resource is, or can be, at its location: CodeNotFound
// when there is no such location, CodeIDInUse when the id is claimed elsewhere.
func place(exists bool, claim, location item) error {
	switch {
	case exists:
		return nil
	case location == nil:
		return spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such location.")
	case claim != nil:
		return spacefinder.Errorf(spacefinder.CodeIDInUse, "A resource of another location has that id.")
	}
	return nil
}

// writes returns what puts the resource in place of the revision, if one exists.
func (r *Resources) writes(resource spacefinder.Resource, replaces bool, revision string) []write {
	k, attributes := r.s.resourceKey(resource.LocationID, resource.ResourceID), encodeResource(resource)
	if replaces {
		return []write{put(k, attributes, revisionIs(revision))}
	}
	claim := item{text("locationID", resource.LocationID), number("bookings", 0)}
	return []write{
		put(k, attributes, absent()),
		put(r.s.claimKey(resource.ResourceID), claim, absent()),
		count(r.s.locationKey(resource.LocationID), "resources", 1, exists()),
	}
}

// Delete implements store.Resources.
func (r *Resources) Delete(ctx context.Context, locationID, resourceID string, cond store.Condition) error {
	k, claimKey := r.s.resourceKey(locationID, resourceID), r.s.claimKey(resourceID)
	return r.s.update(ctx, []key{k, claimKey}, func(_ context.Context, state []item) ([]write, error) {
		current, exist, err := decodeIf(state[0], decodeResource)
		switch {
		case err != nil:
			return nil, err
		case !exist && state[1] != nil:
			return nil, notFound() // it is at another location
		}
		if err := cond.Check(exist, current.Revision); err != nil || !exist {
			return nil, err
		}
		if err := empty("resource", state[1], "bookings"); err != nil {
			return nil, err
		}
		return []write{
			remove(k, revisionIs(current.Revision)),
			remove(claimKey, equals(number("bookings", 0))),
			count(r.s.locationKey(locationID), "resources", -1, exists()),
		}, nil
	})
}

func encodeResource(r spacefinder.Resource) item {
	return item{
		text("resourceID", r.ResourceID),
		text("locationID", r.LocationID),
		text("name", r.Name),
		text("type", string(r.Type)),
		text("description", r.Description),
		number("capacity", int64(r.Capacity)),
		texts("amenities", r.Amenities),
		text("timestamp", r.Timestamp),
		text("revision", r.Revision),
	}
}

func decodeResource(it item) (spacefinder.Resource, error) {
	d := decoder{it: it}
	r := spacefinder.Resource{
		ResourceID:  d.text("resourceID"),
		LocationID:  d.text("locationID"),
		Name:        d.text("name"),
		Type:        spacefinder.ResourceType(d.text("type")),
		Description: d.text("description"),
		Capacity:    int(d.number("capacity")),
		Amenities:   d.texts("amenities"),
		Timestamp:   d.text("timestamp"),
		Revision:    d.text("revision"),
	}
	return r, d.err
}
