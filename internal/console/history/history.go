package history

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// writeTimeout bounds how long a sample waits for the database.
const writeTimeout = 5 * time.Second

// Config says what is recorded. Source is required; the other members have
// defaults.
type Config struct {
	Source Source
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // for failures; default none
}

// History is an open history. Its methods may be called from any goroutine,
// but only one may call Record or Run.
type History struct {
	db     *sqlitedb.DB
	source Source
	now    func() time.Time
	log    *slog.Logger

	last     Sample // Record's alone
	lastAt   time.Time
	rolledAt time.Time
	failing  bool

	mu     sync.Mutex
	recent []Interval // of the last inMemory, oldest first

	reading sync.Mutex // held by Read, so that charts take one connection at most
}

// Open opens the history that db holds and takes the first sample, from which
// on is recorded.
func Open(ctx context.Context, db *sqlitedb.DB, cfg Config) (*History, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := db.Migrate(ctx, component, schema()); err != nil {
		return nil, err
	}
	h := &History{db: db, source: cfg.Source, now: cfg.Now, log: cfg.Logger}
	h.lastAt = h.now()
	kept, err := h.rows(ctx, tiers()[0], h.lastAt.Add(-inMemory))
	if err != nil {
		return nil, err
	}
	h.recent = kept
	h.last = h.source.Sample()
	return h, nil
}

// Run records until ctx ends, and then once more, so that a stop loses nothing.
// recorded is called after each sample.
func (h *History) Run(ctx context.Context, recorded func()) {
	for {
		timer := time.NewTimer(untilNext(h.now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			h.Record(context.WithoutCancel(ctx))
			return
		case <-timer.C:
			h.Record(ctx)
			recorded()
		}
	}
}

// untilNext returns the time to the next multiple of SampleEvery.
func untilNext(now time.Time) time.Duration {
	return now.Truncate(SampleEvery).Add(SampleEvery).Sub(now)
}

// Record takes a sample and keeps what happened since the last one. What cannot
// be written is logged when it begins and when it ends, and kept in memory.
func (h *History) Record(ctx context.Context) {
	now, sample := h.now(), h.source.Sample()
	measured := now.Sub(h.lastAt)
	if measured <= 0 { // the clock was set back: wait until it is past what is recorded
		h.last, h.lastAt = sample, now
		return
	}
	middle := now.Add(-measured / 2)
	interval := h.remember(sample.since(h.last, middle.Truncate(SampleEvery), measured), now)
	h.last, h.lastAt = sample, now

	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	h.report(ctx, h.keep(ctx, interval, now))
}

// remember adds an interval to those in memory and returns it, together with
// what is there of the same time, from before a restart.
func (h *History) remember(interval Interval, now time.Time) Interval {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.recent) - 1; n >= 0 && h.recent[n].Start.Equal(interval.Start) {
		interval = h.recent[n].Add(interval)
		h.recent = h.recent[:n]
	}
	h.recent = append(after(h.recent, now.Add(-inMemory)), interval)
	return interval
}

func (h *History) report(ctx context.Context, err error) {
	switch {
	case err != nil && !h.failing:
		h.log.WarnContext(ctx, "the console's history is not written", "error", err.Error())
	case err == nil && h.failing:
		h.log.InfoContext(ctx, "the console's history is written again")
	}
	h.failing = err != nil
}

// Recent returns the intervals since then that are in memory, at most twenty
// minutes back, added up by multiples of step. Gaps are left out.
func (h *History) Recent(since time.Time, step time.Duration) []Interval {
	h.mu.Lock()
	defer h.mu.Unlock()
	return group(after(h.recent, since.Truncate(step)), step)
}

// after returns the intervals that start at a time or later, in a slice of
// their own.
func after(intervals []Interval, since time.Time) []Interval {
	var kept []Interval
	for _, i := range intervals {
		if !i.Start.Before(since) {
			kept = append(kept, i)
		}
	}
	return kept
}

// Read returns the intervals of a range up to the newest sample, one for each
// step, oldest first; a gap has Measured 0. Ranges within the last twenty minutes need no
// disk; for the others the error is the database's.
func (h *History) Read(ctx context.Context, r Range) ([]Interval, error) {
	now := h.now()
	first := now.Add(-SampleEvery).Truncate(r.Step).Add(r.Step - r.Span) // up to the newest sample that there can be
	found, err := h.since(ctx, first, r)
	if err != nil {
		return nil, err
	}
	all := make([]Interval, r.Span/r.Step)
	for n := range all {
		all[n].Start = first.Add(time.Duration(n) * r.Step)
	}
	for _, i := range group(found, r.Step) {
		if n := int(i.Start.Sub(first) / r.Step); n >= 0 && n < len(all) {
			all[n] = i
		}
	}
	return all, nil
}

func (h *History) since(ctx context.Context, first time.Time, r Range) ([]Interval, error) {
	if r.Span <= inMemory {
		return h.Recent(first, r.Step), nil
	}
	h.reading.Lock()
	defer h.reading.Unlock()
	var found []Interval
	for n := r.coarsest(); n >= 0; n-- {
		t := tiers()[n]
		rows, err := h.rows(ctx, t, first)
		if err != nil {
			return nil, err
		}
		found = append(found, rows...)
		if len(rows) > 0 {
			first = rows[len(rows)-1].Start.Add(t.step)
		}
	}
	return found, nil
}
