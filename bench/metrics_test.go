package main

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A server whose reading itself allocates a hundred times.
func TestAllocationsAreThoseOfTheOperationsAlone(t *testing.T) {
	var allocated atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "# HELP go_memstats_mallocs_total text\ngo_memstats_mallocs_total %.4e\nother{label=\"a\"} 1\n", float64(allocated.Add(100)))
	}))
	defer server.Close()
	m := metrics{addr: "there", client: newClient(1)}
	m.client.connect(server.URL)
	defer m.client.close()
	got, err := m.allocations(t.Context(), func() error { allocated.Add(5000); return nil })
	if err != nil || got != 5000 {
		t.Errorf("got %g, %v, want 5000", got, err)
	}
}

func TestAServerWithoutMetricsIsNotMeasured(t *testing.T) {
	done := false
	got, err := metrics{}.allocations(t.Context(), func() error { done = true; return nil })
	if err != nil || !math.IsNaN(got) || !done {
		t.Errorf("got %g, %v; done: %v", got, err, done)
	}
}

func TestMetricsAreReadByName(t *testing.T) {
	values := map[string]float64{"go_goroutines": math.NaN(), "missing": math.NaN()}
	if err := parseMetrics("# TYPE go_goroutines gauge\ngo_goroutines 12\ngo_goroutines_total 13\n", values); err != nil {
		t.Fatal(err)
	}
	if values["go_goroutines"] != 12 || !math.IsNaN(values["missing"]) || len(values) != 2 {
		t.Errorf("got %v", values)
	}
	if err := parseMetrics("go_goroutines many\n", values); err == nil {
		t.Error("a metric that is no number was read")
	}
}
