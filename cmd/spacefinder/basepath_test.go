package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheStagesNameIsTakenOffThePath(t *testing.T) {
	seen := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.EscapedPath())
	})
	tests := []struct{ name, prefix, path, want string }{
		{"with it", "/prod", "/prod/locations", "/locations"},
		{"without it", "/prod", "/locations", "/locations"},
		{"escapes stay", "/prod", "/prod/users/a%2Fb/bookings", "/users/a%2Fb/bookings"},
		{"escapes stay without it", "/prod", "/users/a%2Fb/bookings", "/users/a%2Fb/bookings"},
		{"once", "/prod", "/prod/prod/locations", "/prod/locations"},
		{"whole segments", "/prod", "/production/locations", "/production/locations"},
		{"a spelling of it that nobody sends is a path like any other", "/prod", "/%70rod/locations", "/%70rod/locations"},
		{"the bare name is no operation", "/prod", "/prod", "/prod"},
		{"the health check has none", "/prod", "/health", "/health"},
		{"no prefix is set", "", "/prod/locations", "/prod/locations"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			withoutBasePath(tt.prefix, seen).ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if w.Code != http.StatusOK || w.Body.String() != tt.want {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, tt.want)
			}
		})
	}
}

func TestABasePathIsAPath(t *testing.T) {
	for prefix, ok := range map[string]bool{
		"": true, "/prod": true, "/api/prod": true,
		"prod": false, "/": false, "/prod/": false, "/a//b": false, "/a b": false, "/a%20b": false,
	} {
		set := newFlagSet(process{getenv: func(string) string { return "" }, stderr: io.Discard}, "service", "")
		checkBasePath(set, prefix)
		if err := set.err(); (err == nil) != ok {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}

func TestAServiceRefusesABadBasePath(t *testing.T) {
	err := runService(context.Background(), process{
		args: []string{"-base-path", "prod", "-locations-table", "l", "locations"}, getenv: func(string) string { return "" }, stderr: io.Discard,
	})
	if err == nil || !strings.Contains(err.Error(), "-base-path") {
		t.Errorf("got %v", err)
	}
}
