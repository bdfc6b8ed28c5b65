package alarms_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/console/alarms"
	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/series"
)

// story is what happened, a minute after the other.
type story struct {
	start   time.Time
	minutes []history.Interval
}

func (s *story) Recent(since time.Time, _ time.Duration) []history.Interval {
	var recent []history.Interval
	for _, m := range s.minutes {
		if !m.Start.Before(since) {
			recent = append(recent, m)
		}
	}
	return recent
}

func (s *story) now() time.Time { return s.start.Add(time.Duration(len(s.minutes)) * time.Minute) }

func (s *story) tell(m history.Interval) {
	m.Start = s.now()
	s.minutes = append(s.minutes, m)
}

func begin() *story { return &story{start: time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC)} }

func counted(values map[string]float64) history.Interval {
	return history.Interval{Measured: time.Minute, Counters: values}
}

func requests(all, failed float64) history.Interval {
	return counted(map[string]float64{series.APIRequests: all, series.API5XX: failed})
}

// took returns a minute with as many requests within 100 ms, and as many
// within 10 s.
func took(fast, slow float64) history.Interval {
	return history.Interval{Measured: time.Minute, Distributions: map[string]history.Distribution{
		series.APILatency: {Bounds: []float64{0.1, 10}, Counts: []float64{fast, slow, 0}},
	}}
}

func read(gauges map[string]float64) history.Interval {
	m := history.Interval{Measured: time.Minute, Gauges: map[string]history.Gauge{}}
	for name, v := range gauges {
		m.Gauges[name] = history.Gauge{Sum: v, Max: v, Readings: 1}
	}
	return m
}

func processor(seconds float64) history.Interval {
	m := read(map[string]float64{series.ProcessCPUs: 2})
	m.Counters = map[string]float64{series.ProcessCPUSeconds: seconds}
	return m
}

func status(t *testing.T, w *alarms.Watch, name string) alarms.Status {
	t.Helper()
	for _, s := range w.Statuses() {
		if s.Alarm.Name == name {
			return s
		}
	}
	t.Fatalf("there is no alarm %s", name)
	return alarms.Status{}
}

func quietly() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestAlarmsAreEvaluatedOverTheirLastPeriods(t *testing.T) {
	many := func(n int, m history.Interval) []history.Interval {
		all := make([]history.Interval, n)
		for i := range all {
			all[i] = m
		}
		return all
	}
	then := func(parts ...[]history.Interval) (all []history.Interval) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	gap := history.Interval{}
	for name, c := range map[string]struct {
		alarm   string
		minutes []history.Interval
		want    alarms.State
	}{
		"nothing was measured":                     {"api-errors", nil, alarms.InsufficientData},
		"the process did not run":                  {"api-errors", many(5, gap), alarms.InsufficientData},
		"no failures":                              {"api-errors", many(3, requests(100, 0)), alarms.OK},
		"no requests are no failures":              {"api-errors", many(3, requests(0, 0)), alarms.OK},
		"exactly the threshold":                    {"api-errors", many(3, requests(100, 2)), alarms.OK},
		"above it once":                            {"api-errors", then(many(2, requests(100, 0)), many(1, requests(100, 3))), alarms.OK},
		"above it twice of three":                  {"api-errors", []history.Interval{requests(100, 3), requests(100, 0), requests(100, 3)}, alarms.InAlarm},
		"above it twice, long ago":                 {"api-errors", then(many(3, requests(100, 9)), many(3, requests(100, 0))), alarms.OK},
		"a gap does not breach":                    {"api-errors", []history.Interval{requests(100, 3), gap, gap}, alarms.OK},
		"all of a few requests failed":             {"api-errors", many(3, requests(19, 19)), alarms.OK},
		"all of twenty failed":                     {"api-errors", many(3, requests(20, 20)), alarms.InAlarm},
		"slow in ten minutes of fifteen":           {"api-latency", then(many(5, took(300, 0)), many(10, took(300, 30))), alarms.InAlarm},
		"slow in five minutes of fifteen":          {"api-latency", then(many(10, took(300, 0)), many(5, took(300, 30))), alarms.OK},
		"slow, but one in a thousand":              {"api-latency", many(15, took(999, 1)), alarms.OK},
		"slow, but few requests":                   {"api-latency", many(15, took(0, 100)), alarms.OK},
		"slow until there were few requests":       {"api-latency", then(many(15, took(0, 300)), many(5, took(1, 0))), alarms.InAlarm},
		"slow until requests were fast":            {"api-latency", then(many(15, took(0, 300)), many(10, took(300, 0))), alarms.OK},
		"five authorizer failures":                 {"authorizer-errors", many(3, counted(map[string]float64{series.APIAuthorizerFailures: 5})), alarms.OK},
		"six authorizer failures":                  {"authorizer-errors", many(3, counted(map[string]float64{series.APIAuthorizerFailures: 6})), alarms.InAlarm},
		"both CPUs busy":                           {"cpu", many(15, processor(110)), alarms.InAlarm},
		"one of two CPUs busy":                     {"cpu", many(15, processor(60)), alarms.OK},
		"busy for four minutes":                    {"cpu", then(many(11, processor(1)), many(4, processor(110))), alarms.OK},
		"memory close to the limit":                {"memory", many(2, read(map[string]float64{series.ProcessMemory: 81, series.ProcessMemoryLimit: 100})), alarms.InAlarm},
		"memory far from the limit":                {"memory", many(2, read(map[string]float64{series.ProcessMemory: 80, series.ProcessMemoryLimit: 100})), alarms.OK},
		"memory without a known limit":             {"memory", many(3, read(map[string]float64{series.ProcessMemory: 80})), alarms.InsufficientData},
		"the store does not answer":                {"unhealthy", many(2, read(map[string]float64{series.ProcessUnhealthy: 1})), alarms.InAlarm},
		"the store answers":                        {"unhealthy", many(2, read(map[string]float64{series.ProcessUnhealthy: 0})), alarms.OK},
		"bookings refused by the store":            {"bookings-throttles", many(2, counted(map[string]float64{series.ServiceRefusals("bookings"): 11})), alarms.InAlarm},
		"locations refused, not bookings":          {"bookings-throttles", many(2, counted(map[string]float64{series.ServiceRefusals("locations"): 11})), alarms.OK},
		"now and then the store refuses a booking": {"bookings-throttles", many(3, counted(map[string]float64{series.ServiceRefusals("bookings"): 10})), alarms.OK},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin()
			w := alarms.New(s, s.now, quietly())
			for _, m := range c.minutes {
				s.tell(m)
				w.Evaluate(t.Context())
			}
			if got := status(t, w, c.alarm).State; got != c.want {
				t.Errorf("%s is %s, want %s", c.alarm, got, c.want)
			}
		})
	}
}

