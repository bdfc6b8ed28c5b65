package sqlite

import (
	"context"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
)

const (
	bookingByID = `SELECT booking_id, user_id, location_id, resource_id, start_time, end_time, timestamp, revision
		FROM bookings WHERE booking_id = ?1`

	// The last booking that begins by a time, and the first that begins in an
	// interval. Bookings of a resource do not overlap, so the earliest that
	// clashes with an interval is the last that begins by its start, or else the
	// first that begins in it.
	bookingBefore = `SELECT start_time, end_time FROM bookings
		WHERE location_id = ?1 AND resource_id = ?2 AND start_time <= ?3 AND booking_id <> ?4
		ORDER BY start_time DESC LIMIT 1`
	bookingWithin = `SELECT start_time, end_time FROM bookings
		WHERE location_id = ?1 AND resource_id = ?2 AND start_time > ?3 AND start_time < ?4 AND booking_id <> ?5
		ORDER BY start_time LIMIT 1`

	putBooking = `INSERT INTO bookings (booking_id, user_id, location_id, resource_id, start_time, end_time, timestamp, revision)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
		ON CONFLICT (booking_id) DO UPDATE
		SET location_id = ?3, resource_id = ?4, start_time = ?5, end_time = ?6, timestamp = ?7, revision = ?8`
	deleteBooking = `DELETE FROM bookings WHERE booking_id = ?1`

	bookingsOfUser = `SELECT booking_id, user_id, location_id, resource_id, start_time, end_time, timestamp, revision
		FROM bookings
		WHERE user_id = ?1 AND (start_time, booking_id) > (?2, ?3) AND start_time < ?4 AND end_time > ?5
		ORDER BY start_time, booking_id LIMIT ?6`
	bookingsOfResource = `SELECT booking_id, user_id, location_id, resource_id, start_time, end_time, timestamp, revision
		FROM bookings
		WHERE location_id = ?1 AND resource_id = ?2 AND (start_time, booking_id) > (?3, ?4) AND start_time < ?5 AND end_time > ?6
		ORDER BY start_time, booking_id LIMIT ?7`
)

// longest is spacefinder.MaxBookingDuration in seconds. A booking that is in
// progress at some time began less than that before; the table checks it.
const longest = int64(spacefinder.MaxBookingDuration / time.Second)

// Bookings implements store.Bookings.
type Bookings struct{ db *sqlitedb.DB }

func scanBooking(r *sqlitedb.Rows) (b spacefinder.Booking, err error) {
	err = r.Scan(&b.BookingID, &b.UserID, &b.LocationID, &b.ResourceID, &b.Start, &b.End, &b.Timestamp, &b.Revision)
	return b, err
}

func scanInterval(r *sqlitedb.Rows) (i spacefinder.Interval, err error) {
	err = r.Scan(&i.Start, &i.End)
	return i, err
}

// Get returns the booking of that user; CodeNotFound.
func (s *Bookings) Get(ctx context.Context, userID, bookingID string) (spacefinder.Booking, error) {
	var booking spacefinder.Booking
	err := s.db.ReadOne(ctx, func(tx *sqlitedb.Tx) (err error) {
		booking, err = mustFind(tx, scanBooking, bookingByID, bookingID)
		return err
	})
	if err == nil && booking.UserID != userID {
		return spacefinder.Booking{}, notFound()
	}
	return booking, err
}

// ListByUser returns the user's bookings that overlap the page's interval. Its
// cost is in proportion to the page and to the bookings of that user alone that
// began in the MaxBookingDuration before the interval.
func (s *Bookings) ListByUser(ctx context.Context, userID string, page store.BookingPage) (
	items []spacefinder.Booking, more bool, err error,
) {
	from := later(page.After, max(page.Start, spacefinder.MinTime)-longest)
	err = s.db.ReadOne(ctx, func(tx *sqlitedb.Tx) (err error) {
		items, more, err = pageOf(tx, page.Limit, scanBooking, bookingsOfUser, userID, from.Start, from.BookingID, page.End, page.Start)
		return err
	})
	return items, more, err
}

// ListByResource returns the bookings of the resource that overlap the page's
// interval. At most one of them began before the interval, the last that did.
func (s *Bookings) ListByResource(ctx context.Context, locationID, resourceID string, page store.BookingPage) (
	items []spacefinder.Booking, more bool, err error,
) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		first, found, err := find(tx, scanInterval, bookingBefore, locationID, resourceID, page.Start, "")
		if err != nil {
			return err
		}
		from := page.After
		if found {
			from = later(from, first.Start)
		}
		items, more, err = pageOf(tx, page.Limit, scanBooking, bookingsOfResource,
			locationID, resourceID, from.Start, from.BookingID, page.End, page.Start)
		return err
	})
	return items, more, err
}

// later returns the key, or the one before every booking that begins at start,
// whichever is later.
func later(key store.BookingKey, start int64) store.BookingKey {
	if key.Start >= start {
		return key
	}
	return store.BookingKey{Start: start}
}

// Delete removes a booking; CodeNotFound, CodePreconditionFailed.
func (s *Bookings) Delete(ctx context.Context, userID, bookingID string, cond store.Condition) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, found, err := find(tx, scanBooking, bookingByID, bookingID)
		if err != nil {
			return err
		}
		if found && old.UserID != userID {
			return notFound()
		}
		if err := cond.Check(found, old.Revision); err != nil || !found {
			return err
		}
		_, err = tx.Exec(deleteBooking, bookingID)
		return err
	})
}
