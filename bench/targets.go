package main

import (
	"fmt"
	"slices"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// The figures that targets are about.
func perSecond(r report.Round) float64 { return r.PerSecond }
func cpu(r report.Round) float64       { return r.CPU }
func tail(r report.Round) float64      { return r.P99 / r.P50 }
func duration(r report.Round) float64  { return 1 / r.PerSecond }

// row names a workload of the report.
type row struct {
	subject  string
	bookings int
	workload string
}

// judge compares what was measured with what is wanted.
type judge struct {
	report.Run
	targets []report.Target
}

// targets returns what the figures say about each other, and whether that is as
// wanted. What was left out of the run has targets without values.
func (l *lab) targets(r report.Run) []report.Target {
	j := &judge{Run: r}
	j.yardsticks(l.sizes[0])
	if !l.skip.has(partPocketBase) {
		j.alternative(l.middleSize())
	}
	j.tails(l.sizes[0])
	if len(l.sizes) > 1 {
		j.growth(l.sizes[0], l.sizes[len(l.sizes)-1])
	}
	j.processes(l.sizes)
	if !l.skip.has(partStub) {
		for _, kind := range l.clientKinds {
			j.services(kind, l.clientKinds[0] == kind, slices.ContainsFunc(r.Workloads, func(w report.Workload) bool {
				return w.Subject == serviceTitle(serviceLocations, overSlowStub(true), kind)
			}))
		}
	}
	if !l.skip.has(partParts) {
		j.parts()
	}
	return j.targets
}

func (j *judge) want(limit report.Limit, values []float64, format string, args ...any) {
	j.targets = append(j.targets, report.Target{Name: fmt.Sprintf(format, args...), Limit: limit, Values: values})
}

// find returns the workload, that with the most clients where there are several.
func (j *judge) find(subject string, bookings int, name string) report.Workload {
	var found report.Workload
	for _, w := range j.Workloads {
		if (row{w.Subject, w.Bookings, w.Name}) == (row{subject, bookings, name}) && w.Clients > found.Clients {
			found = w
		}
	}
	return found
}

// yardsticks compares ours with the ceiling and the floor.
func (j *judge) yardsticks(size int) {
	ours := func(name string) report.Workload { return j.find(serverName, size, name) }
	ceiling, floor := j.find(bareName, 0, readOne), j.find(rawName, size, book)
	j.want(report.AtLeast(0.5), ours(readOne).Ratios(ceiling, perSecond), "read one: throughput / bare handler's, %d bookings", size)
	j.want(report.Limit{}, ours(readOne).Ratios(ceiling, cpu), "read one: CPU / bare handler's, %d bookings", size)
	j.want(report.AtLeast(0.6), ours(book).Ratios(floor, perSecond), "book, 64 clients: throughput / raw SQLite's, %d bookings", size)
}

// alternative compares ours with what one would use instead, over as many
// bookings as that has.
func (j *judge) alternative(size int) {
	for _, c := range []struct {
		workload string
		limit    report.Limit
	}{{readOne, report.AtMost(0.125)}, {list20, report.Limit{}}, {listMine, report.AtMost(0.2)}, {book, report.Limit{}}} {
		values := j.find(serverName, size, c.workload).Ratios(j.find(pocketBaseName, size, c.workload), cpu)
		j.want(c.limit, values, "%s: CPU / PocketBase's, %d bookings", c.workload, size)
	}
	booked := j.find(serverName, size, book)
	j.want(report.AtLeast(4), booked.Ratios(j.find(pocketBaseName, size, book), perSecond),
		"book, 64 clients: throughput / PocketBase's with FULL, %d bookings", size)
	j.want(report.Limit{}, booked.Ratios(j.find(pocketBaseNormal, size, book), perSecond),
		"book, 64 clients: throughput / PocketBase's with NORMAL, %d bookings", size)
}

// tails compares slow answers at half load with ordinary ones. The bare handler,
// which does nothing, shows what of that is the machine's.
func (j *judge) tails(size int) {
	for _, name := range []string{readOne, listMine, book} {
		j.want(report.AtMost(5), j.find(serverName, size, name).Column(tail), "%s at half load: p99 / p50, %d bookings", name, size)
	}
	j.want(report.Limit{}, j.find(bareName, 0, readOne).Column(tail), "bare handler at half load, beside those: p99 / p50")
}

// growth compares an operation on many bookings with that on few.
func (j *judge) growth(few, many int) {
	for _, c := range []struct {
		workload string
		limit    float64
	}{{readOne, 1.3}, {listMine, 1.3}, {book, 2}} {
		larger, smaller := j.find(serverName, many, c.workload), j.find(serverName, few, c.workload)
		j.want(report.AtMost(c.limit), larger.Ratios(smaller, duration), "%s: time each at full load, %d / %d bookings", c.workload, many, few)
		j.want(report.AtMost(c.limit), larger.Ratios(smaller, cpu), "%s: CPU, %d / %d bookings", c.workload, many, few)
	}
}

// processes looks at starts and idle memory.
func (j *judge) processes(sizes []int) {
	process := func(subject string, bookings int) report.Process {
		for _, p := range j.Processes {
			if p.Subject == subject && p.Bookings == bookings {
				return p
			}
		}
		return report.Process{}
	}
	fresh := process((&empty{title: serverName}).name(), 0)
	most := sizes[len(sizes)-1]
	j.want(report.AtMost(300), fresh.Start, "start on an empty folder, ms")
	j.want(report.AtMost(500), process(serverName, most).Start, "start with %d bookings, ms", most)
	j.want(report.AtMost(40), fresh.IdleRSS, "idle RSS on an empty folder, MB")
	j.want(report.AtMost(40), process(serverName, most).IdleRSS, "idle RSS with %d bookings, MB", most)
}

// reference is what the bare handler took at most, in CPU-ms per 1000 requests, on
// the machine that the limits of services were set on. How many times that they are
// is what holds on any machine.
const reference = 16

// services looks at the services over a stub of DynamoDB. The limits are for the
// client that the program uses by default.
func (j *judge) services(kind string, byDefault, limited bool) {
	limit := func(l report.Limit) report.Limit {
		if byDefault {
			return l
		}
		return report.Limit{}
	}
	workloads := []struct{ service, name string }{
		{serviceLocations, readOne}, {serviceLocations, list20}, {serviceBookings, listMine20}, {serviceBookings, book},
	}
	for _, w := range workloads {
		values := j.find(serviceTitle(w.service, overStub, kind), 0, w.name).Column(cpu)
		j.want(limit(report.AtMost(80)), values, "service over the stub, %s client, %s: CPU-ms per 1000", kind, w.name)
	}
	for _, w := range workloads {
		values := j.find(serviceTitle(w.service, overStub, kind), 0, w.name).Ratios(j.find(bareName, 0, readOne), cpu)
		j.want(limit(report.AtMost(80/reference)), values, "service over the stub, %s client, %s: CPU / bare handler's (80 / 16)", kind, w.name)
	}
	for _, w := range workloads {
		const half = 1e6 * halfACore / 5000 // of a core, in CPU-ms per 1000 requests
		values := j.find(serviceTitle(w.service, overSlowStub(limited), kind), 0, w.name).Ratios(j.find(bareName, 0, readOne), cpu)
		j.want(limit(report.AtMost(half/reference)), values,
			"service over the 3 ms stub, %s client, %s: CPU / bare handler's (100 / 16)", kind, w.name)
	}
	for _, w := range workloads {
		slow := j.find(serviceTitle(w.service, overSlowStub(limited), kind), 0, w.name)
		if limited {
			j.want(limit(report.AtLeast(5000)), slow.Column(perSecond),
				"service with half a core, 3 ms stub, %s client, %s: per second", kind, w.name)
			continue
		}
		derived := slow.Column(func(r report.Round) float64 { return halfACore * 1e6 / r.CPU })
		j.want(limit(report.AtLeast(5000)), derived,
			"service over the 3 ms stub, %s client, %s: per second for which its CPU time makes half a core (no limit could be set)", kind, w.name)
	}
}

// parts looks at the benchmarks.
func (j *judge) parts() {
	benchmark := func(name string) report.Benchmark {
		for _, b := range j.Benchmarks {
			if b.Name == name {
				return b
			}
		}
		return report.Benchmark{}
	}
	j.want(report.AtMost(50), benchmark(benchmarkToken).Microseconds(), "authorizer, keys cached, a token not seen before, microseconds")
	j.want(report.AtMost(2), benchmark(benchmarkGrant).Microseconds(), "authorization of a token seen before, microseconds")
	j.want(report.AtMost(50), benchmark(benchmarkColdStart).Values["init-ms"], "Lambda authorizer: initialization of a new process, ms")
}
