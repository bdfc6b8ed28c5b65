package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/bench/internal/process"
)

const (
	serverPackage = "github.com/spacefinder/spacefinder/cmd/spacefinder"
	serverName    = "single binary"
	accessLogFile = "access.log"
	outputsFile   = "outputs.json"

	// unthrottled is more requests per second than any machine sends here.
	unthrottled = "1000000"
)

// buildServer compiles the program that is measured into dir.
func buildServer(ctx context.Context, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "spacefinder")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, serverPackage) //nolint:gosec // the arguments are ours
	if text, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", serverPackage, err, text)
	}
	return binary, nil
}

// startServer starts the whole system on a data folder. The access log is on,
// as it is in operation.
func startServer(ctx context.Context, binary, dir string, more ...string) (*process.Process, error) {
	file := filepath.Join(dir, outputsFile)
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) { //nolint:gosec // a file of the run
		return nil, err
	}
	return process.Start(ctx, process.Command{
		Path: binary,
		Args: append([]string{
			commandServe, "-data", dir, "-addr", "127.0.0.1:0", "-log-level", "warn",
			"-access-log", filepath.Join(dir, accessLogFile), "-throttle-rate", unthrottled, "-throttle-burst", unthrottled,
		}, more...),
		Log: filepath.Join(dir, "log"),
		URL: func() (string, error) {
			o, err := readOutputs(file)
			return o.APIEndpoint, err
		},
	})
}

// spaceFinder is the whole system in one process, asked through its front door
// with real tokens.
type spaceFinder struct {
	binary, dir      string
	size             int
	readers, writers int
	whole            bool // it has all workloads
	people           []*person
	client           *client
	outputs          outputs
	told             bool // the server serves metrics
	metrics          metrics

	free, contest atomic.Int64 // slots asked for so far
	won           atomic.Int64 // slots of the contest that somebody got
}

// newSpaceFinder returns the subject over the data folder, which has users and
// bookings already; see filled.
func (l *lab) newSpaceFinder(dir string, size int) *spaceFinder {
	return &spaceFinder{
		binary: l.binary, dir: dir, size: size, readers: l.readers, writers: l.writers, whole: size == l.sizes[0],
		people: newPeople(), client: newClient(max(l.readers, l.writers)), told: l.tells[commandServe],
	}
}

func (f *spaceFinder) tells() metrics { return f.metrics }

// fill makes the users, with a server that runs only for that, and then so many
// bookings of theirs.
func (f *spaceFinder) fill(ctx context.Context) error {
	ids, err := f.enroll(ctx)
	if err != nil {
		return err
	}
	return seed(ctx, f.dir, ids, f.size)
}

func (f *spaceFinder) enroll(ctx context.Context) (ids []string, err error) {
	server, err := f.start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := addPeople(ctx, f.binary, f.dir, f.people); err != nil {
		return nil, err
	}
	for _, p := range f.people {
		if err := p.signIn(ctx, f.outputs); err != nil {
			return nil, err
		}
		ids = append(ids, p.id)
	}
	return ids, nil
}

func (*spaceFinder) name() string    { return serverName }
func (f *spaceFinder) bookings() int { return f.size }

// start starts the server, on another port each time, which makes tokens of
// before those of another issuer.
func (f *spaceFinder) start(ctx context.Context) (*process.Process, error) {
	if f.told {
		var err error
		if f.metrics, err = newMetrics(ctx); err != nil {
			return nil, err
		}
	}
	server, err := startServer(ctx, f.binary, f.dir, f.metrics.flags()...)
	if err != nil {
		return nil, err
	}
	for _, p := range f.people {
		p.token = ""
	}
	f.client.connect(server.URL)
	if f.outputs, err = readOutputs(filepath.Join(f.dir, outputsFile)); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// prepare signs everybody in, keeps the access log from filling the disk, and
// makes sure that the bare handler answers with the same bytes.
func (f *spaceFinder) prepare(ctx context.Context) error {
	for _, p := range f.people {
		if err := p.signIn(ctx, f.outputs); err != nil {
			return err
		}
	}
	if err := os.Truncate(filepath.Join(f.dir, accessLogFile), 0); err != nil {
		return err
	}
	want, err := json.Marshal(seededLocation(0))
	if err != nil {
		return err
	}
	got, err := f.client.get(ctx, call{method: http.MethodGet, path: locationPath(0), token: f.people[0].token, want: http.StatusOK})
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("the server answers %s, the bare handler %s: they cannot be compared", got, want)
	}
	return err
}
