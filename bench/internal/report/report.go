// Package report turns what a run has measured into Markdown, and puts it into
// a document between two markers.
package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// NotMeasured stands in the place of a figure that this system does not give.
func NotMeasured() float64 { return math.NaN() }

// Run is everything that one run has measured.
type Run struct {
	Setting   []string // sentences about the machine and the settings
	Ratios    []Ratio
	Workloads []Workload
	Processes []Process
}

// Workload is one workload on one subject.
type Workload struct {
	Subject  string
	Bookings int // stored before the run; 0 where none are
	Name     string
	Clients  int
	Rounds   []Round
}

// Round is what one round has measured of a workload.
type Round struct {
	PerSecond float64 // operations per second, at full load
	CPU       float64 // CPU-milliseconds of the server per 1000 operations, at full load
	Refused   float64 // share of the operations that were refused, as they should be
	Allocs    float64 // allocations of the server per operation, at full load
	HalfLoad  float64 // operations per second at which the latencies were measured
	P50, P99  float64 // latencies at half load, in milliseconds
}

// Process is what one server takes, measured several times.
type Process struct {
	Subject  string
	Bookings int
	Start    []float64 // milliseconds from its start to the first 200 of /health
	IdleRSS  []float64 // MB right after that
	LoadRSS  []float64 // MB after all rounds
}

// Ratio is a relation of two figures, one value a round, so that a noise that
// hits a round hits both of its figures.
type Ratio struct {
	Name   string
	Target string // what is wanted: ">= 0.5"; "" where nothing is
	Values []float64
}

// Ratios returns the figure of one workload divided by that of another, round by
// round.
func (w Workload) Ratios(other Workload, figure func(Round) float64) []float64 {
	var values []float64
	for i := range min(len(w.Rounds), len(other.Rounds)) {
		values = append(values, figure(w.Rounds[i])/figure(other.Rounds[i]))
	}
	return values
}

// Column returns one figure of every round.
func (w Workload) Column(figure func(Round) float64) []float64 {
	values := make([]float64, len(w.Rounds))
	for i, r := range w.Rounds {
		values[i] = figure(r)
	}
	return values
}

// Write writes the report as Markdown.
func (r Run) Write(w io.Writer) error {
	var b strings.Builder
	for _, sentence := range r.Setting {
		fmt.Fprintf(&b, "- %s\n", sentence)
	}
	fmt.Fprintf(&b, "\n### Workloads\n\n")
	r.workloads().write(&b)
	fmt.Fprintf(&b, "\n### Ratios\n\n")
	r.ratios().write(&b)
	fmt.Fprintf(&b, "\n### Processes\n\n")
	r.processes().write(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Run) workloads() table {
	t := table{{"subject", "bookings", "workload", "clients", "operations/s", "CPU-ms per 1000", "allocations each", "refused %",
		"half load, /s", "p50 ms", "p99 ms"}}
	for _, w := range r.Workloads {
		t = append(t, []string{
			w.Subject, count(w.Bookings), w.Name, strconv.Itoa(w.Clients),
			spread(w.Column(func(r Round) float64 { return r.PerSecond })),
			spread(w.Column(func(r Round) float64 { return r.CPU })),
			spread(w.Column(func(r Round) float64 { return r.Allocs })),
			spread(w.Column(func(r Round) float64 { return 100 * r.Refused })),
			figure(median(w.Column(func(r Round) float64 { return r.HalfLoad }))),
			spread(w.Column(func(r Round) float64 { return r.P50 })),
			spread(w.Column(func(r Round) float64 { return r.P99 })),
		})
	}
	return t
}

func (r Run) ratios() table {
	t := table{{"ratio", "measured", "target"}}
	for _, ratio := range r.Ratios {
		t = append(t, []string{ratio.Name, spread(ratio.Values), ratio.Target})
	}
	return t
}

func (r Run) processes() table {
	t := table{{"subject", "bookings", "start, ms", "idle RSS, MB", "RSS after load, MB"}}
	for _, p := range r.Processes {
		t = append(t, []string{p.Subject, count(p.Bookings), spread(p.Start), spread(p.IdleRSS), spread(p.LoadRSS)})
	}
	return t
}

// count returns a number of bookings, with nothing for none.
func count(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// spread returns the median of the values, with the least and the greatest of
// them where there are several.
func spread(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	if math.IsNaN(median(values)) {
		return "not measured"
	}
	least, greatest := figure(slices.Min(values)), figure(slices.Max(values))
	if least == greatest {
		return least
	}
	return fmt.Sprintf("%s (%s-%s)", figure(median(values)), least, greatest)
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

// median returns the middle value, the mean of the two middle ones of an even
// number, and NaN if any value is.
func median(values []float64) float64 {
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

// table is a table in Markdown, the first row its head, padded to be read as
// plain text too.
type table [][]string

func (t table) write(b *strings.Builder) {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for n, row := range t {
		for i, cell := range row {
			fmt.Fprintf(b, "| %-*s ", widths[i], cell)
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, width := range widths {
				fmt.Fprintf(b, "| %s ", strings.Repeat("-", width))
			}
			b.WriteString("|\n")
		}
	}
}
