package test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/spacefinder/spacefinder/test/internal/harness"
)

// collector is an OTLP endpoint that keeps the spans that it gets.
type collector struct {
	*httptest.Server

	mu    sync.Mutex
	spans []span
}

// span is a span with the name of the process that made it.
type span struct {
	service string
	*tracepb.Span
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &data)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("an export to %s that cannot be read: %v", r.URL.Path, err)
		}
		c.keep(&data)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) keep(data *tracepb.TracesData) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range data.GetResourceSpans() {
		service := ""
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, span{service, s})
			}
		}
	}
}

// trace returns the spans of a trace.
func (c *collector) trace(id string) []span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.spans), func(s span) bool { return hex.EncodeToString(s.GetTraceId()) != id })
}

// below returns the only span of that process, kind and name that comes from
// the parent.
func below(t *testing.T, spans []span, parent, service, name string) span {
	t.Helper()
	var found []span
	for _, s := range spans {
		kind := strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_")
		if hex.EncodeToString(s.GetParentSpanId()) == parent && s.service == service && kind+" "+s.GetName() == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %q of %s come from %s, want one, among\n%v", len(found), name, service, parent, spans)
	}
	return found[0]
}

func (s span) id() string { return hex.EncodeToString(s.GetSpanId()) }

func (s span) attribute(name string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// parts are the names of the processes, and of the store.
type parts struct{ gateway, service, store string }

// traced starts a system of the test's own that exports to the collector.
func traced(t *testing.T, c *collector) (*site, parts) {
	t.Helper()
	environment := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.URL}
	var topology harness.Topology
	var names parts
	switch as := shared.topology.(type) {
	case harness.Single:
		as.Environment = environment
		topology, names = as, parts{"spacefinder", "spacefinder", "sqlite"}
	case harness.Split:
		as.Environment = environment
		topology, names = as, parts{"spacefinder-gateway", "spacefinder-bookings", "aws.dynamodb"}
	default:
		t.Skip("needs a system of its own")
	}
	system, err := topology.Start(t.Context(), t.TempDir()+"/data")
	if err != nil {
		t.Fatal(err)
	}
	return visitUntilTheEnd(t, system), names
}

// A booking leaves one tree of spans, from the client's own span to the store,
// whether its parts are one process or many.
func TestRequestIsTracedFromTheClientToTheStore(t *testing.T) {
	const (
		sampled, unsampled = "6560f1e2a1b2c3d4e5f60718293a4b5c", "6560f1e2ffffffffffffffffffffffff"
		client             = "53995c3f42cd8ad8"
	)
	continuing := func(id, decision string) string {
		return "Root=1-" + id[:8] + "-" + id[8:] + ";Parent=" + client + ";Sampled=" + decision
	}
	c := newCollector(t)
	s, names := traced(t, c)
	user := s.newUser(t, "tracy")
	room := newRoom(t, s.as(s.newUser(t, "admin", s.pool.AdminGroup)))

	path := bookingPath(user.ID, newID("booking"))
	answer := s.as(user).Put(t, path, room.slot(0), with("X-Amzn-Trace-Id", continuing(sampled, "1"))).Expect(t, http.StatusCreated)
	s.as(user).Get(t, path, with("X-Amzn-Trace-Id", continuing(unsampled, "0"))).Expect(t, http.StatusOK)
	if err := s.close(); err != nil { // which exports what waits
		t.Fatal(err)
	}

	const name = "PUT /users/{userID}/bookings/{bookingID}"
	spans := c.trace(sampled)
	door := below(t, spans, client, names.gateway, "SERVER "+name)
	below(t, spans, door.id(), names.gateway, "INTERNAL authorizer")
	call := below(t, spans, door.id(), names.gateway, "CLIENT "+name)
	service := below(t, spans, call.id(), names.service, "SERVER "+name)
	store := below(t, spans, service.id(), names.service, "CLIENT Put bookings")
	if len(spans) != 5 {
		t.Errorf("got %d spans, want 5: %v", len(spans), spans)
	}
	for _, s := range []span{door, service} {
		if got := s.attribute("spacefinder.request_id"); got != answer.RequestID() {
			t.Errorf("a span of %s speaks of the request %s, want %s", s.service, got, answer.RequestID())
		}
	}
	if got := store.attribute("db.system.name"); got != names.store {
		t.Errorf("the store is %q, want %q", got, names.store)
	}
	if got := c.trace(unsampled); len(got) != 0 {
		t.Errorf("a request that is not sampled left %v", got)
	}
}
