package alarms

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/spacefinder/spacefinder/internal/console/history"
)

// State is one of CloudWatch's.
type State string

// The states of an alarm.
const (
	OK               State = "OK"
	InAlarm          State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// Status is what is known of an alarm.
type Status struct {
	Alarm Alarm
	State State
	Since time.Time // when it came into the state, at most the start of the process
	// Values are those of the periods that were looked at, newest first. Nil
	// stands for one in which nothing was measured.
	Values []*float64
	Few    bool // the newest period has too few requests to be judged
}

// Intervals is the part of a history that alarms need.
type Intervals interface {
	Recent(since time.Time, step time.Duration) []history.Interval
}

// Watch evaluates the alarms. Its methods may be called from any goroutine.
type Watch struct {
	intervals Intervals
	now       func() time.Time
	log       *slog.Logger

	mu        sync.Mutex
	evaluated time.Time // the end of the last minute that counted
	statuses  []Status
}

// New returns a watch over what the intervals say already.
func New(intervals Intervals, now func() time.Time, log *slog.Logger) *Watch {
	w := &Watch{intervals: intervals, now: now, log: log}
	for _, alarm := range All() {
		w.statuses = append(w.statuses, Status{Alarm: alarm, State: InsufficientData, Since: now()})
	}
	w.Evaluate(context.Background())
	return w
}

// Evaluate judges every alarm when a minute has passed since it did, and logs
// those that change into or out of ALARM. It is to be called now and then.
func (w *Watch) Evaluate(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := w.now().Truncate(time.Minute)
	if !end.After(w.evaluated) {
		return
	}
	w.evaluated = end
	minutes := w.intervals.Recent(end.Add(-longest(w.statuses)), time.Minute)
	for i := range w.statuses {
		s := &w.statuses[i]
		before := s.State
		s.judge(minutes, end)
		if s.State == before {
			continue
		}
		s.Since = w.now()
		w.report(ctx, *s, before)
	}
}

// longest returns how far back an alarm looks.
func longest(statuses []Status) time.Duration {
	var d time.Duration
	for _, s := range statuses {
		d = max(d, s.Alarm.Period*time.Duration(s.Alarm.Periods))
	}
	return d
}

func (w *Watch) report(ctx context.Context, s Status, before State) {
	level := slog.LevelInfo
	switch {
	case s.State == InAlarm:
		level = slog.LevelWarn
	case before != InAlarm:
		return // a start, not news
	}
	attributes := []any{"alarm", s.Alarm.Name, "state", string(s.State), "before", string(before), "threshold", s.Alarm.Threshold}
	if s.Values[0] != nil {
		attributes = append(attributes, "value", *s.Values[0])
	}
	w.log.Log(ctx, level, "an alarm changed", attributes...)
}

// judge sets state and values as of the end of a minute.
func (s *Status) judge(minutes []history.Interval, end time.Time) {
	s.Values, s.Few = nil, false
	count := map[verdict]int{}
	for n := range s.Alarm.Periods {
		until := end.Add(-time.Duration(n) * s.Alarm.Period)
		value, v := s.Alarm.judge(between(minutes, until.Add(-s.Alarm.Period), until))
		s.Values = append(s.Values, value)
		s.Few = s.Few || (n == 0 && v == tooFew)
		count[v]++
	}
	switch {
	case s.Few && s.State != InsufficientData: // as EvaluateLowSampleCountPercentile: ignore
	case count[above] >= s.Alarm.Datapoints:
		s.State = InAlarm
	case count[unmeasured] == s.Alarm.Periods:
		s.State = InsufficientData
	default:
		s.State = OK
	}
}

// verdict is what one period says.
type verdict int

const (
	unmeasured verdict = iota
	tooFew             // requests to judge by
	below
	above
)

// judge returns a period's value, nil when there is none, and the verdict.
func (a Alarm) judge(period history.Interval) (*float64, verdict) {
	measured, ok := a.measure(period)
	var value *float64
	if ok {
		value = &measured
	}
	switch {
	case a.enough != nil && period.Measured > 0 && !a.enough(period):
		return value, tooFew
	case !ok:
		return nil, unmeasured
	case measured > a.Threshold:
		return value, above
	default:
		return value, below
	}
}

// between adds up the intervals that start in a span.
func between(minutes []history.Interval, from, until time.Time) history.Interval {
	var sum history.Interval
	for _, m := range minutes {
		if !m.Start.Before(from) && m.Start.Before(until) {
			sum = sum.Add(m)
		}
	}
	return sum
}

// Statuses returns what is known of every alarm, in the order of All.
func (w *Watch) Statuses() []Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Status(nil), w.statuses...)
}

// Overall returns the state of the composite alarm: ALARM while any is.
func Overall(statuses []Status) State {
	overall := InsufficientData
	for _, s := range statuses {
		switch s.State {
		case InAlarm:
			return InAlarm
		case OK:
			overall = OK
		case InsufficientData:
		}
	}
	return overall
}
