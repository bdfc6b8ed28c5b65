package sqlite

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
)

const (
	resourceByID = `SELECT location_id, resource_id, name, type, description, capacity, amenities, timestamp, revision
		FROM resources WHERE resource_id = ?1`
	resourcesPage = `SELECT location_id, resource_id, name, type, description, capacity, amenities, timestamp, revision
		FROM resources WHERE location_id = ?1 AND resource_id > ?2 ORDER BY resource_id LIMIT ?3`
	putResource = `INSERT INTO resources (location_id, resource_id, name, type, description, capacity, amenities, timestamp, revision)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
		ON CONFLICT (location_id, resource_id) DO UPDATE
		SET name = ?3, type = ?4, description = ?5, capacity = ?6, amenities = ?7, timestamp = ?8, revision = ?9`
	deleteResource      = `DELETE FROM resources WHERE location_id = ?1 AND resource_id = ?2`
	resourceHasBookings = `SELECT EXISTS (SELECT 1 FROM bookings WHERE location_id = ?1 AND resource_id = ?2)`
)

// Resources implements store.Resources.
type Resources struct {
	db    *sqlitedb.DB
	known *sqlitedb.Cache[string, spacefinder.Resource] // by id, which is unique among all locations
	pages *sqlitedb.Cache[asked, page[spacefinder.Resource]]
}

func scanResource(r *sqlitedb.Rows) (res spacefinder.Resource, err error) {
	var amenities []byte
	err = r.Scan(&res.LocationID, &res.ResourceID, &res.Name, (*string)(&res.Type), &res.Description, &res.Capacity,
		&amenities, &res.Timestamp, &res.Revision)
	if err != nil {
		return res, err
	}
	if err := json.Unmarshal(amenities, &res.Amenities); err != nil {
		return res, fmt.Errorf("amenities of resource %s: %w", res.ResourceID, err)
	}
	return normalized(res), nil
}

// normalized returns the resource as reading it gives it: no amenities are nil.
func normalized(r spacefinder.Resource) spacefinder.Resource {
	if len(r.Amenities) == 0 {
		r.Amenities = nil
	}
	return r
}

// Get returns the resource of that location; CodeNotFound.
func (s *Resources) Get(ctx context.Context, locationID, resourceID string) (spacefinder.Resource, error) {
	resource, err := s.known.ReadOne(ctx, resourceID, func(tx *sqlitedb.Tx) (spacefinder.Resource, error) {
		return mustFind(tx, scanResource, resourceByID, resourceID)
	})
	if err == nil && resource.LocationID != locationID {
		return spacefinder.Resource{}, notFound()
	}
	return resource, err
}

// List returns the resources of the location whose ids come after page.After.
func (s *Resources) List(ctx context.Context, locationID string, page store.Page) ([]spacefinder.Resource, bool, error) {
	return listKept(ctx, s.pages, asked{locationID, page}, scanResource, resourcesPage, locationID, page.After)
}

// Put creates or replaces a resource; CodeNotFound, CodeIDInUse,
// CodePreconditionFailed.
func (s *Resources) Put(ctx context.Context, resource spacefinder.Resource, cond store.Condition) (
	stored spacefinder.Resource, created bool, err error,
) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, found, err := find(tx, scanResource, resourceByID, resource.ResourceID)
		if err != nil {
			return err
		}
		if err := checkPlace(tx, resource, old, found); err != nil {
			return err
		}
		same := found && resource.Same(old)
		if err := cond.CheckPut(found, old.Revision, same); err != nil {
			return err
		}
		if same {
			stored = old
			return nil
		}
		stored, created = normalized(resource), !found
		return writeResource(tx, stored)
	})
	if err != nil {
		return spacefinder.Resource{}, false, err
	}
	return stored, created, nil
}

// checkPlace returns CodeNotFound when the resource's location does not exist
// and CodeIDInUse when the id is that of a resource elsewhere.
func checkPlace(tx *sqlitedb.Tx, resource, old spacefinder.Resource, found bool) error {
	if found && old.LocationID == resource.LocationID {
		return nil
	}
	there, err := exists(tx, locationExists, resource.LocationID)
	switch {
	case err != nil:
		return err
	case !there:
		return spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such location.")
	case found:
		return spacefinder.Errorf(spacefinder.CodeIDInUse, "A resource of another location has that id.")
	}
	return nil
}

func writeResource(tx *sqlitedb.Tx, r spacefinder.Resource) error {
	amenities, err := json.Marshal(r.Amenities)
	if err != nil {
		return fmt.Errorf("amenities of resource %s: %w", r.ResourceID, err)
	}
	_, err = tx.Exec(putResource, r.LocationID, r.ResourceID, r.Name, string(r.Type), r.Description, r.Capacity,
		string(amenities), r.Timestamp, r.Revision)
	return err
}

// Delete removes a resource; CodeNotFound, CodePreconditionFailed, CodeNotEmpty.
func (s *Resources) Delete(ctx context.Context, locationID, resourceID string, cond store.Condition) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, found, err := find(tx, scanResource, resourceByID, resourceID)
		if err != nil {
			return err
		}
		if found && old.LocationID != locationID {
			return notFound()
		}
		if err := cond.Check(found, old.Revision); err != nil || !found {
			return err
		}
		if used, err := exists(tx, resourceHasBookings, locationID, resourceID); err != nil {
			return err
		} else if used {
			return notEmpty("resource", "bookings")
		}
		_, err = tx.Exec(deleteResource, locationID, resourceID)
		return err
	})
}
