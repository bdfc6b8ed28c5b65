package gateway

import (
	"maps"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// responseType is a type of gateway response.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
type responseType struct {
	name      string // in the document and in $context.error.responseType
	status    int
	exception string // x-amzn-ErrorType, without the "Exception" at its end
	capital   bool   // the default body says "Message"
	late      bool   // made during execution: a space follows the colon
	fixed     bool   // cannot be customised by name
	plain     bool   // nor by its family
}

// badRequest is what API Gateway calls most faults of a client.
const badRequest = "BadRequest"

// The gateway responses that the front door gives.
var (
	typeUnauthorized  = &responseType{name: "UNAUTHORIZED", status: 401, exception: "Unauthorized"}
	typeAccessDenied  = &responseType{name: "ACCESS_DENIED", status: 403, exception: "AccessDenied", capital: true}
	typeNoRoute       = &responseType{name: "MISSING_AUTHENTICATION_TOKEN", status: 403, exception: "MissingAuthenticationToken"}
	typeThrottled     = &responseType{name: "THROTTLED", status: 429, exception: "TooManyRequests"}
	typeTooLarge      = &responseType{name: "REQUEST_TOO_LARGE", status: 413, exception: "RequestTooLarge", fixed: true, plain: true}
	typeBadParameters = &responseType{name: "BAD_REQUEST_PARAMETERS", status: 400, exception: badRequest, late: true}
	typeBadBody       = &responseType{name: "BAD_REQUEST_BODY", status: 400, exception: badRequest, late: true}
	typeMediaType     = &responseType{name: "UNSUPPORTED_MEDIA_TYPE", status: 415, exception: badRequest, late: true}
	typeAuthConfig    = &responseType{name: "AUTHORIZER_CONFIGURATION_ERROR", status: 500, exception: "AuthorizerConfiguration"}
	typeAuthFailure   = &responseType{name: "AUTHORIZER_FAILURE", status: 500, exception: "AuthorizerFailure"}
	typeAPIConfig     = &responseType{name: "API_CONFIGURATION_ERROR", status: 500, exception: "InternalServerError", late: true}
	typeFailed        = &responseType{name: "INTEGRATION_FAILURE", status: 504, exception: "InternalServerError", late: true}
	typeTimeout       = &responseType{name: "INTEGRATION_TIMEOUT", status: 504, exception: "InternalServerError", late: true}

	// API Gateway documents these limits but no type for exceeding them; the
	// names are ours, and DEFAULT_4XX applies.
	typeURITooLong    = &responseType{name: "REQUEST_URI_TOO_LONG", status: 414, exception: badRequest, fixed: true}
	typeHeadersTooBig = &responseType{name: "REQUEST_HEADERS_TOO_LARGE", status: 431, exception: badRequest, fixed: true}
	typeBodyTimeout   = &responseType{name: "REQUEST_TIMEOUT", status: 408, exception: badRequest, fixed: true}
)

var responseTypes = []*responseType{
	typeUnauthorized, typeAccessDenied, typeNoRoute, typeBadParameters, typeBadBody, typeMediaType, typeTooLarge, typeThrottled,
	typeAuthConfig, typeAuthFailure, typeAPIConfig, typeFailed, typeTimeout, typeURITooLong, typeHeadersTooBig, typeBodyTimeout,
}

// otherTypes can be customised in a document but never occur here: they belong
// to API keys, WAF, quotas, IAM signatures and stages that do not exist.
var otherTypes = []string{
	"INVALID_API_KEY", "WAF_FILTERED", "INVALID_SIGNATURE", "EXPIRED_TOKEN", "QUOTA_EXCEEDED", "RESOURCE_NOT_FOUND",
}

const (
	default4XX = "DEFAULT_4XX"
	default5XX = "DEFAULT_5XX"
)

// failure is a request that the gateway answers itself.
type failure struct {
	kind       *responseType
	message    string // "" for null
	validation string // $context.error.validationErrorString
	cause      error  // for the log; nil when the fault is the client's
}

// messageString is the message as JSON text.
func (f *failure) messageString() string {
	if f.message == "" {
		return "null"
	}
	return quoteJSON(f.message)
}

func quoteJSON(s string) string {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil && len(quoted) == 0 {
		return `""`
	}
	return string(quoted) // invalid UTF-8 has become U+FFFD
}

// rendering is a gateway response ready to be written.
type rendering struct {
	status  int
	headers []mapped
	body    []accessor // nil for the default
}

// compileResponses decides for each type which entry of the document it uses:
// its own, else that of its family, else none. Entries are never merged.
func (c *compiler) compileResponses() {
	known := map[string]bool{default4XX: true, default5XX: true}
	for _, name := range otherTypes {
		known[name] = true
	}
	c.g.responses = map[*responseType]*rendering{}
	for _, kind := range responseTypes {
		known[kind.name] = !kind.fixed
		c.g.responses[kind] = c.rendering(kind)
	}
	for _, name := range slices.Sorted(maps.Keys(c.api.Responses)) {
		if !known[name] {
			c.problems.Addf("gateway response "+name, "there is no such type that can be customised")
		}
	}
}

func (c *compiler) rendering(kind *responseType) *rendering {
	out := &rendering{status: kind.status}
	family := default4XX
	if kind.status >= http.StatusInternalServerError {
		family = default5XX
	}
	name := kind.name
	if _, ok := c.api.Responses[name]; !ok {
		name = family
	}
	entry, ok := c.api.Responses[name]
	if !ok || kind.plain {
		return out
	}
	if entry.Status != 0 {
		out.status = entry.Status
	}
	place := "gateway response " + name
	for _, header := range slices.Sorted(maps.Keys(entry.Headers)) {
		value, err := c.g.accessor(entry.Headers[header])
		if err != nil {
			c.problems.Addf(place, "%s: %v", header, err)
		}
		out.headers = append(out.headers, mapped{header, value})
	}
	if entry.Template != nil {
		out.body = c.accessors(place, entry.Template)
	}
	return out
}

// writeFailure answers the request with its failure.
func (x *exchange) writeFailure(w http.ResponseWriter) {
	f := x.failure
	out := x.g.responses[f.kind]
	h := w.Header()
	x.setIDs(h)
	h[headerErrorType] = []string{f.kind.exception + "Exception"}
	h["Content-Type"] = []string{"application/json"}
	for _, m := range out.headers {
		if value, ok := m.value.read(x); ok && validHeaderValue(value) {
			h.Set(m.name, value)
		}
	}
	x.write(w, out.status, out.render(x, f))
}

// render returns the body. Values are escaped for the JSON text that the
// template is; an undefined one is empty.
func (out *rendering) render(x *exchange, f *failure) []byte {
	if out.body == nil {
		return []byte(f.kind.opening() + f.messageString() + `}`)
	}
	var b []byte
	for _, part := range out.body {
		value, _ := part.read(x)
		b = part.appendTo(b, value)
	}
	return b
}

// opening begins the default body of a type: {"message": up to the value.
func (kind *responseType) opening() string {
	switch {
	case kind.capital:
		return `{"Message":`
	case kind.late:
		return `{"message": `
	default:
		return `{"message":`
	}
}

// appendTo appends a value to a JSON text: literals and JSON text as they are,
// other values escaped as inside a string.
func (a accessor) appendTo(b []byte, value string) []byte {
	if a.literal || a.rawJSON || isPlain(value) {
		return append(b, value...)
	}
	quoted := quoteJSON(value)
	return append(b, quoted[1:len(quoted)-1]...)
}

// isPlain reports whether a value stands inside a JSON string as it is, which
// nearly all do.
func isPlain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}
