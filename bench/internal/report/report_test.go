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
	if got := median(values); got != 2 || !slices.Equal(values, []float64{3, 1, 2}) {
		t.Errorf("got %g of %v", got, values)
	}
	if got := median(nil); !math.IsNaN(got) {
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
		Ratios:  []Ratio{{Name: "ours / floor", Target: ">= 0.5", Values: []float64{0.4, 0.6, 0.5}}},
		Workloads: []Workload{{Subject: "server", Bookings: 1000, Name: "read", Clients: 32, Rounds: []Round{
			{PerSecond: 5000, CPU: 60, Refused: 0.25, Allocs: NotMeasured(), HalfLoad: 2500, P50: 0.2, P99: 1},
			{PerSecond: 7000, CPU: 40, Refused: 0.25, Allocs: NotMeasured(), HalfLoad: 3500, P50: 0.4, P99: 3},
		}}},
		Processes: []Process{{Subject: "server", Start: []float64{20, 30, 40}, IdleRSS: []float64{31}, LoadRSS: []float64{50}}},
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
		"| server | 1000 | read | 32 | 6000 (5000-7000) | 50.0 (40.0-60.0) | not measured | 25.0 | 3000 " +
			"| 0.300 (0.200-0.400) | 2.00 (1.00-3.00) |",
		"| ours / floor | 0.500 (0.400-0.600) | >= 0.5 |",
		"| server | - | 30.0 (20.0-40.0) | 31.0 | 50.0 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestTheDocumentKeepsItsProse(t *testing.T) {
	name := filepath.Join(t.TempDir(), "performance.md")
	write(t, name, "# Before\n\n"+Begin+"old figures\n"+End+"\nAfter\n")
	if err := CheckDocument(name); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second update replaces the first
		if err := example().UpdateDocument(name); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, name)
	if !strings.HasPrefix(got, "# Before\n\n"+Begin+"\n- Measured on a machine.\n") || !strings.HasSuffix(got, "|\n\n"+End+"\nAfter\n") ||
		strings.Contains(got, "old figures") || strings.Count(got, "Measured on") != 1 {
		t.Errorf("the document is\n%s", got)
	}
}

func TestADocumentWithoutMarkersIsRefusedAndLeftAlone(t *testing.T) {
	for name, text := range map[string]string{
		"none":            "# Performance\n",
		"only the begin":  Begin,
		"only the end":    End,
		"the wrong order": End + Begin,
		"two begins":      Begin + Begin + End,
		"two ends":        Begin + End + End,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "performance.md")
			write(t, file, text)
			if err := CheckDocument(file); err == nil {
				t.Error("the check passed")
			}
			if err := example().UpdateDocument(file); err == nil || !strings.Contains(err.Error(), file) {
				t.Errorf("the update returned %v", err)
			}
			if got := read(t, file); got != text {
				t.Errorf("the document is %q", got)
			}
		})
	}
	if err := CheckDocument(filepath.Join(t.TempDir(), "none.md")); err == nil {
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
