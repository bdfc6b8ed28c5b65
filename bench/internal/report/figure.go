package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

const notMeasured = "not measured"

// spread returns the median of the values, with the least and the greatest of
// them where there are several.
func spread(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	if math.IsNaN(Median(values)) {
		return notMeasured
	}
	least, greatest := figure(slices.Min(values)), figure(slices.Max(values))
	if least == greatest {
		return least
	}
	return fmt.Sprintf("%s (%s-%s)", figure(Median(values)), least, greatest)
}

// figure returns a number in three digits, or more before the point.
func figure(v float64) string {
	switch size := math.Abs(v); {
	case size >= 100 || size == 0:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case size >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// Median returns the middle value, the mean of the two middle ones of an even
// number, and NaN if any value is.
func Median(values []float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare[float64])
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
