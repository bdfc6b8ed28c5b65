// Package harness runs SpaceFinder for the end-to-end suite: it builds the
// program once, starts it as a process of its own on a free port, reads what it
// prints, and ends it as an operator, an accident or a power cut would.
package harness

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Times that a test waits at most.
const (
	readyTimeout = 30 * time.Second // the promise is one second; the detector and a busy machine slow it down
	stopTimeout  = 20 * time.Second
	pollInterval = 5 * time.Millisecond
)

// raceOptions keep the race detector, in a program that was built with it, from
// waiting a second at each end.
const raceOptions = "GORACE=atexit_sleep_ms=0"

// Process is a program that was started.
type Process struct {
	command *exec.Cmd
	stdout  output
	stderr  output
	ended   chan struct{} // closed when the process has ended
	err     error         // of Wait; read after ended
}

// Start starts the program with only the variables of environment, and
// input as its standard input.
func Start(binary string, environment []string, input io.Reader, args ...string) (*Process, error) {
	p := &Process{ended: make(chan struct{})}
	p.command = exec.Command(binary, args...)
	p.command.Env = append([]string{raceOptions}, environment...)
	p.command.Stdin, p.command.Stdout, p.command.Stderr = input, &p.stdout, &p.stderr
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Stdout returns what the process has printed.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr returns what the process has logged.
func (p *Process) Stderr() string { return p.stderr.String() }

// Log returns the complete lines of the process's log.
func (p *Process) Log() []string { return p.stderr.lines() }

// Signal sends a signal.
func (p *Process) Signal(signal os.Signal) error { return p.command.Process.Signal(signal) }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end and returns the exit code, -1 after a signal.
func (p *Process) Wait(timeout time.Duration) (code int, err error) {
	select {
	case <-p.ended:
		return p.command.ProcessState.ExitCode(), nil
	case <-time.After(timeout):
		return 0, fmt.Errorf("%s still runs after %s\n%s", strings.Join(p.command.Args, " "), timeout, p.Stderr())
	}
}

// Kill ends the process without warning, as an accident does.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, err := p.Wait(stopTimeout)
	return err
}

// Stop ends the process as an operator does and reports a bad end: an exit
// code, or a race that the detector saw.
func (p *Process) Stop() error {
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	code, err := p.Wait(stopTimeout)
	if err != nil {
		return errors.Join(err, p.Kill())
	}
	if code != 0 {
		err = fmt.Errorf("exit code %d\n%s", code, p.Stderr())
	}
	return errors.Join(err, p.Races())
}

// Races returns an error if the race detector spoke in the process.
func (p *Process) Races() error {
	text := p.Stderr()
	i := strings.Index(text, "WARNING: DATA RACE")
	if i < 0 {
		return nil
	}
	return fmt.Errorf("a data race in the program:\n%.8000s", text[i:])
}
