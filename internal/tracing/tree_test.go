package tracing_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/tracing"
)

const (
	root    = "1-5759e988-bd862e3fe1be46a994272793"
	traceID = "5759e988bd862e3fe1be46a994272793"
	client  = "53995c3f42cd8ad8"
	call    = "00f067aa0ba902b7"

	requestID = "6a4f1f0c-95f8-4f0e-8c8a-2b7c3f1f9d55"
)

// export runs the work with a tracer, and returns what a collector got.
func export(t *testing.T, work func(*tracing.Tracer)) map[string]span {
	t.Helper()
	c := newCollector(t)
	tracer := tracing.New(tracing.Config{Settings: settings(t, c.URL), Service: "test", Version: "1"})
	work(tracer)
	tracer.Close()
	return c.spans()
}

// observation is a booking at the front door: the authorizer took a second, the
// service two of the five in all.
func observation(change ...func(*gateway.Observation)) gateway.Observation {
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	o := gateway.Observation{
		RequestID: requestID, Method: http.MethodPut, ResourcePath: "/users/{userID}/bookings", Status: 201, Principal: "ada",
		Trace:           gateway.Trace{Root: root, Parent: client, Span: call, Sampled: true},
		Start:           start,
		Latency:         5 * time.Second,
		AuthorizerStart: start.Add(time.Second), AuthorizerLatency: time.Second,
		IntegrationStart: start.Add(2 * time.Second), IntegrationLatency: 2 * time.Second,
		IntegrationTarget: "bookings", IntegrationStatus: 201,
	}
	for _, c := range change {
		c(&o)
	}
	return o
}

