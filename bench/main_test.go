package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// The test binary is also the servers that the program starts of itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{bareCommand, rawCommand, stubCommand}, os.Args[1]) {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func tiny(t *testing.T) settings {
	t.Helper()
	return settings{ // a phase of less than some ticks of the kernel's clock for CPU time, 10 ms each, may show none
		rounds: 2, phase: 100 * time.Millisecond, sizes: sizes{20, 200}, readers: 2, writers: 4, patient: 8, idle: time.Millisecond,
		skip: names{given: []string{partLocal, partParts}}, dir: t.TempDir(), cache: t.TempDir(),
	}
}

// A whole run with tiny counts: every row has its figures, and every target
// found the rows that it is taken of. DynamoDB Local has tests of its own, and
// the benchmarks would take too long.
func TestARunMeasuresEverything(t *testing.T) {
	s := tiny(t)
	var progress strings.Builder
	result, err := s.measure(t.Context(), &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	subjects := map[string]int{}
	for _, w := range result.Workloads {
		subjects[w.Subject]++
		checkRow(t, w, s.rounds)
	}
	for name, want := range map[string]int{
		bareName: 1, serverName: 8 + 4, rawName: 2 + 1, pocketBaseName: 4, pocketBaseNormal: 1,
		serviceTitle(serviceLocations, overStub, clientSDK): 2, serviceTitle(serviceBookings, overStub, clientSDK): 2,
	} {
		if subjects[name] != want {
			t.Errorf("%s has %d workloads, want %d", name, subjects[name], want)
		}
	}
	for _, target := range result.Targets {
		if len(target.Values) != s.rounds || target.Verdict() == "not measured" {
			t.Errorf("target %s: got %v, want a value a round", target.Name, target.Values)
		}
	}
	checkProcesses(t, result.Processes, s.rounds)
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("the run has left %v, %v", left, err)
	}
}

func checkProcesses(t *testing.T, processes []report.Process, rounds int) {
	t.Helper()
	var fresh int
	for _, p := range processes {
		if strings.HasSuffix(p.Subject, "empty folder") {
			fresh++
		}
		if len(p.Start) != rounds || !positive(p.Start...) || len(p.IdleRSS) != rounds || !positive(p.IdleRSS...) {
			t.Errorf("%s: start %v, idle RSS %v", p.Subject, p.Start, p.IdleRSS)
		}
	}
	if fresh != 2 {
		t.Errorf("%d servers were started on an empty folder, want ours and PocketBase", fresh)
	}
}

// A soak of a second: it has all its segments, and every figure in each.
func TestASoakMeasuresEverySegment(t *testing.T) {
	s := tiny(t)
	s.soak = time.Second
	result, err := s.soakTest(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Minutes) != soakSegments || !slices.IsSorted(result.Minutes) {
		t.Errorf("the segments end at %v", result.Minutes)
	}
	for _, c := range result.Columns {
		if len(c.Values) != soakSegments || c.Verdict() == "not measured" {
			t.Errorf("%s: %v", c.Name, c.Values)
		}
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("the run has left %v, %v", left, err)
	}
}

func checkRow(t *testing.T, w report.Workload, rounds int) {
	t.Helper()
	if len(w.Rounds) != rounds || w.Clients < 1 {
		t.Errorf("%s, %s: %d rounds of %d clients, want %d rounds", w.Subject, w.Name, len(w.Rounds), w.Clients, rounds)
	}
	for _, r := range w.Rounds {
		latencies := !strings.Contains(w.Subject, " service, ")
		if !positive(r.PerSecond, r.HalfLoad) || r.CPU < 0 || positive(r.P50, r.P99) != latencies || (latencies && r.P99 < r.P50) {
			t.Errorf("%s, %s: a figure is missing: %+v", w.Subject, w.Name, r)
		}
		if contested := w.Name == fight; contested != (r.Refused > 0) {
			t.Errorf("%s, %s: %g of the operations were refused", w.Subject, w.Name, r.Refused)
		}
		if silent := w.Subject == bareName || strings.HasPrefix(w.Subject, "PocketBase"); silent != math.IsNaN(r.Allocs) {
			t.Errorf("%s, %s: %g allocations", w.Subject, w.Name, r.Allocs)
		}
	}
}

func positive(values ...float64) bool {
	for _, v := range values {
		if !(v > 0) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// The document in the repository can take the figures of a run.
func TestTheDocumentHasItsMarkers(t *testing.T) {
	for _, section := range []report.Section{report.Figures, report.Soaking} {
		if err := section.Check(filepath.Join("..", "docs", "performance.md")); err != nil {
			t.Error(err)
		}
	}
}

func TestSettings(t *testing.T) {
	document := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(document, []byte(report.Figures.Begin()+report.Figures.End()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		rounds int
		phase  time.Duration
		sizes  string
		out    string
	}{
		{"defaults", []string{"-out", document}, 5, 1250 * time.Millisecond, "1000,100000,1000000", document},
		{"quick writes nothing", []string{"-quick"}, 2, 300 * time.Millisecond, "1000,100000", ""},
		{"quick yields to what is given", []string{"-quick", "-rounds", "3", "-seconds", "0.1", "-out", document}, 3, 100 * time.Millisecond,
			"1000,100000", document},
		{"several sizes", []string{"-out=", "-sizes", "1000, 10000"}, 5, 1250 * time.Millisecond, "1000,10000", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parseSettings(c.args, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if s.rounds != c.rounds || s.phase != c.phase || s.sizes.String() != c.sizes || s.out != c.out {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.md")
	for want, args := range map[string][]string{
		"-rounds must be":     {"-quick", "-rounds", "0"},
		"-seconds must be":    {"-quick", "-seconds", "61"},
		"is not a number":     {"-quick", "-sizes", "1000,many"},
		"from 1 to":           {"-quick", "-sizes", "0"},
		"ascending order":     {"-quick", "-sizes", "1000,100"},
		"is none of":          {"-quick", "-skip", "pocketbase,everything"},
		"-soak must be":       {"-quick", "-soak", "1s"},
		"-idle must be":       {"-quick", "-idle", "2m"},
		"takes no arguments":  {"-quick", "everything"},
		"not defined":         {"-size", "1000"},
		filepath.Base(none):   {"-out", none},
		"lines \"<!-- figure": {"-out", os.DevNull},
	} {
		if _, err := parseSettings(args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %q", args, err, want)
		}
	}
}

func TestWrongSettingsEndTheProgramBeforeItMeasures(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"-rounds", "-1"}, &stdout, &stderr); err == nil || stdout.Len() > 0 {
		t.Errorf("got %v and %q", err, &stdout)
	}
}
