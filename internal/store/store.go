// Package store holds the three storage contracts of SpaceFinder, one per
// service. Package storetest is their executable form: every implementation
// passes it.
//
// What every implementation promises:
//
//   - Consistency: operations are linearizable, across goroutines and across
//     processes that share the store. A read that starts after a write was
//     acknowledged sees it.
//   - Sharing: what points elsewhere in items, and the slices of a list, may be
//     given to several callers. Nobody changes it.
//   - Durability: a write that returned nil survives a crash and a power loss.
//     A write that returned an error, or did not return, is either wholly there
//     or not at all.
//   - Errors: a failure with a meaning is a *spacefinder.Error with the code that
//     the method names. CodeUnavailable and CodeThrottled mean that a retry may
//     succeed. Any other error is a fault of the store.
//   - Contexts: a method returns soon after its context ends, with
//     CodeUnavailable; the write may have happened all the same.
//   - Bounds: a list returns at most the page's Limit and costs no more than in
//     proportion to it.
//
// A Put of an item that is stored already with the same members (Same) changes
// nothing and returns the stored item with created false, so that a repeated
// request gets the answer of the first. It does so even when Condition.Match
// names an older revision, which RFC 9110 section 13.1.1 allows for a change
// already made; Condition.Absent still fails.
package store

import (
	"context"
	"slices"

	"github.com/spacefinder/spacefinder"
)

// Locations stores locations.
type Locations interface {
	// Get returns the location; CodeNotFound.
	Get(ctx context.Context, locationID string) (spacefinder.Location, error)

	// List returns the locations in ascending order of their ids (by bytes)
	// that come after the id page.After, and whether there are more.
	List(ctx context.Context, page Page) (items []spacefinder.Location, more bool, err error)

	// Put creates or replaces a location under the condition and returns what
	// is stored; CodePreconditionFailed.
	Put(ctx context.Context, location spacefinder.Location, cond Condition) (stored spacefinder.Location, created bool, err error)

	// Delete removes a location that has no resources. Removing one that does
	// not exist is nil, unless the condition asks for one. CodePreconditionFailed,
	// then CodeNotEmpty.
	Delete(ctx context.Context, locationID string, cond Condition) error
}

// Resources stores the resources of locations. A resource's id is unique
// across locations, because a booking names a resource by that id alone.
type Resources interface {
	// Get returns the resource of that location; CodeNotFound, also when the
	// resource is at another location.
	Get(ctx context.Context, locationID, resourceID string) (spacefinder.Resource, error)

	// List returns the resources of a location in ascending order of their ids
	// (by bytes) that come after the id page.After, and whether there are more.
	// A location that does not exist has none.
	List(ctx context.Context, locationID string, page Page) (items []spacefinder.Resource, more bool, err error)

	// Put creates or replaces a resource under the condition and returns what
	// is stored. In this order: CodeNotFound when its location does not exist,
	// CodeIDInUse when the id names a resource of another location,
	// CodePreconditionFailed.
	Put(ctx context.Context, resource spacefinder.Resource, cond Condition) (stored spacefinder.Resource, created bool, err error)

	// Delete removes a resource that has no bookings. Removing one that does
	// not exist is nil, unless the condition asks for one; CodeNotFound when it
	// is at another location, then CodePreconditionFailed, then CodeNotEmpty.
	Delete(ctx context.Context, locationID, resourceID string, cond Condition) error
}

// Bookings stores bookings. A booking's id is unique across users; through
// another user's id a booking cannot be reached: every method then answers
// CodeNotFound and changes nothing.
type Bookings interface {
	// Get returns the booking of that user; CodeNotFound.
	Get(ctx context.Context, userID, bookingID string) (spacefinder.Booking, error)

	// ListByUser returns the user's bookings that overlap the page's interval,
	// in ascending order of start, then id, and whether there are more.
	ListByUser(ctx context.Context, userID string, page BookingPage) (items []spacefinder.Booking, more bool, err error)

	// ListByResource returns the bookings of a resource of that location that
	// overlap the page's interval, in ascending order of start, and whether
	// there are more. A resource that does not exist has none.
	ListByResource(ctx context.Context, locationID, resourceID string, page BookingPage) (items []spacefinder.Booking, more bool, err error)

	// Put creates or replaces a booking under the condition and returns what is
	// stored, with the location of the resource filled in. In this order:
	// CodeNotFound when the id names a booking of another user,
	// CodePreconditionFailed, CodeNotFound when the resource does not exist (or
	// not at booking.LocationID, where that is given), CodeConflict with the
	// earliest clash when another booking of the resource overlaps. Of
	// concurrent Puts for one slot exactly one succeeds.
	Put(ctx context.Context, booking spacefinder.Booking, cond Condition) (stored spacefinder.Booking, created bool, err error)

	// Delete removes a booking. Removing one that does not exist is nil, unless
	// the condition asks for one; CodePreconditionFailed.
	Delete(ctx context.Context, userID, bookingID string, cond Condition) error
}

// Page asks for a part of a list.
type Page struct {
	After string // the last id of the page before; "" for the first page
	Limit int    // at most so many items; from 1 to MaxPageSize
}

// BookingPage asks for a part of a list of bookings.
type BookingPage struct {
	spacefinder.Interval            // only bookings that overlap it
	After                BookingKey // the last booking of the page before; zero for the first page
	Limit                int        // at most so many items; from 1 to MaxPageSize
}

// BookingKey is a booking's place in a list.
type BookingKey struct {
	Start     int64
	BookingID string // "" in the zero key
}

// Sizes of a page.
const (
	DefaultPageSize = 100
	MaxPageSize     = 1000
)

// AllTime is the interval that every booking overlaps.
func AllTime() spacefinder.Interval {
	return spacefinder.Interval{Start: spacefinder.MinTime, End: spacefinder.MaxTime + 1}
}

// Condition makes a write depend on the state of its item (RFC 9110 section
// 13). The zero Condition always holds.
type Condition struct {
	Match     []string // If-Match: the item exists with one of these revisions; nil: no condition
	Exists    bool     // If-Match: *
	NoneMatch []string // If-None-Match: the item does not have one of these revisions
	Absent    bool     // If-None-Match: *
}

// Check returns CodePreconditionFailed unless the condition holds for an item
// with that revision, or for none when exists is false.
func (c Condition) Check(exists bool, revision string) error {
	switch {
	case c.Exists && !exists,
		c.Match != nil && (!exists || !slices.Contains(c.Match, revision)),
		c.Absent && exists,
		exists && slices.Contains(c.NoneMatch, revision):
		return spacefinder.Errorf(spacefinder.CodePreconditionFailed, "The item is not in the state that the request asks for.")
	}
	return nil
}

// CheckPut is Check for a Put, where same says that the stored item has the
// members of the new one already.
func (c Condition) CheckPut(exists bool, revision string, same bool) error {
	if same {
		c.Match = nil
	}
	return c.Check(exists, revision)
}
