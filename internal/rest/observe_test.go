package rest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

type contextKey string

// recorder is an Observer that keeps what it is told.
type recorder struct {
	name     string
	calls    []rest.Call
	outcomes []rest.Outcome
	order    *[]string
}

func (o *recorder) Begin(ctx context.Context, c rest.Call) (context.Context, func(rest.Outcome)) {
	o.calls = append(o.calls, c)
	*o.order = append(*o.order, o.name+" begins")
	return context.WithValue(ctx, contextKey(o.name), "seen"), func(outcome rest.Outcome) {
		o.outcomes = append(o.outcomes, outcome)
		*o.order = append(*o.order, o.name+" ends")
	}
}

func observed(endpoint rest.Endpoint) (*fixture, *recorder) {
	o := &recorder{name: "one", order: new([]string)}
	return newFixture(endpoint, func(e *rest.Env) { e.Observers = []rest.Observer{o} }), o
}

func TestObserverSeesEveryRequest(t *testing.T) {
	fault := errors.New("disk on fire")
	conflict := spacefinder.Conflict(spacefinder.Interval{Start: 0, End: 60})
	stored := rest.Stored(map[string]string{"a": "b"}, "r1", true)
	tests := []struct {
		name, method, target string
		endpoint             rest.Endpoint
		change               func(*http.Request)
		route, caller        string
		want                 rest.Outcome
	}{
		{name: "an answer", method: "PUT", target: "/things/1", endpoint: answering(stored, nil),
			route: "/things/{thingID}", caller: "ada", want: rest.Outcome{Status: 201}},
		{name: "an answer of a condition", method: "GET", target: "/things/1", endpoint: answering(stored, nil),
			change: header("If-None-Match", `"r1"`), route: "/things/{thingID}", caller: "ada", want: rest.Outcome{Status: 304}},
		{name: "an error with a code", method: "PUT", target: "/things/1", endpoint: answering(rest.Reply{}, conflict),
			route: "/things/{thingID}", caller: "ada", want: rest.Outcome{Status: 409, Code: spacefinder.CodeConflict, Err: conflict}},
		{name: "a fault", method: "GET", target: "/things/1", endpoint: answering(rest.Reply{}, fault),
			route: "/things/{thingID}", caller: "ada", want: rest.Outcome{Status: 500, Code: spacefinder.CodeInternal, Err: fault}},
		{name: "a caller that is not named", method: "GET", target: "/things/1", endpoint: answering(stored, nil),
			change: func(r *http.Request) { r.Header.Del("X-Caller-Id") },
			route:  "/things/{thingID}", want: rest.Outcome{Status: 403, Code: spacefinder.CodeForbidden}},
		{name: "a path that is none", method: "GET", target: "/nothing", endpoint: answering(stored, nil),
			caller: "ada", want: rest.Outcome{Status: 404, Code: spacefinder.CodeNotFound}},
		{name: "a path that is not clean", method: "GET", target: "/things/../1", endpoint: answering(stored, nil),
			caller: "ada", want: rest.Outcome{Status: 400, Code: spacefinder.CodeInvalid}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, o := observed(tt.endpoint)
			change := tt.change
			if change == nil {
				change = func(*http.Request) {}
			}
			r := newRequest(tt.method, tt.target, nil, change)
			do(f, r)
			if len(o.calls) != 1 || len(o.outcomes) != 1 {
				t.Fatalf("told of %d calls and %d outcomes, want 1 each", len(o.calls), len(o.outcomes))
			}
			c := o.calls[0]
			if c.RequestID != requestID || c.CallerID != tt.caller || c.Method != tt.method || c.Route != tt.route ||
				c.Header.Get("requestId") != requestID {
				t.Errorf("got %+v, want route %q and caller %q", c, tt.route, tt.caller)
			}
			got := o.outcomes[0]
			if got.Status != tt.want.Status || got.Code != tt.want.Code || (got.Err == nil) != (got.Code == "") {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if tt.want.Err != nil && !errors.Is(got.Err, tt.want.Err) {
				t.Errorf("got the error %v, want %v", got.Err, tt.want.Err)
			}
		})
	}
}

func answering(reply rest.Reply, err error) rest.Endpoint {
	return func(context.Context, *rest.Request) (rest.Reply, error) { return reply, err }
}

func TestTheLoadBalancersQuestionsAreNotObserved(t *testing.T) {
	f, o := observed(answering(rest.Deleted(), nil))
	f.get("/health")
	f.get("/ready")
	if len(o.calls) != 0 {
		t.Errorf("told of %+v", o.calls)
	}
}

func TestObserversNestAndAddToTheContext(t *testing.T) {
	var order []string
	one, two := &recorder{name: "one", order: &order}, &recorder{name: "two", order: &order}
	f := newFixture(func(ctx context.Context, _ *rest.Request) (rest.Reply, error) {
		for _, name := range []string{"one", "two"} {
			if ctx.Value(contextKey(name)) != "seen" {
				t.Errorf("the work does not have the context of %s", name)
			}
		}
		order = append(order, "work")
		return rest.Deleted(), nil
	}, func(e *rest.Env) { e.Observers = []rest.Observer{one, two} })
	f.get("/things/1")
	if want := []string{"one begins", "two begins", "work", "two ends", "one ends"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}
