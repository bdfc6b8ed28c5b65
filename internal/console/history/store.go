package history

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// component names this package's table among those of the database.
const component = "console history"

// schema returns the steps that make the table. Steps are only ever added.
func schema() []string { return []string{firstTable} }

// Times and steps are seconds.
const firstTable = `
CREATE TABLE console_history (
	step INTEGER NOT NULL,
	time INTEGER NOT NULL,
	data TEXT    NOT NULL, -- JSON
	PRIMARY KEY (step, time)
) STRICT;
`

// maxRow bounds the size of a row. A source has some dozens of names, which
// take a few kilobytes.
const maxRow = 64 << 10

// row is an interval as it is kept. Seconds is how long was measured.
type row struct {
	Seconds       float64                 `json:"seconds"`
	Counters      map[string]float64      `json:"counters"`
	Gauges        map[string]Gauge        `json:"gauges"`
	Distributions map[string]Distribution `json:"distributions"`
}

func encode(i Interval) ([]byte, error) {
	text, err := json.Marshal(row{i.Measured.Seconds(), i.Counters, i.Gauges, i.Distributions}, json.Deterministic(true))
	if err == nil && len(text) > maxRow {
		err = fmt.Errorf("an interval takes %d bytes, more than %d", len(text), maxRow)
	}
	return text, err
}

func decode(start time.Time, text []byte) (Interval, error) {
	var r row
	if err := json.Unmarshal(text, &r); err != nil {
		return Interval{}, fmt.Errorf("the history of %s: %w", start.UTC().Format(time.RFC3339), err)
	}
	for name, d := range r.Distributions {
		if len(d.Counts) != len(d.Bounds)+1 {
			return Interval{}, fmt.Errorf("the history of %s: %s has %d counts for %d bounds",
				start.UTC().Format(time.RFC3339), name, len(d.Counts), len(d.Bounds))
		}
	}
	return Interval{
		Start: start, Measured: time.Duration(r.Seconds * float64(time.Second)),
		Counters: r.Counters, Gauges: r.Gauges, Distributions: r.Distributions,
	}, nil
}

// keep writes an interval, and once a minute adds up what is due and deletes
// what is old.
func (h *History) keep(ctx context.Context, interval Interval, now time.Time) error {
	tiers := tiers()
	if err := h.write(ctx, tiers[0], []Interval{interval}, now); err != nil {
		return err
	}
	minute := now.Truncate(tiers[1].step)
	if minute.Equal(h.rolledAt) {
		return nil
	}
	for n := 1; n < len(tiers); n++ {
		if err := h.rollUp(ctx, tiers[n-1], tiers[n], now); err != nil {
			return err
		}
	}
	h.rolledAt = minute
	return nil
}

// rollUp makes the rows of a coarser tier that are due: those after the last
// one whose time is over.
func (h *History) rollUp(ctx context.Context, fine, coarse tier, now time.Time) error {
	done, err := h.lastRow(ctx, coarse)
	if err != nil {
		return err
	}
	found, err := h.rows(ctx, fine, done.Add(coarse.step))
	if err != nil {
		return err
	}
	var due []Interval
	for _, i := range group(found, coarse.step) {
		if !i.Start.Add(coarse.step).After(now) {
			due = append(due, i)
		}
	}
	return h.write(ctx, coarse, due, now)
}

// write keeps intervals and deletes those that are too old. What lies in the
// future was written before the clock was set back; it goes, too.
func (h *History) write(ctx context.Context, t tier, intervals []Interval, now time.Time) error {
	texts := make([][]byte, len(intervals))
	for n, i := range intervals {
		text, err := encode(i)
		if err != nil {
			return err
		}
		texts[n] = text
	}
	step := int64(t.step / time.Second)
	return h.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for n, i := range intervals {
			if _, err := tx.Exec(`INSERT INTO console_history (step, time, data) VALUES (?1, ?2, ?3)
				ON CONFLICT (step, time) DO UPDATE SET data = ?3`, step, i.Start.Unix(), string(texts[n])); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM console_history WHERE step = ?1 AND (time < ?2 OR time > ?3)`,
			step, now.Add(-t.keep).Unix(), now.Unix())
		return err
	})
}

// lastRow returns the start of the newest row, or a time before all of them.
func (h *History) lastRow(ctx context.Context, t tier) (time.Time, error) {
	var last int64
	err := h.db.ReadOne(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT ifnull(max(time), 0) FROM console_history WHERE step = ?1`, int64(t.step/time.Second)).Scan(&last)
	})
	return time.Unix(last, 0), err
}

// rows returns the rows that start at a time or later, oldest first. They are
// decoded when the connection is free again. A row that cannot be read is a gap.
func (h *History) rows(ctx context.Context, t tier, since time.Time) ([]Interval, error) {
	var starts []int64
	var texts [][]byte
	err := h.db.ReadOne(ctx, func(tx *sqlitedb.Tx) error {
		found, err := tx.Query(`SELECT time, data FROM console_history WHERE step = ?1 AND time >= ?2 ORDER BY time`,
			int64(t.step/time.Second), since.Unix())
		if err != nil {
			return err
		}
		for found.Next() {
			var start int64
			var text []byte
			if err := found.Scan(&start, &text); err != nil {
				return err
			}
			starts, texts = append(starts, start), append(texts, text)
		}
		return found.Err()
	})
	if err != nil {
		return nil, err
	}
	intervals := make([]Interval, 0, len(texts))
	for n := range texts {
		i, err := decode(time.Unix(starts[n], 0), texts[n])
		if err != nil {
			h.log.WarnContext(ctx, "a row of the console's history cannot be read", "step", t.step.String(), "error", err.Error())
			continue
		}
		intervals = append(intervals, i)
	}
	return intervals, nil
}
