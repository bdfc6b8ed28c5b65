package sqlite

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
)

const placeOfResource = `SELECT location_id FROM resources WHERE resource_id = ?1`

// Put creates or replaces a booking; CodeNotFound, CodePreconditionFailed,
// CodeConflict.
func (s *Bookings) Put(ctx context.Context, booking spacefinder.Booking, cond store.Condition) (
	stored spacefinder.Booking, created bool, err error,
) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, found, err := find(tx, scanBooking, bookingByID, booking.BookingID)
		if err != nil {
			return err
		}
		if found && old.UserID != booking.UserID {
			return notFound()
		}
		same := found && booking.Same(old)
		if err := cond.CheckPut(found, old.Revision, same); err != nil {
			return err
		}
		if same {
			stored = old
			return nil
		}
		stored, created = booking, !found
		stored.LocationID, err = place(tx, booking)
		if err != nil {
			return err
		}
		return writeBooking(tx, stored)
	})
	if err != nil {
		return spacefinder.Booking{}, false, err
	}
	return stored, created, nil
}

// place returns the location of the booking's resource; CodeNotFound when there
// is no such resource, or none where the booking says.
func place(tx *sqlitedb.Tx, b spacefinder.Booking) (locationID string, err error) {
	locationID, found, err := find(tx, scanText, placeOfResource, b.ResourceID)
	if err != nil {
		return "", err
	}
	if !found || b.LocationID != "" && b.LocationID != locationID {
		return "", spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such resource.")
	}
	return locationID, nil
}

func scanText(r *sqlitedb.Rows) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

func writeBooking(tx *sqlitedb.Tx, b spacefinder.Booking) error {
	clash, found, err := earliestClash(tx, b)
	if err != nil {
		return err
	}
	if found {
		return spacefinder.Conflict(clash)
	}
	_, err = tx.Exec(putBooking, b.BookingID, b.UserID, b.LocationID, b.ResourceID, b.Start, b.End, b.Timestamp, b.Revision)
	return err
}

// earliestClash returns the first interval that another booking of the resource
// takes of the booking's. Where there is none, one query tells: the other
// bookings do not overlap each other, so the last to begin before the booking
// ends is also the last to end.
func earliestClash(tx *sqlitedb.Tx, b spacefinder.Booking) (clash spacefinder.Interval, found bool, err error) {
	last, found, err := find(tx, scanInterval, bookingBefore, b.LocationID, b.ResourceID, b.End-1, b.BookingID)
	if err != nil || !found || !last.Overlaps(b.Interval) {
		return spacefinder.Interval{}, false, err
	}
	if last.Start <= b.Start {
		return last, true, nil
	}
	before, found, err := find(tx, scanInterval, bookingBefore, b.LocationID, b.ResourceID, b.Start, b.BookingID)
	if err != nil || found && before.Overlaps(b.Interval) {
		return before, found, err
	}
	return find(tx, scanInterval, bookingWithin, b.LocationID, b.ResourceID, b.Start, b.End, b.BookingID)
}
