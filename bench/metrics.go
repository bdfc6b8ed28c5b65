package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// metricsFlag makes the program serve its metrics on an address of their own.
const metricsFlag = "-metrics-addr"

// Metrics of Go's runtime, as Prometheus' client library names them.
const (
	metricAllocations = "go_memstats_mallocs_total"
	metricHeapGoal    = "go_memstats_next_gc_bytes" // in proportion to what is live; the heap itself goes up and down
	metricGoroutines  = "go_goroutines"
)

// metrics are those of one server, read over HTTP. Of the zero value nothing can
// be read.
type metrics struct {
	addr   string
	client *client
}

// Ports below those that systems give to outgoing connections, of which a run
// makes many: one that is free now is still free when the server starts.
const (
	firstPort = 20_000
	ports     = 10_000
	portTries = 100
)

// newMetrics returns the metrics of a server that is about to start, on an
// address that is free.
func newMetrics(ctx context.Context) (metrics, error) {
	var config net.ListenConfig
	var err error
	for range portTries {
		addr := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(ports)) //nolint:gosec // no secret
		var listener net.Listener
		if listener, err = config.Listen(ctx, "tcp", addr); err == nil {
			m := metrics{addr: addr, client: newClient(1)}
			m.client.connect("http://" + addr)
			return m, listener.Close()
		}
	}
	return metrics{}, fmt.Errorf("no free port: %w", err)
}

// flags are what the server needs.
func (m metrics) flags() []string {
	if m.addr == "" {
		return nil
	}
	return []string{metricsFlag, m.addr}
}

// read returns the metrics of those names, report.NotMeasured where the server
// does not tell.
func (m metrics) read(ctx context.Context, names ...string) (map[string]float64, error) {
	values := map[string]float64{}
	for _, name := range names {
		values[name] = report.NotMeasured()
	}
	if m.addr == "" {
		return values, nil
	}
	text, err := m.client.get(ctx, call{method: http.MethodGet, path: "/metrics", want: http.StatusOK})
	if err != nil {
		return nil, err
	}
	return values, parseMetrics(string(text), values)
}

// parseMetrics reads Prometheus' text format, as far as metrics have no labels,
// into the values that are there already.
func parseMetrics(text string, values map[string]float64) error {
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if _, wanted := values[name]; !found || !wanted {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return err
		}
		values[name] = number
	}
	return nil
}

// allocations counts what a server allocates while do runs. To read the count
// allocates too: as much as between two readings with nothing in between.
func (m metrics) allocations(ctx context.Context, do func() error) (float64, error) {
	var counts [3]float64
	for i := range counts {
		if i == 2 {
			if err := do(); err != nil {
				return 0, err
			}
		}
		values, err := m.read(ctx, metricAllocations)
		if err != nil {
			return 0, err
		}
		counts[i] = values[metricAllocations]
	}
	return (counts[2] - counts[1]) - (counts[1] - counts[0]), nil
}
