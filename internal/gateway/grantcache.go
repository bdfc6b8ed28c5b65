package gateway

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// tokenHash stands for a token in the cache, so that no token stays in memory.
type tokenHash = [sha256.Size]byte

func hashOf(token string) tokenHash {
	return sha256.Sum256(append(make([]byte, 0, 2048), token...)) // most tokens fit on the stack
}

// errAuthorizerTimeout is the error of an authorizer that did not answer.
var errAuthorizerTimeout = errors.New("the authorizer did not answer in time")

// grantCache keeps what an authorizer said about a token for a time, and makes
// requests that ask about one token at one time share one call. Errors are not
// kept.
type grantCache struct {
	ttl     time.Duration // 0: nothing is kept or shared
	limit   int           // entries; the one not used for longest goes first
	timeout time.Duration // of a call
	now     func() time.Time
	base    context.Context // ends all calls when the cache is closed
	close   context.CancelFunc

	mu      sync.Mutex
	entries map[tokenHash]*list.Element // of *entry
	recent  list.List                   // latest use first
	flights map[tokenHash]*flight
}

type entry struct {
	key     tokenHash
	grant   *grant
	expires time.Time
}

// flight is a call that is under way. grant and err are set when done closes.
type flight struct {
	ctx     context.Context // of the call, which outlives the request that began it
	cancel  context.CancelFunc
	done    chan struct{}
	waiters int // guarded by grantCache.mu
	grant   *grant
	err     error
}

func newGrantCache(ttl time.Duration, limit int, timeout time.Duration, now func() time.Time) *grantCache {
	c := &grantCache{
		ttl: ttl, limit: limit, timeout: timeout, now: now,
		entries: map[tokenHash]*list.Element{}, flights: map[tokenHash]*flight{},
	}
	c.base, c.close = context.WithCancel(context.Background())
	return c
}

// kept returns the grant for the key when it is still valid, else nil.
func (c *grantCache) kept(key tokenHash) *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lookup(key)
}

// get returns the kept grant for the key, or that of a call. The call goes on
// while anyone waits for it; each caller waits until its own context ends.
func (c *grantCache) get(ctx context.Context, key tokenHash, call func(context.Context) (*grant, error)) (*grant, error) {
	c.mu.Lock()
	if g := c.lookup(key); g != nil {
		c.mu.Unlock()
		return g, nil
	}
	f := c.flights[key]
	if f == nil || c.ttl == 0 {
		f = c.start(key, call)
	}
	f.waiters++
	c.mu.Unlock()
	defer c.leave(key, f)
	select {
	case <-f.done:
		return f.grant, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-f.ctx.Done():
	}
	select {
	case <-f.done: // both were ready
		return f.grant, f.err
	default:
		return nil, errAuthorizerTimeout
	}
}

// lookup returns a kept grant that has not expired. c.mu is held.
func (c *grantCache) lookup(key tokenHash) *grant {
	element, ok := c.entries[key]
	if !ok {
		return nil
	}
	e, _ := element.Value.(*entry)
	if !c.now().Before(e.expires) {
		c.remove(element)
		return nil
	}
	c.recent.MoveToFront(element)
	return e.grant
}

// start begins a call. c.mu is held.
func (c *grantCache) start(key tokenHash, call func(context.Context) (*grant, error)) *flight {
	f := &flight{done: make(chan struct{})}
	f.ctx, f.cancel = context.WithTimeout(c.base, c.timeout)
	if c.ttl > 0 {
		c.flights[key] = f
	}
	go func() {
		defer f.cancel()
		f.grant, f.err = call(f.ctx)
		c.finish(key, f)
		close(f.done)
	}()
	return f
}

// finish ends sharing and keeps a grant.
func (c *grantCache) finish(key tokenHash, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key, f)
	if f.err != nil || c.ttl == 0 {
		return
	}
	if old, ok := c.entries[key]; ok {
		c.remove(old)
	}
	c.entries[key] = c.recent.PushFront(&entry{key: key, grant: f.grant, expires: c.now().Add(c.ttl)})
	if c.recent.Len() > c.limit {
		c.remove(c.recent.Back())
	}
}

// leave ends a wait; the last to leave ends a call that is still under way.
func (c *grantCache) leave(key tokenHash, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiters--
	if f.waiters == 0 {
		c.forget(key, f)
		f.cancel()
	}
}

func (c *grantCache) forget(key tokenHash, f *flight) {
	if c.flights[key] == f {
		delete(c.flights, key)
	}
}

func (c *grantCache) remove(element *list.Element) {
	e, _ := element.Value.(*entry)
	c.recent.Remove(element)
	delete(c.entries, e.key)
}
