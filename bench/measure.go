package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// lab is where a run takes place.
type lab struct {
	settings
	dir      string // temporary, removed after the run
	binary   string // the program that is measured
	progress io.Writer
}

// measure sets everything up, measures it in rounds and takes it down again.
func (s settings) measure(ctx context.Context, progress io.Writer) (result report.Run, err error) {
	l := lab{settings: s, progress: progress}
	if l.dir, err = os.MkdirTemp(s.dir, "spacefinder-bench-"); err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(l.dir)) }()
	if l.binary, err = buildServer(ctx, l.dir); err != nil {
		return result, err
	}
	if result.Setting, err = l.describe(ctx); err != nil {
		return result, err
	}
	empty, err := l.emptyStarts(ctx)
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
	result.Processes = append(result.Processes, empty)
	for _, c := range candidates {
		result.Workloads = append(result.Workloads, c.figures...)
		result.Processes = append(result.Processes, c.process)
	}
	result.Ratios = ratios(result.Workloads, s.sizes)
	return result, nil
}

// subjects prepares what is measured. Both subjects of one size begin with a
// copy of the same database.
func (l lab) subjects(ctx context.Context) ([]subject, error) {
	ceiling, err := newBare(l.dir, l.readers)
	if err != nil {
		return nil, err
	}
	subjects := []subject{ceiling}
	for _, size := range l.sizes {
		fmt.Fprintf(l.progress, "storing %d bookings\n", size)
		served, err := l.folder(fmt.Sprintf("server-%d", size))
		if err != nil {
			return nil, err
		}
		server, err := newSpaceFinder(ctx, l.binary, served, size, l.settings)
		if err != nil {
			return nil, err
		}
		raw, err := l.folder(fmt.Sprintf("raw-%d", size))
		if err != nil {
			return nil, err
		}
		if err := copyFile(filepath.Join(raw, databaseFile), filepath.Join(served, databaseFile)); err != nil {
			return nil, err
		}
		subjects = append(subjects, server, newRawSQLite(raw, size, l.writers))
	}
	return subjects, nil
}

// emptyStarts measures starts of the server on folders that have nothing yet.
func (l lab) emptyStarts(ctx context.Context) (report.Process, error) {
	figures := report.Process{Subject: serverName + ", empty folder"}
	for i := range l.rounds {
		dir, err := l.folder(fmt.Sprintf("empty-%d", i))
		if err != nil {
			return figures, err
		}
		server, err := startServer(ctx, l.binary, dir)
		if err != nil {
			return figures, err
		}
		if err := errors.Join(noteStart(&figures, server), server.Stop()); err != nil {
			return figures, err
		}
	}
	return figures, nil
}

// compete runs all subjects at the same time and gives each of their workloads
// a turn in every round.
func (l lab) compete(ctx context.Context, subjects []subject) (candidates []*candidate, err error) {
	defer func() {
		for _, c := range candidates {
			err = errors.Join(err, c.server.Stop())
		}
	}()
	for _, s := range subjects {
		c, err := l.launch(ctx, s)
		if err != nil {
			return candidates, err
		}
		candidates = append(candidates, c)
	}
	if err := l.warmUp(ctx, candidates); err != nil {
		return candidates, err
	}
	for round := range l.rounds {
		fmt.Fprintf(l.progress, "round %d of %d\n", round+1, l.rounds)
		for _, c := range candidates {
			if err := c.round(ctx, l.phase); err != nil {
				return candidates, err
			}
		}
	}
	for _, c := range candidates {
		if err := noteRSS(&c.process.LoadRSS, c.server); err != nil {
			return candidates, err
		}
	}
	return candidates, nil
}

// folder makes a folder of the run.
func (l lab) folder(name string) (string, error) {
	dir := filepath.Join(l.dir, name)
	return dir, os.Mkdir(dir, 0o700)
}

func copyFile(to, from string) (err error) {
	source, err := os.Open(from) //nolint:gosec // a file of the run
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()                                    // it was only read
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a file of the run
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	_, err = io.Copy(target, source)
	return err
}
