package gateway

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spacefinder/spacefinder/internal/gateway/definition"
	"github.com/spacefinder/spacefinder/internal/gateway/model"
	"github.com/spacefinder/spacefinder/internal/gateway/route"
)

func parsePath(r *http.Request) (route.Path, bool) { return route.ParsePath(r.URL.EscapedPath()) }

// checkParameters refuses a request that lacks a required parameter or has it
// blank.
func (x *exchange) checkParameters() *failure {
	var missing []string
	for _, p := range x.op.required {
		if value, ok := x.parameter(p); !ok || strings.TrimSpace(value) == "" {
			missing = append(missing, p.Name)
		}
	}
	if missing == nil {
		return nil
	}
	return &failure{
		kind:    typeBadParameters,
		message: "Missing required request parameters: [" + strings.Join(missing, ", ") + "]",
	}
}

func (x *exchange) parameter(p definition.Parameter) (string, bool) {
	switch p.In {
	case openapi3.ParameterInHeader:
		return last(x.r.Header.Values(p.Name))
	case openapi3.ParameterInPath:
		return x.params.Value(p.Name)
	default:
		return last(x.queryValues()[p.Name])
	}
}

// Bodies of more than smallBody bytes, or of unknown length, share a budget, so
// that no number of clients can fill the memory. Small ones never wait for it.
const (
	smallBody  = 64 << 10
	bodyBudget = 64 << 20 // bytes of all large bodies at the same time
)

// reserveBody takes the body's share of the budget until finish.
func (x *exchange) reserveBody() *failure {
	share := x.r.ContentLength
	switch {
	case share > maxPayload:
		return tooLarge()
	case share < 0:
		share = maxPayload
	case share <= smallBody:
		return nil
	}
	if !x.g.bodies.TryAcquire(share) {
		return &failure{kind: typeThrottled, message: "Too Many Requests"}
	}
	x.bodyShare = share
	return nil
}

// readBody reads the whole body, as API Gateway does before it calls a backend.
// Memory grows with what arrives, not with what the client announces.
func (x *exchange) readBody() *failure {
	if x.r.Body == nil || x.r.ContentLength == 0 {
		return nil
	}
	if f := x.reserveBody(); f != nil {
		return f
	}
	x.limitReading(x.timeout())
	body, err := io.ReadAll(io.LimitReader(x.r.Body, maxPayload+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &failure{kind: typeBodyTimeout, message: "Request Timeout"}
	case err != nil && x.clientGone():
		return nil
	case err != nil: // the client broke off, or its chunks are malformed
		return invalidBody(model.Unparsable)
	case len(body) > maxPayload:
		return tooLarge()
	}
	x.body = body
	_ = http.NewResponseController(x.w).SetReadDeadline(time.Time{})
	return nil
}

// limitReading ends reading of the body after d. A body that is not read whole
// keeps the limit, as the server reads on after the reply. Servers that cannot
// do that (tests) have no slow clients. Deadlines of connections are in the
// operating system's time, whatever the gateway's clock says.
func (x *exchange) limitReading(d time.Duration) {
	_ = http.NewResponseController(x.w).SetReadDeadline(time.Now().Add(d))
}

func (x *exchange) timeout() time.Duration {
	if x.op.proxy == nil {
		return maxDuration
	}
	return x.op.proxy.timeout
}

// maxDuration is the longest that API Gateway works on a request.
const maxDuration = 29 * time.Second

func tooLarge() *failure { return &failure{kind: typeTooLarge, message: "Request Too Long"} }

func invalidBody(detail string) *failure {
	return &failure{kind: typeBadBody, message: "Invalid request body", validation: detail}
}

// checkBody validates the body against the model for its type. A type without
// a model is not validated.
func (x *exchange) checkBody() *failure {
	if x.op.models == nil {
		return nil
	}
	m, ok := x.op.models[contentType(x.r.Header)]
	if !ok {
		return nil
	}
	if err := m.Validate(x.body); err != nil {
		return invalidBody(err.Error())
	}
	return nil
}

// contentType returns the MIME type of a request without its parameters, in
// lower case; application/json when there is none.
func contentType(h http.Header) string {
	value, ok := last(h["Content-Type"])
	if !ok || strings.TrimSpace(value) == "" {
		return "application/json"
	}
	value, _, _ = strings.Cut(value, ";")
	return strings.ToLower(strings.TrimSpace(value))
}
