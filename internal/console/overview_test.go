package console_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/series"
)

// drawn is the answer of api/metrics.
type drawn struct {
	Range    string
	Step     int
	Times    []int64
	Sections []struct {
		Title  string
		Charts []struct {
			ID, Title, Unit, Help string
			Lines                 []struct {
				Label  string
				Bad    bool
				Values []*float64
			}
		}
	}
}

func (d drawn) line(t *testing.T, chart, label string) []*float64 {
	t.Helper()
	for _, s := range d.Sections {
		for _, c := range s.Charts {
			for _, l := range c.Lines {
				if c.ID == chart && l.Label == label {
					return l.Values
				}
			}
		}
	}
	t.Fatalf("there is no line %s in %s", label, chart)
	return nil
}

func twoSteps() []history.Interval {
	start := time.Unix(1_893_000_000, 0)
	return []history.Interval{
		{Start: start}, // a gap
		{
			Start: start.Add(10 * time.Second), Measured: 10 * time.Second,
			Counters: map[string]float64{series.APIRequests: 12, series.API5XX: 1, series.ServiceRequests("bookings"): 4},
			Gauges:   map[string]history.Gauge{series.ProcessMemory: {Sum: 1 << 20, Max: 1 << 20, Readings: 1}},
		},
	}
}

func TestMetricsHaveAValueOrNullForEveryTime(t *testing.T) {
	b := newBench(t)
	b.history.intervals = twoSteps()
	var got drawn
	b.ask("api/metrics?range=1h", &got)
	if b.history.asked.Name != "1h" || got.Range != "1h" || got.Step != 10 || !slices.Equal(got.Times, []int64{1_893_000_000, 1_893_000_010}) {
		t.Errorf("asked for %v, answered %s, %d, %v", b.history.asked, got.Range, got.Step, got.Times)
	}
	for _, c := range []struct {
		chart, label string
		want         float64
	}{
		{"api-requests", "All", 72},
		{"api-requests", "5XX", 6},
		{"api-failures", "5XX", 8.333},
		{"bookings", "ProcessedBookings", 24},
		{"locations", "ProcessedLocations", 0},
		{"process-memory", "Resident", 1_049_000},
	} {
		values := got.line(t, c.chart, c.label)
		if len(values) != 2 || values[0] != nil || values[1] == nil || *values[1] != c.want {
			t.Errorf("%s %s: %v, want null and %v", c.chart, c.label, values, c.want)
		}
	}
}

func TestEveryRangeCanBeAskedFor(t *testing.T) {
	b := newBench(t)
	for _, r := range history.Ranges() {
		wantStatus(t, b.do(http.MethodGet, "api/metrics?range="+r.Name, ""), http.StatusOK)
	}
	for _, name := range []string{"", "1", "1y", "24H", "../x"} {
		w := b.do(http.MethodGet, "api/metrics?range="+name, "")
		wantStatus(t, w, http.StatusBadRequest)
		if !strings.Contains(w.Body.String(), "15m, 1h, 6h, 24h, 7d, 30d") {
			t.Errorf("%q is refused without saying what is possible: %s", name, w.Body)
		}
	}
}

func TestAStoreThatDoesNotAnswerIsSaidWithoutItsWords(t *testing.T) {
	b := newBench(t)
	b.history.err = spacefinder.Errorf(spacefinder.CodeUnavailable, "disk I/O error at /var/lib")
	w := b.do(http.MethodGet, "api/metrics?range=1h", "")
	wantStatus(t, w, http.StatusServiceUnavailable)
	if strings.Contains(w.Body.String(), "disk") || w.Header().Get("Retry-After") == "" {
		t.Errorf("answered %s, Retry-After %q", w.Body, w.Header().Get("Retry-After"))
	}
	if !strings.Contains(b.log.String(), "disk I/O error") {
		t.Error("the cause is not in the log")
	}
}

func TestChartsCanBeToldApartAndAreExplained(t *testing.T) {
	b := newBench(t)
	var got drawn
	b.ask("api/metrics?range=1h", &got)
	units := []string{"perMinute", "milliseconds", "percent", "bytes", "count"}
	seen := map[string]bool{}
	for _, s := range got.Sections {
		for _, c := range s.Charts {
			if seen[c.ID] || c.Help == "" || c.Title == "" || !slices.Contains(units, c.Unit) {
				t.Errorf("chart %+v is there twice, is not explained, or has no unit that the page knows", c)
			}
			seen[c.ID] = true
			if len(c.Lines) == 0 || len(c.Lines) > 4 {
				t.Errorf("chart %s has %d lines; the page has four colours", c.ID, len(c.Lines))
			}
		}
	}
}

func TestBusinessMetricsAreThoseOfTheStacksDashboard(t *testing.T) {
	b := newBench(t)
	var got drawn
	b.ask("api/metrics?range=1h", &got)
	stack, err := os.ReadFile("../../deploy/observability.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, chart := range got.Sections[0].Charts {
		for _, line := range chart.Lines {
			if !strings.Contains(string(stack), `"label":"`+line.Label+`"`) {
				t.Errorf("the stack's dashboard has no %s", line.Label)
			}
		}
	}
}

func TestAlarmsSayWhatTheyAreAndHowTheyStand(t *testing.T) {
	b := newBench(t)
	var got struct {
		State  string
		Alarms []struct {
			Name, State, Since, Meaning, Unit, Runbook string
			Threshold                                  *float64
			Period, Periods, Datapoints                int
			Values                                     []*float64
			Few                                        bool
			Steps                                      []string
		}
		Absent []struct{ Name, Reason, Instead string }
	}
	b.ask("api/alarms", &got)
	if got.State != "INSUFFICIENT_DATA" || len(got.Alarms) < 9 || len(got.Absent) < 10 {
		t.Fatalf("%s with %d alarms and %d absent ones", got.State, len(got.Alarms), len(got.Absent))
	}
	a := got.Alarms[0]
	if a.Name != "api-errors" || a.Threshold == nil || *a.Threshold != 2 || a.Period != 60 || a.Periods != 3 || a.Datapoints != 2 ||
		len(a.Values) != 3 || a.Since != "2030-01-07T08:00:00Z" || a.Runbook != "docs/deploy.md#api-errors" || len(a.Steps) == 0 {
		t.Errorf("the first alarm is %+v", a)
	}
}

func TestTheStatusSaysWhoAsks(t *testing.T) {
	b := newBench(t)
	b.now = b.now.Add(time.Minute)
	var got struct{ Version, Started, Now, Caller string }
	b.ask("api/status", &got)
	if got.Version != "v1" || got.Started != "2030-01-07T08:00:00Z" || got.Now != "2030-01-07T08:01:00Z" || got.Caller != admin {
		t.Errorf("got %+v", got)
	}
}
