package definition

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/expression"
)

// build puts a document together: lines at the root, the members of GET /a, and
// lines below components.
func build(root, operation, components string) []byte {
	doc := "openapi: 3.0.1\ninfo: {title: T, version: \"1\"}\n" + root + "\npaths:\n  /a/{id}:\n    get:\n" +
		"      parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n" +
		"      responses: {\"200\": {description: OK, headers: {A: {schema: {type: string}}}}}\n"
	for line := range strings.SplitSeq(operation, "\n") {
		doc += "      " + line + "\n"
	}
	return []byte(doc + components)
}

const (
	proxied = `x-amazon-apigateway-integration: {type: http_proxy, uri: "http://a/"}`
	token   = `components:
  securitySchemes:
    Token: {type: apiKey, in: header, name: authorization, x-amazon-apigateway-authtype: custom,
      x-amazon-apigateway-authorizer: {type: token, authorizerResultTtlInSeconds: 0, authorizerUri: {"Fn::Sub": x}}}
`
)

func load(t *testing.T, document []byte) *API {
	t.Helper()
	var problems Problems
	api := Load(document, &problems)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return api
}

func TestProxy(t *testing.T) {
	op := load(t, build("", `x-amazon-apigateway-integration:
  type: http_proxy
  uri: http://${stageVariables.a}/x/{p}
  httpMethod: POST
  connectionType: VPC_LINK
  connectionId: ${stageVariables.link}
  passthroughBehavior: never
  timeoutInMillis: 1500
  requestParameters:
    integration.request.path.p: method.request.path.id
    integration.request.header.requestid: context.requestId
    integration.request.querystring.Q: "'1'"`, "")).Operations[0]
	p := op.ProxyTo
	if op.Name() != "GET /a/{id}" || p == nil || p.Method != http.MethodPost ||
		p.Timeout != 1500*time.Millisecond || p.URI != "http://${stageVariables.a}/x/{p}" {
		t.Fatalf("got %+v, %+v", op, p)
	}
	if p.Headers["Requestid"] != (expression.Source{Kind: expression.Context, Name: "requestId"}) ||
		p.Query["Q"] != (expression.Source{Kind: expression.Literal, Name: "1"}) ||
		p.PathSources["p"] != (expression.Source{Kind: expression.Path, Name: "id"}) {
		t.Errorf("got %+v", p)
	}
}

func TestProxyDefaults(t *testing.T) {
	p := load(t, build("", `x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: "http://a/"}`, "")).Operations[0].ProxyTo
	if p.Method != "" || p.Timeout != 29*time.Second {
		t.Errorf("got %+v", p)
	}
}

