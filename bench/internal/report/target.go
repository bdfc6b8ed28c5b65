package report

import (
	"fmt"
	"math"
)

// Limit is what a figure must keep. The zero value wants nothing.
type Limit struct {
	relation relation
	bound    float64
}

type relation string

const (
	least relation = ">="
	most  relation = "<="
)

// AtLeast wants a figure that is not less than the bound.
func AtLeast(bound float64) Limit { return Limit{least, bound} }

// AtMost wants a figure that is not greater than the bound.
func AtMost(bound float64) Limit { return Limit{most, bound} }

// String returns the limit as a reader expects it, such as ">= 0.5".
func (l Limit) String() string {
	if l.relation == "" {
		return "-"
	}
	return fmt.Sprintf("%s %g", l.relation, l.bound)
}

// Target is a figure and what is wanted of it. A ratio has one value a round, so
// that a noise that hits a round hits both of its figures.
type Target struct {
	Name   string
	Limit  Limit
	Values []float64
}

// Verdicts on a target.
const (
	Met    = "met"
	Missed = "MISSED"
)

// Verdict says whether the median keeps the limit: Met or Missed; or that it
// was not measured; or nothing, where there is no limit.
func (t Target) Verdict() string {
	value := Median(t.Values)
	switch {
	case t.Limit.relation == "":
		return ""
	case math.IsNaN(value):
		return notMeasured
	case t.Limit.relation == least && value >= t.Limit.bound, t.Limit.relation == most && value <= t.Limit.bound:
		return Met
	default:
		return Missed
	}
}

func targets(all []Target) table {
	t := table{{"target", "wanted", "measured", "verdict"}}
	for _, each := range all {
		t = append(t, []string{each.Name, each.Limit.String(), spread(each.Values), each.Verdict()})
	}
	return t
}
