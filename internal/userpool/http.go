package userpool

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/sigv4"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

const (
	contentType  = "application/x-amz-json-1.1"
	targetPrefix = "AWSCognitoIdentityProviderService."
	maxBody      = 1 << 20
)

// Handler serves the pool: POST / for every operation, the discovery documents
// under /POOLID/.well-known/, the OAuth endpoints and the pages where people sign
// in. It may be mounted under a prefix that
// an outer handler strips from URL.Path; signatures are checked against
// RequestURI, the path that the client saw and signed.
func (p *Pool) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathToken, p.serveForm(p.oauthToken))
	mux.HandleFunc("POST "+pathRevoke, p.serveForm(p.oauthRevoke))
	mux.HandleFunc("GET "+pathUserInfo, p.serveUserInfo)
	mux.HandleFunc("POST "+pathUserInfo, p.serveUserInfo)
	newHosted(p).register(mux)
	mux.HandleFunc("GET /"+p.settings.poolID+"/.well-known/jwks.json", p.serveJWKS)
	mux.HandleFunc("GET /"+p.settings.poolID+"/.well-known/openid-configuration", p.serveDiscovery)
	mux.HandleFunc("POST /{$}", p.serveOperation)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods := p.crossOrigin(r.URL.Path)
		if methods != "" {
			allowAnyOrigin(w, r, methods)
		}
		switch {
		case r.Method == http.MethodOptions && methods != "":
			w.WriteHeader(http.StatusOK)
		case r.URL.Path == "" && r.Method == http.MethodPost: // the prefix without a slash
			p.serveOperation(w, r)
		case path.Clean(r.URL.Path) != r.URL.Path: // a ServeMux would redirect, to an address without the prefix
			http.NotFound(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// crossOrigin returns the methods that pages of any origin may use on the path,
// "" for the pages where people sign in, which are nobody else's business.
func (p *Pool) crossOrigin(path string) string {
	switch path {
	case "", "/", pathToken, pathRevoke:
		return http.MethodPost
	case pathUserInfo:
		return http.MethodGet + "," + http.MethodPost
	}
	if strings.HasPrefix(path, "/"+p.settings.poolID+"/") {
		return http.MethodGet
	}
	return ""
}

// allowAnyOrigin sets the CORS headers that Cognito sends; the preflight's echo the headers asked for.
func allowAnyOrigin(w http.ResponseWriter, r *http.Request, methods string) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Max-Age", "172800")
		if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
			h.Set("Access-Control-Allow-Headers", asked)
		}
	}
}

// serveOperation runs the operation that X-Amz-Target names and writes its answer or error.
func (p *Pool) serveOperation(w http.ResponseWriter, r *http.Request) {
	requestID := p.newUUID()
	w.Header().Set("X-Amzn-Requestid", requestID)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	name, _ := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	answer, err := p.run(r, w, name)
	var body []byte
	if err == nil {
		body, err = json.Marshal(answer)
	}
	if err != nil {
		p.writeError(r.Context(), w, name, requestID, err)
		return
	}
	p.log.DebugContext(r.Context(), "user pool operation", "operation", name, "requestId", requestID)
	_, _ = w.Write(body) // the client may be gone
}

func (p *Pool) run(r *http.Request, w http.ResponseWriter, name string) (any, error) {
	op, ok := p.operations[name]
	if !ok {
		return nil, refuse(kindUnknownOperation, "The operation is not known.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			return nil, refuse(kindTooLarge, "Request size exceeded the limit of %d bytes.", maxBody)
		}
		return nil, refuse(kindSerialization, "The body could not be read.")
	}
	if op.signed {
		if err := p.verifier.Verify(r, body); err != nil {
			return nil, err
		}
	}
	return op.serve(r.Context(), body)
}

// writeError answers with the error's kind and message. What is not a refusal
// is logged and shown as an internal error, without its text.
func (p *Pool) writeError(ctx context.Context, w http.ResponseWriter, operation, requestID string, err error) {
	refusal, status := onTheWire(err)
	if status >= http.StatusInternalServerError {
		p.log.ErrorContext(ctx, "user pool operation failed", "operation", operation, "requestId", requestID, "error", err)
	} else {
		p.log.DebugContext(ctx, "user pool operation refused", "operation", operation, "requestId", requestID, "type", refusal.kind)
	}
	w.Header().Set("X-Amzn-Errortype", refusal.kind+":")
	w.Header().Set("X-Amzn-Errormessage", inHeader(refusal.message))
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, struct { // the client may be gone
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{refusal.kind, refusal.message})
}

// inHeader returns the text with a space for every control character: a message
// may repeat what the client sent (RFC 9110, section 5.5).
func inHeader(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// onTheWire turns any error into what the client gets.
func onTheWire(err error) (*apiError, int) {
	var refusal *apiError
	var unsigned *sigv4.Error
	switch {
	case errors.As(err, &refusal) && refusal.kind == kindTooLarge:
		return refusal, http.StatusRequestEntityTooLarge
	case errors.As(err, &refusal):
		return refusal, http.StatusBadRequest
	case errors.As(err, &unsigned):
		return &apiError{unsigned.Code, unsigned.Message}, http.StatusBadRequest
	case errors.Is(err, password.ErrBusy):
		return errTooBusy, http.StatusBadRequest
	case isUnavailable(err):
		return &apiError{kindUnavailable, "Service is unavailable, try again."}, http.StatusServiceUnavailable
	default:
		return &apiError{kindInternal, "Internal server error"}, http.StatusInternalServerError
	}
}
