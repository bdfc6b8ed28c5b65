package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

const requestID = "6a4f1f0c-95f8-4f0e-8c8a-2b7c3f1f9d55"

// fixture is a service of three routes that share one endpoint:
//
//	GET, PUT, DELETE /things/{thingID}
type fixture struct {
	*rest.Service
	logs bytes.Buffer
	ids  int
}

func newFixture(endpoint rest.Endpoint, change ...func(*rest.Env)) *fixture {
	f := &fixture{}
	env := rest.Env{
		Now:    func() time.Time { return time.Date(2026, 11, 22, 10, 30, 0, 5e6, time.FixedZone("CET", 3600)) },
		NewID:  func() string { f.ids++; return fmt.Sprintf("fresh-%d", f.ids) },
		Logger: slog.New(slog.NewJSONHandler(&f.logs, nil)),
		Ready:  func(context.Context) error { return nil },
	}
	for _, c := range change {
		c(&env)
	}
	var routes []rest.Route
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		routes = append(routes, rest.Route{Method: method, Path: "/things/{thingID}", Endpoint: endpoint})
	}
	f.Service = rest.NewService(env, routes)
	return f
}

// newRequest returns a request as the front door sends it on.
func newRequest(method, target string, body io.Reader, change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("requestId", requestID)
	r.Header.Set("X-Caller-Id", "ada")
	r.Header.Set("X-Caller-Groups", `["staff"]`)
	for _, c := range change {
		c(r)
	}
	return r
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (f *fixture) get(target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	return do(f, newRequest(http.MethodGet, target, nil, change...))
}

func (f *fixture) put(body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	return do(f, newRequest(http.MethodPut, "/things/1", strings.NewReader(body), change...))
}

// problem is an error answer with every member of the contract and no other.
type problem struct {
	Type     string                `json:"type"`
	Title    string                `json:"title"`
	Status   int                   `json:"status"`
	Code     spacefinder.Code      `json:"code"`
	Detail   string                `json:"detail"`
	Message  string                `json:"message"`
	Instance string                `json:"instance"`
	Problems []spacefinder.Problem `json:"problems"`
	Conflict *spacefinder.Times    `json:"conflict"`
}

// readProblem reads an error answer and checks what all of them share.
func readProblem(t *testing.T, w *httptest.ResponseRecorder) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("the body of a %d is no problem: %v: %s", w.Code, err, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if p.Status != w.Code || p.Type != "about:blank" || p.Title != http.StatusText(w.Code) {
		t.Errorf("answered %d with type %q, title %q, status %d", w.Code, p.Type, p.Title, p.Status)
	}
	if p.Detail == "" || p.Message != p.Detail {
		t.Errorf("detail %q and message %q, want the same text in both", p.Detail, p.Message)
	}
	if got := w.Header().Get("Content-Length"); got != fmt.Sprint(w.Body.Len()) {
		t.Errorf("content length %s of a body of %d bytes", got, w.Body.Len())
	}
	return p
}

// checkRefused checks the code of an error answer and which fields it names.
func checkRefused(t *testing.T, w *httptest.ResponseRecorder, code spacefinder.Code, fields ...string) problem {
	t.Helper()
	p := readProblem(t, w)
	if p.Code != code {
		t.Errorf("code %q, want %q: %s", p.Code, code, w.Body)
	}
	var got []string
	for _, each := range p.Problems {
		got = append(got, each.Field)
	}
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		t.Errorf("problems with %q, want %q: %s", got, fields, w.Body)
	}
	return p
}

func checkStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("answered %d, want %d: %s", w.Code, want, w.Body)
	}
}

// found is an endpoint that answers with an item of that revision.
func found(revision string) rest.Endpoint {
	return func(context.Context, *rest.Request) (rest.Reply, error) {
		return rest.Found(map[string]string{"name": "Isar"}, revision), nil
	}
}

func failing(err error) rest.Endpoint {
	return func(context.Context, *rest.Request) (rest.Reply, error) { return rest.Reply{}, err }
}
