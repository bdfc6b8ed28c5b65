package telemetry_test

import (
	"math"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

func snapshot(t *testing.T, m *telemetry.Metrics) telemetry.Snapshot {
	t.Helper()
	s, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSnapshotFindsByLabels(t *testing.T) {
	i := newInstruments()
	i.work()
	s := snapshot(t, i.Metrics)
	for _, test := range []struct {
		name   string
		family string
		labels []string
		want   float64
	}{
		{"a family", telemetry.ServiceRequests, nil, 3},
		{"one label", telemetry.ServiceRequests, []string{"status", "4xx"}, 1},
		{"two labels", telemetry.ServiceRequests, []string{"service", "bookings", "code", "ok"}, 1},
		{"a gauge", telemetry.SQLiteQueued, nil, 2},
		{"a value that does not occur", telemetry.ServiceRequests, []string{"service", "x"}, 0},
		{"a label that does not occur", telemetry.ServiceRequests, []string{"x", "bookings"}, 0},
		{"a family that does not occur", "x", nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := s.Sum(test.family, test.labels...); got != test.want {
				t.Errorf("got %g, want %g", got, test.want)
			}
		})
	}
}

func TestDifferenceOfSnapshotsIsWhatHappenedBetween(t *testing.T) {
	i := newInstruments()
	i.work()
	first := snapshot(t, i.Metrics)
	i.bookings.Observe(create, "", 40*time.Millisecond)
	i.bookings.Observe(create, "", 40*time.Millisecond)
	h := snapshot(t, i.Metrics).Histogram(telemetry.ServiceDuration).Since(first.Histogram(telemetry.ServiceDuration))
	if h.Count() != 2 || math.Abs(h.Sum-0.08) > 1e-9 {
		t.Errorf("%d values with the sum %g, want 2 with 0.08", h.Count(), h.Sum)
	}
	if q := h.Quantile(0.5); q < 0.025 || q > 0.05 {
		t.Errorf("the median is %g, want one between the bounds around 0.04", q)
	}
}

func TestQuantile(t *testing.T) {
	h := telemetry.Histogram{Bounds: []float64{1, 2, 4}, Counts: []uint64{10, 0, 10, 0}}
	beyond := telemetry.Histogram{Bounds: []float64{1, 2, 4}, Counts: []uint64{0, 0, 0, 5}}
	for _, test := range []struct {
		name string
		of   telemetry.Histogram
		q    float64
		want float64
	}{
		{"the least", h, 0, 0},
		{"within the first interval", h, 0.25, 0.5},
		{"at a bound", h, 0.5, 1},
		{"past an empty interval", h, 0.75, 3},
		{"the greatest", h, 1, 4},
		{"more than all", h, 7, 4},
		{"less than none", h, -1, 0},
		{"beyond the last bound", beyond, 0.5, 4},
		{"of nothing", telemetry.Histogram{}, 0.5, math.NaN()},
		{"of no values", telemetry.Histogram{Bounds: []float64{1}, Counts: []uint64{0, 0}}, 0.5, math.NaN()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.of.Quantile(test.q)
			if got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
				t.Errorf("got %g, want %g", got, test.want)
			}
		})
	}
}

func TestHistogramsAddUp(t *testing.T) {
	a := telemetry.Histogram{Bounds: []float64{1}, Counts: []uint64{1, 2}, Sum: 5}
	b := telemetry.Histogram{Bounds: []float64{1}, Counts: []uint64{3, 0}, Sum: 1}
	for name, got := range map[string]telemetry.Histogram{
		"both": a.Add(b), "to nothing": telemetry.Histogram{}.Add(a.Add(b)), "nothing": a.Add(b).Add(telemetry.Histogram{}),
	} {
		if got.Count() != 6 || got.Sum != 6 || got.Counts[0] != 4 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if a.Counts[0] != 1 {
		t.Error("adding changed a summand")
	}
}
