package report

import (
	"strings"
	"testing"
)

func TestFlatIsWhatHasNotGrownSinceTheSecondQuarter(t *testing.T) {
	for _, c := range []struct {
		name          string
		values        []float64
		growth, slack float64
		want          string
	}{
		{"level", []float64{10, 10, 10, 10, 10, 10, 10, 10}, 1.25, 0, "flat"},
		{"growth while it warms up", []float64{1, 2, 10, 10, 10, 10, 10, 10}, 1.25, 0, "flat"},
		{"growth to the end", []float64{10, 10, 10, 10, 12, 13, 14, 15}, 1.25, 0, "NOT FLAT"},
		{"growth by the grain", []float64{1, 1, 1, 1, 2, 2, 3, 3}, 1.25, 2, "flat"},
		{"one segment that is disturbed", []float64{10, 10, 10, 10, 10, 10, 90, 10, 10, 10, 10, 90, 10, 10, 10, 10}, 1.25, 0, "flat"},
		{"falling", []float64{9, 9, 9, 9, 3, 3, 3, 3}, 1.25, 0, "flat"},
		{"right to grow", []float64{1, 2, 3, 4, 5, 6, 7, 8}, 0, 0, ""},
		{"no measure", []float64{NotMeasured(), NotMeasured(), NotMeasured(), NotMeasured()}, 1.25, 0, notMeasured},
	} {
		if got := (Column{Values: c.values, Growth: c.growth, Slack: c.slack}).Verdict(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheReportOfASoakHasItsRuleAndItsCourse(t *testing.T) {
	var b strings.Builder
	soak := Soak{
		Setting: []string{"Measured on a machine."},
		Minutes: []float64{0.5, 1, 1.5, 2},
		Columns: []Column{
			{Name: "RSS, MB", Values: []float64{40, 50, 55, 60}, Growth: 1.25, Slack: 4},
			{Name: "goroutines", Values: []float64{1, NotMeasured(), 1, 1}, Growth: 1.25, Slack: 5},
		},
	}
	if err := soak.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"- Measured on a machine. - " + Flat,
		"| RSS, MB | 50.0 | 60.0 | 1.20 | 1.25, or +4 | flat |",
		"| goroutines | not measured | 1.00 | not measured | 1.25, or +5 | not measured |",
		"| minute | RSS, MB | goroutines |",
		"| 1.50 | 55.0 | 1.00 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
