package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/go-json-experiment/json"
)

// System is a SpaceFinder that is ready, whichever way it runs.
type System struct {
	Outputs     Outputs
	Credentials aws.CredentialsProvider // for administrative calls to the user pool

	Dir     string   // data folder; "" for a system that the harness did not start
	Process *Process // the process of a Single; nil for other topologies
	Parts   *Parts   // the processes of a Split; nil for other topologies
}

// Processes returns every process that the harness started for the system, also
// those that have ended.
func (s *System) Processes() []*Process {
	switch {
	case s.Process != nil:
		return []*Process{s.Process}
	case s.Parts != nil:
		var all []*Process
		for _, m := range s.Parts.all() {
			all = append(all, m.history()...)
		}
		return all
	default:
		return nil
	}
}

// poolProcess returns the process that runs the user pool.
func (s *System) poolProcess() *Process {
	if s.Parts != nil {
		return s.Parts.UserPool.Process()
	}
	return s.Process
}

// Stop ends the system as an operator does and reports a bad end; see
// Process.Stop. A system that the harness did not start goes on.
func (s *System) Stop() error {
	switch {
	case s.Process != nil:
		return s.Process.Stop()
	case s.Parts != nil:
		return s.Parts.stop()
	default:
		return nil
	}
}

// Kill ends what still runs of the system, without warning.
func (s *System) Kill() error {
	switch {
	case s.Process != nil:
		return s.Process.Kill()
	case s.Parts != nil:
		return s.Parts.kill()
	default:
		return nil
	}
}

// Topology is a way to run SpaceFinder. The suite is the same for all of them.
type Topology interface {
	// Start starts a system on the data folder with flags of `spacefinder
	// serve`, name and value apart, and waits until it is ready. ErrFixed when this topology is one
	// system that runs already.
	Start(ctx context.Context, dir string, flags ...string) (*System, error)
}

// ErrFixed says that a topology cannot start systems.
var ErrFixed = errors.New("this topology cannot start a system of its own")

// Deployed is the system that runs at the addresses in an outputs file, on AWS
// or elsewhere. Administrative calls take AWS's usual credentials.
type Deployed struct{ OutputsFile string }

// Start returns ErrFixed.
func (Deployed) Start(context.Context, string, ...string) (*System, error) { return nil, ErrFixed }

// System returns the deployed system.
func (d Deployed) System(ctx context.Context) (*System, error) {
	outputs, err := ReadOutputs(d.OutputsFile)
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return &System{Outputs: outputs, Credentials: cfg.Credentials}, nil
}

// Single is the whole system in one process.
type Single struct {
	Binary      string
	Environment []string // variables that the process gets, NAME=value
}

// AccessLogFile is where systems that the harness starts write their access log.
const AccessLogFile = "access.log"

// Start starts `spacefinder serve` on a free port unless the flags name one.
func (s Single) Start(ctx context.Context, dir string, flags ...string) (*System, error) {
	file := filepath.Join(dir, OutputsFile)
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	args := append([]string{"serve", "-data", dir, "-addr", "127.0.0.1:0", "-access-log", filepath.Join(dir, AccessLogFile)}, flags...)
	process, err := Start(s.Binary, s.Environment, nil, args...)
	if err != nil {
		return nil, err
	}
	system := &System{Dir: dir, Process: process}
	if err := system.awaitReady(ctx, file); err != nil {
		return nil, errors.Join(err, process.Kill())
	}
	return system, nil
}

// awaitReady waits for the outputs and for the health check.
func (s *System) awaitReady(ctx context.Context, file string) error {
	deadline := time.Now().Add(readyTimeout)
	client := &http.Client{Timeout: readyTimeout}
	defer client.CloseIdleConnections()
	for {
		err := s.checkReady(ctx, client, file)
		if err == nil {
			return nil
		}
		select {
		case <-s.Process.Ended():
			return fmt.Errorf("the server ended before it was ready:\n%s", s.Process.Stderr())
		case <-time.After(pollInterval):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server is not ready after %s: %w\n%s", readyTimeout, err, s.Process.Stderr())
		}
	}
}

func (s *System) checkReady(ctx context.Context, client *http.Client, file string) error {
	var err error
	if s.Outputs, err = ReadOutputs(file); err != nil {
		return err
	}
	if s.Credentials, err = readCredentials(ctx, s.Dir); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Outputs.APIEndpoint+"/health", http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/health answers %s", response.Status)
	}
	return nil
}

// Addr returns the address that the system listens on.
func (s *System) Addr() string { return strings.TrimPrefix(s.Outputs.APIEndpoint, "http://") }

// Code waits for the newest code that the system sent to an e-mail address,
// where codes go to the log.
func (s *System) Code(email string) (string, error) {
	deadline := time.Now().Add(stopTimeout)
	for time.Now().Before(deadline) {
		code := ""
		for _, line := range s.poolProcess().Log() {
			if m, ok := ParseMessage(line); ok && m.To == email && m.Code != "" {
				code = m.Code
			}
		}
		if code != "" {
			return code, nil
		}
		time.Sleep(pollInterval)
	}
	return "", fmt.Errorf("no code for %s in the log", email)
}

// Message is a line of the log by which a code or a temporary password reaches
// the operator of a local installation.
type Message struct {
	To       string `json:"to"`
	Code     string `json:"code"`
	Password string `json:"temporaryPassword"`
}

// ParseMessage reads a line of the log; ok is false when it is another line.
func ParseMessage(line string) (m Message, ok bool) {
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		return Message{}, false
	}
	return m, m.To != "" && (m.Code != "" || m.Password != "")
}

var printedPassword = regexp.MustCompile(`(?m)^\s*Password\s+(\S+)`)

// FirstPassword returns the one-time password that the first start printed.
func (s *System) FirstPassword() (string, error) {
	text := s.poolProcess().Stdout()
	m := printedPassword.FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("the first start printed no password:\n%s", text)
	}
	return m[1], nil
}

// AccessLog returns the lines of the access log.
func (s *System) AccessLog() ([]string, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, AccessLogFile))
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n"), nil
}
