package sqlite

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
)

const (
	locationByID  = `SELECT location_id, name, description, image_url, time_zone, timestamp, revision FROM locations WHERE location_id = ?1`
	locationsPage = `SELECT location_id, name, description, image_url, time_zone, timestamp, revision FROM locations
		WHERE location_id > ?1 ORDER BY location_id LIMIT ?2`
	putLocation = `INSERT INTO locations (location_id, name, description, image_url, time_zone, timestamp, revision)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
		ON CONFLICT (location_id) DO UPDATE
		SET name = ?2, description = ?3, image_url = ?4, time_zone = ?5, timestamp = ?6, revision = ?7`
	deleteLocation       = `DELETE FROM locations WHERE location_id = ?1`
	locationExists       = `SELECT EXISTS (SELECT 1 FROM locations WHERE location_id = ?1)`
	locationHasResources = `SELECT EXISTS (SELECT 1 FROM resources WHERE location_id = ?1)`
)

// Locations implements store.Locations.
type Locations struct {
	db    *sqlitedb.DB
	known *sqlitedb.Cache[string, spacefinder.Location] // by id
	pages *sqlitedb.Cache[asked, page[spacefinder.Location]]
}

func scanLocation(r *sqlitedb.Rows) (l spacefinder.Location, err error) {
	err = r.Scan(&l.LocationID, &l.Name, &l.Description, &l.ImageURL, &l.TimeZone, &l.Timestamp, &l.Revision)
	return l, err
}

// Get returns the location; CodeNotFound.
func (s *Locations) Get(ctx context.Context, locationID string) (spacefinder.Location, error) {
	return s.known.ReadOne(ctx, locationID, func(tx *sqlitedb.Tx) (spacefinder.Location, error) {
		return mustFind(tx, scanLocation, locationByID, locationID)
	})
}

// List returns the locations whose ids come after page.After.
func (s *Locations) List(ctx context.Context, page store.Page) ([]spacefinder.Location, bool, error) {
	return listKept(ctx, s.pages, asked{Page: page}, scanLocation, locationsPage, page.After)
}

// Put creates or replaces a location; CodePreconditionFailed.
func (s *Locations) Put(ctx context.Context, location spacefinder.Location, cond store.Condition) (
	stored spacefinder.Location, created bool, err error,
) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, found, err := find(tx, scanLocation, locationByID, location.LocationID)
		if err != nil {
			return err
		}
		same := found && location.Same(old)
		if err := cond.CheckPut(found, old.Revision, same); err != nil {
			return err
		}
		if same {
			stored = old
			return nil
		}
		stored, created = location, !found
		_, err = tx.Exec(putLocation, location.LocationID, location.Name, location.Description,
			location.ImageURL, location.TimeZone, location.Timestamp, location.Revision)
		return err
	})
	if err != nil {
		return spacefinder.Location{}, false, err
	}
	return stored, created, nil
}

// Delete removes a location; CodePreconditionFailed, CodeNotEmpty.
func (s *Locations) Delete(ctx context.Context, locationID string, cond store.Condition) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, found, err := find(tx, scanLocation, locationByID, locationID)
		if err != nil {
			return err
		}
		if err := cond.Check(found, old.Revision); err != nil || !found {
			return err
		}
		if used, err := exists(tx, locationHasResources, locationID); err != nil {
			return err
		} else if used {
			return notEmpty("location", "resources")
		}
		_, err = tx.Exec(deleteLocation, locationID)
		return err
	})
}
