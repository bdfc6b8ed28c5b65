package load

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

type readableKey struct{}

func enter(ctx context.Context, readable func(int) error) context.Context {
	return context.WithValue(ctx, readableKey{}, readable)
}

// server answers on a pipe to each client after a time.
type server struct {
	t     *testing.T
	pipes [][2]int
}

func newServer(t *testing.T, clients int) *server {
	t.Helper()
	s := &server{t: t, pipes: make([][2]int, clients)}
	for i := range s.pipes {
		p := make([]int, 2)
		if err := unix.Pipe2(p, unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		s.pipes[i] = [2]int(p)
		t.Cleanup(func() { _, _ = unix.Close(p[0]), unix.Close(p[1]) })
	}
	return s
}

// ask waits for an answer that comes after d, as a client of that number.
func (s *server) ask(ctx context.Context, client int, d time.Duration) error {
	answer := time.AfterFunc(d, func() {
		if _, err := unix.Write(s.pipes[client][1], []byte{1}); err != nil {
			s.t.Error(err)
		}
	})
	readable, _ := ctx.Value(readableKey{}).(func(int) error)
	if err := readable(s.pipes[client][0]); err != nil {
		answer.Stop()
		return err
	}
	_, err := unix.Read(s.pipes[client][0], make([]byte, 1))
	return err
}

// Operations wait at the same time, begin at the rate, and those that open
// connections do not count.
func TestOneThreadKeepsTheRate(t *testing.T) {
	const clients, rate = 8, 200 // so that most wait at the same time
	s := newServer(t, clients)
	asked := 0
	got, err := RunOpen(t.Context(), Phase{Clients: clients, Duration: time.Second, Rate: rate}, enter,
		func(ctx context.Context, client int) (Outcome, error) {
			asked++
			if asked%4 == 0 {
				return Refused, s.ask(ctx, client, 20*time.Millisecond)
			}
			return Accepted, s.ask(ctx, client, 20*time.Millisecond)
		})
	if err != nil {
		t.Fatal(err)
	}
	if got.Operations != rate || got.Refused != rate/4 || asked != rate+clients {
		t.Errorf("got %+v after %d operations, want %d, a quarter of them refused, after %d", got, asked, rate, rate+clients)
	}
	if got.P50 < 20*time.Millisecond || got.Elapsed < 990*time.Millisecond {
		t.Errorf("got %+v, want latencies from 20 ms in a second", got)
	}
}

// A server that stalls: what was meant to begin meanwhile has waited for it.
func TestOneThreadCountsAStallForEveryOperationThatItDelays(t *testing.T) {
	s := newServer(t, 1)
	asked := 0
	got, err := RunOpen(t.Context(), Phase{Clients: 1, Duration: 500 * time.Millisecond, Rate: 100}, enter,
		func(ctx context.Context, client int) (Outcome, error) {
			if asked++; asked == 2 { // the first opens the connection
				return Accepted, s.ask(ctx, client, 500*time.Millisecond)
			}
			return Accepted, nil
		})
	if err != nil || got.Operations != 50 || got.P50 < 240*time.Millisecond || got.P99 < 490*time.Millisecond {
		t.Errorf("got %+v, %v, want half of 50 operations to have waited for more than 240 ms", got, err)
	}
}

func TestOneThreadEndsWithAFailedOperation(t *testing.T) {
	broken := errors.New("broken")
	for name, at := range map[string]int{"opening": 1, "later": 7} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, 4)
			asked := 0
			_, err := RunOpen(t.Context(), Phase{Clients: 4, Duration: time.Hour, Rate: 100}, enter,
				func(ctx context.Context, client int) (Outcome, error) {
					if asked++; asked == at {
						return Accepted, broken
					}
					return Accepted, s.ask(ctx, client, 0)
				})
			if !errors.Is(err, broken) {
				t.Errorf("got %v, want the operation's error", err)
			}
		})
	}
}

// The operations under way learn that the load has ended.
func TestOneThreadEndsWithItsContext(t *testing.T) {
	s := newServer(t, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	asked := 0
	var told []error
	_, err := RunOpen(ctx, Phase{Clients: 2, Duration: time.Hour, Rate: 100}, enter,
		func(ctx context.Context, client int) (Outcome, error) {
			if asked++; asked <= 2 {
				return Accepted, nil
			}
			err := s.ask(ctx, client, time.Hour)
			told = append(told, err)
			return Accepted, err
		})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if len(told) != 2 || !errors.Is(told[0], errStopped) || !errors.Is(told[1], errStopped) {
		t.Errorf("the operations were told %v", told)
	}
}

func TestOneThreadRefusesPhasesWithoutARate(t *testing.T) {
	for _, p := range []Phase{{Duration: time.Second, Rate: 1}, {Clients: 1, Rate: 1}, {Clients: 1, Duration: time.Second}} {
		if _, err := RunOpen(t.Context(), p, enter, taking(0)); err == nil {
			t.Errorf("%+v was run", p)
		}
	}
}
