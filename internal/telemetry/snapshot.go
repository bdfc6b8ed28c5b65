package telemetry

import (
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// Snapshot is what all metrics say at one moment. The values of counters and
// histograms are totals since the start: the difference of two snapshots says
// what happened between them.
type Snapshot struct{ families map[string][]Sample }

// Sample is one metric: one combination of a family's labels.
type Sample struct {
	Labels    map[string]string
	Value     float64   // of a counter or gauge
	Histogram Histogram // of a histogram, else zero
}

// Histogram counts values by intervals: Counts[i] of those that are at most
// Bounds[i] and more than the bound before, and as the last one those that are
// more than every bound.
type Histogram struct {
	Bounds []float64 // ascending
	Counts []uint64  // one more than bounds
	Sum    float64   // of all values
}

// Snapshot reads all metrics. It takes about as long as an answer to
// Prometheus, a few milliseconds.
func (m *Metrics) Snapshot() (Snapshot, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{families: make(map[string][]Sample, len(families))}
	for _, family := range families {
		samples := make([]Sample, 0, len(family.GetMetric()))
		for _, metric := range family.GetMetric() {
			samples = append(samples, newSample(metric))
		}
		s.families[family.GetName()] = samples
	}
	return s, nil
}

func newSample(metric *dto.Metric) Sample {
	s := Sample{Labels: make(map[string]string, len(metric.GetLabel()))}
	for _, label := range metric.GetLabel() {
		s.Labels[label.GetName()] = label.GetValue()
	}
	switch {
	case metric.Counter != nil:
		s.Value = metric.Counter.GetValue()
	case metric.Gauge != nil:
		s.Value = metric.Gauge.GetValue()
	case metric.Histogram != nil:
		s.Histogram = newHistogram(metric.Histogram)
	}
	return s
}

// newHistogram makes counts of intervals from cumulative ones.
func newHistogram(h *dto.Histogram) Histogram {
	out := Histogram{Sum: h.GetSampleSum()}
	var below uint64
	for _, bucket := range h.GetBucket() {
		if math.IsInf(bucket.GetUpperBound(), 1) {
			continue
		}
		out.Bounds = append(out.Bounds, bucket.GetUpperBound())
		out.Counts = append(out.Counts, bucket.GetCumulativeCount()-below)
		below = bucket.GetCumulativeCount()
	}
	out.Counts = append(out.Counts, h.GetSampleCount()-below)
	return out
}

// Samples returns the metrics of a family that have these labels, given as
// names and values by turns; those of the whole family without any. They are to
// be read only.
func (s Snapshot) Samples(family string, labels ...string) []Sample {
	if len(labels) == 0 {
		return s.families[family]
	}
	var found []Sample
	for _, sample := range s.families[family] {
		if sample.has(labels) {
			found = append(found, sample)
		}
	}
	return found
}

func (s Sample) has(labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		if s.Labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// Sum adds up the counters or gauges of a family that have these labels.
func (s Snapshot) Sum(family string, labels ...string) float64 {
	sum := 0.0
	for _, sample := range s.Samples(family, labels...) {
		sum += sample.Value
	}
	return sum
}

// Histogram adds up the histograms of a family that have these labels.
func (s Snapshot) Histogram(family string, labels ...string) Histogram {
	var sum Histogram
	for _, sample := range s.Samples(family, labels...) {
		sum = sum.Add(sample.Histogram)
	}
	return sum
}

// Count returns the number of values.
func (h Histogram) Count() uint64 {
	var n uint64
	for _, count := range h.Counts {
		n += count
	}
	return n
}

// Add returns the values of both histograms together. They must have the same
// bounds, as all of this package have, or one of them none.
func (h Histogram) Add(other Histogram) Histogram {
	if len(h.Counts) == 0 {
		return other
	}
	return h.combine(other, func(a, b uint64) uint64 { return a + b }, h.Sum+other.Sum)
}

// Since returns the values that were added after an earlier reading of the same
// histogram.
func (h Histogram) Since(earlier Histogram) Histogram {
	return h.combine(earlier, func(a, b uint64) uint64 { return a - min(a, b) }, h.Sum-earlier.Sum)
}

func (h Histogram) combine(other Histogram, count func(a, b uint64) uint64, sum float64) Histogram {
	out := Histogram{Bounds: h.Bounds, Counts: slices.Clone(h.Counts), Sum: sum}
	for i := range min(len(out.Counts), len(other.Counts)) {
		out.Counts[i] = count(out.Counts[i], other.Counts[i])
	}
	return out
}

// Quantile estimates the value that the part q (from 0 to 1) of all values does
// not exceed, as if values were spread evenly in each interval. Beyond the last
// bound nothing is known but that bound. It is NaN without values.
func (h Histogram) Quantile(q float64) float64 {
	total := h.Count()
	if total == 0 || len(h.Bounds) == 0 {
		return math.NaN()
	}
	rank, below := min(max(q, 0), 1)*float64(total), 0.0
	lower := 0.0
	for i, upper := range h.Bounds {
		count := float64(h.Counts[i])
		if count > 0 && below+count >= rank {
			return lower + (upper-lower)*(rank-below)/count
		}
		below += count
		lower = upper
	}
	return lower
}
