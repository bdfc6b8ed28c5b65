// Package resources is the resources service: reading for every signed-in
// caller, writing for administrators.
package resources

import (
	"context"
	"net/http"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store"
)

type service struct {
	env       rest.Env
	resources store.Resources
}

// New returns the service over a store.
func New(env rest.Env, resources store.Resources) *rest.Service {
	s := &service{env, resources}
	const collection, item = "/locations/{locationID}/resources", "/locations/{locationID}/resources/{resourceID}"
	return rest.NewService(env, []rest.Route{
		{Method: http.MethodGet, Path: collection, Endpoint: s.list},
		{Method: http.MethodPut, Path: collection, Endpoint: s.create},
		{Method: http.MethodGet, Path: item, Endpoint: s.get},
		{Method: http.MethodPut, Path: item, Endpoint: s.put},
		{Method: http.MethodDelete, Path: item, Endpoint: s.delete},
	})
}

func (s *service) list(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckRead(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	locationID, err := r.PathID("locationID")
	if err != nil {
		return rest.Reply{}, err
	}
	page, err := r.IDPage()
	if err != nil {
		return rest.Reply{}, err
	}
	items, more, err := s.resources.List(ctx, locationID, page)
	if err != nil {
		return rest.Reply{}, err
	}
	reply := rest.Found(list(items), "")
	if more {
		reply.Link = r.NextLink(items[len(items)-1].ResourceID)
	}
	return reply, nil
}

func (s *service) create(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	id := s.env.NewID()
	reply, err := s.write(ctx, r, id, store.Condition{Absent: true})
	return reply.At("resources/" + id), err
}

func (s *service) get(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckRead(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	locationID, resourceID, err := ids(r)
	if err != nil {
		return rest.Reply{}, err
	}
	resource, err := s.resources.Get(ctx, locationID, resourceID)
	return rest.Found((*item)(&resource), resource.Revision), err
}

func (s *service) put(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	cond, err := r.Condition()
	if err != nil {
		return rest.Reply{}, err
	}
	return s.write(ctx, r, r.Path("resourceID"), cond)
}

func (s *service) write(ctx context.Context, r *rest.Request, id string, cond store.Condition) (rest.Reply, error) {
	if err := s.env.Access.CheckWrite(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	resource, err := rest.Decode[spacefinder.Resource](r)
	if err != nil {
		return rest.Reply{}, err
	}
	locationID := r.Path("locationID")
	problems := rest.SamePathID("resourceID", resource.ResourceID, id)
	problems = append(problems, rest.SamePathID("locationID", resource.LocationID, locationID)...)
	resource.ResourceID, resource.LocationID = id, locationID
	resource.Timestamp, resource.Revision = s.env.Timestamp(), s.env.NewID()
	if err := spacefinder.Invalid(append(problems, resource.Problems()...)); err != nil {
		return rest.Reply{}, err
	}
	stored, created, err := s.resources.Put(ctx, resource, cond)
	return rest.Stored((*item)(&stored), stored.Revision, created), err
}

func (s *service) delete(ctx context.Context, r *rest.Request) (rest.Reply, error) {
	if err := s.env.Access.CheckWrite(r.Caller); err != nil {
		return rest.Reply{}, err
	}
	locationID, resourceID, err := ids(r)
	if err != nil {
		return rest.Reply{}, err
	}
	cond, err := r.Condition()
	if err != nil {
		return rest.Reply{}, err
	}
	return rest.Deleted(), s.resources.Delete(ctx, locationID, resourceID, cond)
}

func ids(r *rest.Request) (locationID, resourceID string, err error) {
	if locationID, err = r.PathID("locationID"); err != nil {
		return "", "", err
	}
	resourceID, err = r.PathID("resourceID")
	return locationID, resourceID, err
}
