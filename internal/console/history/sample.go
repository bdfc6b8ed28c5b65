package history

import "time"

// Source measures a process. Sample must be quick and must not block.
type Source interface {
	Sample() Sample
}

// SourceFunc is a function that is a Source.
type SourceFunc func() Sample

// Sample calls the function.
func (f SourceFunc) Sample() Sample { return f() }

// Sample is what has been counted since the process started, and what is
// measured now. The names are the source's own; there must be few of them.
type Sample struct {
	Counters      map[string]float64      // only ever grow
	Gauges        map[string]float64      // go up and down
	Distributions map[string]Distribution // only ever grow
}

// since returns what happened between two samples. A counter that is smaller
// than before began anew, so that all of it is new.
func (s Sample) since(before Sample, start time.Time, measured time.Duration) Interval {
	i := Interval{
		Start: start, Measured: measured,
		Counters: map[string]float64{}, Gauges: map[string]Gauge{}, Distributions: map[string]Distribution{},
	}
	for name, n := range s.Counters {
		if grown := growth(before.Counters[name], n); grown != 0 {
			i.Counters[name] = grown
		}
	}
	for name, v := range s.Gauges {
		i.Gauges[name] = Gauge{Sum: v, Max: v, Readings: 1}
	}
	for name, d := range s.Distributions {
		if grown := d.since(before.Distributions[name]); grown.Count() > 0 {
			i.Distributions[name] = grown
		}
	}
	return i
}

func growth(before, now float64) float64 {
	if now < before {
		return now
	}
	return now - before
}

func (d Distribution) since(before Distribution) Distribution {
	if len(before.Counts) != len(d.Counts) {
		return d
	}
	grown := Distribution{Bounds: d.Bounds, Counts: make([]float64, len(d.Counts)), Sum: growth(before.Sum, d.Sum)}
	for i := range d.Counts {
		grown.Counts[i] = growth(before.Counts[i], d.Counts[i])
	}
	return grown
}
