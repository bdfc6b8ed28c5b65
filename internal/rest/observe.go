package rest

import (
	"context"
	"net/http"

	"github.com/spacefinder/spacefinder"
)

// Observer is told of every request but those for /health and /ready. It must
// not block, and must be safe for concurrent use.
type Observer interface {
	// Begin is called before the work begins. The work gets the context that it
	// returns, which must be ctx or come from it; the function is called once,
	// after the answer has been written.
	Begin(ctx context.Context, c Call) (context.Context, func(Outcome))
}

// Call is a request that begins.
type Call struct {
	RequestID string      // the front door's, or a fresh one
	CallerID  string      // "" when the request does not say who makes it
	Method    string      // as sent: for a request that fits no route it may be any word
	Route     string      // the route's path, such as /locations/{locationID}; "" when none fits
	Header    http.Header // of the request; to be read only
}

// Outcome is what became of a request.
type Outcome struct {
	Status int
	Code   spacefinder.Code // "" when it was answered without an error
	Err    error            // nil with an empty Code; its text is for logs, not for clients
}

// observe tells all observers of a request. It returns the context for the
// work and the function that tells them the outcome.
func (s *Service) observe(ctx context.Context, r *Request, route string) (context.Context, func(Outcome)) {
	observers := s.env.Observers
	if len(observers) == 0 {
		return ctx, unobserved
	}
	c := Call{
		RequestID: r.RequestID, CallerID: r.Caller.ID,
		Method: r.http.Method, Route: route, Header: r.http.Header,
	}
	if len(observers) == 1 {
		return observers[0].Begin(ctx, c)
	}
	ends := make([]func(Outcome), len(observers))
	for i, o := range observers {
		ctx, ends[i] = o.Begin(ctx, c)
	}
	return ctx, func(outcome Outcome) {
		for i := len(ends) - 1; i >= 0; i-- { // the last to begin is the first to end, as with defer
			ends[i](outcome)
		}
	}
}

func unobserved(Outcome) {}

// failed returns the outcome of a request that is answered with an error.
func failed(err error) Outcome {
	code := spacefinder.CodeOf(err)
	return Outcome{Status: StatusOf(code), Code: code, Err: err}
}
