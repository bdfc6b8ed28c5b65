package resources

import (
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/servicetest"
)

// The JSON form of a resource is that of its struct tags, from which requests
// are read.
func TestAnswersAreSpelledAsStructTagsSay(t *testing.T) {
	least := spacefinder.Resource{ResourceID: "isar", LocationID: "munich", Name: "Isar", Timestamp: "2026-11-22T10:30:00.000Z"}
	full := least
	full.Type, full.Description, full.Capacity, full.Revision = spacefinder.TypeRoom, "bright\n", 12, "0198"
	full.Amenities = []string{"screen", "<phone>"}
	both := []spacefinder.Resource{least, full}
	servicetest.SameJSON(t, (*item)(&least), least)
	servicetest.SameJSON(t, (*item)(&full), full)
	servicetest.SameJSON(t, list(nil), []spacefinder.Resource{})
	servicetest.SameJSON(t, list(both), both)
}
