// Package transfer moves what a store holds into another one, of whatever
// kind, through a file of JSON Lines.
//
// The first line is the header, the last one the trailer, which counts the
// items and has the SHA-256 of every byte before it. Between them stands one
// item a line, with its id, timestamp and revision:
//
//	{"export":{"version":1,"exportedAt":"2026-11-22T18:00:00Z"}}
//	{"location":{"locationID":"munich","name":"Munich office",...,"revision":"..."}}
//	{"resource":{"resourceID":"isar","locationID":"munich",...,"revision":"..."}}
//	{"booking":{"bookingID":"b1","userID":"u1","resourceID":"isar",...,"revision":"..."}}
//	{"end":{"locations":1,"resources":1,"bookings":1,"sha256":"..."}}
//
// The order is that of a tree: a location, then each of its resources, each
// followed by its bookings; locations and resources ascend by id (by bytes),
// bookings by start. So a line's parent is the last one above it, bookings
// that overlap are neighbours, and one pass finds whatever is missing, doubled
// or out of place, in memory that does not grow with the file.
package transfer

import (
	"fmt"
	"io"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Stores is where items come from or go to.
type Stores struct {
	Locations store.Locations
	Resources store.Resources
	Bookings  store.Bookings
}

// Counts says how many items of each kind there are.
type Counts struct {
	Locations int64 `json:"locations"`
	Resources int64 `json:"resources"`
	Bookings  int64 `json:"bookings"`
}

// String returns the counts in words.
func (c Counts) String() string {
	return fmt.Sprintf("%d locations, %d resources, %d bookings", c.Locations, c.Resources, c.Bookings)
}

func (c Counts) total() int64 { return c.Locations + c.Resources + c.Bookings }

func (c *Counts) add(k kind) {
	switch k {
	case kindLocation:
		c.Locations++
	case kindResource:
		c.Resources++
	case kindBooking:
		c.Bookings++
	}
}

// Reporting says where and when the progress of a move is shown.
type Reporting struct {
	Progress io.Writer // a line a second while items move; nil: none
	Now      func() time.Time
}

// coded reports whether err is a spacefinder.Error with that code.
func coded(err error, code spacefinder.Code) bool { return spacefinder.CodeOf(err) == code }
