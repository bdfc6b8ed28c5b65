package locations

import (
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/servicetest"
)

// The JSON form of a location is that of its struct tags, from which requests
// are read.
func TestAnswersAreSpelledAsStructTagsSay(t *testing.T) {
	least := spacefinder.Location{LocationID: "munich", Name: "Munich", TimeZone: "UTC", Timestamp: "2026-11-22T10:30:00.000Z"}
	full := least
	full.Description, full.ImageURL, full.Revision = "on the \"Isar\"", "https://example.com/a?b&c", "0198"
	type reflected struct {
		Items          []spacefinder.Location `json:"items"`
		LastLocationID string                 `json:"lastLocationID,omitempty"`
	}
	both := []spacefinder.Location{least, full}
	servicetest.SameJSON(t, (*item)(&least), least)
	servicetest.SameJSON(t, (*item)(&full), full)
	servicetest.SameJSON(t, &page{}, reflected{})
	servicetest.SameJSON(t, &page{items: both, lastLocationID: "munich"}, reflected{both, "munich"})
}
