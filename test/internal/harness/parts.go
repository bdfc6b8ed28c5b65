package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
)

// Parts are the processes of split mode.
type Parts struct {
	UserPool *Member
	Gateway  *Member
	Tables   *Tables

	services map[string][]*Member
}

// Service returns the processes of a service.
func (p *Parts) Service(name string) []*Member { return p.services[name] }

// Members returns the processes of all services.
func (p *Parts) Members() []*Member {
	var all []*Member
	for _, name := range Services() {
		all = append(all, p.services[name]...)
	}
	return all
}

// all returns every process, in the order in which they are stopped: who sends
// requests before those who answer them.
func (p *Parts) all() []*Member {
	return slices.DeleteFunc(slices.Concat([]*Member{p.Gateway}, p.Members(), []*Member{p.UserPool}),
		func(m *Member) bool { return m == nil })
}

// stop ends every process as an operator does, and deletes the tables.
func (p *Parts) stop() error {
	var errs []error
	for _, m := range p.all() {
		errs = append(errs, m.Stop())
	}
	return errors.Join(append(errs, p.Tables.delete(context.Background()))...)
}

// kill ends every process that still runs, and deletes the tables.
func (p *Parts) kill() error {
	var errs []error
	for _, m := range p.all() {
		errs = append(errs, m.Kill())
	}
	return errors.Join(append(errs, p.Tables.delete(context.Background()))...)
}

// Member is one of the processes of split mode, and those that it replaces.
type Member struct {
	binary      string
	args        []string
	environment []string
	addr        string // to listen on; once it does, the address that it has

	mu        sync.Mutex
	processes []*Process // the last one is the one that runs
}

// start starts the process.
func (m *Member) start() error {
	p, err := Start(m.binary, m.environment, nil, append(slices.Clone(m.args), "-addr", m.addr)...)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.processes = append(m.processes, p)
	return nil
}

// Process returns the process that runs, or did last.
func (m *Member) Process() *Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.processes[len(m.processes)-1]
}

// history returns every process that there was.
func (m *Member) history() []*Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.processes)
}

// URL returns the address that the process listens on.
func (m *Member) URL() string { return "http://" + m.addr }

// Kill ends the process without warning.
func (m *Member) Kill() error { return m.Process().Kill() }

// Stop ends the process as an operator does; see Process.Stop. One that has
// ended already is left alone.
func (m *Member) Stop() error {
	p := m.Process()
	select {
	case <-p.Ended():
		return p.Races()
	default:
		return p.Stop()
	}
}

// Terminate tells the process to end and waits until it has.
func (m *Member) Terminate(timeout time.Duration) error {
	p := m.Process()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	code, err := p.Wait(timeout)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d\n%s", code, p.Stderr())
	}
	return err
}

// Restart starts the process again at its address, after it has ended, and
// waits until it is ready.
func (m *Member) Restart(ctx context.Context) error {
	if err := m.start(); err != nil {
		return err
	}
	return m.AwaitReady(ctx)
}

// AwaitReady waits until the process can do its work.
func (m *Member) AwaitReady(ctx context.Context) error {
	return m.await(ctx, func() error {
		status, err := m.Get(ctx, "/ready")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("/ready answers %d", status)
		}
		return err
	})
}

// awaitListening waits until the process has logged the address that it
// listens on.
func (m *Member) awaitListening(ctx context.Context) error {
	return m.await(ctx, func() error {
		for _, line := range m.Process().Log() {
			var ready struct {
				Msg     string `json:"msg"`
				Address string `json:"address"`
			}
			if json.Unmarshal([]byte(line), &ready) == nil && ready.Msg == "ready" {
				m.addr = strings.TrimPrefix(ready.Address, "http://")
				return nil
			}
		}
		return errors.New("it has logged no address")
	})
}

func (m *Member) await(ctx context.Context, check func() error) error {
	p, deadline := m.Process(), time.Now().Add(readyTimeout)
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.Ended():
			return fmt.Errorf("spacefinder %s ended too soon:\n%s", m.args[0], p.Stderr())
		case <-time.After(pollInterval):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("spacefinder %s is not ready after %s: %w\n%s", m.args[0], readyTimeout, err, p.Stderr())
		}
	}
}

// Get asks the process itself, past the front door, with header fields given
// as pairs, and returns the status.
func (m *Member) Get(ctx context.Context, path string, header ...string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL()+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Close = true // nothing of a test stays with a process that is to end
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, errors.Join(err, response.Body.Close())
}
