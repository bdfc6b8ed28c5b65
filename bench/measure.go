package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// measure sets everything up, measures it in rounds and takes it down again.
func (s settings) measure(ctx context.Context, progress io.Writer) (result report.Run, err error) {
	l, err := s.openLab(ctx, progress)
	defer func() { err = errors.Join(err, l.close()) }()
	if err != nil {
		return result, err
	}
	subjects, err := l.subjects(ctx)
	if err != nil {
		return result, err
	}
	candidates, err := l.compete(ctx, subjects)
	if err != nil {
		return result, err
	}
	for _, c := range candidates {
		result.Workloads = append(result.Workloads, c.figures...)
		result.Processes = append(result.Processes, c.process)
	}
	if result.Benchmarks, err = l.parts(ctx); err != nil {
		return result, err
	}
	result.Targets = l.targets(result)
	setting, err := l.describe(ctx)
	result.Setting = append(setting, fmt.Sprintf("Rounds: %d, with %s of each workload at full and %s at half load in each. "+
		"Figures are medians over the rounds, with the least and the greatest in parentheses.", l.rounds, l.phase, l.phase))
	return result, err
}

// subjects prepares what is measured. Both subjects of one size begin with a
// copy of the same database.
func (l *lab) subjects(ctx context.Context) ([]subject, error) {
	ceiling, err := newBare(l.dir, l.readers)
	if err != nil {
		return nil, err
	}
	begin := func(ctx context.Context, dir string) (*process.Process, error) {
		return startServer(ctx, l.binary, dir)
	}
	subjects := []subject{ceiling, &empty{title: serverName, dir: filepath.Join(l.dir, "server-empty"), begin: begin}}
	for _, size := range l.sizes {
		pair, err := l.singleBinary(ctx, size)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, pair...)
	}
	for _, part := range []struct {
		name string
		make func(context.Context) ([]subject, error)
	}{{partPocketBase, l.pocketBases}, {partStub, l.overStubs}, {partLocal, l.overDynamoDBLocal}} {
		if l.skip.has(part.name) {
			l.note("Left out: %s.", part.name)
			continue
		}
		more, err := part.make(ctx)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, more...)
	}
	return subjects, nil
}

// singleBinary returns the server over so many bookings, and the raw store over
// the same database.
func (l *lab) singleBinary(ctx context.Context, size int) ([]subject, error) {
	served, err := l.filled(ctx, size)
	if err != nil {
		return nil, err
	}
	raw, err := l.folder(fmt.Sprintf("raw-%d", size))
	if err != nil {
		return nil, err
	}
	if err := copyFile(filepath.Join(raw, databaseFile), filepath.Join(served, databaseFile), 0o600); err != nil {
		return nil, err
	}
	counts := []int{l.writers}
	if size == l.sizes[0] {
		counts = []int{1, l.writers}
	}
	return []subject{l.newSpaceFinder(served, size), newRawSQLite(raw, size, counts...)}, nil
}

// filled returns a data folder with users and so many bookings.
func (l *lab) filled(ctx context.Context, size int) (dir string, err error) {
	l.say("storing %d bookings, unless an earlier run has left them", size)
	dir = filepath.Join(l.dir, fmt.Sprintf("server-%d", size))
	sources := []string{"internal/sqlitedb", "internal/store/sqlite", "internal/userpool", "bench/seed.go", "bench/session.go"}
	fill := func(ctx context.Context, dir string) error {
		if err := l.newSpaceFinder(dir, size).fill(ctx); err != nil {
			return err
		}
		return removeLogs(dir)
	}
	return dir, l.cache.provide(ctx, dir, fmt.Sprintf("spacefinder-%d", size), sources, fill)
}

// removeLogs removes what the server that filled the folder has written beside
// the data.
func removeLogs(dir string) error {
	return errors.Join(os.Remove(filepath.Join(dir, "log")), os.Remove(filepath.Join(dir, accessLogFile)))
}

// middleSize is the number of bookings that yardsticks have which are measured
// with one size alone.
func (l *lab) middleSize() int { return l.sizes[len(l.sizes)/2] }

// compete runs all subjects at the same time and gives each of their workloads
// a turn in every round.
func (l *lab) compete(ctx context.Context, subjects []subject) (candidates []*candidate, err error) {
	defer func() { err = errors.Join(err, stopAll(candidates)) }()
	if candidates, err = l.launch(ctx, subjects); err != nil {
		return candidates, err
	}
	l.say("warming up")
	if err := l.warmUp(ctx, candidates); err != nil {
		return candidates, err
	}
	for round := range l.rounds {
		l.say("round %d of %d", round+1, l.rounds)
		for _, c := range candidates {
			if err := c.round(ctx, l.phase); err != nil {
				return candidates, err
			}
		}
	}
	for _, c := range candidates {
		if len(c.turns) == 0 {
			continue // it has had no load
		}
		if err := noteRSS(&c.process.LoadRSS, c.server); err != nil {
			return candidates, err
		}
	}
	return candidates, nil
}
