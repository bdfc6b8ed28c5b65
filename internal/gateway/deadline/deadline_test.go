package deadline_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/deadline"
)

type key struct{}

// Whatever happens, and whether anybody waits or not, it is seen as it is of the
// standard library's context.
func TestEnds(t *testing.T) {
	past := func(*deadline.Context, func()) { time.Sleep(2 * time.Second) }
	cancel := func(c *deadline.Context, _ func()) { c.Cancel() }
	leave := func(_ *deadline.Context, leave func()) { leave() }
	for name, tt := range map[string]struct {
		first, then func(c *deadline.Context, leave func())
		want        error
	}{
		"in time":                                {nil, nil, nil},
		"past the deadline":                      {past, nil, context.DeadlineExceeded},
		"cancelled":                              {cancel, nil, context.Canceled},
		"the client left":                        {leave, nil, context.Canceled},
		"cancelled after the deadline":           {past, cancel, context.DeadlineExceeded},
		"the client left after the deadline":     {past, leave, context.DeadlineExceeded},
		"the deadline passed after the end":      {cancel, past, context.Canceled},
		"the deadline passed after the client":   {leave, past, context.Canceled},
		"cancelled twice":                        {cancel, cancel, context.Canceled},
		"the client left after it was cancelled": {cancel, leave, context.Canceled},
	} {
		for _, when := range []string{"nobody waits", "waited from the beginning", "waited in between", "waited at the end"} {
			t.Run(name+", "+when, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, leave := context.WithCancel(context.Background())
					defer leave()
					c := deadline.New(client, time.Second)
					defer c.Cancel()
					if when == "waited from the beginning" {
						c.Done()
					}
					for i, step := range []func(*deadline.Context, func()){tt.first, tt.then} {
						if step != nil {
							step(c, leave)
							synctest.Wait()
							wantErr(c, t, tt.want)
						}
						if i == 0 && when == "waited in between" {
							c.Done()
						}
					}
					if when != "nobody waits" {
						synctest.Wait()
						wantDone(c, t, tt.want != nil)
					}
					wantErr(c, t, tt.want)
				})
			})
		}
	}
}

func wantErr(c context.Context, t *testing.T, want error) {
	t.Helper()
	if got := c.Err(); !errors.Is(got, want) {
		t.Errorf("Err: %v, want %v", got, want)
	}
	if got := context.Cause(c); !errors.Is(got, want) {
		t.Errorf("Cause: %v, want %v", got, want)
	}
}

func wantDone(c context.Context, t *testing.T, want bool) {
	t.Helper()
	select {
	case <-c.Done():
		if !want {
			t.Error("is done")
		}
	default:
		if want {
			t.Error("is not done")
		}
	}
}

func TestWaitersAreWokenAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := deadline.New(context.Background(), time.Second)
		defer c.Cancel()
		time.Sleep(time.Second / 2) // the time before the first Done counts
		start := time.Now()
		<-c.Done()
		if waited := time.Since(start); waited != time.Second/2 {
			t.Errorf("woken after %s", waited)
		}
		wantErr(c, t, context.DeadlineExceeded)
	})
}

func TestWaitersAreWokenWhenTheClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, leave := context.WithCancelCause(context.Background())
		c := deadline.New(client, time.Hour)
		defer c.Cancel()
		go leave(errors.New("gone")) // the cause is the client's and does not pass
		<-c.Done()
		wantErr(c, t, context.Canceled)
	})
}

// Contexts that come from it, and functions registered with it, end with it.
func TestChildren(t *testing.T) {
	for name, end := range map[string]func(c *deadline.Context, leave func()){
		"cancelled":         func(c *deadline.Context, _ func()) { c.Cancel() },
		"the client left":   func(_ *deadline.Context, leave func()) { leave() },
		"past the deadline": func(*deadline.Context, func()) { time.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, leave := context.WithCancel(context.Background())
				c := deadline.New(client, time.Minute)
				defer c.Cancel()
				child, cancel := context.WithCancel(context.WithValue(c, key{}, 1))
				defer cancel()
				called := make(chan struct{})
				context.AfterFunc(c, func() { close(called) })
				wantErr(child, t, nil)
				end(c, leave)
				<-child.Done()
				<-called
				wantErr(child, t, c.Err())
				wantErr(late(c), t, c.Err())
			})
		})
	}
}

// late returns a context that is made when the other has ended.
func late(c context.Context) context.Context {
	ctx, cancel := context.WithCancel(c)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// The end of a child is no concern of its parent's.
func TestAChildEndsAlone(t *testing.T) {
	c := deadline.New(t.Context(), time.Hour)
	defer c.Cancel()
	child, cancel := context.WithTimeout(c, time.Minute)
	if end, _ := c.Deadline(); !end.After(time.Now()) {
		t.Error("the deadline is not in the future")
	}
	cancel()
	wantErr(child, t, context.Canceled)
	wantErr(c, t, nil)
}

func TestNoValuePasses(t *testing.T) {
	c := deadline.New(context.WithValue(t.Context(), key{}, "the client's"), time.Hour)
	defer c.Cancel()
	for range 2 {
		if got := c.Value(key{}); got != nil {
			t.Errorf("got %v", got)
		}
		c.Done()
	}
}

// Err never takes back what it said, nor does it disagree with Done.
func TestConcurrentUse(t *testing.T) {
	for range 200 {
		client, leave := context.WithCancel(t.Context())
		c := deadline.New(client, 50*time.Microsecond)
		var group sync.WaitGroup
		for _, use := range []func(){
			c.Cancel, leave, func() { <-c.Done() }, func() { late(c) }, func() { c.Value(key{}) },
			func() {
				first := c.Err()
				<-c.Done()
				if last := c.Err(); last == nil || (first != nil && !errors.Is(last, first)) {
					t.Errorf("Err: %v, then %v", first, last)
				}
			},
		} {
			group.Go(use)
		}
		group.Wait()
	}
}

func BenchmarkNobodyWaits(b *testing.B) {
	client, leave := context.WithCancel(b.Context())
	defer leave()
	b.ReportAllocs()
	for b.Loop() {
		c := deadline.New(client, time.Minute)
		if c.Err() != nil {
			b.Fatal("ended")
		}
		c.Cancel()
	}
}

func BenchmarkSomebodyWaits(b *testing.B) {
	client, leave := context.WithCancel(b.Context())
	defer leave()
	b.ReportAllocs()
	for b.Loop() {
		c := deadline.New(client, time.Minute)
		c.Done()
		c.Cancel()
	}
}
