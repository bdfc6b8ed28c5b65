package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// The test binary is also the servers that the program starts of itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == bareCommand || os.Args[1] == rawCommand) {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// A whole run with tiny counts: every row has its figures, and every ratio
// found the rows that it is taken of.
func TestARunMeasuresEverything(t *testing.T) {
	s := settings{rounds: 2, phase: 20 * time.Millisecond, sizes: sizes{20, 200}, readers: 2, writers: 4, dir: t.TempDir()}
	result, err := s.measure(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 2*(8+2); len(result.Workloads) != want {
		t.Errorf("got %d workloads, want %d", len(result.Workloads), want)
	}
	for _, w := range result.Workloads {
		checkRow(t, w, s.rounds)
	}
	if want := 2*5 + 3; len(result.Ratios) != want {
		t.Errorf("got %d ratios, want %d", len(result.Ratios), want)
	}
	for _, r := range result.Ratios {
		if len(r.Values) != s.rounds {
			t.Errorf("ratio %s: got %d values, want one a round", r.Name, len(r.Values))
		}
	}
	if want := 1 + 1 + 2*2; len(result.Processes) != want {
		t.Errorf("got %d processes, want %d", len(result.Processes), want)
	}
	for _, p := range result.Processes {
		if len(p.Start) != s.rounds || !positive(p.Start...) || len(p.IdleRSS) != s.rounds {
			t.Errorf("%s: start %v, idle RSS %v", p.Subject, p.Start, p.IdleRSS)
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
		if !positive(r.PerSecond, r.HalfLoad, r.P50, r.P99) || r.P99 < r.P50 || r.CPU < 0 {
			t.Errorf("%s, %s: a figure is missing: %+v", w.Subject, w.Name, r)
		}
		if contested := w.Name == fight; contested != (r.Refused > 0) {
			t.Errorf("%s, %s: %g of the operations were refused", w.Subject, w.Name, r.Refused)
		}
		if measured := w.Subject == rawName; measured == math.IsNaN(r.Allocs) {
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
	if err := report.CheckDocument(filepath.Join("..", "docs", "performance.md")); err != nil {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	document := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(document, []byte(report.Begin+report.End), 0o600); err != nil {
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
		{"defaults", []string{"-out", document}, 5, 2 * time.Second, "1000", document},
		{"quick writes nothing", []string{"-quick"}, 2, 400 * time.Millisecond, "1000", ""},
		{"quick yields to what is given", []string{"-quick", "-rounds", "3", "-seconds", "0.1", "-out", document}, 3, 100 * time.Millisecond,
			"1000", document},
		{"several sizes", []string{"-out=", "-sizes", "1000, 100000,1000000"}, 5, 2 * time.Second, "1000,100000,1000000", ""},
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
