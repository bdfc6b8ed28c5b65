package rest

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
)

// problem is the body of an error answer: application/problem+json (RFC 9457)
// with the extension members of the contract.
type problem struct {
	Type     string                `json:"type"`
	Title    string                `json:"title"`
	Status   int                   `json:"status"`
	Code     spacefinder.Code      `json:"code"`
	Detail   string                `json:"detail"`
	Message  string                `json:"message"` // detail again, under the name that the front door's errors use
	Instance string                `json:"instance"`
	Problems []spacefinder.Problem `json:"problems,omitempty"`
	Conflict *spacefinder.Times    `json:"conflict,omitempty"`
}

// retryAfterSeconds is what 429 and 503 ask for: long enough for a store to
// recover from a burst, short enough for a person to wait.
const retryAfterSeconds = "1"

func writeProblem(w http.ResponseWriter, requestID string, err error) {
	p := newProblem(requestID, err)
	body, err := json.Marshal(&p)
	if err != nil { // every string in p is ours or a client's valid JSON, so only a defect leads here
		body = []byte(`{}`)
	}
	h := newHeaders(w)
	h.set("Content-Type", "application/problem+json")
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		h.set("Retry-After", retryAfterSeconds)
	}
	h.send(p.Status, body)
}

// newProblem shows a client what it may know: the code, message and problems
// of a *spacefinder.Error, and nothing of any other error.
func newProblem(requestID string, err error) problem {
	var e *spacefinder.Error
	if !errors.As(err, &e) || e.Code == spacefinder.CodeInternal {
		e = spacefinder.Errorf(spacefinder.CodeInternal, "Internal server error")
	}
	status := StatusOf(e.Code)
	p := problem{
		Type:     "about:blank",
		Title:    http.StatusText(status),
		Status:   status,
		Code:     e.Code,
		Detail:   e.Message,
		Message:  e.Message,
		Instance: "urn:uuid:" + requestID,
		Problems: e.Problems,
	}
	if e.Clash != nil {
		times := e.Clash.Times()
		p.Conflict = &times
	}
	return p
}
