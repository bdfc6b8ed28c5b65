package test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/harness"
)

// One of a service's two processes is killed under load. The requests that were
// under way on it are answered 504, no others, and succeed when they are
// repeated; nothing acknowledged is lost or done twice.
func TestKillingOneProcessOfAServiceFailsOnlyWhatWasUnderWayOnIt(t *testing.T) {
	needsSplit(t)
	s := startIn(t, t.TempDir()+"/data")
	traffic, end := startStream(t, s)
	defer end()
	total := 0
	for _, name := range harness.Services() {
		traffic.flows(t, 200)
		victim := s.system.Parts.Service(name)[rand.IntN(harness.Replicas)]
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		traffic.flows(t, 200)
		gaps := traffic.takeGaps()
		if len(gaps) > streamers {
			t.Errorf("%s: %d clients got %d answers of 504", name, streamers, len(gaps))
		}
		for _, gap := range gaps {
			expectGatewayError(t, gap, http.StatusGatewayTimeout, "InternalServerErrorException", "Network error communicating with endpoint")
		}
		total += len(gaps)
		if err := victim.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	end()
	t.Logf("3 processes killed: %d requests of %d answered 504", total, traffic.done)
	stopAfterFailures(t, s)
}

// stopAfterFailures ends a system whose log tells of failures that the test
// itself has brought about, which close would report.
func stopAfterFailures(t *testing.T, s *site) {
	t.Helper()
	s.api.Close()
	s.pool.Close()
	if err := s.system.Stop(); err != nil {
		t.Error(err)
	}
}

// Every process of every service is replaced while clients go on, who notice
// nothing: a process that is told to stop is first left by the front door, and
// finishes what it has.
func TestRollingRestartDropsNoRequest(t *testing.T) {
	needsSplit(t)
	s := own(t, "-drain-delay", "2s")
	traffic, end := startStream(t, s)
	defer end()
	for replica := range harness.Replicas {
		traffic.flows(t, 100)
		var wg sync.WaitGroup
		for _, name := range harness.Services() { // services of one rank at the same time, a service's processes one after the other
			m := s.system.Parts.Service(name)[replica]
			wg.Go(func() {
				if err := errors.Join(m.Terminate(patience), m.Restart(t.Context())); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		for _, name := range harness.Services() {
			awaitReturn(t, s, s.system.Parts.Service(name)[replica])
		}
	}
	traffic.flows(t, 100)
	end()
	if gaps := traffic.takeGaps(); len(gaps) > 0 {
		t.Errorf("%d requests of %d were dropped", len(gaps), traffic.done)
	}
}

// awaitReturn waits until the front door, which had left a process, sends
// requests to its successor.
func awaitReturn(t *testing.T, s *site, m *harness.Member) {
	t.Helper()
	eventually(t, "the front door comes back", func() error {
		for _, line := range s.system.Parts.Gateway.Process().Log() {
			if strings.Contains(line, `"backend is healthy again"`) && strings.Contains(line, `"`+m.URL()+`"`) {
				return nil
			}
		}
		return fmt.Errorf("it has not left and come back to %s", m.URL())
	})
}

// A process that is told to stop says so where load balancers look, and goes on
// serving until they have seen it.
func TestStoppingServiceIsNotReadyWhileItServes(t *testing.T) {
	needsSplit(t)
	s := startIn(t, t.TempDir()+"/data", "-drain-delay", "60s") // it is killed in the end
	user := s.newUser(t, "user")
	m := s.system.Parts.Service(harness.Locations)[0]
	expectStatus(t, m, http.StatusOK, "/ready")
	signal(t, m.Process(), syscall.SIGTERM)
	eventually(t, "it turns not ready", func() error {
		if status, err := m.Get(t.Context(), "/ready"); err != nil || status != http.StatusServiceUnavailable {
			return fmt.Errorf("/ready: %d, %w", status, err)
		}
		return nil
	})
	expectStatus(t, m, http.StatusOK, "/health")
	expectStatus(t, m, http.StatusOK, "/locations?limit=1", "X-Caller-Id", user.ID)
	s.api.Close()
	s.pool.Close()
}

// expectStatus asks a process past the front door.
func expectStatus(t *testing.T, m *harness.Member, want int, path string, header ...string) {
	t.Helper()
	got, err := m.Get(t.Context(), path, header...)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%s: want %d, got %d", path, want, got)
	}
}
