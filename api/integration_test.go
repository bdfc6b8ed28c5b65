package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/bookings"
	"github.com/spacefinder/spacefinder/internal/locations"
	"github.com/spacefinder/spacefinder/internal/resources"
	"github.com/spacefinder/spacefinder/internal/rest"
)

// served maps every operation that a service serves to the stage variable that
// holds the service's address.
func served(t *testing.T) map[string]string {
	t.Helper()
	services := map[string]*rest.Service{
		"locationsEndpoint": locations.New(rest.Env{}, nil),
		"resourcesEndpoint": resources.New(rest.Env{}, nil),
		"bookingsEndpoint":  bookings.New(rest.Env{}, spacefinder.DefaultBookingRules(), nil),
	}
	operations := map[string]string{}
	for variable, service := range services {
		for _, route := range service.Routes() {
			op := route.Method + " " + route.Path
			if other, taken := operations[op]; taken {
				t.Errorf("%s is served behind %s and %s", op, other, variable)
			}
			operations[op] = variable
		}
	}
	return operations
}

func TestEveryOperationIsServedAndEveryRouteDeclared(t *testing.T) {
	var declared []string
	for _, op := range operations(t) {
		declared = append(declared, op.String())
	}
	routes := slices.Collect(maps.Keys(served(t)))
	slices.Sort(declared)
	slices.Sort(routes)
	if !slices.Equal(declared, routes) {
		t.Errorf("declared\n\t%s\nserved\n\t%s", strings.Join(declared, "\n\t"), strings.Join(routes, "\n\t"))
	}
}

// The mappings are all that a service learns beside path, query and body.
func TestEveryOperationIsIntegrated(t *testing.T) {
	variables := served(t)
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	for _, op := range operations(t) {
		integration := maps.Clone(asMap(t, op.Extensions["x-amazon-apigateway-integration"]))
		want := map[string]any{
			"type":                "http_proxy",
			"httpMethod":          op.method,
			"uri":                 fmt.Sprintf("http://${stageVariables.%s}%s", variables[op.String()], op.path),
			"connectionType":      "VPC_LINK",
			"connectionId":        "${stageVariables.vpcLinkId}",
			"integrationTarget":   map[string]any{"Ref": "LoadBalancer"}, // a resource of deploy/application.yaml
			"passthroughBehavior": "when_no_match",
			"timeoutInMillis":     29000,
		}
		mapped := map[string]any{
			"integration.request.header.requestId":       "context.requestId",
			"integration.request.header.X-Amzn-Trace-Id": "context.xrayTraceId",
			"integration.request.header.X-Caller-Id":     "context.authorizer.callerId",
			"integration.request.header.X-Caller-Groups": "context.authorizer.callerGroups",
		}
		for _, match := range parameter.FindAllStringSubmatch(op.path, -1) {
			mapped["integration.request.path."+match[1]] = "method.request.path." + match[1]
		}
		checkSame(t, op.String(), integration["requestParameters"], mapped)
		delete(integration, "requestParameters")
		checkSame(t, op.String(), integration, want)
	}
}

func TestEveryPathAnswersPreflights(t *testing.T) {
	for path, item := range document(t).Paths.Map() {
		op := item.Options
		if op == nil {
			t.Errorf("%s has no OPTIONS", path)
			continue
		}
		if op.Security != nil || op.OperationID == "" {
			t.Errorf("OPTIONS %s: security %v, operationId %q; a browser sends no token with it", path, op.Security, op.OperationID)
		}
		integration := asMap(t, op.Extensions["x-amazon-apigateway-integration"])
		checkSame(t, path, integration["requestTemplates"], map[string]any{"application/json": `{"statusCode": 200}`})
		answer := asMap(t, asMap(t, integration["responses"])["default"])
		if integration["type"] != "mock" || answer["statusCode"] != "200" {
			t.Errorf("OPTIONS %s: type %v, status %v", path, integration["type"], answer["statusCode"])
		}

		var verbs []string
		for _, verb := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			if item.GetOperation(verb) != nil {
				verbs = append(verbs, verb)
			}
		}
		if len(verbs) != len(item.Operations()) {
			t.Errorf("%s has verbs that the test does not know", path)
		}
		checkSame(t, "OPTIONS "+path, answer["responseParameters"], map[string]any{
			"method.response.header.Access-Control-Allow-Methods": "'" + strings.Join(verbs, ",") + "'",
			"method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type,If-Match,If-None-Match,X-Amzn-Trace-Id'",
			"method.response.header.Access-Control-Allow-Origin":  "'*'",
			"method.response.header.Access-Control-Max-Age":       "'7200'",
		})
		// API Gateway sets only headers that the method's response declares.
		declared := op.Responses.Value("200").Value.Headers
		for parameter := range asMap(t, answer["responseParameters"]) {
			if name := strings.TrimPrefix(parameter, "method.response.header."); declared[name] == nil {
				t.Errorf("OPTIONS %s does not declare %s", path, name)
			}
		}
	}
}

// checkSame compares two objects, however their numbers are typed.
func checkSame(t *testing.T, what string, got any, want map[string]any) {
	t.Helper()
	have := asMap(t, got)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if fmt.Sprint(have[name]) != fmt.Sprint(want[name]) {
			t.Errorf("%s: %s is %v, want %v", what, name, have[name], want[name])
		}
	}
	for name := range have {
		if _, known := want[name]; !known {
			t.Errorf("%s: %s is not expected", what, name)
		}
	}
}
