package observed

import (
	"context"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

type bookings struct {
	next store.Bookings
	observers
}

func (s bookings) Get(ctx context.Context, userID, bookingID string) (found spacefinder.Booking, err error) {
	ctx, end := s.begin(ctx, nameBookings, methodGet)
	defer func() { end(err) }()
	return s.next.Get(ctx, userID, bookingID)
}

func (s bookings) ListByUser(ctx context.Context, userID string, page store.BookingPage) (
	items []spacefinder.Booking, more bool, err error,
) {
	ctx, end := s.begin(ctx, nameBookings, methodListByUser)
	defer func() { end(err) }()
	return s.next.ListByUser(ctx, userID, page)
}

func (s bookings) ListByResource(ctx context.Context, locationID, resourceID string, page store.BookingPage) (
	items []spacefinder.Booking, more bool, err error,
) {
	ctx, end := s.begin(ctx, nameBookings, methodListByResource)
	defer func() { end(err) }()
	return s.next.ListByResource(ctx, locationID, resourceID, page)
}

func (s bookings) Put(ctx context.Context, booking spacefinder.Booking, cond store.Condition) (
	stored spacefinder.Booking, created bool, err error,
) {
	ctx, end := s.begin(ctx, nameBookings, methodPut)
	defer func() { end(err) }()
	return s.next.Put(ctx, booking, cond)
}

func (s bookings) Delete(ctx context.Context, userID, bookingID string, cond store.Condition) (err error) {
	ctx, end := s.begin(ctx, nameBookings, methodDelete)
	defer func() { end(err) }()
	return s.next.Delete(ctx, userID, bookingID, cond)
}
