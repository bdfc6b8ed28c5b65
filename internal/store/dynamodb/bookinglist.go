package dynamodb

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// longestBooking is how far before a moment a booking can have started that still
// lasts, in seconds.
const longestBooking = int64(spacefinder.MaxBookingDuration / time.Second)

// A position is the sort key of a booking in a list. All instants are written with
// as many digits as the greatest, so that they sort as numbers.
type position store.BookingKey

func (p position) String() string {
	const room = 64 // enough for ids as they are made here
	text := append(appendInstant(make([]byte, 0, room), p.Start), '#')
	return string(append(text, p.BookingID...))
}

// instant sorts before every position with that start, and after all earlier ones.
func instant(seconds int64) string {
	return string(appendInstant(make([]byte, 0, len(zeros)), seconds))
}

// zeros are as many as an instant has digits.
const zeros = "000000000000"

func appendInstant(to []byte, seconds int64) []byte {
	var room [20]byte
	digits := strconv.AppendInt(room[:0], max(seconds, 0), 10)
	to = append(to, zeros[min(len(digits), len(zeros)):]...)
	return append(to, digits...)
}

// ListByUser implements store.Bookings.
//
// A user's bookings may overlap each other, so any that started in the 31 days
// before page.Start can last beyond it: DynamoDB goes through them all when a
// list starts in their midst, though it answers only with those that do.
func (b *Bookings) ListByUser(ctx context.Context, userID string, page store.BookingPage) ([]spacefinder.Booking, bool, error) {
	earlier := scope{table: b.s.tables.Bookings, pk: userList(userID), endsBeyond: page.Start}
	return b.list(ctx, earlier, page.Limit+1, page)
}

// ListByResource implements store.Bookings.
//
// The bookings of a resource do not overlap, so that at most one that started
// before page.Start lasts beyond it: the last one.
func (b *Bookings) ListByResource(
	ctx context.Context, locationID, resourceID string, page store.BookingPage,
) ([]spacefinder.Booking, bool, error) {
	earlier := scope{table: b.s.tables.Bookings, pk: agenda(locationID, resourceID), backward: true}
	return b.list(ctx, earlier, 1, page)
}

// list returns a page of bookings: first those that started before the page's
// interval and last into it, of which earlier finds up to want in its list, then
// those that start within it.
func (b *Bookings) list(ctx context.Context, earlier scope, want int, page store.BookingPage) ([]spacefinder.Booking, bool, error) {
	ctx, cancel := b.s.bounded(ctx)
	defer cancel()
	after := ""
	if page.After != (store.BookingKey{}) {
		after = position(page.After).String()
	}
	earlier.after = max(after, instant(page.Start-longestBooking))
	earlier.through = instant(min(page.Start, page.End))
	items, err := appendList(ctx, b.s, newList[spacefinder.Booking](page.Limit+1), earlier, want, decodeBooking)
	if err != nil {
		return nil, false, err
	}
	items = slices.DeleteFunc(items, func(b spacefinder.Booking) bool { return b.End <= page.Start })

	within := scope{table: earlier.table, pk: earlier.pk, after: max(after, instant(page.Start)), through: instant(page.End)}
	items, err = appendList(ctx, b.s, items, within, page.Limit+1, decodeBooking)
	if err != nil {
		return nil, false, err
	}
	return items[:min(page.Limit, len(items))], len(items) > page.Limit, nil
}
