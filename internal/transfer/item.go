package transfer

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// kind is what an item is, in the word that its line begins with.
type kind string

const (
	kindLocation kind = "location"
	kindResource kind = "resource"
	kindBooking  kind = "booking"
)

// item is a location, a resource or a booking.
type item interface {
	kind() kind
	id() string
	place() place
	line() line

	// problems returns everything that the contract has against the item.
	problems() []spacefinder.Problem

	// create stores the item if there is none with its id;
	// CodePreconditionFailed otherwise, and what else the store's Put answers.
	create(ctx context.Context, to Stores) error

	// stored returns the item that the store has under the same id.
	stored(ctx context.Context, from Stores) (item, error)

	// same reports whether both have the same members set by a client.
	same(other item) bool
}

// place is where an item stands in the file. The members that an item does not
// have are less than any that another one can have there.
type place struct {
	locationID string
	resourceID string // "" for a location
	start      int64  // beforeBookings for a location and a resource
	bookingID  string
}

// beforeBookings is less than the start of any booking.
const beforeBookings = spacefinder.MinTime - 1

func (p place) compare(o place) int {
	return cmp.Or(
		strings.Compare(p.locationID, o.locationID),
		strings.Compare(p.resourceID, o.resourceID),
		cmp.Compare(p.start, o.start),
		strings.Compare(p.bookingID, o.bookingID),
	)
}

type (
	location spacefinder.Location
	resource spacefinder.Resource
	booking  spacefinder.Booking
)

func (location) kind() kind { return kindLocation }
func (resource) kind() kind { return kindResource }
func (booking) kind() kind  { return kindBooking }

func (l location) id() string { return l.LocationID }
func (r resource) id() string { return r.ResourceID }
func (b booking) id() string  { return b.BookingID }

func (l location) place() place { return place{locationID: l.LocationID, start: beforeBookings} }

func (r resource) place() place {
	return place{locationID: r.LocationID, resourceID: r.ResourceID, start: beforeBookings}
}

func (b booking) place() place { return place{b.LocationID, b.ResourceID, b.Start, b.BookingID} }

func (l location) problems() []spacefinder.Problem {
	return append(spacefinder.Location(l).Problems(), stateProblems(l.Timestamp, l.Revision)...)
}

func (r resource) problems() []spacefinder.Problem {
	return append(spacefinder.Resource(r).Problems(), stateProblems(r.Timestamp, r.Revision)...)
}

func (b booking) problems() []spacefinder.Problem {
	found := spacefinder.Booking(b).Problems()
	if b.LocationID == "" {
		found = append(found, spacefinder.Problem{Field: "locationID", Detail: "must not be empty"})
	}
	found = append(found, spacefinder.DefaultBookingRules().Problems(b.Interval)...)
	return append(found, stateProblems(b.Timestamp, b.Revision)...)
}

// maxRevisionLength leaves room for other ways of naming a state than today's.
const maxRevisionLength = 256

// stateProblems checks the members that a store or a service sets.
func stateProblems(timestamp, revision string) (found []spacefinder.Problem) {
	if _, err := time.Parse(time.RFC3339, timestamp); err != nil {
		found = append(found, spacefinder.Problem{Field: "timestamp", Detail: "must be a time as in RFC 3339"})
	}
	if revision == "" || len(revision) > maxRevisionLength {
		detail := fmt.Sprintf("must be 1 to %d bytes", maxRevisionLength)
		found = append(found, spacefinder.Problem{Field: "revision", Detail: detail})
	}
	return found
}

// absent is the condition of every write: nothing that the store has is
// replaced, so that a move begun again after people went on working in the new
// store undoes none of their changes.
func absent() store.Condition { return store.Condition{Absent: true} }

func (l location) create(ctx context.Context, to Stores) error {
	_, _, err := to.Locations.Put(ctx, spacefinder.Location(l), absent())
	return err
}

func (r resource) create(ctx context.Context, to Stores) error {
	_, _, err := to.Resources.Put(ctx, spacefinder.Resource(r), absent())
	return err
}

func (b booking) create(ctx context.Context, to Stores) error {
	_, _, err := to.Bookings.Put(ctx, spacefinder.Booking(b), absent())
	return err
}

func (l location) stored(ctx context.Context, from Stores) (item, error) {
	there, err := from.Locations.Get(ctx, l.LocationID)
	return location(there), err
}

func (r resource) stored(ctx context.Context, from Stores) (item, error) {
	there, err := from.Resources.Get(ctx, r.LocationID, r.ResourceID)
	return resource(there), err
}

func (b booking) stored(ctx context.Context, from Stores) (item, error) {
	there, err := from.Bookings.Get(ctx, b.UserID, b.BookingID)
	return booking(there), err
}

func (l location) same(other item) bool {
	o, ok := other.(location)
	return ok && spacefinder.Location(l).Same(spacefinder.Location(o))
}

func (r resource) same(other item) bool {
	o, ok := other.(resource)
	return ok && spacefinder.Resource(r).Same(spacefinder.Resource(o))
}

func (b booking) same(other item) bool {
	o, ok := other.(booking)
	return ok && spacefinder.Booking(b).Same(spacefinder.Booking(o))
}
