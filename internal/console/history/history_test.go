package history_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a history under a clock and a source that the test moves.
type bench struct {
	*history.History
	t    *testing.T
	path string
	db   *sqlitedb.DB
	log  bytes.Buffer

	now    time.Time
	sample history.Sample
}

// morning is a multiple of every step.
func morning() time.Time { return time.Date(2030, 1, 7, 8, 0, 0, 0, time.UTC) }

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "test.db"), now: morning()}
	b.sample = history.Sample{Counters: map[string]float64{"requests": 100}, Gauges: map[string]float64{"memory": 1}}
	b.open()
	t.Cleanup(func() { _ = b.db.Close() })
	return b
}

func (b *bench) open() {
	b.t.Helper()
	var err error
	if b.db, err = sqlitedb.Open(b.t.Context(), sqlitedb.Config{Path: b.path}); err != nil {
		b.t.Fatal(err)
	}
	b.History, err = history.Open(b.t.Context(), b.db, history.Config{
		Source: history.SourceFunc(func() history.Sample { return b.sample }),
		Now:    func() time.Time { return b.now },
		Logger: slog.New(slog.NewTextHandler(&b.log, nil)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// restart ends the process and starts another one after a while, whose
// counters begin anew.
func (b *bench) restart(after time.Duration) {
	b.t.Helper()
	if err := b.db.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.now = b.now.Add(after)
	b.sample.Counters = map[string]float64{"requests": 0}
	b.open()
}

// pass lets time pass in steps, with one request a second.
func (b *bench) pass(d, step time.Duration) {
	b.t.Helper()
	for end := b.now.Add(d); b.now.Before(end); {
		b.now = b.now.Add(step)
		b.sample.Counters = map[string]float64{"requests": b.sample.Counters["requests"] + step.Seconds()}
		b.Record(b.t.Context())
	}
}

func (b *bench) read(name string) []history.Interval {
	b.t.Helper()
	for _, r := range history.Ranges() {
		if r.Name == name {
			all, err := b.Read(b.t.Context(), r)
			if err != nil {
				b.t.Fatal(err)
			}
			if want := int(r.Span / r.Step); len(all) != want {
				b.t.Fatalf("%s has %d points, want %d", name, len(all), want)
			}
			return all
		}
	}
	b.t.Fatalf("there is no range %s", name)
	return nil
}

// total returns the requests in the intervals and how much time was measured.
func total(all []history.Interval) (requests float64, measured time.Duration) {
	for _, i := range all {
		requests += i.Counters["requests"]
		measured += i.Measured
	}
	return requests, measured
}

func (b *bench) rows() (n int) {
	b.t.Helper()
	err := b.db.Read(b.t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM console_history`).Scan(&n)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func TestWhatWasCountedBeforeTheFirstSampleIsNotNews(t *testing.T) {
	b := newBench(t)
	b.pass(10*time.Second, 10*time.Second)
	if requests, measured := total(b.read("15m")); requests != 10 || measured != 10*time.Second {
		t.Errorf("%v requests in %v, want 10 in 10s", requests, measured)
	}
}

func TestEveryRangeShowsTheSameRequests(t *testing.T) {
	b := newBench(t)
	b.pass(14*time.Minute, 10*time.Second)
	for _, r := range history.Ranges() {
		if requests, measured := total(b.read(r.Name)); requests != 14*60 || measured != 14*time.Minute {
			t.Errorf("%s shows %v requests in %v, want %d in 14m", r.Name, requests, measured, 14*60)
		}
	}
}

func TestCoarserRowsHoldWhatFinerOnesHeld(t *testing.T) {
	b := newBench(t)
	b.pass(80*time.Minute, 10*time.Second) // the first ten-second rows are gone
	requests, measured := total(b.read("24h"))
	if want := 80 * 60.0; requests != want || measured != 80*time.Minute {
		t.Errorf("%v requests in %v, want %v in 80m", requests, measured, want)
	}
	all := b.read("6h")
	newest := all[len(all)-1]
	if newest.Measured != time.Minute || newest.Counters["requests"] != 60 || newest.Gauges["memory"].Readings != 6 {
		t.Errorf("a minute is %+v", newest)
	}
}

func TestSpaceIsBounded(t *testing.T) {
	b := newBench(t)
	b.pass(65*time.Minute, 10*time.Second)
	b.pass(40*24*time.Hour, 2*time.Hour) // samples that come late must not escape the bounds
	if n := b.rows(); n > history.Rows() {
		t.Errorf("%d rows, at most %d wanted", n, history.Rows())
	}
	requests, _ := total(b.read("30d"))
	if most := (30*24*time.Hour + 2*time.Hour).Seconds(); requests > most || requests < most-4*3600 {
		t.Errorf("thirty days show %v requests, want about %v", requests, most)
	}
}

func TestAStopLeavesAGapAndNothingElse(t *testing.T) {
	b := newBench(t)
	b.pass(5*time.Minute, 10*time.Second)
	b.restart(3 * time.Minute)
	b.pass(5*time.Minute, 10*time.Second)
	all := b.read("1h")
	requests, measured := total(all)
	if requests != 600 || measured != 10*time.Minute {
		t.Errorf("%v requests in %v, want 600 in 10m", requests, measured)
	}
	for _, i := range all {
		at := i.Start.Sub(morning())
		if during := at >= 5*time.Minute && at < 8*time.Minute; during && i.Measured != 0 {
			t.Errorf("the gap has a value at %v: %+v", at, i)
		}
	}
}

func TestARestartWithinOneStepKeepsBothParts(t *testing.T) {
	b := newBench(t)
	b.pass(4*time.Second, 4*time.Second)
	b.restart(2 * time.Second)
	b.pass(4*time.Second, 4*time.Second)
	for _, name := range []string{"15m", "1h"} {
		if requests, measured := total(b.read(name)); requests != 8 || measured != 8*time.Second {
			t.Errorf("%s shows %v requests in %v, want 8 in 8s", name, requests, measured)
		}
	}
}

func TestMinutesThatAKillKeptFromBeingAddedUpAreAddedUpLater(t *testing.T) {
	b := newBench(t)
	b.pass(50*time.Second, 10*time.Second) // the minute is not over
	b.restart(10 * time.Minute)
	b.pass(70*time.Minute, 10*time.Second) // its ten-second rows are gone
	if requests, _ := total(b.read("6h")); requests != 50+70*60 {
		t.Errorf("%v requests, want %d", requests, 50+70*60)
	}
}

func TestAClockThatIsSetBackDoesNoHarm(t *testing.T) {
	b := newBench(t)
	b.pass(5*time.Minute, 10*time.Second)
	b.now = b.now.Add(-2 * time.Minute)
	b.pass(5*time.Minute, 10*time.Second)
	if _, measured := total(b.read("1h")); measured > 11*time.Minute {
		t.Errorf("%v measured", measured)
	}
	if b.log.Len() > 0 {
		t.Errorf("logged: %s", b.log.String())
	}
}

func TestADiskThatFailsIsReportedOnceAndCostsOnlyHistory(t *testing.T) {
	b := newBench(t)
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
	b.pass(time.Minute, 10*time.Second)
	if n := strings.Count(b.log.String(), "is not written"); n != 1 {
		t.Errorf("reported %d times: %s", n, b.log.String())
	}
	if requests, _ := total(b.read("15m")); requests != 60 {
		t.Errorf("the last quarter of an hour shows %v requests, want 60", requests)
	}
	if _, err := b.Read(t.Context(), history.Ranges()[2]); err == nil {
		t.Error("six hours were read without a database")
	}
}

func TestARowThatCannotBeReadIsAGap(t *testing.T) {
	b := newBench(t)
	b.pass(2*time.Minute, 10*time.Second)
	err := b.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE console_history SET data = 'no JSON' WHERE step = 10 AND time = ?`, morning().Unix())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if requests, _ := total(b.read("1h")); requests != 110 {
		t.Errorf("%v requests, want 110", requests)
	}
	b.restart(time.Second)
}

func TestRecentIsAddedUpByStep(t *testing.T) {
	b := newBench(t)
	b.pass(3*time.Minute, 10*time.Second)
	minutes := b.Recent(b.now.Add(-2*time.Minute), time.Minute)
	if len(minutes) != 2 || minutes[0].Counters["requests"] != 60 {
		t.Errorf("two minutes are %+v", minutes)
	}
}

func TestRowsCanBeReadWithSQL(t *testing.T) {
	b := newBench(t)
	b.pass(2*time.Minute, 10*time.Second)
	var requests int
	err := b.db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT CAST(data ->> '$.counters.requests' AS INTEGER) FROM console_history WHERE step = 60 ORDER BY time`).Scan(&requests)
	})
	if err != nil || requests != 60 {
		t.Errorf("got %v, %v; want 60", requests, err)
	}
}

func TestRunRecordsOnceMoreWhenItEnds(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.now = b.now.Add(3 * time.Second)
	b.sample.Counters = map[string]float64{"requests": 107}
	b.Run(ctx, func() { t.Error("told of a sample that was not due") })
	b.now = b.now.Add(10 * time.Second) // a step shows when it is over
	if requests, _ := total(b.read("1h")); requests != 7 {
		t.Errorf("%v requests, want 7", requests)
	}
}
