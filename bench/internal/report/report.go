// Package report turns what a run has measured into Markdown, and puts it into
// a document between two markers.
package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// NotMeasured stands in the place of a figure that this system does not give.
func NotMeasured() float64 { return math.NaN() }

// Run is everything that one run has measured.
type Run struct {
	Setting    []string // sentences about the machine and the settings
	Targets    []Target
	Workloads  []Workload
	Processes  []Process
	Benchmarks []Benchmark
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
	ClientCPU float64 // the same of the client; NotMeasured where it is the server itself
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
	IdleRSS  []float64 // MB a while after that, without any other request
	LoadRSS  []float64 // MB after all rounds
}

// Benchmark is one benchmark of Go's testing package.
type Benchmark struct {
	Name   string               // package and benchmark
	Values map[string][]float64 // by the unit that go test prints, such as ns/op
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
	writeSentences(&b, r.Setting)
	for _, part := range []struct {
		title string
		table table
	}{
		{"Targets", targets(r.Targets)},
		{"Workloads", workloads(r.Workloads)},
		{"Processes", processes(r.Processes)},
		{"Parts", benchmarks(r.Benchmarks)},
	} {
		if len(part.table) == 1 {
			continue // nothing of it was measured
		}
		fmt.Fprintf(&b, "\n### %s\n\n", part.title)
		part.table.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeSentences(b *strings.Builder, sentences []string) {
	for _, sentence := range sentences {
		fmt.Fprintf(b, "- %s\n", sentence)
	}
}

func workloads(all []Workload) table {
	t := table{{"subject", "bookings", "workload", "clients", "operations/s", "CPU-ms per 1000", "client CPU-ms per 1000",
		"allocations each", "refused %", "half load, /s", "p50 ms", "p99 ms"}}
	for _, w := range all {
		t = append(t, []string{
			w.Subject, count(w.Bookings), w.Name, strconv.Itoa(w.Clients),
			spread(w.Column(func(r Round) float64 { return r.PerSecond })),
			spread(w.Column(func(r Round) float64 { return r.CPU })),
			spread(w.Column(func(r Round) float64 { return r.ClientCPU })),
			spread(w.Column(func(r Round) float64 { return r.Allocs })),
			spread(w.Column(func(r Round) float64 { return 100 * r.Refused })),
			figure(Median(w.Column(func(r Round) float64 { return r.HalfLoad }))),
			spread(w.Column(func(r Round) float64 { return r.P50 })),
			spread(w.Column(func(r Round) float64 { return r.P99 })),
		})
	}
	return t
}

func processes(all []Process) table {
	t := table{{"subject", "bookings", "start, ms", "idle RSS, MB", "RSS after load, MB"}}
	for _, p := range all {
		t = append(t, []string{p.Subject, count(p.Bookings), spread(p.Start), spread(p.IdleRSS), spread(p.LoadRSS)})
	}
	return t
}

func benchmarks(all []Benchmark) table {
	t := table{{"benchmark", "microseconds", "bytes allocated", "allocations", "other"}}
	for _, b := range all {
		var other []string
		for _, unit := range slices.Sorted(maps.Keys(b.Values)) {
			if !slices.Contains([]string{unitTime, unitBytes, unitAllocations}, unit) {
				other = append(other, spread(b.Values[unit])+" "+unit)
			}
		}
		t = append(t, []string{
			b.Name, spread(b.Microseconds()), spread(b.Values[unitBytes]), spread(b.Values[unitAllocations]), strings.Join(other, ", "),
		})
	}
	return t
}

// Units of figures that go test prints.
const (
	unitTime        = "ns/op"
	unitBytes       = "B/op"
	unitAllocations = "allocs/op"
)

// Microseconds returns the time of an operation, one value a repetition.
func (b Benchmark) Microseconds() []float64 {
	var values []float64
	for _, ns := range b.Values[unitTime] {
		values = append(values, ns/1000)
	}
	return values
}

// count returns a number of bookings, with nothing for none.
func count(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
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
