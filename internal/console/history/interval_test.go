package history_test

import (
	"math"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/console/history"
)

func TestQuantilesAreInterpolatedWithinABucket(t *testing.T) {
	bounds := []float64{0.01, 0.1, 1}
	for name, c := range map[string]struct {
		counts []float64
		q      float64
		want   float64
		ok     bool
	}{
		"nothing observed":                 {[]float64{0, 0, 0, 0}, 0.5, 0, false},
		"the middle of the first bucket":   {[]float64{10, 0, 0, 0}, 0.5, 0.005, true},
		"the middle of the second bucket":  {[]float64{0, 10, 0, 0}, 0.5, 0.055, true},
		"the end of a bucket":              {[]float64{5, 5, 0, 0}, 0.5, 0.01, true},
		"one slow one in a hundred":        {[]float64{99, 0, 1, 0}, 0.99, 0.01, true},
		"two slow ones in a hundred":       {[]float64{98, 0, 2, 0}, 0.99, 0.55, true},
		"above the last bound, that bound": {[]float64{0, 0, 0, 3}, 0.5, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := history.Distribution{Bounds: bounds, Counts: c.counts}
			got, ok := d.Quantile(c.q)
			if ok != c.ok || math.Abs(got-c.want) > 1e-9 {
				t.Errorf("Quantile(%v) = %v, %v; want %v, %v", c.q, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestIntervalsAddUp(t *testing.T) {
	start := time.Unix(600, 0)
	first := history.Interval{
		Start: start, Measured: 10 * time.Second,
		Counters:      map[string]float64{"requests": 3},
		Gauges:        map[string]history.Gauge{"memory": {Sum: 5, Max: 5, Readings: 1}},
		Distributions: map[string]history.Distribution{"latency": {Bounds: []float64{1}, Counts: []float64{2, 1}, Sum: 4}},
	}
	second := history.Interval{
		Start: start.Add(10 * time.Second), Measured: 5 * time.Second,
		Counters:      map[string]float64{"requests": 4, "errors": 1},
		Gauges:        map[string]history.Gauge{"memory": {Sum: 2, Max: 2, Readings: 1}, "queue": {Sum: 7, Max: 7, Readings: 1}},
		Distributions: map[string]history.Distribution{"latency": {Bounds: []float64{1}, Counts: []float64{0, 2}, Sum: 6}},
	}
	sum := first.Add(second)
	if !sum.Start.Equal(start) || sum.Measured != 15*time.Second {
		t.Errorf("the sum starts at %v and measures %v", sum.Start, sum.Measured)
	}
	if sum.Counters["requests"] != 7 || sum.Counters["errors"] != 1 {
		t.Errorf("counters %v", sum.Counters)
	}
	if g := sum.Gauges["memory"]; g != (history.Gauge{Sum: 7, Max: 5, Readings: 2}) {
		t.Errorf("memory %v", g)
	}
	if mean, ok := sum.Gauges["memory"].Mean(); !ok || mean != 3.5 {
		t.Errorf("mean memory %v, %v", mean, ok)
	}
	if g := sum.Gauges["queue"]; g.Max != 7 {
		t.Errorf("a gauge of the second alone is %v", g)
	}
	d := sum.Distributions["latency"]
	if mean, ok := d.Mean(); d.Count() != 5 || d.Counts[0] != 2 || !ok || mean != 2 {
		t.Errorf("latency %v with mean %v", d, mean)
	}
	if rate, ok := sum.Rate("requests"); !ok || math.Abs(rate-7.0/15) > 1e-9 {
		t.Errorf("rate %v, %v", rate, ok)
	}
	if first.Counters["requests"] != 3 || first.Distributions["latency"].Counts[1] != 1 {
		t.Error("adding changed what was added to")
	}
}

func TestAGapHasNoRate(t *testing.T) {
	if rate, ok := (history.Interval{}).Rate("requests"); ok {
		t.Errorf("the rate in a gap is %v", rate)
	}
}

func TestDistributionsOfOtherBoundsAreNotMixed(t *testing.T) {
	old := history.Interval{Distributions: map[string]history.Distribution{"x": {Bounds: []float64{1}, Counts: []float64{9, 9}, Sum: 18}}}
	updated := history.Interval{Distributions: map[string]history.Distribution{"x": {Bounds: []float64{2, 3}, Counts: []float64{1, 0, 0}, Sum: 1}}}
	if got := old.Add(updated).Distributions["x"]; got.Count() != 1 || got.Bounds[0] != 2 {
		t.Errorf("got %v, want the later one", got)
	}
}
