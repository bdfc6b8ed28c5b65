package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spacefinder/spacefinder/bench/internal/process"
)

// empty is the server on a folder that has nothing yet: it is started, not
// loaded. Each start has a new folder.
type empty struct {
	title string
	dir   string // gets the folders
	begin func(ctx context.Context, dir string) (*process.Process, error)

	starts int
}

func (e *empty) name() string                { return e.title + ", empty folder" }
func (*empty) bookings() int                 { return 0 }
func (*empty) prepare(context.Context) error { return nil }
func (*empty) workloads() []workload         { return nil }
func (e *empty) start(ctx context.Context) (*process.Process, error) {
	e.starts++
	dir := filepath.Join(e.dir, fmt.Sprintf("empty-%d", e.starts))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return e.begin(ctx, dir)
}
