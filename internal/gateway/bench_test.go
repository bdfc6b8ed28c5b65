package gateway

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/gateway/definition"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// handling returns the handling of a request by a gateway whose one backend is
// in this process. The token is known from the first time on.
func handling(t testing.TB, method, path, body string) func() {
	t.Helper()
	cfg := config()
	cfg.NewRequestID, cfg.Now = nil, nil
	cfg.Throttle = Throttle{Rate: 1e9, Burst: 1e9}
	cfg.AccessLog.Writer = io.Discard
	cfg.Targets["rooms:8081"] = backend.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"roomID":"r1","name":"Blue","type":"room"}`)
	}))
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 1000))
	r.Header.Set("User-Agent", "bench")
	r.Header.Set("X-Header-Param", "1")
	content := strings.NewReader(body)
	if body != "" {
		r.Body, r.ContentLength = io.NopCloser(content), int64(len(body))
	}
	return func() {
		content.Reset(body)
		g.ServeHTTP(&discard{header: http.Header{}}, r)
	}
}

func read(t testing.TB) func() {
	t.Helper()
	return handling(t, http.MethodGet, "/rooms/r1", "")
}

func write(t testing.TB) func() {
	t.Helper()
	return handling(t, http.MethodPut, "/rooms/r1?q1=1", `{"name":"Blue","type":"room","capacity":12}`)
}

// knownToken returns the look for the policy of a token that is kept.
func knownToken(t testing.TB) func() {
	t.Helper()
	kept := &grant{principal: "ada"}
	a := newAuthorization(nil, definition.Scheme{Header: "Authorization", TTL: time.Hour}, nil, time.Now)
	t.Cleanup(a.close)
	token := strings.Repeat("a", 1000)
	_, err := a.grants.get(t.Context(), hashOf(token), func(context.Context) (*grant, error) { return kept, nil })
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if a.grants.kept(hashOf(token)) != kept {
			t.Fatal("not kept")
		}
	}
}

func benchmark(b *testing.B, run func()) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

// Route, cached policy, a call of a handler in process, and the access log.
func BenchmarkRead(b *testing.B) { benchmark(b, read(b)) }

// The same with a body that is validated.
func BenchmarkWrite(b *testing.B) { benchmark(b, write(b)) }

func BenchmarkKnownToken(b *testing.B) { benchmark(b, knownToken(b)) }
