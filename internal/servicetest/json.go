package servicetest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/rest"
)

// SameJSON fails the test unless an answer with body is byte for byte what
// json.Marshal makes of the other.
func SameJSON(tb testing.TB, body rest.Body, reflected any) {
	tb.Helper()
	want, err := json.Marshal(reflected)
	if err != nil {
		tb.Fatal(err)
	}
	env := rest.Env{Now: time.Now, NewID: func() string { return "fresh" }, Logger: slog.New(slog.DiscardHandler)}
	service := rest.NewService(env, []rest.Route{{
		Method: http.MethodGet, Path: "/body",
		Endpoint: func(context.Context, *rest.Request) (rest.Reply, error) { return rest.Found(body, ""), nil },
	}})
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/body", http.NoBody)
	r.Header.Set("X-Caller-Id", "ada")
	w := httptest.NewRecorder()
	service.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.String() != string(want) {
		tb.Errorf("answered %d\n%s, want\n%s", w.Code, w.Body, want)
	}
}
