package dynamodb

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Locations is store.Locations over DynamoDB.
type Locations struct{ s *Store }

var _ store.Locations = (*Locations)(nil)

// locationKey names the location's own item, which counts its resources. It is
// also what the resources service counts on.
func (s *Store) locationKey(locationID string) key {
	return key{Table: s.tables.Locations, PK: "location#" + locationID, SK: "location"}
}

// directory holds a copy of every location, in order of the ids.
const directory = "directory"

func (s *Store) directoryKey(locationID string) key {
	return key{Table: s.tables.Locations, PK: directory, SK: "location#" + locationID}
}

// Ready returns nil when the table can be read. The error is for logs.
func (l *Locations) Ready(ctx context.Context) error { return l.s.ready(ctx, l.s.tables.Locations) }

// Get implements store.Locations.
func (l *Locations) Get(ctx context.Context, locationID string) (spacefinder.Location, error) {
	it, err := l.s.client.Get(ctx, l.s.locationKey(locationID))
	switch {
	case err != nil:
		return spacefinder.Location{}, failure(err)
	case it == nil:
		return spacefinder.Location{}, notFound()
	}
	return decodeLocation(it)
}

// List implements store.Locations.
func (l *Locations) List(ctx context.Context, page store.Page) ([]spacefinder.Location, bool, error) {
	all := scope{table: l.s.tables.Locations, pk: directory, after: l.s.directoryKey(page.After).SK}
	return listPage(ctx, l.s, all, page.Limit, decodeLocation)
}

// Put implements store.Locations.
func (l *Locations) Put(
	ctx context.Context, location spacefinder.Location, cond store.Condition,
) (stored spacefinder.Location, created bool, err error) {
	k := l.s.locationKey(location.LocationID)
	err = l.s.update(ctx, []key{k}, func(_ context.Context, state []item) ([]write, error) {
		current, exists, err := decodeIf(state[0], decodeLocation)
		if err != nil {
			return nil, err
		}
		same := exists && current.Same(location)
		if err := cond.CheckPut(exists, current.Revision, same); err != nil {
			return nil, err
		}
		if same {
			stored, created = current, false
			return nil, nil
		}
		stored, created = location, !exists
		return l.writes(location, exists, current.Revision), nil
	})
	if err != nil {
		return spacefinder.Location{}, false, err
	}
	return stored, created, nil
}

// writes returns what puts the location in place of the revision, if one exists.
// The counter stays as it is: resources may come and go meanwhile.
func (l *Locations) writes(location spacefinder.Location, exists bool, revision string) []write {
	k, attributes := l.s.locationKey(location.LocationID), encodeLocation(location)
	copied := put(l.s.directoryKey(location.LocationID), attributes, condition{})
	if exists {
		return []write{set(k, attributes, revisionIs(revision)), copied}
	}
	first := append(encodeLocation(location), number("resources", 0))
	return []write{put(k, first, absent()), copied}
}

// Delete implements store.Locations.
func (l *Locations) Delete(ctx context.Context, locationID string, cond store.Condition) error {
	k := l.s.locationKey(locationID)
	return l.s.update(ctx, []key{k}, func(_ context.Context, state []item) ([]write, error) {
		current, exists, err := decodeIf(state[0], decodeLocation)
		if err != nil {
			return nil, err
		}
		if err := cond.Check(exists, current.Revision); err != nil || !exists {
			return nil, err
		}
		if err := empty("location", state[0], "resources"); err != nil {
			return nil, err
		}
		unchanged := revisionIs(current.Revision).and(equals(number("resources", 0)))
		return []write{remove(k, unchanged), remove(l.s.directoryKey(locationID), condition{})}, nil
	})
}

func encodeLocation(l spacefinder.Location) item {
	return item{
		text("locationID", l.LocationID),
		text("name", l.Name),
		text("description", l.Description),
		text("imageUrl", l.ImageURL),
		text("timeZone", l.TimeZone),
		text("timestamp", l.Timestamp),
		text("revision", l.Revision),
	}
}

func decodeLocation(it item) (spacefinder.Location, error) {
	d := decoder{it: it}
	l := spacefinder.Location{
		LocationID:  d.text("locationID"),
		Name:        d.text("name"),
		Description: d.text("description"),
		ImageURL:    d.text("imageUrl"),
		TimeZone:    d.text("timeZone"),
		Timestamp:   d.text("timestamp"),
		Revision:    d.text("revision"),
	}
	return l, d.err
}
