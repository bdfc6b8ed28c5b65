// Package servicetest is what the tests of the three services share: a real
// store, callers, requests as the front door sends them on, and the contract
// against which every answer is checked. Only tests import it.
package servicetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

// Now is the time at which all tests happen, in the spelling of timestamps.
const Now = "2026-11-22T09:30:00.000Z"

// Stores returns empty stores on a disk, closed with the test.
func Stores(tb testing.TB) *sqlite.Store {
	tb.Helper()
	db, err := sqlitedb.Open(tb.Context(), sqlitedb.Config{Path: filepath.Join(tb.TempDir(), "test.db")})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	stores, err := sqlite.New(tb.Context(), db)
	if err != nil {
		tb.Fatal(err)
	}
	return stores
}

// Env returns what a service is given, with ids that count up and a clock that
// stands at Now.
func Env(tb testing.TB, adminBookings spacefinder.AdminBookings) rest.Env {
	tb.Helper()
	now, err := time.Parse(time.RFC3339, Now)
	if err != nil {
		tb.Fatal(err)
	}
	var ids atomic.Int64
	return rest.Env{
		Access: spacefinder.Access{AdminGroup: spacefinder.DefaultAdminGroup, AdminBookings: adminBookings},
		Now:    func() time.Time { return now },
		NewID:  func() string { return fmt.Sprintf("01983f6e-7c00-7000-8000-%012d", ids.Add(1)) },
		Logger: slog.New(slog.DiscardHandler),
		Ready:  func(context.Context) error { return nil },
	}
}

// Caller sets the headers in which the front door says who makes a request.
type Caller func(http.Header)

// As is a caller with that id and these groups.
func As(id string, groups ...string) Caller {
	return func(h http.Header) {
		list, err := json.Marshal(groups)
		if err != nil {
			panic(err) // a group that is not UTF-8: a mistake in the test
		}
		h.Set("X-Caller-Id", id)
		h.Set("X-Caller-Groups", string(list))
	}
}

// Nobody is a request that did not come through the front door.
func Nobody(http.Header) {}

// Admin is an administrator who is in other groups as well.
func Admin(h http.Header) { As("root", "staff", spacefinder.DefaultAdminGroup, "eu")(h) }

// Service sends requests to a service and checks every answer against the
// contract.
type Service struct {
	tb      testing.TB
	handler http.Handler
	*contract
}

// New returns a client of the service.
func New(tb testing.TB, service http.Handler) *Service {
	tb.Helper()
	contract, err := loadContract()
	if err != nil {
		tb.Fatal(err)
	}
	return &Service{tb, service, contract}
}

// Do sends a request with a JSON body, none if it is empty, and headers in the
// form "If-Match: *".
func (s *Service) Do(as Caller, method, target, body string, headers ...string) *Answer {
	s.tb.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	r.Header.Set("requestId", "6a4f1f0c-95f8-4f0e-8c8a-2b7c3f1f9d55")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	as(r.Header)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	s.check(s.tb, r, w)
	return &Answer{s.tb, method + " " + target, w}
}

// FuzzBody sends PUTs with bodies made up from the seeds to target. Whatever
// the body, the answer is one of the contract and no fault.
func FuzzBody(f *testing.F, s *Service, as Caller, target string, seeds ...string) {
	f.Helper()
	for _, seed := range append(seeds, ``, `{}`, `null`, `[]`, `{"name":"x","name":"y"}`, "{\"name\":\"\xff\"}", `{"timestamp":1e999}`) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		own := *s
		own.tb = t
		if w := own.Do(as, http.MethodPut, target, body); w.Code >= http.StatusInternalServerError {
			t.Errorf("%q is answered %d", body, w.Code)
		}
	})
}

// Answer is the answer to one request.
type Answer struct {
	tb      testing.TB
	request string
	*httptest.ResponseRecorder
}

// Is checks the status.
func (a *Answer) Is(status int) *Answer {
	a.tb.Helper()
	if a.Code != status {
		a.tb.Fatalf("%s: answered %d, want %d: %s", a.request, a.Code, status, a.Body)
	}
	return a
}

// IsError checks the status and the code of an error, and the fields that its
// problems name.
func (a *Answer) IsError(status int, code spacefinder.Code, fields ...string) *Answer {
	a.tb.Helper()
	a.Is(status)
	var problem struct {
		Code     spacefinder.Code      `json:"code"`
		Problems []spacefinder.Problem `json:"problems"`
	}
	a.Decode(&problem)
	var got []string
	for _, p := range problem.Problems {
		got = append(got, p.Field)
	}
	if problem.Code != code || strings.Join(got, " ") != strings.Join(fields, " ") {
		a.tb.Errorf("%s: code %q with problems in %q, want %q in %q: %s", a.request, problem.Code, got, code, fields, a.Body)
	}
	return a
}

// IsJSON checks that the body has exactly these members and values.
func (a *Answer) IsJSON(want string) *Answer {
	a.tb.Helper()
	if got, want := canonical(a.tb, a.Body.Bytes()), canonical(a.tb, []byte(want)); got != want {
		a.tb.Errorf("%s: got  %s\nwant %s", a.request, got, want)
	}
	return a
}

// Decode reads the body into v.
func (a *Answer) Decode(v any) {
	a.tb.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
		a.tb.Fatalf("%s: %v: %s", a.request, err, a.Body)
	}
}

// Next returns the address of the next page, as a client resolves the Link
// header, or "" on the last page.
func (a *Answer) Next() string {
	a.tb.Helper()
	link := a.Header().Get("Link")
	if link == "" {
		return ""
	}
	address, isNext := strings.CutSuffix(link, `>; rel="next"`)
	_, target, _ := strings.Cut(a.request, " ")
	base, err := url.Parse(target)
	if err != nil || !isNext || !strings.HasPrefix(address, "<") {
		a.tb.Fatalf("%s: link %q, %v", a.request, link, err)
	}
	next, err := base.Parse(address[1:])
	if err != nil {
		a.tb.Fatal(err)
	}
	return next.String()
}

// canonical spells JSON in one way: members in order of their names.
func canonical(tb testing.TB, text []byte) string {
	tb.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		tb.Fatalf("%v: %s", err, text)
	}
	spelled, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		tb.Fatal(err)
	}
	return string(spelled)
}
