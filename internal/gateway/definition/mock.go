package definition

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spacefinder/spacefinder/internal/gateway/expression"
)

// mockStatus is what a request template of a mock integration may be: an object
// with the status alone, the name quoted or not.
var mockStatus = regexp.MustCompile(`^\s*\{\s*"?statusCode"?\s*:\s*([1-9][0-9]{2})\s*\}\s*$`)

// readMock reads a mock integration. All its request templates must give the
// same status, so that one reply serves every request.
func (r *reader) readMock(op *Operation, operation *openapi3.Operation, in integration) *Mock {
	if in.URI != "" || len(in.RequestParameters) > 0 || in.ConnectionType != "" || in.ConnectionID != nil || in.TimeoutInMillis != nil {
		r.problems.Addf(op.Name(), "uri, requestParameters, connectionType, connectionId and timeoutInMillis have no effect on mock")
	}
	m := &Mock{Types: map[string]bool{}, Headers: map[string]string{}}
	selected := 0
	for _, mime := range slices.Sorted(maps.Keys(in.RequestTemplates)) {
		match := mockStatus.FindStringSubmatch(in.RequestTemplates[mime])
		if match == nil {
			r.problems.Addf(op.Name(), `requestTemplates: %s: only {"statusCode": NNN} is supported`, mime)
			continue
		}
		status, _ := strconv.Atoi(match[1]) // three digits
		if selected != 0 && selected != status {
			r.problems.Addf(op.Name(), "requestTemplates: different status codes are not supported")
		}
		selected = status
		m.Types[strings.ToLower(mime)] = true
	}
	if selected == 0 {
		r.problems.Addf(op.Name(), "requestTemplates: a mock integration needs a template with a statusCode")
		return m
	}
	response, ok := r.selectResponse(op, in.Responses, selected)
	if !ok {
		r.problems.Addf(op.Name(), "responses: none fits status %d", selected)
		return m
	}
	m.Status = int(response.StatusCode)
	r.readMockHeaders(op, operation, m, response)
	r.readMockBody(op, m, response)
	return m
}

// selectResponse picks the entry whose pattern matches the status; among
// several the one that has that very status; else "default".
func (r *reader) selectResponse(op *Operation, responses map[string]integrationResponse, status int) (integrationResponse, bool) {
	var best *integrationResponse
	for _, pattern := range slices.Sorted(maps.Keys(responses)) {
		if pattern == "default" {
			continue
		}
		expr, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			r.problems.Addf(op.Name(), "responses: pattern %q: %v", pattern, err)
			continue
		}
		if response := responses[pattern]; expr.MatchString(strconv.Itoa(status)) &&
			(best == nil || int(response.StatusCode) == status && int(best.StatusCode) != status) {
			best = &response
		}
	}
	if best != nil {
		return *best, true
	}
	response, ok := responses["default"]
	return response, ok
}

// readMockHeaders takes literals for headers that the method response declares.
func (r *reader) readMockHeaders(op *Operation, operation *openapi3.Operation, m *Mock, response integrationResponse) {
	declared := map[string]bool{}
	if ref := operation.Responses.Value(strconv.Itoa(m.Status)); ref != nil && ref.Value != nil {
		for name := range ref.Value.Headers {
			declared[strings.ToLower(name)] = true
		}
	} else {
		r.problems.Addf(op.Name(), "responses: status %d is not declared", m.Status)
	}
	for _, key := range slices.Sorted(maps.Keys(response.ResponseParameters)) {
		source, err := expression.ParseMapping(response.ResponseParameters[key])
		name, ok := strings.CutPrefix(key, "method.response.header.")
		switch {
		case !ok || !validHeaderName(name):
			r.problems.Addf(op.Name(), "response parameter %q is not supported", key)
		case err != nil:
			r.problems.Addf(op.Name(), "%s: %v", key, err)
		case source.Kind != expression.Literal:
			r.problems.Addf(op.Name(), "%s: only a literal is supported", key)
		case !declared[strings.ToLower(name)]:
			r.problems.Addf(op.Name(), "%s: the header is not declared in the response for %d", key, m.Status)
		default:
			m.Headers[name] = source.Name
		}
	}
}

func (r *reader) readMockBody(op *Operation, m *Mock, response integrationResponse) {
	for mime, template := range response.ResponseTemplates {
		if mime != jsonType || strings.ContainsAny(template, "$#") {
			r.problems.Addf(op.Name(), "responseTemplates: %s: only fixed text for application/json is supported", mime)
			continue
		}
		m.Body = template
	}
}
