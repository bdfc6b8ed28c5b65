// Package telemetry counts what a process does, and shows the counts in three
// ways: to Prometheus at /metrics, to CloudWatch as lines of the embedded metric
// format, and to the process itself as snapshots.
//
// Counting takes no lock and finds nothing by name: every combination of labels
// that can occur is made when a recorder is, and kept in maps that nobody
// changes. So labels come from closed sets (routes of the OpenAPI document,
// names of services and operations, error codes), never from a client, and
// memory does not grow with what clients send. What is in none of the sets
// counts under Other.
//
// The package is a leaf: it knows no other of the module, and cmd joins it to
// them.
package telemetry

import (
	"fmt"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Other is the label's value for what is in none of the sets that a recorder
// was made for.
const Other = "other"

// OK is the code and result of what succeeded.
const OK = "ok"

// Metrics are all metrics of one process. Its methods may be called from any
// goroutine; each kind of recorder is made at most once, services' and stores'
// once for each name.
type Metrics struct {
	registry *prometheus.Registry
	counters map[string]*prometheus.CounterVec
	timings  map[string]*prometheus.HistogramVec
}

// New returns the metrics of a process of this version: those of the Go
// runtime, the process and the build, and the families that recorders fill.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		counters: map[string]*prometheus.CounterVec{},
		timings:  map[string]*prometheus.HistogramVec{},
	}
	for _, d := range catalogue() {
		m.declare(d)
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: BuildInfo, Help: "Always 1; the labels say what runs."},
		[]string{"version", "go_version"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// declare registers a family; those that are read from elsewhere are registered
// by their recorders.
func (m *Metrics) declare(d description) {
	switch d.kind {
	case counter:
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.name, Help: d.help}, d.labels)
		m.registry.MustRegister(v)
		m.counters[d.name] = v
	case timing:
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: d.name, Help: d.help, Buckets: buckets()}, d.labels)
		m.registry.MustRegister(v)
		m.timings[d.name] = v
	case read:
	default:
		panic(fmt.Sprintf("metric %s is of no known kind", d.name))
	}
}

// counter returns the counter with these values of the labels, which shows as
// zero from now on.
func (m *Metrics) counter(name string, values ...string) prometheus.Counter {
	return m.counters[name].WithLabelValues(values...)
}

func (m *Metrics) timing(name string, values ...string) prometheus.Observer {
	return m.timings[name].WithLabelValues(values...)
}

// Operation is one method of one route of the OpenAPI document.
type Operation struct {
	Method string // GET, PUT, ...
	Route  string // template, such as /locations/{locationID}
}

// children are what is counted for each of a closed set of keys.
type children[K comparable, V any] struct {
	known map[K]V
	other V
}

func newChildren[K comparable, V any](keys []K, other K, child func(K) V) children[K, V] {
	c := children[K, V]{known: make(map[K]V, len(keys)), other: child(other)}
	for _, key := range keys {
		c.known[key] = child(key)
	}
	return c
}

func (c *children[K, V]) get(key K) V {
	if v, ok := c.known[key]; ok {
		return v
	}
	return c.other
}
