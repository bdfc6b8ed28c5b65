package sqlite

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// TestQueryPlans holds how SQLite answers each query: by a search in the order
// asked for, never by reading a table from end to end, never by sorting; and
// the lists of bookings from an index alone.
func TestQueryPlans(t *testing.T) {
	db := openDB(t)
	plans := map[string]struct{ query, plan string }{
		"get a location": {locationByID, "SEARCH locations USING PRIMARY KEY (location_id=?)"},
		"list locations": {locationsPage, "SEARCH locations USING PRIMARY KEY (location_id>?)"},
		"delete a location": {deleteLocation,
			"SEARCH locations USING PRIMARY KEY (location_id=?); " +
				"SEARCH resources USING PRIMARY KEY (location_id=?)"},
		"is there the location":      {locationExists, "SEARCH locations USING PRIMARY KEY (location_id=?)"},
		"has the location resources": {locationHasResources, "SEARCH resources USING PRIMARY KEY (location_id=?)"},
		"get a resource":             {resourceByID, "SEARCH resources USING INDEX sqlite_autoindex_resources_1 (resource_id=?)"},
		"list resources":             {resourcesPage, "SEARCH resources USING PRIMARY KEY (location_id=? AND resource_id>?)"},
		"delete a resource": {deleteResource,
			"SEARCH resources USING PRIMARY KEY (location_id=? AND resource_id=?); " +
				"SEARCH bookings USING COVERING INDEX bookings_by_resource (location_id=? AND resource_id=?)"},
		"where is the resource": {placeOfResource, "SEARCH resources USING INDEX sqlite_autoindex_resources_1 (resource_id=?)"},
		"has the resource bookings": {resourceHasBookings,
			"SEARCH bookings USING COVERING INDEX bookings_by_resource (location_id=? AND resource_id=?)"},
		"get a booking":    {bookingByID, "SEARCH bookings USING PRIMARY KEY (booking_id=?)"},
		"delete a booking": {deleteBooking, "SEARCH bookings USING PRIMARY KEY (booking_id=?)"},
		"the booking before": {bookingBefore,
			"SEARCH bookings USING COVERING INDEX bookings_by_resource" +
				" (location_id=? AND resource_id=? AND start_time<?)"},
		"the first booking within": {bookingWithin,
			"SEARCH bookings USING COVERING INDEX bookings_by_resource" +
				" (location_id=? AND resource_id=? AND start_time>? AND start_time<?)"},
		"list the bookings of a user": {bookingsOfUser,
			"SEARCH bookings USING COVERING INDEX bookings_by_user (user_id=? AND (start_time,booking_id)>(?,?) AND start_time<?)"},
		"list the bookings of resource": {bookingsOfResource,
			"SEARCH bookings USING COVERING INDEX bookings_by_resource" +
				" (location_id=? AND resource_id=? AND (start_time,booking_id)>(?,?) AND start_time<?)"},
	}
	for name, p := range plans {
		t.Run(name, func(t *testing.T) {
			steps := explain(t, db, p.query)
			searches := slices.DeleteFunc(slices.Clone(steps), func(step string) bool { return !strings.HasPrefix(step, "SEARCH") })
			if got := strings.Join(searches, "; "); got != p.plan {
				t.Errorf("plan:\n got %s\nwant %s", got, p.plan)
			}
			for _, step := range steps {
				if strings.Contains(step, "TEMP B-TREE") || strings.HasPrefix(step, "SCAN") && step != "SCAN CONSTANT ROW" {
					t.Errorf("step %q", step)
				}
			}
		})
	}
}

func explain(t *testing.T, db *sqlitedb.DB, query string) (steps []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err has what matters
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			steps = append(steps, step)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// TestTablesDefendThemselves writes past the store's own checks.
func TestTablesDefendThemselves(t *testing.T) {
	db := openDB(t)
	exec := func(statement string) error {
		return db.Write(t.Context(), func(tx *sqlitedb.Tx) error { _, err := tx.Exec(statement); return err })
	}
	for _, statement := range []string{
		"INSERT INTO locations VALUES ('l', 'Name', '', '', 'UTC', '', 'r1')",
		"INSERT INTO resources VALUES ('l', 'r', 'Name', 'room', '', 0, '[]', '', 'r1')",
		"INSERT INTO bookings VALUES ('b', 'u', 'l', 'r', 600, 1200, '', 'r1')",
	} {
		if err := exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for name, statement := range map[string]string{
		"an orphaned resource":          "INSERT INTO resources VALUES ('none', 'r2', 'Name', '', '', 0, '[]', '', 'r1')",
		"a resource of an unknown type": "INSERT INTO resources VALUES ('l', 'r2', 'Name', 'cave', '', 0, '[]', '', 'r1')",
		"an orphaned booking":           "INSERT INTO bookings VALUES ('b2', 'u', 'l', 'none', 600, 1200, '', 'r1')",
		"a booking at a wrong place":    "INSERT INTO bookings VALUES ('b2', 'u', 'none', 'r', 600, 1200, '', 'r1')",
		"a booking that ends first":     "INSERT INTO bookings VALUES ('b2', 'u', 'l', 'r', 9600, 9600, '', 'r1')",
		"a booking for too long":        "INSERT INTO bookings VALUES ('b2', 'u', 'l', 'r', 9600, 2688001, '', 'r1')",
		"a booking before 1970":         "INSERT INTO bookings VALUES ('b2', 'u', 'l', 'r', -60, 0, '', 'r1')",
		"a time that is a text":         "INSERT INTO bookings VALUES ('b2', 'u', 'l', 'r', 'soon', 9600, '', 'r1')",
		"a booking without user":        "INSERT INTO bookings VALUES ('b2', '', 'l', 'r', 9600, 9660, '', 'r1')",
		"a parent deleted":              "DELETE FROM resources",
		"a grandparent deleted":         "DELETE FROM locations",
	} {
		if err := exec(statement); err == nil {
			t.Errorf("%s: nothing objects", name)
		}
	}
}

func TestNewerTablesAreRefused(t *testing.T) {
	db := openDB(t)
	if err := db.Migrate(t.Context(), "store", append(migrations(), "SELECT 1")); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), db); err == nil || !strings.Contains(err.Error(), "newer version of spacefinder") {
		t.Errorf("New: %v", err)
	}
}

func openDB(t testing.TB) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := New(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}
