package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// named answers with its name, so that a test sees who was asked.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

func TestTheFrontGivesWhatIsNotMountedToTheFrontDoor(t *testing.T) {
	f := &front{
		api: named("front door"),
		mounts: []mount{
			mountReads("/", named("landing page")),
			mountAt("/metrics", named("metrics")),
			mountBelow("/console", named("console")),
		},
		check:  func(context.Context) error { return nil },
		logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/", "landing page"},
		{"HEAD", "/", "landing page"},
		{"POST", "/", "front door"},
		{"OPTIONS", "/", "front door"},
		{"GET", "//", "front door"},
		{"GET", "/metrics", "metrics"},
		{"POST", "/metrics", "metrics"},
		{"GET", "/metrics/", "front door"},
		{"GET", "/metricsx", "front door"},
		{"GET", "/console", "console"},
		{"GET", "/console/", "console"},
		{"DELETE", "/console/a/b", "console"},
		{"GET", "/console/../locations", "console"},
		{"GET", "/consoles", "front door"},
		{"GET", "//console", "front door"},
		{"GET", "/%63onsole", "console"},
		{"GET", "/locations", "front door"},
		{"GET", "/health", ""},
		{"POST", "/health", "front door"},
		{"GET", "/health/", "front door"},
	} {
		answer := httptest.NewRecorder()
		f.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		if got := answer.Body.String(); answer.Code != http.StatusOK || got != c.want {
			t.Errorf("%s %s: %d by %q, want %q", c.method, c.path, answer.Code, got, c.want)
		}
	}
}
