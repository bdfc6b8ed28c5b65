// Package rest is the adapter between HTTP and the three services. An endpoint
// is a typed function from a Request to a Reply or an error; this package owns
// what all of them need: routing, the caller, decoding and encoding, ETags and
// conditions, paging, and the one table from error codes to HTTP statuses.
package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"time"

	"github.com/spacefinder/spacefinder"
)

// Env is what every service is given.
type Env struct {
	Access  spacefinder.Access
	Now     func() time.Time
	NewID   func() string // a fresh id; UUIDv7, so that ids made later sort later
	Logger  *slog.Logger
	Ready   func(context.Context) error // nil when the service can do its work, for GET /ready
	Timeout time.Duration               // bound on one request; 0: the front door in the same process has set one

	Observers []Observer // told of every request, in this order
}

// Timestamp returns the current time in the spelling of the contract: RFC 3339
// in UTC with milliseconds.
func (e Env) Timestamp() string {
	return e.Now().UTC().Format("2006-01-02T15:04:05.000Z")
}

// Endpoint does the work of one operation. An error that is a
// *spacefinder.Error is answered with its code; any other is logged and
// answered 500 without its text.
type Endpoint func(ctx context.Context, r *Request) (Reply, error)

// Route binds an operation to its endpoint.
type Route struct {
	Method   string
	Path     string // as in the OpenAPI document: /locations/{locationID}
	Endpoint Endpoint
}

// Service serves the routes of one service, and for the load balancer:
//
//	GET /health  200 while the process lives
//	GET /ready   200 while it can do its work, else 503
type Service struct {
	env    Env
	routes []Route
	mux    *http.ServeMux
}

// NewService returns a service of these routes.
func NewService(env Env, routes []Route) *Service {
	s := &Service{env: env, routes: routes, mux: http.NewServeMux()}
	for _, route := range routes {
		s.mux.Handle(route.Method+" "+route.Path, s.handler(route))
	}
	s.mux.Handle("GET /health", http.HandlerFunc(s.health))
	s.mux.Handle("GET /ready", http.HandlerFunc(s.ready))
	s.mux.Handle("/", http.HandlerFunc(s.notFound))
	return s
}

// Routes returns the routes, for the test that compares them with the contract.
func (s *Service) Routes() []Route { return s.routes }

// ServeHTTP routes a request. The mux of net/http answers an unclean path with
// a redirect and an unknown one in plain text; an API does neither.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case path.Clean(r.URL.Path) != r.URL.Path:
		s.refuse(w, r, spacefinder.Errorf(spacefinder.CodeInvalid, "The path is not valid."))
	case r.Method == http.MethodHead || r.URL.Path == "*": // net/http takes HEAD for GET, API Gateway does not
		s.notFound(w, r)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

func (s *Service) notFound(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such operation."))
}

func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	start := s.env.Now()
	request := newRequest(r, s.requestID(r.Header))
	ctx, end := s.observe(r.Context(), request, "")
	writeProblem(w, request.RequestID, err)
	outcome := failed(err)
	s.log(ctx, request, "", outcome, start)
	end(outcome)
}

// requestID returns the front door's id of the request. Without one, or with
// one that the front door cannot have sent, the request gets a fresh id.
func (s *Service) requestID(h http.Header) string {
	if ids := h[headerRequestID]; len(ids) > 0 && spacefinder.ValidID(ids[0]) {
		return ids[0]
	}
	return s.env.NewID()
}

func (s *Service) handler(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, ctx := s.env.Now(), r.Context()
		if s.env.Timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.env.Timeout)
			defer cancel()
		}
		request := newRequest(r, s.requestID(r.Header))
		ctx, end := s.observe(ctx, request, route.Path)
		var outcome Outcome
		reply, err := s.call(ctx, route.Endpoint, request)
		if err == nil {
			outcome.Status, err = reply.write(w, request)
		}
		if err != nil {
			writeProblem(w, request.RequestID, err)
			outcome = failed(err)
		}
		s.log(ctx, request, route.Path, outcome, start)
		end(outcome)
	})
}

// call runs the endpoint; a panic becomes an error, so that one bad request
// does not end the others.
func (s *Service) call(ctx context.Context, endpoint Endpoint, r *Request) (reply Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.invalid != nil {
		return Reply{}, r.invalid
	}
	reply, err = endpoint(ctx, r)
	if err != nil && spacefinder.CodeOf(err) == spacefinder.CodeInternal && isTimeout(err) {
		err = spacefinder.Errorf(spacefinder.CodeUnavailable, "The request took too long.").WithCause(err)
	}
	return reply, err
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

func (s *Service) health(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
}

func (s *Service) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.env.Ready(r.Context()); err != nil {
		s.env.Logger.WarnContext(r.Context(), "not ready", "error", err.Error())
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}
