package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

func benchmarkGateway(b *testing.B, method, path, body string) {
	b.Helper()
	cfg := config()
	cfg.NewRequestID, cfg.Now = nil, nil
	cfg.Throttle = Throttle{Rate: 1e9, Burst: 1e9}
	cfg.Targets["rooms:8081"] = backend.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"roomID":"r1","name":"Blue","type":"room"}`)
	}))
	g, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 1000))
		r.Header.Set("User-Agent", "bench")
		r.Header.Set("X-Header-Param", "1")
		g.ServeHTTP(&discard{header: http.Header{}}, r)
	}
}

// Route, cached policy, and a call of a handler in process.
func BenchmarkRead(b *testing.B) { benchmarkGateway(b, http.MethodGet, "/rooms/r1", "") }

// The same with a body that is validated.
func BenchmarkWrite(b *testing.B) {
	benchmarkGateway(b, http.MethodPut, "/rooms/r1?q1=1", `{"name":"Blue","type":"room","capacity":12}`)
}
