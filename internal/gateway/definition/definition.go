// Package definition reads an OpenAPI 3.0 document with API Gateway's
// extensions into what the front door acts on. It knows the document's form and
// which of its features are supported; it knows nothing of requests.
//
// Nothing is ignored in silence: an extension, value or combination that the
// front door does not act on is a problem, with its place in the document, and
// all problems of a document are found in one reading.
package definition

import (
	"fmt"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spacefinder/spacefinder/internal/gateway/expression"
)

// API is a document that has been read.
type API struct {
	Title      string
	Operations []Operation // by path, then method
	Schemes    map[string]Scheme
	Responses  map[string]Response // customised gateway responses, by type
}

// Operation is one method of one path.
type Operation struct {
	Method     string // GET, PUT, ...
	Path       string // template, such as /locations/{locationID}
	Scheme     string // name of the security scheme; "" when open to all
	Required   []Parameter
	Models     map[string]*openapi3.Schema // by MIME type in lower case; nil when bodies are not validated
	ProxyTo    *Proxy                      // exactly one of ProxyTo and MockReply is set
	MockReply  *Mock
	Parameters map[string]bool // declared path parameters
}

// Name is how messages call the operation, such as "PUT /locations".
func (o *Operation) Name() string { return o.Method + " " + o.Path }

// Parameter is a parameter that a request must have.
type Parameter struct {
	In   string // header, path or query
	Name string
}

// Proxy is an http_proxy integration.
type Proxy struct {
	Method      string // "" when the client's
	URI         string // with ${stageVariables.N} and {placeholder} as written
	Timeout     time.Duration
	Headers     map[string]expression.Source // by the name of the backend's header
	Query       map[string]expression.Source
	PathSources map[string]expression.Source // by placeholder
}

// Mock is a mock integration. Its reply is known from the document alone.
type Mock struct {
	Types   map[string]bool // MIME types that have a request template
	Status  int
	Headers map[string]string
	Body    string
}

// Scheme is a security scheme with a TOKEN authorizer.
type Scheme struct {
	Header     string // whose whole value is the token
	Expression string // identityValidationExpression; "" when any value may be
	TTL        time.Duration
}

// Response is a customised gateway response.
type Response struct {
	Status   int // 0 when the type's own
	Headers  map[string]expression.Source
	Template []expression.Source // of application/json; nil when the default
}

// Problems gathers what is wrong with a document and its settings. The zero
// value is empty and ready.
type Problems struct{ list []string }

// Addf adds a problem at a place, such as "PUT /locations" or a JSON pointer.
func (p *Problems) Addf(place, format string, args ...any) {
	p.list = append(p.list, place+": "+fmt.Sprintf(format, args...))
}

// Err returns an error that lists the problems, or nil when there are none.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &Error{Problems: p.list}
}

// Error says everything that is wrong with a document or its settings.
type Error struct{ Problems []string }

// Error returns one line for each problem.
func (e *Error) Error() string {
	return "the API cannot be served:\n  " + strings.Join(e.Problems, "\n  ")
}
