package authorizer

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// ErrKeysUnavailable is the error for a token that cannot be judged because
// its issuer does not give out its keys now. A retry may succeed.
var ErrKeysUnavailable = errors.New("the issuer's keys are not available")

// errUnknownKey means that the issuer has no key of that id.
var errUnknownKey = errors.New("unknown key")

// keyCache keeps the keys of one issuer.
//
// A key that it has is given at once, however old and whatever the issuer's
// state: old keys are refreshed in the background, and kept when that fails. A
// key that it does not have is worth a fetch, which all who wait share, but not
// more often than the intervals allow, so that made-up key ids do not become a
// flood at the issuer's door.
type keyCache struct {
	fetch func(context.Context) (map[string]*rsa.PublicKey, error)
	times KeyCache
	now   func() time.Time
	log   *slog.Logger

	lifetime context.Context // ends with close, and every fetch with it
	end      context.CancelFunc
	fetches  sync.WaitGroup

	mu      sync.Mutex
	keys    map[string]*rsa.PublicKey // replaced, never changed
	fetched time.Time                 // when keys were fetched
	tried   time.Time                 // when the latest fetch, successful or not, ended
	failure error                     // of that fetch
	pending chan struct{}             // closed when the fetch under way ends; nil when there is none
}

func newKeyCache(
	fetch func(context.Context) (map[string]*rsa.PublicKey, error), times KeyCache, now func() time.Time, log *slog.Logger,
) *keyCache {
	c := &keyCache{fetch: fetch, times: times, now: now, log: log}
	c.lifetime, c.end = context.WithCancel(context.Background())
	return c
}

func (c *keyCache) close() {
	c.mu.Lock()
	c.end() // under the lock: no fetch starts afterwards
	c.mu.Unlock()
	c.fetches.Wait()
}

// get returns the key of that id. The error is errUnknownKey when the issuer's
// keys, fetched not longer than RefreshInterval ago, do not have it, and
// ErrKeysUnavailable when they could not be fetched before ctx ended.
func (c *keyCache) get(ctx context.Context, keyID string) (*rsa.PublicKey, error) {
	key, pending := c.lookUp(keyID)
	if key != nil {
		return key, nil
	}
	if pending != nil {
		select {
		case <-pending:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, context.Cause(ctx))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch key := c.keys[keyID]; {
	case key != nil:
		return key, nil
	case c.failure != nil:
		return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, c.failure)
	case c.keys == nil: // closed before the first fetch
		return nil, ErrKeysUnavailable
	default:
		return nil, errUnknownKey
	}
}

// lookUp returns the key when it is there. Otherwise it returns the fetch that
// may bring it, or nil when it is too early for another one. It starts fetches
// that are due.
func (c *keyCache) lookUp(keyID string) (*rsa.PublicKey, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, now := c.keys[keyID], c.now()
	wanted := key == nil || now.Sub(c.fetched) >= c.times.MaxAge
	if wanted && c.pending == nil && c.mayFetch(now) {
		c.start()
	}
	return key, c.pending
}

func (c *keyCache) mayFetch(now time.Time) bool {
	interval := c.times.RefreshInterval
	if c.failure != nil {
		interval = c.times.RetryInterval
	}
	return c.lifetime.Err() == nil && (c.tried.IsZero() || now.Sub(c.tried) >= interval)
}

// start begins a fetch. It is nobody's request: it goes on when the one who
// caused it gives up, for the sake of the others who wait. c.mu is held.
func (c *keyCache) start() {
	pending := make(chan struct{})
	c.pending = pending
	c.fetches.Go(func() {
		ctx, cancel := context.WithTimeout(c.lifetime, c.times.FetchTimeout)
		defer cancel()
		keys, err := c.fetch(ctx)
		c.finish(keys, err)
		close(pending)
	})
}

func (c *keyCache) finish(keys map[string]*rsa.PublicKey, err error) {
	if err != nil {
		c.log.Warn("fetching the issuer's keys failed", slog.String("error", err.Error()))
	} else {
		c.log.Debug("fetched the issuer's keys", slog.Int("keys", len(keys)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending, c.failure, c.tried = nil, err, c.now()
	if err == nil {
		c.keys, c.fetched = keys, c.tried
	}
}
