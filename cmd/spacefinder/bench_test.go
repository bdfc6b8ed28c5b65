package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// BenchmarkReadOne is an authenticated read of one location through the whole
// system in this process, without the network: front door, cached policy,
// service, store.
func BenchmarkReadOne(b *testing.B) {
	read := newRead(b, &instruments{metrics: telemetry.New("test")})
	b.ReportAllocs()
	for b.Loop() {
		read()
	}
}

// BenchmarkTelemetry compares that read with and without metrics, by turns. The
// median of the ratios, which a busy machine hardly moves, is what telemetry
// costs: 1.05 is the most that it may.
func BenchmarkTelemetry(b *testing.B) {
	without, with := newRead(b, &instruments{}), newRead(b, &instruments{metrics: telemetry.New("test")})
	var ratios []float64
	for b.Loop() {
		before, measured, after := timed(without), timed(with), timed(without)
		ratios = append(ratios, 2*measured/(before+after))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "with/without")
}

// timed returns the nanoseconds of a turn, which is twenty reads.
func timed(read func()) float64 {
	start := time.Now()
	for range 20 {
		read()
	}
	return float64(time.Since(start))
}

// newRead returns a function that reads one location from a new system.
func newRead(b testing.TB, watch *instruments) func() {
	b.Helper()
	front, token := startWithLocation(b, watch)
	get := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/locations/munich", http.NoBody)
	get.Header.Set("Authorization", "Bearer "+token)
	return func() {
		w := httptest.NewRecorder()
		if front.ServeHTTP(w, get); w.Code != http.StatusOK {
			b.Fatalf("GET: %d %s", w.Code, w.Body)
		}
	}
}

// startWithLocation starts a system that has the location "munich".
func startWithLocation(b testing.TB, watch *instruments) (http.Handler, string) {
	b.Helper()
	front, token := startSystem(b, watch)
	put := httptest.NewRequestWithContext(b.Context(), http.MethodPut, "/locations/munich", strings.NewReader(`{"name":"Munich office"}`))
	put.Header.Set("Authorization", "Bearer "+token)
	put.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if front.ServeHTTP(w, put); w.Code != http.StatusCreated {
		b.Fatalf("PUT: %d %s", w.Code, w.Body)
	}
	return front, token
}

// startSystem builds what `spacefinder serve` serves, over a new folder, and
// signs its administrator in.
func startSystem(b testing.TB, watch *instruments) (http.Handler, string) {
	b.Helper()
	dir := b.TempDir()
	f := newServeFlags(process{
		args:   []string{"-data", dir, "-access-log", filepath.Join(dir, "access.log"), "-throttle-rate", "1e9", "-throttle-burst", "1000000000"},
		getenv: func(string) string { return "" },
		stdout: io.Discard,
		stderr: io.Discard,
	})
	if err := f.parse(); err != nil {
		b.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	var open closers
	b.Cleanup(func() {
		var err error
		open.closeInto(&err)
		if err != nil {
			b.Error(err)
		}
	})
	s, err := f.newSystem(b.Context(), f.set.process, watch, logger, "http://127.0.0.1:8080", &open)
	if err != nil {
		b.Fatal(err)
	}
	password, _, err := s.pool.EnsureFirstAdministrator(context.Background(), "admin@example.com")
	if err != nil {
		b.Fatal(err)
	}
	front := s.front(logger)
	return front, signIn(b, front, s.pool.ClientID(), password)
}

func signIn(b testing.TB, front http.Handler, clientID, password string) string {
	b.Helper()
	body, err := json.Marshal(map[string]any{
		"AuthFlow":       "USER_PASSWORD_AUTH",
		"ClientId":       clientID,
		"AuthParameters": map[string]string{"USERNAME": "admin@example.com", "PASSWORD": password},
	})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/cognito/", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
	w := httptest.NewRecorder()
	front.ServeHTTP(w, r)
	var answer struct{ AuthenticationResult struct{ IdToken string } }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.AuthenticationResult.IdToken == "" {
		b.Fatalf("sign in: %d %s", w.Code, w.Body)
	}
	return answer.AuthenticationResult.IdToken
}
