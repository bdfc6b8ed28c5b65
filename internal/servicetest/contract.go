package servicetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/spacefinder/spacefinder/api"
)

// contract is the OpenAPI document, ready to look up operations.
type contract struct{ router routers.Router }

// loadContract reads the document, once for all tests of a process.
var loadContract = sync.OnceValues(func() (*contract, error) {
	document, err := openapi3.NewLoader().LoadFromData(api.Document)
	if err != nil {
		return nil, err
	}
	router, err := legacy.NewRouter(document)
	return &contract{router}, err
})

// check reports an answer that the document does not describe: an undeclared
// status, a body that is not of its schema. An operation that the document
// does not declare is no matter for it.
func (c *contract) check(tb testing.TB, r *http.Request, w *httptest.ResponseRecorder) {
	tb.Helper()
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return
	}
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code,
		Header:                 w.Header(),
		Body:                   io.NopCloser(strings.NewReader(w.Body.String())),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		tb.Errorf("%s %s: the answer breaks the contract: %v", r.Method, r.URL, err)
	}
}