func TestAStatusSaysSinceWhenAndWhy(t *testing.T) {
	s := begin()
	w := alarms.New(s, s.now, quietly())
	for range 4 {
		s.tell(requests(100, 10))
		w.Evaluate(t.Context())
	}
	got := status(t, w, "api-errors")
	if want := s.start.Add(2 * time.Minute); !got.Since.Equal(want) {
		t.Errorf("in ALARM since %v, want %v", got.Since, want)
	}
	if len(got.Values) != 3 || got.Values[0] == nil || *got.Values[0] != 10 {
		t.Errorf("values %v, want three of 10", got.Values)
	}
	if none := status(t, w, "api-latency"); !none.Few || none.Values[0] != nil {
		t.Errorf("latency of no request is not few and without a value: %+v", none)
	}
}

func TestFewRequestsAreSaidToBeFew(t *testing.T) {
	s := begin()
	w := alarms.New(s, s.now, quietly())
	s.tell(took(0, 10))
	w.Evaluate(t.Context())
	if got := status(t, w, "api-latency"); !got.Few || got.Values[0] == nil {
		t.Errorf("%+v, want few requests with a value all the same", got)
	}
}

func TestEvaluateWaitsForTheMinute(t *testing.T) {
	s := begin()
	now := s.start
	w := alarms.New(s, func() time.Time { return now }, quietly())
	s.minutes = []history.Interval{requests(100, 10), requests(100, 10)}
	s.minutes[0].Start, s.minutes[1].Start = s.start.Add(-time.Minute), s.start
	now = s.start.Add(59 * time.Second)
	w.Evaluate(t.Context())
	if got := status(t, w, "api-errors").State; got != alarms.InsufficientData {
		t.Errorf("%s within the first minute", got)
	}
	now = s.start.Add(61 * time.Second)
	w.Evaluate(t.Context())
	if got := status(t, w, "api-errors").State; got != alarms.InAlarm {
		t.Errorf("%s after it, want ALARM", got)
	}
}

func TestChangesIntoAndOutOfAlarmAreLogged(t *testing.T) {
	s := begin()
	var log bytes.Buffer
	w := alarms.New(s, s.now, slog.New(slog.NewTextHandler(&log, nil)))
	for _, failed := range []float64{0, 10, 10, 10, 0, 0, 0} {
		s.tell(requests(100, failed))
		w.Evaluate(t.Context())
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("logged %d lines, want 2:\n%s", len(lines), log.String())
	}
	for i, want := range []string{"level=WARN", "level=INFO"} {
		if !strings.Contains(lines[i], want) || !strings.Contains(lines[i], "alarm=api-errors") {
			t.Errorf("line %d is %s", i+1, lines[i])
		}
	}
}

func TestTheCompositeAlarmIsOnWhileAnyIs(t *testing.T) {
	of := func(states ...alarms.State) (all []alarms.Status) {
		for _, s := range states {
			all = append(all, alarms.Status{State: s})
		}
		return all
	}
	for name, c := range map[string]struct {
		statuses []alarms.Status
		want     alarms.State
	}{
		"all are OK":     {of(alarms.OK, alarms.OK), alarms.OK},
		"one is on":      {of(alarms.OK, alarms.InAlarm, alarms.InsufficientData), alarms.InAlarm},
		"one knows":      {of(alarms.InsufficientData, alarms.OK), alarms.OK},
		"none knows":     {of(alarms.InsufficientData), alarms.InsufficientData},
		"there are none": {nil, alarms.InsufficientData},
	} {
		t.Run(name, func(t *testing.T) {
			if got := alarms.Overall(c.statuses); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
