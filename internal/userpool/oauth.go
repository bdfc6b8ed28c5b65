package userpool

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

// maxForm bounds what the OAuth endpoints and the pages read.
const maxForm = 16 << 10

// oauthError is a refusal of an OAuth endpoint.
// Source: RFC 6749, section 5.2.
type oauthError struct {
	status      int
	code        string
	description string // for developers; empty: none
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

func badRequest(code, description string) error {
	return &oauthError{http.StatusBadRequest, code, description}
}

// endpoint is an OAuth endpoint for programs: it returns what to answer as JSON, nil for an empty body.
type endpoint func(r *http.Request, form url.Values) (any, error)

// serveForm serves an endpoint that takes a form.
func (p *Pool) serveForm(serve endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		form, err := readForm(w, r)
		if err != nil {
			p.writeOAuthError(r.Context(), w, err)
			return
		}
		answer, err := serve(r, form)
		if err != nil {
			p.writeOAuthError(r.Context(), w, err)
			return
		}
		p.writeOAuth(r.Context(), w, answer)
	}
}

// readForm returns the parameters of the body, each of which may be there once.
// Those of the query do not count: secrets have no place in an address.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return nil, badRequest(oauthInvalidRequest, "The body must be application/x-www-form-urlencoded.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			return nil, &oauthError{http.StatusRequestEntityTooLarge, oauthInvalidRequest, "The body is too long."}
		}
		return nil, badRequest(oauthInvalidRequest, "The body is not a form.")
	}
	for _, values := range r.PostForm {
		if len(values) > 1 {
			return nil, badRequest(oauthInvalidRequest, "A parameter is given twice.")
		}
	}
	if !isText(r.PostForm) {
		return nil, badRequest(oauthInvalidRequest, "A parameter is not UTF-8.")
	}
	return r.PostForm, nil
}

// isText reports whether the values are UTF-8, as those of operations in JSON are.
func isText(parameters url.Values) bool {
	for _, values := range parameters {
		for _, value := range values {
			if !utf8.ValidString(value) {
				return false
			}
		}
	}
	return true
}

// checkClient returns an error unless the request is by the pool's client,
// which has no secret: it names itself in the form, or as the user of an
// Authorization header with an empty password.
func (p *Pool) checkClient(r *http.Request, form url.Values, unknown int) error {
	named := form.Get("client_id")
	if id, secret, ok := r.BasicAuth(); ok {
		if secret != "" || (named != "" && named != id) {
			return &oauthError{unknown, oauthInvalidClient, ""}
		}
		named = id
	}
	switch named {
	case p.settings.clientID:
		return nil
	case "":
		return badRequest(oauthInvalidRequest, "client_id is missing.")
	}
	return &oauthError{unknown, oauthInvalidClient, ""}
}

func (p *Pool) writeOAuth(ctx context.Context, w http.ResponseWriter, answer any) {
	w.Header().Set("Cache-Control", "no-store")
	if answer == nil {
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		p.writeOAuthError(ctx, w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the client may be gone
}

// writeOAuthError answers with the error's code. What is not a refusal is
// logged and shown as a server error, without its text.
func (p *Pool) writeOAuthError(ctx context.Context, w http.ResponseWriter, err error) {
	refusal := asOAuthError(err)
	if refusal.status == http.StatusInternalServerError {
		p.log.ErrorContext(ctx, "an OAuth endpoint failed", "error", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(refusal.status)
	_ = json.MarshalWrite(w, struct { // the client may be gone
		Error       string `json:"error"`
		Description string `json:"error_description,omitzero"`
	}{refusal.code, refusal.description})
}

func asOAuthError(err error) *oauthError {
	var refusal *oauthError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case isUnavailable(err):
		return &oauthError{http.StatusServiceUnavailable, oauthUnavailable, "Try again."}
	}
	return &oauthError{http.StatusInternalServerError, oauthServerError, ""}
}

// isUnavailable reports whether the same request may succeed later.
func isUnavailable(err error) bool {
	return errors.Is(err, password.ErrBusy) || spacefinder.CodeOf(err) == spacefinder.CodeUnavailable ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
