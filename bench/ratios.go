package main

import (
	"fmt"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// The figures that ratios are taken of.
func perSecond(r report.Round) float64 { return r.PerSecond }
func cpu(r report.Round) float64       { return r.CPU }
func tail(r report.Round) float64      { return r.P99 / r.P50 }

// row names a workload of the report.
type row struct {
	subject  string
	bookings int
	workload string
}

// ratios returns what the figures say about each other: ours to the floor and
// the ceiling, and the greatest number of bookings to the least.
func ratios(workloads []report.Workload, sizes []int) []report.Ratio {
	find := func(r row) report.Workload { return busiest(workloads, r) }
	ceiling := find(row{bareName, 0, readOne})
	var all []report.Ratio
	for _, size := range sizes {
		read, write := find(row{serverName, size, readOne}), find(row{serverName, size, book})
		floor := find(row{rawName, size, book})
		of := func(name string) string { return fmt.Sprintf("%s, %d bookings", name, size) }
		all = append(all,
			report.Ratio{Name: of("read one / bare handler, operations per second"), Target: ">= 0.5", Values: read.Ratios(ceiling, perSecond)},
			report.Ratio{Name: of("read one / bare handler, CPU"), Values: read.Ratios(ceiling, cpu)},
			report.Ratio{Name: of("book / raw SQLite, operations per second"), Target: ">= 0.6", Values: write.Ratios(floor, perSecond)},
			report.Ratio{Name: of("read one at half load, p99 / p50"), Target: "<= 5", Values: read.Column(tail)},
			report.Ratio{Name: of("book at half load, p99 / p50"), Target: "<= 5", Values: write.Column(tail)},
		)
	}
	if len(sizes) > 1 {
		all = append(all, growth(find, sizes[0], sizes[len(sizes)-1])...)
	}
	return all
}

// growth compares the cost of an operation on many bookings with that on few.
func growth(find func(row) report.Workload, few, many int) []report.Ratio {
	var all []report.Ratio
	for _, c := range []struct{ workload, target string }{{readOne, "<= 1.3"}, {listMine, "<= 1.3"}, {book, "<= 2"}} {
		all = append(all, report.Ratio{
			Name:   fmt.Sprintf("%s, CPU with %d / with %d bookings", c.workload, many, few),
			Target: c.target,
			Values: find(row{serverName, many, c.workload}).Ratios(find(row{serverName, few, c.workload}), cpu),
		})
	}
	return all
}

// busiest returns the workload, that with the most clients where there are
// several.
func busiest(workloads []report.Workload, r row) report.Workload {
	var found report.Workload
	for _, w := range workloads {
		if (row{w.Subject, w.Bookings, w.Name}) == r && w.Clients > found.Clients {
			found = w
		}
	}
	return found
}
