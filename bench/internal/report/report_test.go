package report

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSpreadsAreMediansWithTheExtremes(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"nothing", nil, "-"},
		{"one value", []float64{12345.6}, "12346"},
		{"equal values", []float64{2, 2, 2}, "2.00"},
		{"an odd number", []float64{3, 1, 20}, "3.00 (1.00-20.0)"},
		{"an even number", []float64{400, 100, 200, 300}, "250 (100-400)"},
		{"small values", []float64{0.1234}, "0.123"},
		{"zero", []float64{0}, "0"},
		{"a round without a measure", []float64{1, NotMeasured()}, "not measured"},
	} {
		if got := spread(c.values); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMedianLeavesTheRoundsInTheirOrder(t *testing.T) {
	values := []float64{3, 1, 2}
	if got := Median(values); got != 2 || !slices.Equal(values, []float64{3, 1, 2}) {
		t.Errorf("got %g of %v", got, values)
	}
	if got := Median(nil); !math.IsNaN(got) {
		t.Errorf("the median of nothing is %g", got)
	}
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	ours := Workload{Rounds: []Round{{PerSecond: 50}, {PerSecond: 10}, {PerSecond: 7}}}
	floor := Workload{Rounds: []Round{{PerSecond: 100}, {PerSecond: 40}}}
	got := ours.Ratios(floor, func(r Round) float64 { return r.PerSecond })
	if !slices.Equal(got, []float64{0.5, 0.25}) {
		t.Errorf("got %v", got)
	}
}

func example() Run {
	return Run{
		Setting: []string{"Measured on a machine."},
		Targets: []Target{{Name: "ours / floor", Limit: AtLeast(0.5), Values: []float64{0.4, 0.6, 0.5}}},
		Workloads: []Workload{{Subject: "server", Bookings: 1000, Name: "read", Clients: 32, Rounds: []Round{
			{PerSecond: 5000, CPU: 60, ClientCPU: 20, Refused: 0.25, Allocs: NotMeasured(), HalfLoad: 2500, P50: 0.2, P99: 1},
			{PerSecond: 7000, CPU: 40, ClientCPU: 10, Refused: 0.25, Allocs: NotMeasured(), HalfLoad: 3500, P50: 0.4, P99: 3},
		}}},
		Processes: []Process{{Subject: "server", Start: []float64{20, 30, 40}, IdleRSS: []float64{31}, LoadRSS: []float64{50}}},
		Benchmarks: []Benchmark{{Name: "token", Values: map[string][]float64{
			"ns/op": {30000, 50000, 40000}, "B/op": {800, 800}, "allocs/op": {12}, "init-ms": {5, 7},
		}}},
	}
}

func TestTheReportHasEveryFigure(t *testing.T) {
	var b strings.Builder
	if err := example().Write(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"- Measured on a machine.",
		"| server | 1000 | read | 32 | 6000 (5000-7000) | 50.0 (40.0-60.0) | 15.0 (10.0-20.0) | not measured | 25.0 | 3000 " +
			"| 0.300 (0.200-0.400) | 2.00 (1.00-3.00) |",
		"| ours / floor | >= 0.5 | 0.500 (0.400-0.600) | met |",
		"| server | - | 30.0 (20.0-40.0) | 31.0 | 50.0 |",
		"| token | 40.0 (30.0-50.0) | 800 | 12.0 | 6.00 (5.00-7.00) init-ms |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestWhatWasNotMeasuredHasNoTable(t *testing.T) {
	var b strings.Builder
	if err := (Run{Processes: example().Processes}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "### Processes") || strings.Count(got, "###") != 1 {
		t.Errorf("got\n%s", got)
	}
}

func TestATargetIsJudgedByItsMedian(t *testing.T) {
	for _, c := range []struct {
		name   string
		limit  Limit
		values []float64
		want   string
	}{
		{"enough", AtLeast(0.5), []float64{0.1, 0.5, 0.9}, Met},
		{"too little", AtLeast(0.5), []float64{0.1, 0.49, 0.9}, Missed},
		{"not too much", AtMost(5), []float64{4, 5, 60}, Met},
		{"too much", AtMost(5), []float64{4, 5.1, 60}, Missed},
		{"nothing", AtMost(5), nil, notMeasured},
		{"a round without a measure", AtMost(5), []float64{1, NotMeasured()}, notMeasured},
		{"no limit", Limit{}, []float64{1}, ""},
	} {
		if got := (Target{Limit: c.limit, Values: c.values}).Verdict(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheDocumentKeepsItsProse(t *testing.T) {
	name := filepath.Join(t.TempDir(), "performance.md")
	write(t, name, "# Before\n\n"+Figures.Begin()+"old figures\n"+Figures.End()+"\nAfter\n")
	if err := Figures.Check(name); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second update replaces the first
		if err := Figures.Update(name, example()); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, name)
	if !strings.HasPrefix(got, "# Before\n\n"+Figures.Begin()+"\n- Measured on a machine.\n") || !strings.HasSuffix(got, "|\n\n"+Figures.End()+"\nAfter\n") ||
		strings.Contains(got, "old figures") || strings.Count(got, "Measured on") != 1 {
		t.Errorf("the document is\n%s", got)
	}
}

func TestADocumentWithoutMarkersIsRefusedAndLeftAlone(t *testing.T) {
	begin, end := Figures.Begin(), Figures.End()
	for name, text := range map[string]string{
		"none":            "# Performance\n",
		"only the begin":  begin,
		"only the end":    end,
		"the wrong order": end + begin,
		"two begins":      begin + begin + end,
		"two ends":        begin + end + end,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "performance.md")
			write(t, file, text)
			if err := Figures.Check(file); err == nil {
				t.Error("the check passed")
			}
			if err := Figures.Update(file, example()); err == nil || !strings.Contains(err.Error(), file) {
				t.Errorf("the update returned %v", err)
			}
			if got := read(t, file); got != text {
				t.Errorf("the document is %q", got)
			}
		})
	}
	if err := Figures.Check(filepath.Join(t.TempDir(), "none.md")); err == nil {
		t.Error("a document that does not exist passed")
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
