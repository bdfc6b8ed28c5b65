package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// DefaultEMFInterval is how often metrics are written: the resolution of
// CloudWatch's metrics.
const DefaultEMFInterval = time.Minute

// EMFConfig says where lines of CloudWatch's embedded metric format go.
type EMFConfig struct {
	Namespace string        // of the metrics, such as SpaceFinder/prod
	Writer    io.Writer     // gets a line at a time
	Interval  time.Duration // default DefaultEMFInterval
	Now       func() time.Time
	Logger    *slog.Logger // for failures to read or write the metrics
}

// EMF writes what was counted since it wrote last, one line for each service
// that had requests: some hundred bytes a minute, whatever the load. Without
// requests it writes nothing, and CloudWatch charges nothing.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type EMF struct {
	metrics *Metrics
	cfg     EMFConfig
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once

	last Snapshot // what has been written; of the writing goroutine
}

// StartEMF begins to write the metrics as EMFConfig says. Close ends it.
func (m *Metrics) StartEMF(cfg EMFConfig) *EMF {
	if cfg.Interval <= 0 {
		cfg.Interval = DefaultEMFInterval
	}
	e := &EMF{metrics: m, cfg: cfg, stop: make(chan struct{}), done: make(chan struct{})}
	go e.run()
	return e
}

// Close writes what was counted since the last line, and ends.
func (e *EMF) Close() {
	e.once.Do(func() { close(e.stop) })
	<-e.done
}

func (e *EMF) run() {
	defer close(e.done)
	ticker := time.NewTicker(e.cfg.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			e.flush()
		case <-e.stop:
			e.flush()
			return
		}
	}
}

func (e *EMF) flush() {
	now, err := e.metrics.Snapshot()
	if err != nil {
		e.cfg.Logger.Error("the metrics cannot be read", "error", err.Error())
		return
	}
	for _, service := range slices.Sorted(maps.Keys(now.services())) {
		e.write(service, serviceEMF(service), now)
	}
	e.write(EMFService, gatewayEMF(), now)
	e.last = now
}

// services returns the names of the services that the process counts.
func (s Snapshot) services() map[string]bool {
	names := map[string]bool{}
	for _, sample := range s.Samples(ServiceRequests) {
		names[sample.Labels[labelService]] = true
	}
	return names
}

// write writes the line of one service, unless there was nothing to count.
func (e *EMF) write(service string, metrics []emfMetric, now Snapshot) {
	document := map[string]any{"Service": service}
	var definitions []emfDefinition
	busy := false
	for _, metric := range metrics {
		value, counted := metric.since(e.last, now)
		busy = busy || counted
		if value == nil {
			continue
		}
		document[metric.name] = value
		definitions = append(definitions, emfDefinition{metric.name, metric.unit})
	}
	if !busy {
		return
	}
	document["_aws"] = emfMetadata{
		Timestamp: e.cfg.Now().UnixMilli(),
		CloudWatchMetrics: []emfDirective{{
			Namespace: e.cfg.Namespace, Dimensions: [][]string{{"Service"}}, Metrics: definitions,
		}},
	}
	if err := writeLine(e.cfg.Writer, document); err != nil {
		e.cfg.Logger.Error("metrics of a minute are lost", "error", err.Error())
	}
}

func writeLine(w io.Writer, document any) error {
	line, err := json.Marshal(document, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("encode metrics: %w", err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// emfMetadata is the member _aws.
type emfMetadata struct {
	Timestamp         int64          `json:"Timestamp"` // milliseconds
	CloudWatchMetrics []emfDirective `json:"CloudWatchMetrics"`
}

type emfDirective struct {
	Namespace  string          `json:"Namespace"`
	Dimensions [][]string      `json:"Dimensions"`
	Metrics    []emfDefinition `json:"Metrics"`
}

type emfDefinition struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// emfValues are many values in little space. Each bucket of a histogram stands
// for its middle, so percentiles are as exact as the buckets are narrow; the
// sum, and so the average, is exact.
type emfValues struct {
	Values []float64 `json:"Values"` // at most 100
	Counts []uint64  `json:"Counts"` // how often each of them occurred
	Max    float64   `json:"Max"`
	Min    float64   `json:"Min"`
	Count  uint64    `json:"Count"`
	Sum    float64   `json:"Sum"`
}

// since returns what the metric counted between two snapshots: a number of
// events, or emfValues in milliseconds, nil where there are none.
func (m emfMetric) since(earlier, now Snapshot) (value any, counted bool) {
	if m.unit == unitCount {
		n := now.Sum(m.family, m.labels...) - earlier.Sum(m.family, m.labels...)
		return n, n > 0
	}
	h := now.Histogram(m.family, m.labels...).Since(earlier.Histogram(m.family, m.labels...))
	if h.Count() == 0 {
		return nil, false
	}
	return newEMFValues(h), true
}

func newEMFValues(h Histogram) emfValues {
	const milliseconds = 1e3
	v := emfValues{Count: h.Count(), Sum: h.Sum * milliseconds}
	lower := 0.0
	for i, count := range h.Counts {
		upper := lower // of what lies beyond the last bound nothing is known
		if i < len(h.Bounds) {
			upper = h.Bounds[i] * milliseconds
		}
		if count > 0 {
			if len(v.Values) == 0 {
				v.Min = lower
			}
			v.Max = upper
			v.Values = append(v.Values, (lower+upper)/2)
			v.Counts = append(v.Counts, count)
		}
		lower = upper
	}
	return v
}