func TestMock(t *testing.T) {
	tests := []struct{ name, responses, body string }{
		{"default", `{default: {statusCode: "200", responseTemplates: {application/json: d}}}`, "d"},
		{"a pattern goes before default",
			`{default: {statusCode: 200}, "2..": {statusCode: 200, responseTemplates: {application/json: p}}}`, "p"},
		{"the entry of the same status goes first",
			`{"2.+": {statusCode: 500}, "20[0]": {statusCode: 200, responseTemplates: {application/json: s}}, "2..": {statusCode: 500}}`, "s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := load(t, build("", `x-amazon-apigateway-integration:
  type: mock
  requestTemplates: {application/json: '{statusCode: 200}', text/plain: '{"statusCode":200}'}
  responses: `+tt.responses, "")).Operations[0].MockReply
			if m.Status != 200 || m.Body != tt.body || !m.Types["application/json"] || !m.Types["text/plain"] {
				t.Errorf("got %+v", m)
			}
		})
	}
}

func TestScheme(t *testing.T) {
	api := load(t, build("", proxied+"\nsecurity: [{Token: []}]", token))
	if api.Operations[0].Scheme != "Token" || api.Schemes["Token"] != (Scheme{Header: "Authorization"}) {
		t.Errorf("got %+v %+v", api.Operations[0], api.Schemes)
	}
	api = load(t, build("", proxied, strings.Replace(token, "authorizerResultTtlInSeconds: 0, ", "", 1)))
	if got := api.Schemes["Token"].TTL; got != 300*time.Second {
		t.Errorf("default TTL: got %s", got)
	}
}

func TestGatewayResponses(t *testing.T) {
	api := load(t, build(`x-amazon-apigateway-gateway-responses:
  THROTTLED:
    statusCode: "503"
    responseParameters: {gatewayresponse.header.Retry-After: "'1'"}
    responseTemplates: {application/json: '$context.requestId'}`, proxied, ""))
	r := api.Responses["THROTTLED"]
	if r.Status != 503 || r.Headers["Retry-After"].Name != "1" ||
		!slices.Equal(r.Template, []expression.Source{{Kind: expression.Context, Name: "requestId"}}) {
		t.Errorf("got %+v", r)
	}
}

// Whatever the front door would not act on is named with its place.
func TestProblems(t *testing.T) {
	integrated := func(members string) []byte {
		return build("", "x-amazon-apigateway-integration: {"+members+"}", "")
	}
	proxy := func(members string) []byte { return integrated(`type: http_proxy, uri: "http://a/", ` + members) }
	mapped := func(key, value string) []byte { return proxy("requestParameters: {" + key + ": " + value + "}") }
	mock := func(members string) []byte {
		return integrated(`type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, ` + members)
	}
	secured := func(old, replacement string) []byte {
		return build("", proxied, strings.Replace(token, old, replacement, 1))
	}
	tests := []struct {
		name     string
		document []byte
		want     string
	}{
		{"no YAML", []byte("{"), "document: "},
		{"no OpenAPI", []byte("openapi: 3.0.1"), "document: "},
		{"another version", []byte(strings.Replace(string(build("", proxied, "")), "3.0.1", "3.1.0", 1)), "/openapi: "},
		{"unknown extension at the root", build("x-amazon-apigateway-policy: {}", proxied, ""), "/x-amazon-apigateway-policy: "},
		{"unknown extension in an operation", build("", proxied+"\nx-amazon-apigateway-auth: {}", ""),
			"/paths/~1a~1{id}/get/x-amazon-apigateway-auth: "},
		{"extension out of place", build("x-amazon-apigateway-integration: {}", proxied, ""), "has no meaning here"},
		{"security at the root", build("security: [{Token: []}]", proxied, token), "/security: "},
		{"two schemes", build("", proxied+"\nsecurity: [{Token: []}, {Token: []}]", token), "GET /a/{id}: security"},
		{"no integration", build("", "summary: x", ""), "GET /a/{id}: has no x-amazon-apigateway-integration"},
		{"unknown integration", integrated("type: aws_proxy"), `integration type "aws_proxy"`},
		{"unknown member", proxy("cacheNamespace: x"), "cacheNamespace"},
		{"timeout", proxy("timeoutInMillis: 29001"), "timeoutInMillis"},
		{"method", proxy("httpMethod: BREW"), "httpMethod"},
		{"connection type", proxy("connectionType: CARRIER_PIGEON"), "connectionType"},
		{"passthrough", proxy("passthroughBehavior: maybe"), "passthroughBehavior"},
		{"responses of a proxy", proxy("responses: {default: {statusCode: 200}}"), "have no effect"},
		{"mapping to another place", mapped("integration.request.body.x", "context.requestId"), "integration.request.body.x"},
		{"mapping expression", mapped("integration.request.header.X", "method.request.body"), "method.request.body"},
		{"unknown path parameter", mapped("integration.request.header.X", "method.request.path.no"), "the path has no {no}"},
		{"header of the connection", mapped("integration.request.header.content-length", "context.requestId"), "cannot be mapped"},
		{"other trace", mapped("integration.request.header.X-Amzn-Trace-Id", "context.requestId"), "only context.xrayTraceId"},
		{"path from a query", mapped("integration.request.path.p", "method.request.querystring.p"), "only a path parameter"},
		{"mock without a template", integrated("type: mock"), "needs a template"},
		{"mock with Velocity", integrated(`type: mock, requestTemplates: {application/json: '#if(1)'}`), "requestTemplates"},
		{"mock without a response", mock("responses: {}"), "none fits status 200"},
		{"mock with an undeclared status", mock("responses: {default: {statusCode: 201}}"), "status 201 is not declared"},
		{"mock with an undeclared header",
			mock(`responses: {default: {statusCode: 200, responseParameters: {method.response.header.B: "'1'"}}}`), "not declared"},
		{"mock with a mapping",
			mock("responses: {default: {statusCode: 200, responseParameters: {method.response.header.A: context.requestId}}}"), "only a literal"},
		{"mock with a template", mock("responses: {default: {statusCode: 200, responseTemplates: {application/json: $input}}}"), "fixed text"},
		{"unknown validator", build("x-amazon-apigateway-request-validator: no", proxied, ""), "x-amazon-apigateway-request-validator: no"},
		{"wildcard body type", build("x-amazon-apigateway-request-validators: {a: {validateRequestBody: true}}\n"+
			"x-amazon-apigateway-request-validator: a", proxied+"\nrequestBody: {content: {'*/*': {schema: {type: object}}}}", ""), `"*/*"`},
		{"cognito scheme", secured("custom", "cognito_user_pools"), "must be custom"},
		{"request authorizer", secured("type: token", "type: request"), `"request"`},
		{"identity source", secured("type: token", "type: token, identitySource: method.request.header.X"), "identitySource"},
		{"expression with a look-ahead", secured("type: token", `type: token, identityValidationExpression: "(?=a)"`),
			"identityValidationExpression"},
		{"TTL", secured("InSeconds: 0", "InSeconds: 3601"), "from 0 to 3600"},
		{"key in the query", secured("in: header", "in: query"), "apiKey in a header"},
		{"status of a gateway response", build("x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 200}}", proxied, ""),
			"400 to 599"},
		{"template in XML", build("x-amazon-apigateway-gateway-responses: {THROTTLED: {responseTemplates: {text/xml: a}}}", proxied, ""),
			"text/xml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var problems Problems
			Load(tt.document, &problems)
			if err := problems.Err(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestProblemsAreReportedTogether(t *testing.T) {
	var problems Problems
	Load(build("x-amazon-apigateway-policy: {}", "x-amazon-apigateway-integration: {type: aws}\nx-amazon-apigateway-auth: {}", ""), &problems)
	err, ok := errors.AsType[*Error](problems.Err())
	if !ok || len(err.Problems) != 3 {
		t.Errorf("got %v, want three problems", err)
	}
}
