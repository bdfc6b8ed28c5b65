package series_test

import (
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/series"
)

func TestWhatIsDerived(t *testing.T) {
	gap := history.Interval{}
	busy := history.Interval{
		Measured: 30 * time.Second,
		Counters: map[string]float64{
			series.APIRequests: 60, series.API5XX: 3, series.StoreCommits: 4, series.StoreCommitSeconds: 0.02, series.ProcessCPUSeconds: 15,
		},
		Gauges: map[string]history.Gauge{
			series.ProcessCPUs: {Sum: 4, Max: 2, Readings: 2}, series.StoreQueued: {Sum: 6, Max: 5, Readings: 3},
			series.ProcessMemory: {Sum: 300, Max: 200, Readings: 2}, series.ProcessMemoryLimit: {Sum: 2000, Max: 1000, Readings: 2},
		},
		Distributions: map[string]history.Distribution{
			series.APILatency: {Bounds: []float64{0.01, 0.02}, Counts: []float64{0, 10, 0}},
		},
	}
	quiet := history.Interval{Measured: 10 * time.Second}
	type answer struct {
		value float64
		ok    bool
	}
	for name, c := range map[string]struct {
		value             series.Value
		busy, quiet, none answer
	}{
		"a rate a minute":         {series.PerMinute(series.APIRequests), answer{120, true}, answer{0, true}, answer{}},
		"a share":                 {series.Share(series.API5XX, series.APIRequests), answer{5, true}, answer{0, true}, answer{}},
		"a ratio":                 {series.Ratio(series.StoreCommitSeconds, series.StoreCommits, 1000), answer{5, true}, answer{}, answer{}},
		"a quantile":              {series.Milliseconds(series.APILatency, 0.5), answer{15, true}, answer{}, answer{}},
		"the mean of a gauge":     {series.Mean(series.StoreQueued), answer{2, true}, answer{}, answer{}},
		"the most of a gauge":     {series.Max(series.StoreQueued), answer{5, true}, answer{}, answer{}},
		"CPU of all CPUs":         {series.CPU, answer{25, true}, answer{}, answer{}},
		"memory of what there is": {series.Memory, answer{20, true}, answer{}, answer{}},
	} {
		t.Run(name, func(t *testing.T) {
			for of, i := range map[string]struct {
				interval history.Interval
				want     answer
			}{"busy": {busy, c.busy}, "quiet": {quiet, c.quiet}, "a gap": {gap, c.none}} {
				value, ok := c.value(i.interval)
				if got := (answer{value, ok}); got != i.want {
					t.Errorf("%s: %v, want %v", of, got, i.want)
				}
			}
		})
	}
}
