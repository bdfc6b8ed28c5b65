package gateway

import (
	"errors"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/api"
	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/gateway/definition"
)

func TestNewReportsEverythingThatIsMissing(t *testing.T) {
	tests := []struct {
		name   string
		change option
		want   []string
	}{
		{"no authorizer", func(c *Config) { c.Authorizers = nil }, []string{"security scheme Token"}},
		{"no target", func(c *Config) { c.Targets = nil },
			[]string{"GET /rooms: no target is configured for rooms:8081", "POST /open: no target"}},
		{"no stage variable", func(c *Config) { c.StageVariables = nil }, []string{"stage variable rooms is not set"}},
		{"unknown context variable", withDocument(strings.Replace(document, "context.requestId", "context.nope", 1)), []string{`"nope"`}},
		{"placeholder without a mapping", withDocument(strings.Replace(document, "/rooms/{id}", "/rooms/{other}", 1)),
			[]string{"integration.request.path.other", "integration.request.path.id"}},
		{"query in a uri", withDocument(strings.Replace(document, "/files/{proxy}", "/files/{proxy}?a=1", 1)), []string{"query"}},
		{"uri without a host", withDocument(strings.Replace(document, "http://${stageVariables.rooms}/open", "/open", 1)),
			[]string{`uri "/open"`}},
		{"unknown gateway response", withDocument(document + "x-amazon-apigateway-gateway-responses: {NOPE: {}}\n"), []string{"NOPE"}},
		{"gateway response that cannot be customised",
			withDocument(document + "x-amazon-apigateway-gateway-responses: {REQUEST_TOO_LARGE: {}}\n"), []string{"REQUEST_TOO_LARGE"}},
		{"access log without a request id", withAccessLog(&buffer{}, "$context.status"), []string{"access log format"}},
		{"access log with an unknown variable", withAccessLog(&buffer{}, "$context.requestId $context.nope"), []string{`"nope"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config()
			tt.change(&cfg)
			_, err := New(cfg)
			problems, ok := errors.AsType[*definition.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(problems.Error(), want) {
					t.Errorf("got %v, want also %s", err, want)
				}
			}
		})
	}
}

func TestTheContractIsSupported(t *testing.T) {
	endpoints := map[string]string{
		"locationsEndpoint": "locations:8081", "resourcesEndpoint": "resources:8082", "bookingsEndpoint": "bookings:8083", "vpcLinkId": "link",
	}
	targets := map[string]backend.Target{}
	for _, host := range endpoints {
		targets[host] = okTarget()
	}
	g, err := New(Config{
		Document: api.Document, StageVariables: endpoints, Targets: targets,
		Authorizers: map[string]Authorizer{"TokenAuthorizer": allow("*")},
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
}
