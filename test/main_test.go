// Package test is the end-to-end suite: it talks to a real, running SpaceFinder
// over HTTP, and to its user pool with AWS's own client.
//
// Without settings it builds cmd/spacefinder and starts it. Environment:
//
//	SPACEFINDER_TEST_OUTPUTS  outputs file of a system that runs already, such as a deployed stage; tests that
//	                          need the system's log, data folder or end are skipped
//	SPACEFINDER_TEST_BINARY   a program that was built before
//	SPACEFINDER_TEST_TOPOLOGY how it runs: single (default) or split, which needs SPACEFINDER_TEST_DYNAMODB, the
//	                          address of a DynamoDB-compatible server
//
// TestSuiteOnSplitProcesses runs the whole suite once more on split processes,
// so that a plain `go test ./test` covers both.
package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/contract"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// Variables of the environment that the suite sets for itself; see above.
const (
	binaryVariable   = "SPACEFINDER_TEST_BINARY"
	topologyVariable = "SPACEFINDER_TEST_TOPOLOGY"
	topologySplit    = "split"
)

// suite is the system that most tests share, and the people in it.
type suite struct {
	topology harness.Topology
	binary   string // the program, unless the system is a deployed one
	document *contract.Document
	*site

	admin, alice, bob people.User
}

// site is one running system with its clients.
type site struct {
	system *harness.System
	api    *client.API
	pool   *people.Pool
}

// shared is set by TestMain before any test runs and not changed afterwards.
var shared *suite

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "spacefinder-test-")
	if err != nil {
		fail(err)
	}
	shared, err = newSuite(context.Background(), dir)
	if err != nil {
		if shared.site != nil {
			err = errors.Join(err, shared.close())
		}
		fail(errors.Join(err, os.RemoveAll(dir)))
	}
	code := m.Run()
	err = errors.Join(shared.close(), os.RemoveAll(dir))
	http.DefaultClient.CloseIdleConnections()
	if err := errors.Join(err, goleak.Find()); err != nil {
		fail(err)
	}
	os.Exit(code)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "end-to-end suite:", err)
	os.Exit(1)
}

// newSuite starts the suite. With an error it returns what was started by then.
func newSuite(ctx context.Context, dir string) (*suite, error) {
	document, err := contract.Load()
	s := &suite{document: document}
	if err != nil {
		return s, err
	}
	system, err := s.start(ctx, dir)
	if err != nil {
		return s, err
	}
	s.site = s.visit(system)
	if s.admin, err = s.pool.New(ctx, "admin", s.pool.AdminGroup); err != nil {
		return s, err
	}
	if s.alice, err = s.pool.New(ctx, "alice"); err != nil {
		return s, err
	}
	s.bob, err = s.pool.New(ctx, "bob")
	return s, err
}

// start returns the system that the environment names, or starts one.
func (s *suite) start(ctx context.Context, dir string) (*harness.System, error) {
	if file := os.Getenv("SPACEFINDER_TEST_OUTPUTS"); file != "" {
		deployed := harness.Deployed{OutputsFile: file}
		s.topology = deployed
		return deployed.System(ctx)
	}
	binary := os.Getenv(binaryVariable)
	if binary == "" {
		var err error
		if binary, err = harness.Build(ctx, dir); err != nil {
			return nil, err
		}
	}
	s.binary = binary
	switch name := os.Getenv(topologyVariable); name {
	case "", "single":
		s.topology = harness.Single{Binary: binary}
	case topologySplit:
		endpoint := os.Getenv(dynamotest.EndpointVariable)
		if endpoint == "" {
			return nil, fmt.Errorf("%s=%s needs %s", topologyVariable, name, dynamotest.EndpointVariable)
		}
		s.topology = harness.Split{Binary: binary, Endpoint: endpoint}
	default:
		return nil, fmt.Errorf("%s=%s: want single or %s", topologyVariable, name, topologySplit)
	}
	return s.topology.Start(ctx, dir+"/data")
}

// visit returns clients of a system.
func (s *suite) visit(system *harness.System) *site {
	return &site{
		system: system,
		api:    client.New(system.Outputs.APIEndpoint, s.document),
		pool:   people.Open(system),
	}
}

// close drops the connections, stops the system if the suite started it, and
// reports what its whole life showed: a bad end, a data race, a secret in a
// log, a failure that no test was looking for.
func (s *site) close() error {
	s.api.Close()
	s.pool.Close()
	if s.system.Dir == "" {
		return nil
	}
	err := s.system.Stop()
	return errors.Join(err, s.checkLogs())
}

// own starts a system for one test, with flags of its own, and ends it with
// the test.
func own(t *testing.T, flags ...string) *site {
	t.Helper()
	return ownIn(t, t.TempDir()+"/data", flags...)
}

// ownIn is own on a data folder.
func ownIn(t *testing.T, dir string, flags ...string) *site {
	t.Helper()
	s := startIn(t, dir, flags...)
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// startIn starts a system that the test itself ends; one that a failed test
// leaves behind is killed.
func startIn(t *testing.T, dir string, flags ...string) *site {
	t.Helper()
	system, err := shared.topology.Start(t.Context(), dir, flags...)
	if errors.Is(err, harness.ErrFixed) {
		t.Skip("needs a system of its own")
	}
	if err != nil {
		t.Fatal(err)
	}
	return visitUntilTheEnd(t, system)
}

// visitUntilTheEnd returns clients of a system of the test's own, which is
// killed if the test leaves it behind.
func visitUntilTheEnd(t *testing.T, system *harness.System) *site {
	t.Helper()
	t.Cleanup(func() {
		if err := system.Kill(); err != nil {
			t.Error(err)
		}
	})
	return shared.visit(system)
}

// needsFolder skips a test that looks at the log or the data folder.
func needsFolder(t *testing.T) {
	t.Helper()
	if shared.system.Dir == "" {
		t.Skip("needs the system's log and data folder")
	}
}

// needsOneProcess skips a test of what only the single process has or does.
func needsOneProcess(t *testing.T) {
	t.Helper()
	if _, ok := shared.topology.(harness.Single); !ok {
		t.Skipf("NOT FOR %T: it is about the program as one process, or about its commands, and runs with that topology", shared.topology)
	}
}

// needsSplit returns the topology of a test of what only separate processes do.
func needsSplit(t *testing.T) harness.Split {
	t.Helper()
	split, ok := shared.topology.(harness.Split)
	if !ok {
		t.Skipf("NOT FOR %T: it is about separate processes; TestSuiteOnSplitProcesses runs it", shared.topology)
	}
	return split
}

// newUser returns a new user who is signed in.
func (s *site) newUser(t *testing.T, name string, groups ...string) people.User {
	t.Helper()
	u, err := s.pool.New(t.Context(), name, groups...)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// as returns a session of a user.
func (s *site) as(u people.User) client.Session { return s.api.As(u.IDToken) }
