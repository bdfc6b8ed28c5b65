// Package locations is the locations service: reading for every signed-in
// caller, writing for administrators.
package locations

import (
	"context"
	"net/http"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store"
)

type service struct {
	env       rest.Env
	locations store.Locations
}

// New returns the service over a store.
func New(env rest.Env, locations store.Locations) *rest.Service {
	s := &service{env, locations}
	return rest.NewService(env, []rest.Route{
		{Method: http.MethodGet, Path: "/locations", Endpoint: s.list},
		{Method: http.MethodPut, Path: "/locations", Endpoint: s.create},
		{Method: http.MethodGet, Path: "/locations/{locationID}", Endpoint: s.get},
		{Method: http.MethodPut, Path: "/locations/{locationID}", Endpoint: s.put},
		{Method: http.MethodDelete, Path: "/locations/{locationID}", Endpoint: s.delete},
	})
}

func (s *service) list(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckRead(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	limit, err := r.Limit()
	if err != nil {
		return rest.Reply{}, err
	}
	after, given, err := r.Query("lastLocationID")
	if err != nil {
		return rest.Reply{}, err
	}
	if given && !spacefinder.ValidID(after) {
		return rest.Reply{}, spacefinder.Invalid([]spacefinder.Problem{{Field: "lastLocationID", Detail: "is not a valid id"}})
	}
	items, more, err := s.locations.List(ctx, store.Page{After: after, Limit: limit})
	if err != nil {
		return rest.Reply{}, err
	}
	answer := page{items: items}
	if more {
		answer.lastLocationID = items[len(items)-1].LocationID
	}
	return rest.Found(&answer, ""), nil
}

func (s *service) create(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	id := s.env.NewID()
	reply, err := s.write(ctx, r, id, store.Condition{Absent: true})
	return reply.At("locations/" + id), err
}

func (s *service) get(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckRead(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	id, err := r.PathID("locationID")
	if err != nil {
		return rest.Reply{}, err
	}
	location, err := s.locations.Get(ctx, id)
	return rest.Found((*item)(&location), location.Revision), err
}

func (s *service) put(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	cond, err := r.Condition()
	if err != nil {
		return rest.Reply{}, err
	}
	return s.write(ctx, r, r.Path("locationID"), cond)
}

func (s *service) write(ctx context.Context, r *rest.Request, id string, cond store.Condition) (rest.Reply, error) {
	if err := s.env.Access.CheckWrite(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	location, err := rest.Decode[spacefinder.Location](r)
	if err != nil {
		return rest.Reply{}, err
	}
	problems := rest.SamePathID("locationID", location.LocationID, id)
	location = location.WithDefaults()
	location.LocationID, location.Timestamp, location.Revision = id, s.env.Timestamp(), s.env.NewID()
	if err := spacefinder.Invalid(append(problems, location.Problems()...)); err != nil {
		return rest.Reply{}, err
	}
	stored, created, err := s.locations.Put(ctx, location, cond)
	return rest.Stored((*item)(&stored), stored.Revision, created), err
}

func (s *service) delete(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckWrite(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	id, err := r.PathID("locationID")
	if err != nil {
		return rest.Reply{}, err
	}
	cond, err := r.Condition()
	if err != nil {
		return rest.Reply{}, err
	}
	return rest.Deleted(), s.locations.Delete(ctx, id, cond)
}
