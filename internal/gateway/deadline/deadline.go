// Package deadline has a context that bounds a call and costs next to nothing
// when the call ends in time without waiting for anything: the timer, and what
// watches the client, are started by the first Done.
package deadline

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Context ends at its deadline, when the client's context does, or by Cancel,
// whatever comes first. It has no values, so nothing of the client's but its
// end passes. It is safe for concurrent use.
type Context struct {
	client   context.Context
	deadline time.Time

	mu     sync.Mutex
	err    error           // once it has ended, unless that is for waited to say
	waited context.Context // does the work from the first Done on
	stop   func()          // ends waited and what watches the client
}

// New returns a context that ends after d. Cancel is to be called when nothing
// needs it any more, as with context.WithTimeout.
func New(client context.Context, d time.Duration) *Context {
	return &Context{client: client, deadline: time.Now().Add(d)}
}

// Deadline implements context.Context.
func (c *Context) Deadline() (time.Time, bool) { return c.deadline, true }

// Err implements context.Context. Until somebody waits, it asks the clock and
// the client.
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.check()
}

// check is Err. c.mu is held.
func (c *Context) check() error {
	switch {
	case c.err != nil:
	case c.waited != nil:
		return c.waited.Err()
	case c.client.Err() != nil:
		c.err = context.Canceled
	case !time.Now().Before(c.deadline):
		c.err = context.DeadlineExceeded
	}
	return c.err
}

// Done implements context.Context.
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waited == nil {
		c.wait()
	}
	return c.waited.Done()
}

// wait starts what a context of the standard library does from its beginning.
// c.mu is held.
func (c *Context) wait() {
	if errors.Is(c.check(), context.Canceled) {
		var cancel context.CancelFunc
		c.waited, cancel = context.WithCancel(context.Background())
		cancel()
		return
	}
	// A deadline that has passed ends it at once.
	waited, cancel := context.WithDeadline(context.Background(), c.deadline)
	unwatch := context.AfterFunc(c.client, cancel)
	c.waited, c.stop = waited, func() {
		unwatch()
		cancel()
	}
}

// Value implements context.Context. It has no values; what the standard library
// asks for lets contexts that come from this one end with it at once, and be
// told the cause.
func (c *Context) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waited == nil {
		return nil
	}
	return c.waited.Value(key)
}

// Cancel ends the context, unless it has ended, and stops the timer.
func (c *Context) Cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.stop != nil:
		c.stop()
	case c.err == nil:
		c.err = context.Canceled
	}
}