func checkSpan(t *testing.T, got, want span) {
	t.Helper()
	if got.name == "" {
		t.Errorf("there is no span %s %s", want.kind, want.name)
		return
	}
	want.id = got.id
	if got.kind != want.kind || got.status != want.status || got.trace != want.trace || got.parent != want.parent ||
		got.seconds != want.seconds || !maps.Equal(got.attributes, want.attributes) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFrontDoor(t *testing.T) {
	spans := export(t, func(tracer *tracing.Tracer) { tracer.FrontDoor(observation()) })
	if len(spans) != 3 {
		t.Errorf("got %d spans, want 3: %v", len(spans), spans)
	}
	const name = "PUT /users/{userID}/bookings"
	request := spans["SERVER "+name]
	checkSpan(t, request, span{
		name: name, kind: "SERVER", status: "UNSET", trace: traceID, parent: client, seconds: 5,
		attributes: map[string]string{
			"http.request.method": "PUT", "http.route": "/users/{userID}/bookings",
			"http.response.status_code": "201", "spacefinder.request_id": requestID,
		},
	})
	checkSpan(t, spans["INTERNAL authorizer"], span{
		name: "authorizer", kind: "INTERNAL", status: "UNSET", trace: traceID, parent: request.id, seconds: 1, attributes: map[string]string{},
	})
	integration := spans["CLIENT "+name]
	checkSpan(t, integration, span{
		name: name, kind: "CLIENT", status: "UNSET", trace: traceID, parent: request.id, seconds: 2,
		attributes: map[string]string{
			"http.request.method": "PUT", "url.template": "/users/{userID}/bookings",
			"server.address": "bookings", "http.response.status_code": "201",
		},
	})
	if integration.id != call {
		t.Errorf("the call of the service has the id %s, want %s, which the service was told", integration.id, call)
	}
}

func TestFrontDoorTellsWhatFailed(t *testing.T) {
	notCalled := func(o *gateway.Observation) {
		o.IntegrationStart, o.IntegrationLatency, o.IntegrationStatus = time.Time{}, 0, 0
	}
	tests := []struct {
		name       string
		change     func(*gateway.Observation)
		span       string
		status     string
		attributes map[string]string
	}{
		{
			"the service answers with a client's fault: its call failed", func(o *gateway.Observation) { o.Status, o.IntegrationStatus = 409, 409 },
			"CLIENT PUT /users/{userID}/bookings", "ERROR", map[string]string{"error.type": "409", "http.response.status_code": "409"},
		},
		{
			"but not the request", func(o *gateway.Observation) { o.Status, o.IntegrationStatus = 409, 409 },
			"SERVER PUT /users/{userID}/bookings", "UNSET", map[string]string{"error.type": "", "http.response.status_code": "409"},
		},
		{
			"the service answers with a fault", func(o *gateway.Observation) { o.Status, o.IntegrationStatus = 500, 500 },
			"SERVER PUT /users/{userID}/bookings", "ERROR", map[string]string{"error.type": "500"},
		},
		{
			"the service does not answer",
			func(o *gateway.Observation) {
				o.Status, o.IntegrationStatus, o.ErrorType = 504, 0, "INTEGRATION_TIMEOUT"
			},
			"CLIENT PUT /users/{userID}/bookings", "ERROR", map[string]string{"error.type": "INTEGRATION_TIMEOUT", "http.response.status_code": ""},
		},
		{
			"the front door answers itself", func(o *gateway.Observation) { notCalled(o); o.Status, o.ErrorType = 429, "THROTTLED" },
			"SERVER PUT /users/{userID}/bookings", "UNSET",
			map[string]string{"error.type": "", "spacefinder.gateway_response": "THROTTLED", "http.response.status_code": "429"},
		},
		{
			"the authorizer fails", func(o *gateway.Observation) { notCalled(o); o.Status, o.ErrorType = 500, "AUTHORIZER_FAILURE" },
			"INTERNAL authorizer", "ERROR", map[string]string{"error.type": "AUTHORIZER_FAILURE"},
		},
		{
			"the authorizer refuses", func(o *gateway.Observation) { notCalled(o); o.Status, o.ErrorType = 401, "UNAUTHORIZED" },
			"INTERNAL authorizer", "UNSET", map[string]string{"error.type": ""},
		},
		{
			"the client leaves", func(o *gateway.Observation) { o.Status, o.IntegrationStatus = 499, 0 },
			"SERVER PUT /users/{userID}/bookings", "UNSET", map[string]string{"error.type": "canceled", "http.response.status_code": ""},
		},
		{
			"a path that is none, with a method of the client's own",
			func(o *gateway.Observation) {
				notCalled(o)
				o.Method, o.ResourcePath, o.Status, o.ErrorType = "SECRET", "", 403, "MISSING_AUTHENTICATION_TOKEN"
			},
			"SERVER HTTP", "UNSET", map[string]string{"http.request.method": "_OTHER", "http.route": ""},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spans := export(t, func(tracer *tracing.Tracer) { tracer.FrontDoor(observation(tt.change)) })
			got, ok := spans[tt.span]
			if !ok || got.status != tt.status {
				t.Fatalf("got %+v of %v, want a span of status %s", got, spans, tt.status)
			}
			for name, value := range tt.attributes {
				if got.attributes[name] != value {
					t.Errorf("%s is %q, want %q", name, got.attributes[name], value)
				}
			}
		})
	}
}

func TestTraceThatStartsAtTheFrontDoor(t *testing.T) {
	spans := export(t, func(tracer *tracing.Tracer) {
		tracer.FrontDoor(observation(func(o *gateway.Observation) { o.Trace.Parent = "" }))
	})
	if got := spans["SERVER PUT /users/{userID}/bookings"]; got.trace != traceID || got.parent != "" {
		t.Errorf("got trace %s and parent %q, want %s and none", got.trace, got.parent, traceID)
	}
}

// serve sends a request to a service of one route, whose work is one operation
// of a store that ends with err.
func serve(tracer *tracing.Tracer, header string, err error) {
	store := tracer.Store("sqlite")
	env := rest.Env{
		Now: time.Now, NewID: func() string { return "fresh" },
		Logger:    (&logs{}).logger(),
		Observers: []rest.Observer{tracer.Service()},
	}
	service := rest.NewService(env, []rest.Route{{
		Method: http.MethodGet, Path: "/things/{thingID}",
		Endpoint: func(ctx context.Context, _ *rest.Request) (rest.Reply, error) {
			_, end := store.Begin(ctx, observed.Operation{Resource: "things", Method: "Get"})
			end(err)
			return rest.Deleted(), err
		},
	}})
	r := httptest.NewRequest(http.MethodGet, "/things/1", nil)
	r.Header.Set("requestId", requestID)
	r.Header.Set("X-Caller-Id", "ada")
	if header != "" {
		r.Header.Set("X-Amzn-Trace-Id", header)
	}
	service.ServeHTTP(httptest.NewRecorder(), r)
}

