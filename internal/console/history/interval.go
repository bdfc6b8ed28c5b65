package history

import (
	"maps"
	"slices"
	"time"
)

// Interval is what was measured between two moments. A name that is missing
// was not measured, or counted nothing.
type Interval struct {
	Start         time.Time               // a multiple of the step that the interval belongs to
	Measured      time.Duration           // how long was measured: 0 in a gap
	Counters      map[string]float64      // by how much each grew
	Gauges        map[string]Gauge        // what was read
	Distributions map[string]Distribution // what was observed
}

// Gauge is what was read of a value that goes up and down.
type Gauge struct {
	Sum      float64 `json:"sum"`
	Max      float64 `json:"max"`
	Readings float64 `json:"readings"`
}

// Mean returns the mean of the readings; ok is false when there is none.
func (g Gauge) Mean() (mean float64, ok bool) {
	if g.Readings == 0 {
		return 0, false
	}
	return g.Sum / g.Readings, true
}

// Distribution counts observations by their size.
type Distribution struct {
	Bounds []float64 `json:"bounds"` // upper bounds of all buckets but the last, ascending
	Counts []float64 `json:"counts"` // observations in each bucket; one more than Bounds
	Sum    float64   `json:"sum"`    // of all observations
}

// Count returns the number of observations.
func (d Distribution) Count() float64 {
	n := 0.0
	for _, c := range d.Counts {
		n += c
	}
	return n
}

// Mean returns the mean observation; ok is false when there is none.
func (d Distribution) Mean() (mean float64, ok bool) {
	n := d.Count()
	if n == 0 {
		return 0, false
	}
	return d.Sum / n, true
}

// Quantile returns an estimate of the q-quantile (0 < q < 1), as if the
// observations of a bucket lay evenly between its bounds; what lies above the
// last bound is estimated as that bound. ok is false without observations.
//
// Source: histogram_quantile, https://prometheus.io/docs/prometheus/latest/querying/functions/
func (d Distribution) Quantile(q float64) (value float64, ok bool) {
	rank := q * d.Count()
	if rank <= 0 || len(d.Bounds) == 0 {
		return 0, false
	}
	below := 0.0
	for i, bound := range d.Bounds {
		if below+d.Counts[i] < rank {
			below += d.Counts[i]
			continue
		}
		lower := 0.0
		if i > 0 {
			lower = d.Bounds[i-1]
		}
		return lower + (bound-lower)*(rank-below)/d.Counts[i], true
	}
	return d.Bounds[len(d.Bounds)-1], true
}

// add returns the observations of both. Where the bounds differ, as after an
// update of the program, the later ones count.
func (d Distribution) add(later Distribution) Distribution {
	if !slices.Equal(d.Bounds, later.Bounds) || len(d.Counts) != len(later.Counts) {
		return later
	}
	sum := Distribution{Bounds: d.Bounds, Counts: slices.Clone(d.Counts), Sum: d.Sum + later.Sum}
	for i, n := range later.Counts {
		sum.Counts[i] += n
	}
	return sum
}

// Add returns what was measured in both intervals, as of i's start. Neither is
// changed.
func (i Interval) Add(later Interval) Interval {
	sum := Interval{
		Start:         i.Start,
		Measured:      i.Measured + later.Measured,
		Counters:      cloned(i.Counters),
		Gauges:        cloned(i.Gauges),
		Distributions: cloned(i.Distributions),
	}
	for name, n := range later.Counters {
		sum.Counters[name] += n
	}
	for name, g := range later.Gauges {
		sum.Gauges[name] = addGauges(sum.Gauges, name, g)
	}
	for name, d := range later.Distributions {
		sum.Distributions[name] = sum.Distributions[name].add(d)
	}
	return sum
}

func addGauges(all map[string]Gauge, name string, later Gauge) Gauge {
	g, found := all[name]
	if !found {
		return later
	}
	return Gauge{Sum: g.Sum + later.Sum, Max: max(g.Max, later.Max), Readings: g.Readings + later.Readings}
}

func cloned[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}

// Rate returns how often a counter grew a second; ok is false in a gap.
func (i Interval) Rate(name string) (perSecond float64, ok bool) {
	if i.Measured <= 0 {
		return 0, false
	}
	return i.Counters[name] / i.Measured.Seconds(), true
}

// group adds up intervals, which are in order of time, by multiples of step.
func group(intervals []Interval, step time.Duration) []Interval {
	var groups []Interval
	for _, i := range intervals {
		start := i.Start.Truncate(step)
		if last := len(groups) - 1; last >= 0 && groups[last].Start.Equal(start) {
			groups[last] = groups[last].Add(i)
			continue
		}
		i.Start = start
		groups = append(groups, i)
	}
	return groups
}
