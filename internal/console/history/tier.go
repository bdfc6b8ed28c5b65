package history

import "time"

// tier is one resolution of what is kept.
type tier struct {
	step time.Duration // from row to row
	keep time.Duration // how far back there are rows
}

// SampleEvery is how often the source is sampled, and the finest step.
const SampleEvery = 10 * time.Second

// inMemory is how far back intervals are kept in memory, too: long enough for
// every alarm, which looks back a quarter of an hour.
const inMemory = 20 * time.Minute

// tiers returns the resolutions, the finest first. Each step is a multiple of
// the one before it, of which its rows are made.
func tiers() []tier {
	return []tier{
		{step: SampleEvery, keep: time.Hour},
		{step: time.Minute, keep: 24 * time.Hour},
		{step: 15 * time.Minute, keep: 30 * 24 * time.Hour},
	}
}

// Rows returns how many rows there can be, whatever happens.
func Rows() int {
	n := 0
	for _, t := range tiers() {
		n += int(t.keep/t.step) + 1
	}
	return n
}

// Range is a span of time up to now that can be asked for.
type Range struct {
	Name string        // such as "24h"
	Span time.Duration // how far back
	Step time.Duration // from point to point
}

// Ranges returns what can be asked for, the shortest first. Each has 90 to 360
// points: enough for a chart, and few enough to be read at once.
func Ranges() []Range {
	const day = 24 * time.Hour
	return []Range{
		{"15m", 15 * time.Minute, SampleEvery},
		{"1h", time.Hour, SampleEvery},
		{"6h", 6 * time.Hour, time.Minute},
		{"24h", day, 5 * time.Minute},
		{"7d", 7 * day, 30 * time.Minute},
		{"30d", 30 * day, 2 * time.Hour},
	}
}

// coarsest returns the index of the tier that most of the range is made of. The
// newest points come from finer ones, which are not added up yet.
func (r Range) coarsest() int {
	found := 0
	for i, t := range tiers() {
		if t.step <= r.Step && tiers()[found].keep < r.Span {
			found = i
		}
	}
	return found
}
