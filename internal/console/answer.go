package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
)

// maxBody bounds what the API reads of a request.
const maxBody = 4 << 10

// RefusedError is an error that is the person's to read: a request that makes
// no sense, or something that may not be done. Any other error is answered 500
// or 503 without its text, which is logged.
type RefusedError struct {
	Status  int // 4xx
	Message string
}

// Error returns the message.
func (e *RefusedError) Error() string { return e.Message }

func badRequest(message string) error { return &RefusedError{http.StatusBadRequest, message} }

// handler answers a request of the API with a value that is sent as JSON; nil
// is 204 No Content.
type handler func(r *http.Request) (any, error)

func (c *Console) answering(serve handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := serve(r)
		switch {
		case err != nil:
			c.fail(w, r, err)
		case answer == nil:
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusNoContent)
		default:
			c.write(w, r, http.StatusOK, answer)
		}
	})
}

// message is the body of an error, with the member that the front door's
// errors have.
type message struct {
	Message string `json:"message"`
}

func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	err = c.cfg.Explain(err)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		c.write(w, r, refused.Status, message{refused.Message})
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		// nobody waits for an answer
	case spacefinder.CodeOf(err) == spacefinder.CodeUnavailable:
		c.cfg.Logger.WarnContext(r.Context(), "the console could not answer", "path", r.Pattern, "error", err.Error())
		w.Header().Set("Retry-After", "5")
		c.write(w, r, http.StatusServiceUnavailable, message{"The store does not answer at the moment."})
	default:
		c.cfg.Logger.ErrorContext(r.Context(), "the console could not answer", "path", r.Pattern, "error", err.Error())
		c.write(w, r, http.StatusInternalServerError, message{"Something went wrong; the program's log says what."})
	}
}

func (c *Console) write(w http.ResponseWriter, r *http.Request, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // only a defect leads here
		c.cfg.Logger.ErrorContext(r.Context(), "the console's answer cannot be encoded", "path", r.Pattern, "error", err.Error())
		status, body = http.StatusInternalServerError, []byte(`{"message":"Internal server error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
}

// readBody decodes the body of a request.
func readBody(r *http.Request, into any) error {
	if err := json.UnmarshalRead(r.Body, into, json.RejectUnknownMembers(true)); err != nil {
		return badRequest("The body is not the JSON that is expected here.")
	}
	return nil
}
