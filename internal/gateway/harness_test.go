package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// The documents of the tests are put together from these parts.
const (
	head = `openapi: 3.0.1
info: {title: Test, version: "1"}
x-amazon-apigateway-request-validators:
  all: {validateRequestParameters: true, validateRequestBody: true}
  parameters: {validateRequestParameters: true, validateRequestBody: false}
x-amazon-apigateway-request-validator: all
`
	scheme = `components:
  securitySchemes:
    Token:
      type: apiKey
      in: header
      name: Authorization
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: {"Fn::Sub": "arn:${AWS::Region}"}
        identityValidationExpression: "^(Bearer )?[a-z0-9.]+$"
  schemas:
    Room:
      type: object
      required: [name, type]
      additionalProperties: false
      properties:
        name: {type: string, minLength: 1, maxLength: 10}
        type: {type: string, enum: [room, hall]}
        capacity: {type: integer, minimum: 1, maximum: 100}
`
	rooms = `paths:
  /rooms:
    get:
      parameters: [{name: view, in: query, schema: {type: string}}]
      responses: {"200": {description: OK}}
      security: [{Token: []}]
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        uri: http://${stageVariables.rooms}/rooms
        requestParameters:
          integration.request.header.requestId: context.requestId
          integration.request.header.X-Caller-Id: context.authorizer.callerId
          integration.request.header.X-Caller-Groups: context.authorizer.callerGroups
    options:
      responses:
        "200":
          description: OK
          headers:
            Access-Control-Allow-Origin: {schema: {type: string}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
  /rooms/{roomID}:
    get:
      parameters:
        - {name: roomID, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: OK}}
      security: [{Token: []}]
      x-amazon-apigateway-integration:
        type: http_proxy
        uri: http://${stageVariables.rooms}/rooms/{id}
        requestParameters: {integration.request.path.id: method.request.path.roomID}
    put:
      parameters:
        - {name: roomID, in: path, required: true, schema: {type: string}}
        - {name: q1, in: query, required: true, schema: {type: string}}
        - {name: x-header-param, in: header, required: true, schema: {type: string}}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Room'}}}
      responses: {"200": {description: OK}}
      security: [{Token: []}]
      x-amazon-apigateway-integration:
        type: http_proxy
        uri: http://${stageVariables.rooms}/rooms/{id}
        timeoutInMillis: 29000
        requestParameters: {integration.request.path.id: method.request.path.roomID}
  /open:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Room'}}}
      responses: {"200": {description: OK}}
      x-amazon-apigateway-integration: {type: http_proxy, uri: "http://${stageVariables.rooms}/open", timeoutInMillis: 100}
  /open/{proxy+}:
    get:
      parameters:
        - {name: proxy, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: OK}}
      x-amazon-apigateway-integration:
        type: http_proxy
        uri: http://${stageVariables.rooms}/files/{proxy}
        requestParameters:
          integration.request.path.proxy: method.request.path.proxy
          integration.request.querystring.added: method.request.header.X-Add
          integration.request.header.X-Literal: "'fixed'"
`
	document = head + rooms + scheme
	corsRule = `x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {responseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}}
`
)

const requestID = "11111111-2222-4333-8444-555555555555"

// authorizerFunc is an Authorizer.
type authorizerFunc func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error)

func (f authorizerFunc) Authorize(ctx context.Context, r iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
	return f(ctx, r)
}

// policy lets the bearer do what the resources say; one that begins with "-"
// is denied.
func policy(resources ...string) iampolicy.Document {
	d := iampolicy.Document{Version: iampolicy.Version}
	for _, r := range resources {
		s := iampolicy.Statement{Effect: iampolicy.EffectAllow, Action: iampolicy.List[string]{iampolicy.ActionInvoke}}
		if denied, ok := strings.CutPrefix(r, "-"); ok {
			s.Effect, r = iampolicy.EffectDeny, denied
		}
		s.Resource = iampolicy.List[string]{"arn:aws:execute-api:us-east-1:000000000000:local/Prod/" + r}
		d.Statement = append(d.Statement, s)
	}
	return d
}

// allow authorizes every token for the resources.
func allow(resources ...string) authorizerFunc {
	return func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
		return iampolicy.TokenResponse{
			PrincipalID: "ann", PolicyDocument: policy(resources...),
			Context: map[string]string{"callerId": "ann", "callerGroups": "staff"},
		}, nil
	}
}

// system is a gateway under test with one backend, served over HTTP.
type system struct {
	*testing.T
	url string
	g   *Gateway

	mu       sync.Mutex
	requests []*http.Request // that reached the backend, bodies read
	bodies   []string
}

// option changes the configuration of a system.
type option func(*Config)

func withDocument(doc string) option     { return func(c *Config) { c.Document = []byte(doc) } }
func withAuthorizer(a Authorizer) option { return func(c *Config) { c.Authorizers["Token"] = a } }
func withHandler(h http.HandlerFunc) option {
	return func(c *Config) { c.Targets["rooms:8081"] = backend.Handler(h) }
}

func config() Config {
	return Config{
		Document:       []byte(document),
		StageVariables: map[string]string{"rooms": "rooms:8081"},
		Authorizers:    map[string]Authorizer{"Token": allow("*")},
		Targets:        map[string]backend.Target{"rooms:8081": backend.Handler(http.NotFoundHandler())},
		NewRequestID:   func() string { return requestID },
		Now:            func() time.Time { return time.Date(2026, 11, 22, 9, 8, 7, 0, time.UTC) },
	}
}

// start serves a system whose backend answers 200 {"ok":true}, unless an option
// says otherwise.
func start(t *testing.T, options ...option) *system {
	t.Helper()
	s := &system{T: t}
	cfg := config()
	cfg.Targets["rooms:8081"] = backend.Handler(http.HandlerFunc(s.serveBackend))
	for _, o := range options {
		o(&cfg)
	}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(g.Close)
	t.Cleanup(server.Close)
	s.url, s.g = server.URL, g
	return s
}

func (s *system) serveBackend(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.Errorf("backend: reading the body: %v", err)
	}
	s.mu.Lock()
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"ok":true}`)
}

// received returns the only request that reached the backend and its body.
func (s *system) received() (*http.Request, string) {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) != 1 {
		s.Fatalf("%d requests reached the backend, want 1", len(s.requests))
	}
	return s.requests[0], s.bodies[0]
}

func (s *system) reached() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

// do sends a request with a token. Headers are "Name: value"; one of
// "Authorization:" alone takes the token away.
func (s *system) do(method, path, body string, headers ...string) reply {
	s.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, content)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer abc.def")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if name == "Authorization" {
			r.Header.Del(name)
		}
		if value = strings.TrimSpace(value); value != "" {
			r.Header.Add(name, value)
		}
	}
	return s.send(r)
}

func (s *system) send(r *http.Request) reply {
	s.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return reply{resp, string(b)}
}

// want checks status and body.
func (s *system) want(got reply, status int, body string) {
	s.Helper()
	if got.StatusCode != status || got.body != body {
		s.Errorf("got %d %s\nwant %d %s", got.StatusCode, got.body, status, body)
	}
}

// wantHeader checks a header; "" means absent.
func (s *system) wantHeader(h http.Header, name, value string) {
	s.Helper()
	if got := strings.Join(h.Values(name), "|"); got != value {
		s.Errorf("%s: got %q, want %q", name, got, value)
	}
}

const validRoom = `{"name":"Blue","type":"room"}`
