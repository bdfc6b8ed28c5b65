// Package process runs the servers that are measured, each as a process of its
// own, and reads what the system says that they use.
package process

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Times that are waited at most, and between two looks.
const (
	readyTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	pollInterval = time.Millisecond // the resolution of the start time
)

// Command says how to start a server.
type Command struct {
	Path string
	Args []string
	Env  []string // as in exec.Cmd, but nil is none
	Log  string   // file that gets what the server writes to stdout and stderr

	// URL returns the server's address, and an error as long as the server has
	// not told it.
	URL func() (string, error)
}

// Process is a server that runs and has answered /health with 200.
type Process struct {
	URL       string
	StartTime time.Duration // from its start to that answer

	command *exec.Cmd
	cancel  context.CancelFunc
	log     string
	ended   chan struct{} // closed when the process has ended
	err     error         // of the process; read after ended
}

// Start starts a server and waits until it is healthy. It has none of this
// process's environment, so that no setting of the caller changes what is
// measured, and runs until Stop is called or ctx ends.
func Start(ctx context.Context, c Command) (*Process, error) {
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own descriptor
	ctx, cancel := context.WithCancel(ctx)
	p := &Process{cancel: cancel, log: c.Log, ended: make(chan struct{})}
	p.command = exec.CommandContext(ctx, c.Path, c.Args...) //nolint:gosec // this program names the commands
	p.command.Env = append([]string{}, c.Env...)
	p.command.Stdout, p.command.Stderr = log, log
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	p.command.WaitDelay = stopTimeout
	start := time.Now()
	if err := p.command.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	if err := p.awaitHealthy(ctx, c); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	p.StartTime = time.Since(start)
	return p, nil
}

// Stop ends the server as an operator does, and reports a bad end.
func (p *Process) Stop() error {
	p.cancel()
	<-p.ended // WaitDelay after the signal at the latest
	if code := p.command.ProcessState.ExitCode(); code != 0 {
		return p.failure(fmt.Sprintf("ended with %s", p.command.ProcessState))
	}
	return nil
}

// PID returns the process's id.
func (p *Process) PID() int { return p.command.Process.Pid }

func (p *Process) awaitHealthy(ctx context.Context, c Command) error {
	client := &http.Client{Timeout: readyTimeout}
	defer client.CloseIdleConnections()
	deadline := time.Now().Add(readyTimeout)
	for time.Now().Before(deadline) {
		if url, err := c.URL(); err == nil && healthy(ctx, client, url) {
			p.URL = url
			return nil
		}
		select {
		case <-p.ended:
			return p.failure("ended before it was ready")
		case <-time.After(pollInterval):
		}
	}
	return p.failure(fmt.Sprintf("is not healthy after %s", readyTimeout))
}

func healthy(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health", http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// maxLogTail is how much of a server's log an error shows.
const maxLogTail = 2000

func (p *Process) failure(what string) error {
	text, err := os.ReadFile(p.log)
	if err != nil {
		text = []byte(err.Error())
	}
	return fmt.Errorf("%s %s:\n%s", filepath.Base(p.command.Path), what, text[max(0, len(text)-maxLogTail):])
}