func TestServiceAndStore(t *testing.T) {
	tests := []struct {
		name                         string
		err                          error
		serviceStatus, storeStatus   string
		serviceAttributes, storeAttr map[string]string
	}{
		{
			"an answer", nil, "UNSET", "UNSET",
			map[string]string{"http.response.status_code": "200"}, nil,
		},
		{
			"what the client did wrong is no error", spacefinder.Errorf(spacefinder.CodeNotFound, "secret"), "UNSET", "UNSET",
			map[string]string{"http.response.status_code": "404", "spacefinder.error.code": "not_found"},
			map[string]string{"spacefinder.error.code": "not_found"},
		},
		{
			"a store that cannot answer", spacefinder.Errorf(spacefinder.CodeUnavailable, "secret"), "ERROR", "ERROR",
			map[string]string{"http.response.status_code": "503", "spacefinder.error.code": "unavailable", "error.type": "503"},
			map[string]string{"error.type": "unavailable"},
		},
		{
			"a fault, whose text stays in the log", errors.New("secret"), "ERROR", "ERROR",
			map[string]string{"http.response.status_code": "500", "spacefinder.error.code": "internal_error", "error.type": "500"},
			map[string]string{"error.type": "internal_error"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spans := export(t, func(tracer *tracing.Tracer) { serve(tracer, "Root="+root+";Parent="+call+";Sampled=1", tt.err) })
			service := spans["SERVER GET /things/{thingID}"]
			want := map[string]string{"http.request.method": "GET", "http.route": "/things/{thingID}", "spacefinder.request_id": requestID}
			maps.Copy(want, tt.serviceAttributes)
			checkSpan(t, service, span{
				name: "GET /things/{thingID}", kind: "SERVER", status: tt.serviceStatus, trace: traceID, parent: call, attributes: want,
			})
			want = map[string]string{"db.system.name": "sqlite", "db.operation.name": "Get", "db.collection.name": "things"}
			maps.Copy(want, tt.storeAttr)
			checkSpan(t, spans["CLIENT Get things"], span{
				name: "Get things", kind: "CLIENT", status: tt.storeStatus, trace: traceID, parent: service.id, attributes: want,
			})
		})
	}
}

// API Gateway's context.xrayTraceId is a root alone: the service's span then
// has no parent, and still belongs to the trace.
func TestServiceContinuesARootAlone(t *testing.T) {
	for _, header := range []string{root, "Root=" + root, "Root=" + root + ";Sampled=1"} {
		spans := export(t, func(tracer *tracing.Tracer) { serve(tracer, header, nil) })
		if got := spans["SERVER GET /things/{thingID}"]; got.trace != traceID || got.parent != "" {
			t.Errorf("%s: got trace %q and parent %q, want %s and none", header, got.trace, got.parent, traceID)
		}
	}
}

func TestServiceStartsATraceWithoutAHeader(t *testing.T) {
	spans := export(t, func(tracer *tracing.Tracer) { serve(tracer, "", nil) })
	service, store := spans["SERVER GET /things/{thingID}"], spans["CLIENT Get things"]
	if len(service.trace) != 32 || service.parent != "" || store.trace != service.trace || store.parent != service.id {
		t.Errorf("got %+v and %+v, want a trace of its own", service, store)
	}
}

func TestWhatIsNotSampledIsNotExported(t *testing.T) {
	spans := export(t, func(tracer *tracing.Tracer) {
		tracer.FrontDoor(observation(func(o *gateway.Observation) { o.Trace.Sampled = false }))
		serve(tracer, "Root="+root+";Parent="+call+";Sampled=0", nil)
	})
	if len(spans) != 0 {
		t.Errorf("got %v", spans)
	}
}
