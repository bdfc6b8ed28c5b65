package test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

const (
	stopPromise = 10 * time.Second // of the program, for a stop by SIGTERM
	patience    = 20 * time.Second // of a test, for what takes a moment
)

// eventually polls until check returns nil.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// signal sends a signal to the process.
func signal(t *testing.T, p *harness.Process, s syscall.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// An operator stops the system while clients write: every write that was
// acknowledged is there at the next start, and the end is a clean one.
func TestStopUnderLoadLosesNothing(t *testing.T) {
	needsOneProcess(t)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) { stopUnderLoad(t, s) })
	}
}

func stopUnderLoad(t *testing.T, end syscall.Signal) {
	t.Helper()
	dir := t.TempDir() + "/data"
	s := startIn(t, dir)
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	l := newLoad(t, s, user)
	stop := l.start(s)
	awaitWrites(t, l, 100+rand.IntN(200))
	signal(t, s.system.Process, end)
	code, err := s.system.Process.Wait(stopPromise)
	if err != nil || code != 0 {
		t.Fatalf("exit code %d, %v\n%s", code, err, s.system.Process.Stderr())
	}
	stop()
	if err := s.close(); err != nil { // which reads the log
		t.Error(err)
	}
	s = ownIn(t, dir, "-addr", s.system.Addr())
	l.check(t, s)
}

// openRequest is a PUT that the system works on and whose body has arrived by
// half.
type openRequest struct {
	conn   net.Conn
	reader *bufio.Reader
	rest   string
}

// beginPut returns once the handler waits for the body: that is when the
// server says 100 Continue (RFC 9110 section 10.1.1).
func beginPut(t *testing.T, s *site, path, token, body string) openRequest {
	t.Helper()
	conn, err := net.Dial("tcp", s.system.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: s\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
		"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", path, token, len(body))
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	answer, err := readAnswer(reader)
	if err != nil || answer.Status != http.StatusContinue {
		t.Fatalf("want 100 Continue, got %+v, %v", answer, err)
	}
	half := len(body) / 2
	if _, err := io.WriteString(conn, body[:half]); err != nil {
		t.Fatal(err)
	}
	return openRequest{conn, reader, body[half:]}
}

// finish sends the rest and returns the status.
func (o openRequest) finish(t *testing.T) int {
	t.Helper()
	if _, err := io.WriteString(o.conn, o.rest); err != nil {
		t.Fatal(err)
	}
	answer, err := readAnswer(o.reader)
	if err != nil {
		t.Fatalf("the request that was under way has no answer: %v", err)
	}
	return answer.Status
}

// refusesConnections waits until the system accepts no more connections.
func refusesConnections(t *testing.T, s *site) {
	t.Helper()
	eventually(t, "the listener closes", func() error {
		if conn, err := net.Dial("tcp", s.system.Addr()); err == nil {
			return errors.Join(errors.New("still accepts connections"), conn.Close())
		}
		return nil
	})
}

// A request that is under way when the stop comes is answered, and what it
// wrote is there.
func TestRequestUnderWayIsFinishedBeforeTheEnd(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	dir := t.TempDir() + "/data"
	s := startIn(t, dir)
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	request := beginPut(t, s, "/locations/late", user.IDToken, `{"name":"Just in time"}`)

	signal(t, s.system.Process, syscall.SIGTERM)
	refusesConnections(t, s)
	select {
	case <-s.system.Process.Ended():
		t.Fatalf("the end did not wait for the request:\n%s", s.system.Process.Stderr())
	default:
	}
	if status := request.finish(t); status != http.StatusCreated {
		t.Errorf("the request that was under way is answered %d", status)
	}
	if code, err := s.system.Process.Wait(stopPromise); code != 0 || err != nil {
		t.Errorf("exit code %d, %v\n%s", code, err, s.system.Process.Stderr())
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	s = ownIn(t, dir, "-addr", s.system.Addr())
	location := client.Decode[client.Location](t, s.as(user).Get(t, "/locations/late").Expect(t, http.StatusOK))
	if location.Name != "Just in time" {
		t.Errorf("the late location is %+v", location)
	}
}

// A client that never finishes does not keep the system from ending.
func TestHangingRequestDoesNotPreventTheEnd(t *testing.T) {
	needsOneProcess(t)
	t.Parallel() // it waits for nine seconds
	s := startIn(t, t.TempDir()+"/data")
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	beginPut(t, s, "/locations/never", user.IDToken, `{"name":"Never"}`)
	signal(t, s.system.Process, syscall.SIGTERM)
	if _, err := s.system.Process.Wait(stopPromise + time.Second); err != nil {
		t.Fatal(err)
	}
	s.api.Close()
	s.pool.Close()
}

// A second signal means: now.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	s := startIn(t, t.TempDir()+"/data")
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	beginPut(t, s, "/locations/never", user.IDToken, `{"name":"Never"}`)
	signal(t, s.system.Process, syscall.SIGTERM)
	refusesConnections(t, s)
	signal(t, s.system.Process, syscall.SIGTERM)
	code, err := s.system.Process.Wait(stopPromise / 2) // without the second it takes nearly all of the ten
	if err != nil {
		t.Fatal(err)
	}
	if code == 0 {
		t.Error("an end that left a request unanswered has the exit code 0")
	}
	s.api.Close()
	s.pool.Close()
}

// Everything that a stop leaves behind is used again by the next start.
func TestRestartGoesOnWhereTheLastEnded(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	dir := t.TempDir() + "/data"
	s := startIn(t, dir)
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	r := newRoom(t, s.as(user))
	booking := book(t, s.as(user), user.ID, "kept", r.slot(0))
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	before := s.system.Outputs
	s = ownIn(t, dir, "-addr", s.system.Addr())
	if s.system.Outputs != before {
		t.Errorf("the outputs changed from %+v to %+v", before, s.system.Outputs)
	}
	again := s.as(user).Get(t, bookingPath(user.ID, "kept")).Expect(t, http.StatusOK)
	if string(again.Body) != string(booking.Body) || again.ETag() != booking.ETag() {
		t.Errorf("the booking %s %s is now %s %s", booking.ETag(), booking.Body, again.ETag(), again.Body)
	}
	if _, err := s.pool.SignIn(t.Context(), user.Email, user.Password); err != nil {
		t.Error(err)
	}
	if strings.Contains(s.system.Process.Stdout(), "Administrator") {
		t.Errorf("the second start speaks of a new administrator:\n%s", s.system.Process.Stdout())
	}
	if _, err := s.pool.SignIn(t.Context(), "admin@example.com", people.NewPassword()); err == nil {
		t.Error("any password signs the administrator in")
	}
}
