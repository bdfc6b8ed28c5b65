// Package bookings is the bookings service: every signed-in caller reads the
// bookings of a resource; users read and write their own bookings, and
// administrators everybody's.
package bookings

import (
	"context"
	"net/http"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store"
)

type service struct {
	env      rest.Env
	rules    spacefinder.BookingRules
	bookings store.Bookings
}

// New returns the service over a store.
func New(env rest.Env, rules spacefinder.BookingRules, bookings store.Bookings) *rest.Service {
	s := &service{env, rules, bookings}
	const collection, item = "/users/{userID}/bookings", "/users/{userID}/bookings/{bookingID}"
	return rest.NewService(env, []rest.Route{
		{Method: http.MethodGet, Path: "/locations/{locationID}/resources/{resourceID}/bookings", Endpoint: s.listByResource},
		{Method: http.MethodGet, Path: collection, Endpoint: s.listByUser},
		{Method: http.MethodPut, Path: collection, Endpoint: s.create},
		{Method: http.MethodGet, Path: item, Endpoint: s.get},
		{Method: http.MethodPut, Path: item, Endpoint: s.put},
		{Method: http.MethodDelete, Path: item, Endpoint: s.delete},
	})
}

func (s *service) listByResource(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckRead(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	locationID, err := r.PathID("locationID")
	if err != nil {
		return rest.Reply{}, err
	}
	resourceID, err := r.PathID("resourceID")
	if err != nil {
		return rest.Reply{}, err
	}
	page, err := r.BookingPage()
	if err != nil {
		return rest.Reply{}, err
	}
	items, more, err := s.bookings.ListByResource(ctx, locationID, resourceID, page)
	return list(r, items, more), err
}

func (s *service) listByUser(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	userID, err := s.user(r)
	if err != nil {
		return rest.Reply{}, err
	}
	page, err := r.BookingPage()
	if err != nil {
		return rest.Reply{}, err
	}
	items, more, err := s.bookings.ListByUser(ctx, userID, page)
	return list(r, items, more), err
}

func (s *service) create(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	id := s.env.NewID()
	reply, err := s.write(ctx, r, id, store.Condition{Absent: true})
	return reply.At("bookings/" + id), err
}

func (s *service) get(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	userID, bookingID, err := s.ids(r)
	if err != nil {
		return rest.Reply{}, err
	}
	booking, err := s.bookings.Get(ctx, userID, bookingID)
	return rest.Found((*item)(&booking), booking.Revision), err
}

func (s *service) put(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	cond, err := r.Condition()
	if err != nil {
		return rest.Reply{}, err
	}
	return s.write(ctx, r, r.Path("bookingID"), cond)
}

func (s *service) write(ctx context.Context, r *rest.Request, id string, cond store.Condition) (rest.Reply, error) {
	userID, err := s.user(r)
	if err != nil {
		return rest.Reply{}, err
	}
	req, err := rest.Decode[request](r)
	if err != nil {
		return rest.Reply{}, err
	}
	booking, problems := req.booking(userID, id, s.rules)
	if err := spacefinder.Invalid(problems); err != nil {
		return rest.Reply{}, err
	}
	booking.Timestamp, booking.Revision = s.env.Timestamp(), s.env.NewID()
	stored, created, err := s.bookings.Put(ctx, booking, cond)
	return rest.Stored((*item)(&stored), stored.Revision, created), err
}

func (s *service) delete(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	userID, bookingID, err := s.ids(r)
	if err != nil {
		return rest.Reply{}, err
	}
	cond, err := r.Condition()
	if err != nil {
		return rest.Reply{}, err
	}
	return rest.Deleted(), s.bookings.Delete(ctx, userID, bookingID, cond)
}

// user returns the user whose bookings the path names, if the caller may read
// and write them.
func (s *service) user(r *rest.Request) (string, error) {
	if err := s.env.Access.CheckUser(r.Caller, r.Path("userID")); err != nil {
		return "", err
	}
	return r.PathID("userID")
}

func (s *service) ids(r *rest.Request) (userID, bookingID string, err error) {
	if userID, err = s.user(r); err != nil {
		return "", "", err
	}
	bookingID, err = r.PathID("bookingID")
	return userID, bookingID, err
}
