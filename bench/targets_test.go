package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// measuredRow is a workload with one round.
func measuredRow(subject string, bookings int, name string, clients int, perSecond, cpu float64) report.Workload {
	rounds := []report.Round{{PerSecond: perSecond, CPU: cpu, P50: 1, P99: 3}}
	return report.Workload{Subject: subject, Bookings: bookings, Name: name, Clients: clients, Rounds: rounds}
}

func TestTargetsCompareTheRightRows(t *testing.T) {
	slow := overSlowStub(true)
	l := lab{settings: settings{sizes: sizes{10, 20, 30}}, clientKinds: []string{clientWire, clientSDK}}
	targets := l.targets(report.Run{
		Workloads: []report.Workload{
			measuredRow(bareName, 0, readOne, 32, 1000, 10),
			measuredRow(serverName, 10, readOne, 32, 500, 20),
			measuredRow(serverName, 10, book, 1, 1, 1),
			measuredRow(serverName, 10, book, 64, 60, 50),
			measuredRow(serverName, 20, readOne, 32, 400, 30),
			measuredRow(serverName, 20, book, 64, 50, 60),
			measuredRow(serverName, 30, readOne, 32, 400, 22),
			measuredRow(serverName, 30, book, 64, 20, 150),
			measuredRow(rawName, 10, book, 1, 1, 1),
			measuredRow(rawName, 10, book, 64, 100, 5),
			measuredRow(pocketBaseName, 20, readOne, 32, 50, 300),
			measuredRow(pocketBaseName, 20, book, 64, 10, 900),
			measuredRow(pocketBaseNormal, 20, book, 64, 20, 800),
			measuredRow(serviceTitle(serviceLocations, overStub, clientWire), 0, readOne, 32, 9000, 45),
			measuredRow(serviceTitle(serviceLocations, overStub, clientSDK), 0, readOne, 32, 4000, 250),
			measuredRow(serviceTitle(serviceLocations, slow, clientWire), 0, readOne, 256, 6000, 70),
		},
		Processes: []report.Process{
			{Subject: serverName + ", empty folder", Start: []float64{200}, IdleRSS: []float64{50}},
			{Subject: serverName, Bookings: 30, Start: []float64{400}, IdleRSS: []float64{30}},
		},
		Benchmarks: []report.Benchmark{
			{Name: benchmarkToken, Values: map[string][]float64{"ns/op": {40_000}}},
			{Name: benchmarkColdStart, Values: map[string][]float64{"init-ms": {60}}},
		},
	})
	for name, want := range map[string]struct {
		value   float64
		verdict string
	}{
		"read one: throughput / bare handler's, 10":                   {0.5, report.Met},
		"read one: CPU / bare handler's, 10":                          {2, ""},
		"book, 64 clients: throughput / raw SQLite's, 10":             {0.6, report.Met},
		"read one location: CPU / PocketBase's, 20":                   {0.1, report.Met},
		"book, 64 clients: throughput / PocketBase's with FULL, 20":   {5, report.Met},
		"book, 64 clients: throughput / PocketBase's with NORMAL, 20": {2.5, ""},
		"read one location at half load: p99 / p50, 10":               {3, report.Met},
		"bare handler at half load, beside those: p99 / p50":          {3, ""},
		"read one location: time each at full load, 30 / 10":          {1.25, report.Met},
		"book a free slot: time each at full load, 30 / 10":           {3, report.Missed},
		"book a free slot: CPU, 30 / 10":                              {3, report.Missed},
		"start on an empty folder, ms":                                {200, report.Met},
		"idle RSS on an empty folder, MB":                             {50, report.Missed},
		"start with 30 bookings":                                      {400, report.Met},
		"service over the stub, wire client, read one location: CPU-": {45, report.Met},
		"service over the stub, wire client, read one location: CPU ": {4.5, report.Met},
		"service over the stub, sdk client, read one":                 {250, ""},
		"service with half a core, 3 ms stub, wire client, read one":  {6000, report.Met},
		"authorizer, keys cached, a token not seen before":            {40, report.Met},
		"Lambda authorizer: initialization of a new process, ms":      {60, report.Missed},
	} {
		i := slices.IndexFunc(targets, func(target report.Target) bool { return strings.HasPrefix(target.Name, name) })
		if i < 0 {
			t.Errorf("there is no target %q", name)
			continue
		}
		if got := targets[i]; !slices.Equal(got.Values, []float64{want.value}) || got.Verdict() != want.verdict {
			t.Errorf("%s: got %v, %q, want %g, %q", name, got.Values, got.Verdict(), want.value, want.verdict)
		}
	}
}

// Where no control group can be made, what half a core does follows from the CPU
// time of a request.
func TestWithoutALimitHalfACoreIsDerived(t *testing.T) {
	l := lab{settings: settings{sizes: sizes{10}}, clientKinds: []string{clientSDK}}
	targets := l.targets(report.Run{Workloads: []report.Workload{
		measuredRow(serviceTitle(serviceLocations, overSlowStub(false), clientSDK), 0, readOne, 256, 9000, 50),
	}})
	i := slices.IndexFunc(targets, func(target report.Target) bool {
		return strings.Contains(target.Name, "read one location: per second for which its CPU time")
	})
	if i < 0 || !slices.Equal(targets[i].Values, []float64{10_000}) {
		t.Errorf("got %+v, want 500 ms a second / 50 us a request", targets)
	}
}

func TestWhatIsLeftOutHasNoTargets(t *testing.T) {
	l := lab{settings: settings{sizes: sizes{10}, skip: names{given: []string{partPocketBase, partStub, partParts}}}, clientKinds: []string{clientSDK}}
	for _, target := range l.targets(report.Run{}) {
		for _, left := range []string{"PocketBase", "service", "authorizer"} {
			if strings.Contains(target.Name, left) {
				t.Errorf("%s is a target", target.Name)
			}
		}
	}
}
