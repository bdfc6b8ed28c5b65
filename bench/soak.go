package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/bench/internal/report"
)

const (
	soakSegments  = 20 // of the run, each of which is a row of the report
	soakTrial     = 3 * time.Second
	walSuffix     = "-wal" // of the file that SQLite writes ahead to
	bytesMegabyte = 1e6
)

// soakTest keeps one server under mixed load at half of what it can do, and
// looks at what it takes.
func (s settings) soakTest(ctx context.Context, progress io.Writer) (result report.Soak, err error) {
	l, err := s.openLab(ctx, progress)
	defer func() { err = errors.Join(err, l.close()) }()
	if err != nil {
		return result, err
	}
	dir, err := l.filled(ctx, l.sizes[0])
	if err != nil {
		return result, err
	}
	f := l.newSpaceFinder(dir, l.sizes[0])
	server, err := f.start(ctx)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	k := &soak{lab: l, lasting: s.soak, server: f, process: server, load: remote(each(f.people, f.mixed()))}
	if err := k.run(ctx); err != nil {
		return result, err
	}
	return k.result(ctx)
}

// soak is a run under way.
type soak struct {
	*lab
	server  *spaceFinder
	lasting time.Duration
	process *process.Process
	load    func(context.Context, load.Phase) (measured, error)

	rate    float64 // operations per second
	samples []sample
}

// sample is what one segment has measured.
type sample struct {
	minute                float64 // since the beginning, at the end of the segment
	perSecond, p50, p99   float64
	cpu                   float64 // ms per 1000 operations
	rss, heap             float64 // MB, the latter where the next collection is due
	goroutines, files     float64
	wal, database, booked float64 // MB, MB, bookings made so far
}

func (k *soak) run(ctx context.Context) error {
	if err := k.server.prepare(ctx); err != nil {
		return err
	}
	trial, err := k.load(ctx, load.Phase{Clients: k.writers, Duration: min(soakTrial, k.lasting/soakSegments)})
	if err != nil {
		return err
	}
	k.rate = trial.PerSecond() / 2
	start := time.Now()
	for i := range soakSegments {
		if err := k.server.prepare(ctx); err != nil {
			return err
		}
		s, err := k.segment(ctx)
		if err != nil {
			return err
		}
		s.minute = time.Since(start).Minutes()
		k.samples = append(k.samples, s)
		k.say("segment %d of %d: %.0f/s, p99 %.1f ms, RSS %.0f MB", i+1, soakSegments, s.perSecond, s.p99, s.rss)
	}
	return nil
}

func (k *soak) segment(ctx context.Context) (sample, error) {
	before, err := usage(k.process.PID())
	if err != nil {
		return sample{}, err
	}
	m, err := k.load(ctx, load.Phase{Clients: k.writers, Duration: k.lasting / soakSegments, Rate: k.rate})
	if err != nil {
		return sample{}, err
	}
	after, err := usage(k.process.PID())
	if err != nil {
		return sample{}, err
	}
	told, err := k.server.metrics.read(ctx, metricHeapGoal, metricGoroutines)
	if err != nil {
		return sample{}, err
	}
	file := filepath.Join(k.server.dir, databaseFile)
	database, err := megabytes(file)
	if err != nil {
		return sample{}, err
	}
	wal, err := megabytes(file + walSuffix)
	return sample{
		perSecond: m.PerSecond(), p50: milliseconds(m.P50), p99: milliseconds(m.P99),
		cpu: (after.cpu - before.cpu) / float64(m.Operations) * 1000, rss: after.rss, files: after.files,
		heap: told[metricHeapGoal] / bytesMegabyte, goroutines: told[metricGoroutines],
		wal: wal, database: database, booked: float64(k.server.free.Load()),
	}, err
}

// megabytes returns the size of a file, 0 for one that is not there.
func megabytes(file string) (float64, error) {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / bytesMegabyte, nil
}

func (k *soak) result(ctx context.Context) (report.Soak, error) {
	setting, err := k.describe(ctx)
	if err != nil {
		return report.Soak{}, err
	}
	result := report.Soak{Setting: append(setting, fmt.Sprintf(
		"Load: %s for %s at %.0f operations per second, half of what the server did at most just before, "+
			"over %d bookings at the beginning.", mixed9010, k.lasting, k.rate, k.server.size))}
	for _, s := range k.samples {
		result.Minutes = append(result.Minutes, s.minute)
	}
	for _, c := range []struct {
		name          string
		growth, slack float64
		of            func(sample) float64
	}{
		{"operations/s", 0, 0, func(s sample) float64 { return s.perSecond }},
		{"p50 ms", 1.25, 0.2, func(s sample) float64 { return s.p50 }},
		{"p99 ms", 1.5, 2, func(s sample) float64 { return s.p99 }},
		{"CPU-ms per 1000", 1.25, 5, func(s sample) float64 { return s.cpu }},
		{"RSS MB", 1.25, 5, func(s sample) float64 { return s.rss }},
		{"heap goal MB", 1.25, 5, func(s sample) float64 { return s.heap }},
		{"goroutines", 1.1, 5, func(s sample) float64 { return s.goroutines }},
		{"open files", 1.1, 5, func(s sample) float64 { return s.files }},
		{"WAL MB", 1.25, 1, func(s sample) float64 { return s.wal }},
		{"database MB", 0, 0, func(s sample) float64 { return s.database }},
		{"bookings made", 0, 0, func(s sample) float64 { return s.booked }},
	} {
		column := report.Column{Name: c.name, Growth: c.growth, Slack: c.slack}
		for _, s := range k.samples {
			column.Values = append(column.Values, c.of(s))
		}
		result.Columns = append(result.Columns, column)
	}
	return result, nil
}
