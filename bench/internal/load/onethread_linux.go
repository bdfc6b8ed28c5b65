package load

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a loop lasts in which nothing is answered.
const patience = 30 * time.Second

// look is how often a loop that only waits asks whether its context has ended.
const look = 100 * time.Millisecond

// RunOpen makes the load of a phase with a rate, like Generator.Run, but all its
// clients are coroutines on one thread. Goroutines that wait for the network are
// woken by way of the scheduler, and as a rule on a thread that has to be woken
// first: where client and server share a few cores, that takes longer than a fast
// server does to answer, and counts as its latency.
//
// An operation must not wait for anything but by the function that enter puts into
// its context: it returns when a file descriptor can be read. Each client performs
// one operation more, before the others, which does not count: it opens connections.
func RunOpen(
	ctx context.Context, p Phase, enter func(ctx context.Context, readable func(fd int) error) context.Context, op Operation,
) (Result, error) {
	if p.Clients < 1 || p.Duration <= 0 || p.Rate <= 0 {
		return Result{}, fmt.Errorf("an open loop of %d clients for %s at %g/s: all must be positive", p.Clients, p.Duration, p.Rate)
	}
	l := &loop{ctx: ctx, op: op, polled: make([]unix.PollFd, p.Clients)}
	for i := range p.Clients {
		c := &coroutine{loop: l, number: i}
		c.ctx = enter(ctx, c.readable)
		c.resume, c.stop = iter.Pull(c.operations)
		defer c.stop()
		l.clients = append(l.clients, c)
	}
	if err := l.open(); err != nil {
		return Result{}, err
	}
	l.begin(p)
	if err := l.until(l.count); err != nil {
		return Result{}, err
	}
	recorders := make([]recorder, p.Clients)
	for i, c := range l.clients {
		recorders[i] = c.recorder
	}
	return summarize(recorders, time.Since(l.start)), nil
}

// loop gives every client its turn.
type loop struct {
	ctx     context.Context
	op      Operation
	clients []*coroutine
	polled  []unix.PollFd // what each client waits for
	idle    []*coroutine
	err     error // of an operation

	start        time.Time
	phase        Phase
	count        int // of operations to begin
	begun, ended int
}

// open lets every client perform an operation, and forgets them.
func (l *loop) open() error {
	for _, c := range l.clients {
		l.enter(c) // which is idle at once
		c.begin = time.Now()
	}
	l.count = len(l.clients)
	l.begun = l.count
	for _, c := range l.takeIdle() {
		l.enter(c)
	}
	if err := l.until(l.count); err != nil {
		return err
	}
	for _, c := range l.clients {
		c.recorder = recorder{}
	}
	return nil
}

func (l *loop) takeIdle() []*coroutine {
	idle := l.idle
	l.idle = nil
	return idle
}

// begin starts the schedule of a phase.
func (l *loop) begin(p Phase) {
	l.start, l.phase, l.count = time.Now(), p, p.count()
	l.begun, l.ended = 0, 0
}

// until runs the clients until so many operations have ended.
func (l *loop) until(count int) error {
	heard := time.Now()
	for l.ended < count {
		wait := l.beginDue()
		ready, err := l.poll(wait)
		switch {
		case err != nil:
			return err
		case l.err != nil:
			return l.err
		case l.ctx.Err() != nil:
			return l.ctx.Err()
		case ready > 0 || l.begun == l.ended:
			heard = time.Now()
		case time.Since(heard) > patience:
			return fmt.Errorf("no answer for %s", patience)
		}
		for i := range l.polled {
			if l.polled[i].Revents != 0 {
				l.enter(l.clients[i])
			}
		}
	}
	return l.err
}

// beginDue begins the operations whose time has come, as far as clients are free,
// and returns how long it is to the next.
func (l *loop) beginDue() time.Duration {
	for l.begun < l.count && len(l.idle) > 0 && l.err == nil {
		begin := l.phase.due(l.start, l.begun)
		if wait := time.Until(begin); wait > 0 {
			return min(wait, look)
		}
		c := l.idle[len(l.idle)-1]
		l.idle = l.idle[:len(l.idle)-1]
		c.begin = begin
		l.begun++
		l.enter(c)
	}
	return look
}

// poll waits until something can be read, and returns how many clients it is for.
func (l *loop) poll(wait time.Duration) (int, error) {
	timeout := unix.NsecToTimespec(wait.Nanoseconds())
	n, err := unix.Ppoll(l.polled, &timeout, nil)
	if errors.Is(err, unix.EINTR) {
		for i := range l.polled {
			l.polled[i].Revents = 0
		}
		return 0, nil
	}
	return n, err
}

// enter lets a client go on until it waits.
func (l *loop) enter(c *coroutine) {
	l.polled[c.number] = unix.PollFd{Fd: -1} // which poll passes over
	if fd, going := c.resume(); !going {
		return
	} else if fd == idle {
		l.idle = append(l.idle, c)
	} else {
		l.polled[c.number] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN} //nolint:gosec // a file descriptor
	}
}

// coroutine is one client.
type coroutine struct {
	*loop
	number   int
	ctx      context.Context // of its operations
	begin    time.Time       // of the current one
	recorder recorder
	resume   func() (fd int, going bool)
	stop     func()
	wait     func(fd int) bool // leaves the coroutine; false: it has been stopped
	stopped  bool
}

// idle is what a client waits for that has nothing to do.
const idle = -1

var errStopped = errors.New("the load has ended")

// operations performs one operation each time that it is resumed when idle.
func (c *coroutine) operations(yield func(fd int) bool) {
	c.wait = yield
	for c.wait(idle) {
		outcome, err := c.op(c.ctx, c.number)
		c.ended++
		if c.stopped {
			return
		}
		if err != nil {
			c.err = err
			return
		}
		c.recorder.add(outcome, time.Since(c.begin))
	}
}

// readable waits until the file descriptor can be read.
func (c *coroutine) readable(fd int) error {
	if c.stopped = c.stopped || !c.wait(fd); c.stopped {
		return errStopped
	}
	return nil
}
