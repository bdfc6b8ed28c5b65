package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// lab is where a run takes place.
type lab struct {
	settings
	root     string // of this module
	dir      string // temporary, removed after the run
	binary   string // the program that is measured
	cache    cache
	progress io.Writer
	begun    time.Time
	busy     string // the load average before the run

	clientKinds []string        // of DynamoDB clients that the program has
	tells       map[string]bool // commands of the program that serve metrics
	notes       []string        // sentences for the reader of the report
	closers     []func() error
}

// Commands of the program, and flags that it may have or not.
const (
	commandServe   = "serve"
	commandService = "service"

	clientFlag = "-dynamodb-client"
	clientSDK  = "sdk"
	clientWire = "wire"
)

// openLab makes the temporary folder and builds the program. Close the lab in
// any case.
func (s settings) openLab(ctx context.Context, progress io.Writer) (*lab, error) {
	l := &lab{settings: s, progress: progress, begun: time.Now(), busy: loadAverage(), clientKinds: []string{clientSDK}}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return l, fmt.Errorf("go list -m: %w", err)
	}
	l.root = strings.TrimSpace(string(root))
	l.cache = cache{dir: s.cache, root: l.root}
	if l.dir, err = os.MkdirTemp(s.dir, "spacefinder-bench-"); err != nil {
		return l, err
	}
	l.atEnd(func() error { return os.RemoveAll(l.dir) })
	l.say("building the program")
	if l.binary, err = buildServer(ctx, l.dir); err != nil {
		return l, err
	}
	if l.has(ctx, clientFlag, commandService) {
		l.clientKinds = []string{clientWire, clientSDK}
	}
	l.tells = map[string]bool{}
	for _, command := range []string{commandServe, commandService} {
		l.tells[command] = l.has(ctx, metricsFlag, command)
	}
	return l, nil
}

// has reports whether a command of the program has the flag.
func (l *lab) has(ctx context.Context, name, command string) bool {
	help := exec.CommandContext(ctx, l.binary, command, "-help") //nolint:gosec // the program that this run has built
	help.Env = []string{}
	text, _ := help.CombinedOutput() // asked for help it may end with an error
	return slices.Contains(strings.Fields(string(text)), name)
}

// atEnd has f called when the lab closes, the last one first.
func (l *lab) atEnd(f func() error) { l.closers = append(l.closers, f) }

// close ends what was started and removes what was made.
func (l *lab) close() error {
	var errs []error
	for _, f := range slices.Backward(l.closers) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// say tells whoever waits what happens, and since when.
func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(l.progress, "%6s  %s\n", time.Since(l.begun).Round(time.Second), fmt.Sprintf(format, args...))
}

// note tells the reader of the report too.
func (l *lab) note(format string, args ...any) {
	l.say(format, args...)
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// folder makes a folder of the run.
func (l *lab) folder(name string) (string, error) {
	dir := filepath.Join(l.dir, name)
	return dir, os.Mkdir(dir, 0o700) //nolint:gosec // the operator names the folder
}
