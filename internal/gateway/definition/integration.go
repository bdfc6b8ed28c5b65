package definition

import (
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spacefinder/spacefinder/internal/gateway/expression"
)

// Bounds of timeoutInMillis.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	minTimeout = 50 * time.Millisecond
	maxTimeout = 29 * time.Second
)

const jsonType = "application/json"

// integration is the value of x-amazon-apigateway-integration.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
type integration struct {
	Type                string                         `json:"type"`
	URI                 string                         `json:"uri,omitempty"`
	HTTPMethod          string                         `json:"httpMethod,omitempty"`
	ConnectionType      string                         `json:"connectionType,omitempty"`
	ConnectionID        any                            `json:"connectionId,omitempty"`      // a link of the deployment
	IntegrationTarget   any                            `json:"integrationTarget,omitempty"` // a load balancer of the deployment
	RequestParameters   map[string]string              `json:"requestParameters,omitempty"`
	RequestTemplates    map[string]string              `json:"requestTemplates,omitempty"`
	PassthroughBehavior string                         `json:"passthroughBehavior,omitempty"`
	TimeoutInMillis     *flexInt                       `json:"timeoutInMillis,omitempty"`
	Responses           map[string]integrationResponse `json:"responses,omitempty"`
}

// integrationResponse is an entry of an integration's responses.
type integrationResponse struct {
	StatusCode         flexInt           `json:"statusCode"`
	ResponseParameters map[string]string `json:"responseParameters,omitempty"`
	ResponseTemplates  map[string]string `json:"responseTemplates,omitempty"`
}

func (r *reader) readIntegration(op *Operation, operation *openapi3.Operation) {
	value, ok := operation.Extensions[extIntegration]
	if !ok {
		r.problems.Addf(op.Name(), "has no %s", extIntegration)
		return
	}
	in, err := decode[integration](value)
	if err != nil {
		r.problems.Addf(op.Name(), "%s: %v", extIntegration, err)
		return
	}
	if !slices.Contains([]string{"", "when_no_match", "when_no_templates", "never"}, in.PassthroughBehavior) {
		r.problems.Addf(op.Name(), "passthroughBehavior %q is not known", in.PassthroughBehavior)
	}
	switch in.Type {
	case "http_proxy":
		op.ProxyTo = r.readProxy(op, in)
	case "mock":
		op.MockReply = r.readMock(op, operation, in)
	default:
		r.problems.Addf(op.Name(), "integration type %q is not supported; http_proxy and mock are", in.Type)
	}
}

func (r *reader) readProxy(op *Operation, in integration) *Proxy {
	if len(in.RequestTemplates) > 0 || len(in.Responses) > 0 {
		r.problems.Addf(op.Name(), "requestTemplates and responses have no effect on http_proxy")
	}
	if !slices.Contains([]string{"", "INTERNET", "VPC_LINK"}, in.ConnectionType) {
		r.problems.Addf(op.Name(), "connectionType %q is not known", in.ConnectionType)
	}
	p := &Proxy{
		URI: in.URI, Method: in.HTTPMethod, Timeout: maxTimeout,
		Headers: map[string]expression.Source{}, Query: map[string]expression.Source{}, PathSources: map[string]expression.Source{},
	}
	if in.TimeoutInMillis != nil {
		p.Timeout = time.Duration(*in.TimeoutInMillis) * time.Millisecond
	}
	if p.Timeout < minTimeout || p.Timeout > maxTimeout {
		r.problems.Addf(op.Name(), "timeoutInMillis must be from 50 to 29000")
	}
	if p.Method == "ANY" {
		p.Method = ""
	}
	if !slices.Contains([]string{"", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}, p.Method) {
		r.problems.Addf(op.Name(), "httpMethod %q is not known", p.Method)
	}
	for _, key := range slices.Sorted(maps.Keys(in.RequestParameters)) {
		r.readMapping(op, p, key, in.RequestParameters[key])
	}
	return p
}

// unmappable are the headers that belong to the connection, or that API
// Gateway fails on when they are mapped.
var unmappable = []string{
	"Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"X-Amzn-Apigateway-Api-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto",
}

// traceHeader always carries the trace, so that it can only be mapped to that.
const traceHeader = "X-Amzn-Trace-Id"

func (r *reader) readMapping(op *Operation, p *Proxy, key, value string) {
	source, err := expression.ParseMapping(value)
	if err != nil {
		r.problems.Addf(op.Name(), "%s: %v", key, err)
		return
	}
	if source.Kind == expression.Path && !op.Parameters[source.Name] {
		r.problems.Addf(op.Name(), "%s: the path has no {%s}", key, source.Name)
	}
	rest, ok := strings.CutPrefix(key, "integration.request.")
	place, name, _ := strings.Cut(rest, ".")
	switch {
	case ok && place == "header" && validHeaderName(name):
		r.checkHeaderMapping(op, key, textproto.CanonicalMIMEHeaderKey(name), source)
		p.Headers[textproto.CanonicalMIMEHeaderKey(name)] = source
	case ok && place == "querystring" && name != "":
		p.Query[name] = source
	case ok && place == "path" && name != "":
		if source.Kind != expression.Path {
			r.problems.Addf(op.Name(), "%s: only a path parameter can be mapped to a part of the path", key)
		}
		p.PathSources[name] = source
	default:
		r.problems.Addf(op.Name(), "request parameter %q is not supported", key)
	}
}

func (r *reader) checkHeaderMapping(op *Operation, key, header string, source expression.Source) {
	if slices.Contains(unmappable, header) {
		r.problems.Addf(op.Name(), "%s: this header cannot be mapped", key)
	}
	if header == traceHeader && source != (expression.Source{Kind: expression.Context, Name: "xrayTraceId"}) {
		r.problems.Addf(op.Name(), "%s: only context.xrayTraceId can be mapped to it", key)
	}
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

func validHeaderName(name string) bool { return headerName.MatchString(name) }
