package rest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder"
)

// Headers that the OpenAPI document maps: all that a service learns from the
// front door beside path, query and body.
const (
	headerRequestID    = "Requestid"       // context.requestId
	headerCallerID     = "X-Caller-Id"     // context.authorizer.callerId
	headerCallerGroups = "X-Caller-Groups" // context.authorizer.callerGroups: a JSON array of strings
)

// maxBodyBytes is more than the longest valid body: every string at its
// greatest length with every character escaped.
const maxBodyBytes = 256 << 10

// Request is what an endpoint sees of a request.
type Request struct {
	Caller    spacefinder.Caller
	RequestID string // the front door's; a fresh id when the request did not come through it

	http    *http.Request
	query   url.Values
	invalid error // what is wrong with the request before any endpoint looks at it
}

func newRequest(r *http.Request, requestID string) *Request {
	request := &Request{RequestID: requestID, http: r}
	request.Caller, request.invalid = caller(r.Header)
	if r.URL.RawQuery != "" && request.invalid == nil {
		request.query, request.invalid = parseQuery(r.URL.RawQuery)
	}
	return request
}

// caller reads who the front door says the caller is. Two values of one header
// would leave open which of them the front door set.
func caller(h http.Header) (spacefinder.Caller, error) {
	ids, groups := h[headerCallerID], h[headerCallerGroups]
	if len(ids) != 1 || len(groups) > 1 || !spacefinder.ValidID(ids[0]) {
		return spacefinder.Caller{}, spacefinder.Errorf(spacefinder.CodeForbidden, "The request does not say who makes it.")
	}
	c := spacefinder.Caller{ID: ids[0]}
	if len(groups) == 1 {
		var err error
		if c.Groups, err = parseGroups(groups[0]); err != nil {
			return spacefinder.Caller{}, spacefinder.Errorf(spacefinder.CodeForbidden, "The caller's groups cannot be read.")
		}
	}
	return c, nil
}

// parseGroups reads a JSON array of strings. The decoder would be the dearest
// step of a short request, so it reads only what needs it.
func parseGroups(text string) (groups []string, err error) {
	if text == "[]" {
		return nil, nil
	}
	if groups, ok := splitGroups(text); ok {
		return groups, nil
	}
	err = json.Unmarshal([]byte(text), &groups)
	return groups, err
}

// splitGroups reads ["a","b"], in ASCII, without white space or escapes.
func splitGroups(text string) ([]string, bool) {
	inner, opened := strings.CutPrefix(text, `["`)
	inner, closed := strings.CutSuffix(inner, `"]`)
	for i := range len(inner) {
		if c := inner[i]; c < ' ' || c == '\\' || c >= utf8.RuneSelf {
			return nil, false
		}
	}
	groups := strings.Split(inner, `","`)
	quoted := func(group string) bool { return strings.Contains(group, `"`) }
	return groups, opened && closed && !slices.ContainsFunc(groups, quoted)
}

func parseQuery(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, spacefinder.Errorf(spacefinder.CodeInvalid, "The query string is not valid.")
	}
	return query, nil
}

// Path returns a parameter of the path, such as locationID.
func (r *Request) Path(name string) string { return r.http.PathValue(name) }

// PathID returns a parameter of the path that is an id; CodeInvalid. A PUT
// takes Path instead and leaves it to the validation of the item, which names
// everything that is wrong at once.
func (r *Request) PathID(name string) (string, error) {
	id := r.http.PathValue(name)
	if !spacefinder.ValidID(id) {
		return "", spacefinder.Invalid([]spacefinder.Problem{{Field: name, Detail: "is not a valid id"}})
	}
	return id, nil
}

// Decode reads the JSON body into a T. Unknown members, members given twice
// and invalid UTF-8 are errors.
func Decode[T any](r *Request) (T, error) {
	var body T
	if err := checkContentType(r.http.Header.Get("Content-Type")); err != nil {
		return body, err
	}
	data, err := r.readBody()
	if err != nil {
		return body, err
	}
	if err := json.Unmarshal(data, &body, json.RejectUnknownMembers(true)); err != nil {
		return body, decodeError(err)
	}
	return body, nil
}

const applicationJSON = "application/json"

// checkContentType admits application/json, and no type at all, which API
// Gateway takes for the same.
func checkContentType(value string) error {
	if value == "" || value == applicationJSON {
		return nil
	}
	if mediaType, _, err := mime.ParseMediaType(value); err != nil || mediaType != applicationJSON {
		return spacefinder.Errorf(spacefinder.CodeUnsupportedType, "The body must be application/json.")
	}
	return nil
}

func (r *Request) readBody() ([]byte, error) {
	if r.http.Body == nil { // a server always sets one; a front door in the same process need not
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.http.Body, maxBodyBytes+1))
	switch {
	case err != nil:
		return nil, spacefinder.Errorf(spacefinder.CodeInvalid, "The body did not arrive whole.").WithCause(err)
	case len(data) > maxBodyBytes:
		return nil, spacefinder.Errorf(spacefinder.CodeTooLarge, "The body must be at most %d bytes.", maxBodyBytes)
	}
	return data, nil
}

// decodeError says where the body is wrong without the decoder's words, which
// speak of Go types.
func decodeError(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return bodyProblem(semantic.JSONPointer, "is not a member of this item")
	case errors.As(err, &semantic):
		return bodyProblem(semantic.JSONPointer, "has a value of the wrong type")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return bodyProblem(syntactic.JSONPointer, "is given twice")
	default:
		return spacefinder.Errorf(spacefinder.CodeInvalid, "The body is not valid JSON.")
	}
}

// maxFieldLength bounds how much of a member's name an answer repeats, in
// characters. It is longer than any path to a member of the contract.
const maxFieldLength = 100

func bodyProblem(pointer jsontext.Pointer, detail string) error {
	field := []rune(strings.TrimPrefix(string(pointer), "/"))
	if len(field) == 0 {
		field = []rune("body")
	}
	if len(field) > maxFieldLength {
		field = append(field[:maxFieldLength], '…')
	}
	return spacefinder.Invalid([]spacefinder.Problem{{Field: string(field), Detail: detail}})
}

// SamePathID reports an id in the body that is not the one in the path.
func SamePathID(field, body, path string) []spacefinder.Problem {
	if body == "" || body == path {
		return nil
	}
	return []spacefinder.Problem{{Field: field, Detail: "must be the id in the path, or left out"}}
}
