package test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/ledger"
)

const (
	crashes      = 50
	shortCrashes = 5
	splitCrashes = 8
	longestLife  = 80                    // writes acknowledged before it is killed
	longestWait  = 10 * time.Millisecond // after them, to hit any moment of a write
)

// The process is killed at random moments while clients write. Whatever it
// acknowledged is there when it starts again (I2), whole and without a double
// booking (I1) or an orphan (I3).
func TestNothingAcknowledgedIsLostInACrash(t *testing.T) {
	needsOneProcess(t)
	dir := t.TempDir() + "/data"
	s := startIn(t, dir)
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	l := newLoad(t, s, user)
	address := s.system.Addr() // kept, so that the tokens stay those of this issuer
	rounds := crashes
	if testing.Short() {
		rounds = shortCrashes
	}
	for round := range rounds {
		stop := l.start(s)
		awaitWrites(t, l, l.ledger.Count(ledger.Acknowledged)+1+rand.IntN(longestLife))
		time.Sleep(time.Duration(rand.Int64N(int64(longestWait)))) // the moment of the accident
		if err := s.system.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		stop()
		s.api.Close()
		s.pool.Close()
		if err := s.checkOutput(s.pool.Secrets()); err != nil {
			t.Error(err)
		}
		s = startIn(t, dir, "-addr", address)
		l.check(t, s)
		if t.Failed() {
			t.Fatalf("after crash %d", round+1)
		}
	}
	t.Logf("%d crashes: %d requests acknowledged, %d refused, %d without an answer", rounds,
		l.ledger.Count(ledger.Acknowledged), l.ledger.Count(ledger.Refused), l.ledger.Count(ledger.Unknown))
	if l.ledger.Count(ledger.Unknown) < rounds {
		t.Error("the crashes met no request under way: they prove nothing")
	}
	checkCounters(t, s, l)
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// The same for processes of the services, any number of them at once: what one
// was doing when it was killed is wholly done or not at all.
func TestNothingAcknowledgedIsLostWhenServicesCrash(t *testing.T) {
	needsSplit(t)
	s := startIn(t, t.TempDir()+"/data")
	l := newLoad(t, s, s.newUser(t, "admin", s.pool.AdminGroup))
	rounds := splitCrashes
	if testing.Short() {
		rounds = shortCrashes
	}
	killed := 0
	for round := range rounds {
		stop := l.start(s)
		awaitWrites(t, l, l.ledger.Count(ledger.Acknowledged)+1+rand.IntN(longestLife))
		time.Sleep(time.Duration(rand.Int64N(int64(longestWait)))) // the moment of the accident
		members := s.system.Parts.Members()
		rand.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		victims := members[:1+rand.IntN(len(members))]
		for _, m := range victims {
			if err := m.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		for _, m := range victims {
			if err := m.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		l.check(t, s)
		if t.Failed() {
			t.Fatalf("after crash %d", round+1)
		}
		killed += len(victims)
	}
	t.Logf("%d processes killed in %d crashes: %d requests acknowledged, %d refused, %d without an answer", killed, rounds,
		l.ledger.Count(ledger.Acknowledged), l.ledger.Count(ledger.Refused), l.ledger.Count(ledger.Unknown))
	if l.ledger.Count(ledger.Unknown) < rounds {
		t.Error("the crashes met no request under way: they prove nothing")
	}
	checkCounters(t, s, l)
	stopAfterFailures(t, s)
}

// awaitWrites waits until the clients were told of so many writes.
func awaitWrites(t *testing.T, l *load, count int) {
	t.Helper()
	eventually(t, "the load", func() error {
		if n := l.ledger.Count(ledger.Acknowledged); n < count {
			return fmt.Errorf("%d of %d writes are acknowledged", n, count)
		}
		return nil
	})
}

// checkCounters empties the location from below: parents that miscount their
// children would refuse to go, or go too early.
func checkCounters(t *testing.T, s *site, l *load) {
	t.Helper()
	admin := s.as(l.user)
	resources, _ := client.All[client.Resource](t, admin, locationPath(l.location)+"/resources?limit=1000")
	for _, r := range resources {
		path := resourcePath(l.location, r.ResourceID)
		bookings, _ := client.All[client.Booking](t, admin, path+"/bookings?limit=1000")
		if len(bookings) > 0 {
			expectProblem(t, admin.Delete(t, path), http.StatusConflict, "not_empty")
		}
		for _, b := range bookings {
			admin.Delete(t, bookingPath(b.UserID, b.BookingID)).Expect(t, http.StatusOK)
		}
		expectProblem(t, admin.Delete(t, locationPath(l.location)), http.StatusConflict, "not_empty")
		admin.Delete(t, path).Expect(t, http.StatusOK)
	}
	admin.Delete(t, locationPath(l.location)).Expect(t, http.StatusOK)
}

// Users and their tokens survive a crash as bookings do, and the first
// administrator is made once.
func TestUserPoolSurvivesACrash(t *testing.T) {
	needsOneProcess(t)
	dir := t.TempDir() + "/data"
	s := startIn(t, dir)
	user := s.newUser(t, "survivor")
	password, err := s.system.FirstPassword()
	if err != nil {
		t.Fatal(err)
	}
	address, before := s.system.Addr(), s.system.Outputs
	if err := s.system.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.api.Close()
	s.pool.Close()

	s = ownIn(t, dir, "-addr", address)
	if s.system.Outputs != before {
		t.Errorf("the outputs changed from %+v to %+v", before, s.system.Outputs)
	}
	s.as(user).Get(t, "/locations").Expect(t, http.StatusOK)
	if _, err := s.pool.Refresh(t.Context(), user.RefreshToken); err != nil {
		t.Errorf("the session is lost: %v", err)
	}
	if _, err := s.pool.SignInSRP(t.Context(), user.Email, user.Password); err != nil {
		t.Errorf("the user is lost: %v", err)
	}
	if _, err := s.pool.SignIn(t.Context(), "admin@example.com", password); err != nil {
		t.Errorf("the first administrator is lost: %v", err)
	}
	if strings.Contains(s.system.Process.Stdout(), "Password  ") {
		t.Error("the second start prints a password")
	}
}
