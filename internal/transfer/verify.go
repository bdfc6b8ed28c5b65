package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// verify goes through the file and the store side by side, as both are in the
// same order, and compares each item. It returns what the store has beside.
func (c Import) verify(ctx context.Context) (extra Counts, err error) {
	v := verifier{}
	var stop func()
	v.pull, stop = iter.Pull2(walk(ctx, c.To))
	defer stop()
	v.advance()
	_, err = c.each(ctx, func(n numbered) error {
		n.item, _ = c.Users.apply(n.item)
		return v.expect(n)
	})
	if err != nil {
		return v.extra, err
	}
	for v.there != nil {
		v.skip()
	}
	return v.extra, v.err
}

var (
	errGone    = errors.New("is not in the store, though it was written: was it changed since?")
	errNotSame = errors.New("is not in the store as it was written: was it changed since?")
)

type verifier struct {
	pull  func() (item, error, bool)
	there item // the next item of the store; nil: no more
	err   error
	extra Counts
}

func (v *verifier) advance() {
	var err error
	if v.there, err, _ = v.pull(); err != nil {
		v.err = fmt.Errorf("read the store: %w", err)
	}
}

// skip passes over an item that is not in the file.
func (v *verifier) skip() {
	v.extra.add(v.there.kind())
	v.advance()
}

func (v *verifier) expect(n numbered) error {
	for v.there != nil && v.there.place().compare(n.place()) < 0 {
		v.skip()
	}
	switch {
	case v.err != nil:
		return v.err
	case v.there == nil || v.there.place() != n.place():
		return n.failed(errGone)
	case !n.same(v.there):
		return n.failed(errNotSame)
	}
	v.advance()
	return nil
}
