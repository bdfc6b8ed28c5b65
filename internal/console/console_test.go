package console_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/console"
	"github.com/spacefinder/spacefinder/internal/console/alarms"
	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/tail"
)

const admin = "11111111-1111-1111-1111-111111111111" // the id of who asks

// bench is a console over parts that the test moves.
type bench struct {
	*console.Console
	t       *testing.T
	now     time.Time
	log     bytes.Buffer
	history fakeHistory
	minutes fakeIntervals
	traffic *tail.Log
	people  fakePeople
	copies  fakeCopies
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC), traffic: tail.New(tail.DefaultBytes)}
	b.copies.content = strings.Repeat("SQLite", 500_000)
	clock := func() time.Time { return b.now }
	logger := slog.New(slog.NewJSONHandler(&b.log, nil))
	b.Console = console.New(console.Config{
		Path: "/console", BaseURL: "https://spaces.example.com", CognitoURL: "https://spaces.example.com/cognito",
		ClientID: "client", AdminGroup: "apiAdmins", Version: "v1",
		History: &b.history, Alarms: alarms.New(&b.minutes, clock, logger), Traffic: b.traffic, People: &b.people, Copies: &b.copies,
		Explain: func(err error) error {
			if errors.Is(err, errTaken) {
				return &console.RefusedError{Status: http.StatusConflict, Message: "An account with the email already exists."}
			}
			return err
		},
		AdminOnly: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer administrator" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				next.ServeHTTP(w, r)
			})
		},
		Caller: func(*http.Request) string { return admin },
		Now:    clock, Rand: rand.Reader, Logger: logger,
	})
	return b
}

// send sends a request as an administrator, or as nobody.
func (b *bench) send(method, path, body string, anybody bool) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, "/console/"+path, strings.NewReader(body))
	if !anybody {
		r.Header.Set("Authorization", "Bearer administrator")
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func (b *bench) do(method, path, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(method, path, body, false)
}

// ask gets a path of the API into a value.
func (b *bench) ask(path string, into any) {
	b.t.Helper()
	w := b.do(http.MethodGet, path, "")
	if w.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into, json.MatchCaseInsensitiveNames(true)); err != nil {
		b.t.Fatalf("%s: %v in %s", path, err, w.Body)
	}
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Errorf("status %d, want %d: %s", w.Code, want, w.Body)
	}
}

type fakeHistory struct {
	asked     history.Range
	intervals []history.Interval
	err       error
}

func (f *fakeHistory) Read(_ context.Context, r history.Range) ([]history.Interval, error) {
	f.asked = r
	return f.intervals, f.err
}

type fakeIntervals []history.Interval

func (f *fakeIntervals) Recent(time.Time, time.Duration) []history.Interval { return *f }

var errTaken = errors.New("taken")

// fakePeople notes what it is told.
type fakePeople struct {
	calls []string
	err   error
}

func (f *fakePeople) note(parts ...string) error {
	f.calls = append(f.calls, strings.Join(parts, " "))
	return f.err
}

func (f *fakePeople) Users(_ context.Context, prefix, page string) (console.UserPage, error) {
	return console.UserPage{Users: []console.User{{ID: "u1", Email: "<b>ada@example.com", Groups: []string{"g"}}}, Next: "more"},
		f.note("list", prefix, page)
}

func (f *fakePeople) User(_ context.Context, id string) (console.User, error) {
	return console.User{ID: id, Email: "ada@example.com"}, f.note("get", id)
}

func (f *fakePeople) Groups(context.Context) ([]console.Group, error) {
	return []console.Group{{Name: "apiAdmins"}}, f.note("groups")
}

func (f *fakePeople) Create(_ context.Context, email string) (id, password string, err error) {
	return "u2", "secret-of-u2", f.note("create", email)
}

func (f *fakePeople) ResetPassword(_ context.Context, id string) (string, error) {
	return "secret-of-" + id, f.note("reset", id)
}

func (f *fakePeople) Enable(_ context.Context, id string) error  { return f.note("enable", id) }
func (f *fakePeople) Disable(_ context.Context, id string) error { return f.note("disable", id) }
func (f *fakePeople) Delete(_ context.Context, id string) error  { return f.note("delete", id) }

func (f *fakePeople) Grant(_ context.Context, id, group string) error {
	return f.note("grant", id, group)
}

func (f *fakePeople) Revoke(_ context.Context, id, group string) error {
	return f.note("revoke", id, group)
}

// fakeCopies makes copies of a text; it can be held up and made to fail.
type fakeCopies struct {
	content string
	err     error
	begun   chan struct{} // closed when a copy begins, unless nil
	held    chan struct{} // waited for, unless nil
	closed  int
}

func (f *fakeCopies) Copy(context.Context) (io.ReadCloser, int64, error) {
	if f.begun != nil {
		close(f.begun)
		<-f.held
	}
	if f.err != nil {
		return nil, 0, f.err
	}
	return &fakeCopy{strings.NewReader(f.content), f}, int64(len(f.content)), nil
}

type fakeCopy struct {
	io.Reader
	copies *fakeCopies
}

func (f *fakeCopy) Close() error {
	f.copies.closed++
	return nil
}
