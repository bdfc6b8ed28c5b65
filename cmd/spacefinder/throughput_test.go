package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// BenchmarkTelemetryThroughput compares what clients on connections get of a
// system with metrics, and traces of one request in twenty, and of one without,
// by turns. The median of the ratios is to be 0.95 at least.
func BenchmarkTelemetryThroughput(b *testing.B) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer endpoint.Close()
	on, err := tracesWith(b, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint.URL,
		"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.05")
	if err != nil {
		b.Fatal(err)
	}
	without := newLoad(b, &instruments{})
	with := newLoad(b, &instruments{metrics: telemetry.New("test"), traces: on})
	without.run(b)
	with.run(b)
	var ratios []float64
	for b.Loop() {
		before, measured, after := without.run(b), with.run(b), without.run(b)
		ratios = append(ratios, (before+after)/(2*measured))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "throughput-with/without")
}

// load is a system on a port, and clients that read one location of it.
type load struct {
	client *http.Client
	url    string
	token  string
}

const (
	loadClients  = 16
	loadRequests = 250 // of each client in a turn
)

func newLoad(b *testing.B, watch *instruments) *load {
	b.Helper()
	front, token := startWithLocation(b, watch)
	server := httptest.NewServer(front)
	b.Cleanup(server.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: loadClients}
	b.Cleanup(transport.CloseIdleConnections)
	return &load{client: &http.Client{Transport: transport}, url: server.URL + "/locations/munich", token: token}
}

// run returns the nanoseconds that a turn takes.
func (l *load) run(b *testing.B) float64 {
	b.Helper()
	start := time.Now()
	var clients sync.WaitGroup
	for range loadClients {
		clients.Go(func() {
			for range loadRequests {
				l.read(b)
			}
		})
	}
	clients.Wait()
	return float64(time.Since(start))
}

func (l *load) read(b *testing.B) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, l.url, http.NoBody)
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+l.token)
	response, err := l.client.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		b.Errorf("got %s, %v", response.Status, err)
	}
}
