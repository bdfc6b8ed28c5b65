package dynamodb

import (
	"context"
	"fmt"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Bookings is store.Bookings over DynamoDB.
type Bookings struct{ s *Store }

var _ store.Bookings = (*Bookings)(nil)

// bookingKey names the booking's own item, which makes its id unique across
// users.
func (s *Store) bookingKey(bookingID string) key {
	return key{Table: s.tables.Bookings, PK: "booking#" + bookingID, SK: "booking"}
}

// userList is the partition of the list of a user's bookings.
func userList(userID string) string { return "user#" + userID }

// agenda is the partition of the list of a resource's bookings. The place of the
// resource is part of its name: '#' is in no id.
func agenda(locationID, resourceID string) string {
	return "resource#" + resourceID + "#" + locationID
}

// userKey names the booking's copy in the list of its user, in order of start,
// then id.
func (s *Store) userKey(b spacefinder.Booking) key {
	return key{Table: s.tables.Bookings, PK: userList(b.UserID), SK: position{b.Start, b.BookingID}.String()}
}

// agendaKey names the booking's copy in the list of its resource.
func (s *Store) agendaKey(b spacefinder.Booking) key {
	return key{Table: s.tables.Bookings, PK: agenda(b.LocationID, b.ResourceID), SK: position{b.Start, b.BookingID}.String()}
}

// Ready returns nil when the table can be read. The error is for logs.
func (b *Bookings) Ready(ctx context.Context) error { return b.s.ready(ctx, b.s.tables.Bookings) }

// Get implements store.Bookings.
func (b *Bookings) Get(ctx context.Context, userID, bookingID string) (spacefinder.Booking, error) {
	it, err := b.s.client.Get(ctx, b.s.bookingKey(bookingID))
	if err != nil {
		return spacefinder.Booking{}, failure(err)
	}
	booking, exists, err := decodeIf(it, decodeBooking)
	switch {
	case err != nil:
		return spacefinder.Booking{}, err
	case !exists || booking.UserID != userID:
		return spacefinder.Booking{}, notFound()
	}
	return booking, nil
}

// Put implements store.Bookings. An interval that lasts longer than
// MaxBookingDuration, or not at all, is an error.
func (b *Bookings) Put(
	ctx context.Context, booking spacefinder.Booking, cond store.Condition,
) (stored spacefinder.Booking, created bool, err error) {
	if d := booking.Duration(); d <= 0 || d > spacefinder.MaxBookingDuration {
		return spacefinder.Booking{}, false, fmt.Errorf("a booking cannot last %s", d)
	}
	days := b.s.dayKeys(booking.ResourceID, booking.Interval)
	keys := append(make([]key, 0, 2+len(days)), b.s.bookingKey(booking.BookingID), b.s.claimKey(booking.ResourceID))
	keys = append(keys, days...)
	err = b.s.update(ctx, keys, func(ctx context.Context, state []item) ([]write, error) {
		current, exists, err := decodeIf(state[0], decodeBooking)
		if err != nil {
			return nil, err
		}
		if exists && current.UserID != booking.UserID {
			return nil, notFound()
		}
		same := exists && booking.Same(current)
		if err := cond.CheckPut(exists, current.Revision, same); err != nil {
			return nil, err
		}
		if same {
			stored, created = current, false
			return nil, nil
		}
		stored, created = booking, !exists
		if stored.LocationID, err = locationOf(state[1], booking); err != nil {
			return nil, err
		}
		var read schedule
		if read, err = read.with(days, state[2:]); err != nil {
			return nil, err
		}
		if !exists {
			return b.create(stored, days, read)
		}
		return b.replace(ctx, current, stored, read)
	})
	if err != nil {
		return spacefinder.Booking{}, false, err
	}
	return stored, created, nil
}

// locationOf returns where the booking's resource is, by its claim; CodeNotFound.
func locationOf(claim item, booking spacefinder.Booking) (string, error) {
	if claim == nil {
		return "", noResource()
	}
	d := decoder{it: claim}
	locationID := d.text("locationID")
	if d.err == nil && booking.LocationID != "" && booking.LocationID != locationID {
		return "", noResource()
	}
	return locationID, d.err
}

func noResource() error {
	return spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such resource.")
}

// writesBesideDays is how many writes a new booking takes beside those of its days.
const writesBesideDays = 4

// create returns the writes of a new booking. read has the days that it touches.
func (b *Bookings) create(booking spacefinder.Booking, days []key, read schedule) ([]write, error) {
	if err := read.take(days, booking.Interval); err != nil {
		return nil, err
	}
	attributes := encodeBooking(booking)
	writes := append(make([]write, 0, writesBesideDays+len(days)),
		put(b.s.bookingKey(booking.BookingID), attributes, absent()),
		put(b.s.userKey(booking), attributes, condition{}),
		put(b.s.agendaKey(booking), attributes, condition{}),
		b.countOn(booking, 1),
	)
	return read.appendWrites(writes), nil
}

// replace returns the writes that put a booking in the place of one read before.
// read has the days that the new one touches; those of the old one are read here.
func (b *Bookings) replace(ctx context.Context, from, to spacefinder.Booking, read schedule) ([]write, error) {
	days, err := b.vacate(ctx, from, read)
	if err != nil {
		return nil, err
	}
	if err := days.take(b.s.dayKeys(to.ResourceID, to.Interval), to.Interval); err != nil {
		return nil, err
	}
	attributes := encodeBooking(to)
	writes := []write{
		put(b.s.bookingKey(to.BookingID), attributes, revisionIs(from.Revision)),
		put(b.s.userKey(to), attributes, condition{}),
		put(b.s.agendaKey(to), attributes, condition{}),
	}
	if k := b.s.userKey(from); k != b.s.userKey(to) {
		writes = append(writes, remove(k, condition{}))
	}
	if k := b.s.agendaKey(from); k != b.s.agendaKey(to) {
		writes = append(writes, remove(k, condition{}))
	}
	if from.ResourceID != to.ResourceID {
		writes = append(writes, b.countOn(from, -1), b.countOn(to, 1))
	}
	return days.appendWrites(writes), nil
}

// vacate takes a booking out of its schedule, of which days may have been read
// before.
func (b *Bookings) vacate(ctx context.Context, booking spacefinder.Booking, read schedule) (schedule, error) {
	days := b.s.dayKeys(booking.ResourceID, booking.Interval)
	missing := read.missing(days)
	items, err := b.s.read(ctx, missing)
	if err != nil {
		return nil, err
	}
	all, err := read.with(missing, items)
	if err != nil {
		return nil, err
	}
	return all, all.free(days, booking.Interval)
}

// countOn counts a booking on its resource, which proves that the resource is
// there.
func (b *Bookings) countOn(booking spacefinder.Booking, change int64) write {
	return count(b.s.claimKey(booking.ResourceID), "bookings", change, equals(text("locationID", booking.LocationID)))
}

// Delete implements store.Bookings.
func (b *Bookings) Delete(ctx context.Context, userID, bookingID string, cond store.Condition) error {
	k := b.s.bookingKey(bookingID)
	return b.s.update(ctx, []key{k}, func(ctx context.Context, state []item) ([]write, error) {
		current, exists, err := decodeIf(state[0], decodeBooking)
		if err != nil {
			return nil, err
		}
		if exists && current.UserID != userID {
			return nil, notFound()
		}
		if err := cond.Check(exists, current.Revision); err != nil || !exists {
			return nil, err
		}
		days, err := b.vacate(ctx, current, nil)
		if err != nil {
			return nil, err
		}
		writes := []write{
			remove(k, revisionIs(current.Revision)),
			remove(b.s.userKey(current), condition{}),
			remove(b.s.agendaKey(current), condition{}),
			b.countOn(current, -1),
		}
		return days.appendWrites(writes), nil
	})
}

func encodeBooking(b spacefinder.Booking) item {
	return item{
		text("bookingID", b.BookingID),
		text("userID", b.UserID),
		text("resourceID", b.ResourceID),
		text("locationID", b.LocationID),
		number("starttimeepochtime", b.Start),
		number("endtimeepochtime", b.End),
		text("timestamp", b.Timestamp),
		text("revision", b.Revision),
	}
}

func decodeBooking(it item) (spacefinder.Booking, error) {
	d := decoder{it: it}
	b := spacefinder.Booking{
		BookingID:  d.text("bookingID"),
		UserID:     d.text("userID"),
		ResourceID: d.text("resourceID"),
		LocationID: d.text("locationID"),
		Interval:   spacefinder.Interval{Start: d.number("starttimeepochtime"), End: d.number("endtimeepochtime")},
		Timestamp:  d.text("timestamp"),
		Revision:   d.text("revision"),
	}
	return b, d.err
}
