package load

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var fake = Generator{Sleep: time.Sleep} // in a synctest bubble, where time is exact

func taking(d time.Duration) Operation {
	return func(context.Context, int) (Outcome, error) {
		time.Sleep(d)
		return Accepted, nil
	}
}

func mustRun(t *testing.T, p Phase, op Operation) Result {
	t.Helper()
	result, err := fake.Run(t.Context(), p, op)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestClosedLoopKeepsEveryClientBusyUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := mustRun(t, Phase{Clients: 4, Duration: time.Second}, taking(10*time.Millisecond))
		want := Result{Operations: 400, Elapsed: time.Second, P50: 10 * time.Millisecond, P99: 10 * time.Millisecond}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got.PerSecond() != 400 {
			t.Errorf("got %g operations per second, want 400", got.PerSecond())
		}
	})
}

func TestClosedLoopWaitsForTheOperationsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := mustRun(t, Phase{Clients: 1, Duration: time.Second}, taking(3*time.Second))
		if got.Operations != 1 || got.Elapsed != 3*time.Second {
			t.Errorf("got %+v, want one operation in 3 s", got)
		}
	})
}

func TestEveryClientOfAClosedLoopBeginsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now()
		time.Sleep(time.Second) // as a machine does that runs the client too late
		begins := repeated(end)
		if _, ok := begins(); !ok {
			t.Error("the first operation did not begin")
		}
		if _, ok := begins(); ok {
			t.Error("the second operation began after the end")
		}
	})
}

func TestOpenLoopKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := mustRun(t, Phase{Clients: 8, Duration: 2 * time.Second, Rate: 100}, taking(time.Millisecond))
		if got.Operations != 200 || got.P50 != time.Millisecond || got.P99 != time.Millisecond {
			t.Errorf("got %+v, want 200 operations of 1 ms", got)
		}
	})
}

// A server that stalls for one of two seconds: the operations that were meant
// to begin meanwhile have waited for it, half a second at the median.
func TestOpenLoopCountsAStallForEveryOperationThatItDelays(t *testing.T) {
	stalling := func() Operation {
		var first atomic.Bool
		return func(context.Context, int) (Outcome, error) {
			if first.CompareAndSwap(false, true) {
				time.Sleep(time.Second)
			}
			return Accepted, nil
		}
	}
	synctest.Test(t, func(t *testing.T) {
		got := mustRun(t, Phase{Clients: 1, Duration: 2 * time.Second, Rate: 100}, stalling())
		if got.P99 < 950*time.Millisecond || got.P50 > 50*time.Millisecond {
			t.Errorf("got %+v, want a p99 near 1 s and a p50 near 0", got)
		}
		got = mustRun(t, Phase{Clients: 1, Duration: time.Second, Rate: 100}, stalling())
		if got.P50 < 450*time.Millisecond {
			t.Errorf("got %+v, want a p50 near 500 ms", got)
		}
	})
}

func TestOpenLoopThatOverloadsTheServerLeavesNothingOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := mustRun(t, Phase{Clients: 1, Duration: time.Second, Rate: 10}, taking(time.Second))
		want := Result{Operations: 10, Elapsed: 10 * time.Second, P50: 4600 * time.Millisecond, P99: 9100 * time.Millisecond}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestRefusedOperationsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := mustRun(t, Phase{Clients: 4, Duration: time.Second}, func(_ context.Context, client int) (Outcome, error) {
			time.Sleep(100 * time.Millisecond)
			if client == 0 {
				return Accepted, nil
			}
			return Refused, nil
		})
		if got.Operations != 40 || got.Refused != 30 {
			t.Errorf("got %+v, want 40 operations, 30 of them refused", got)
		}
	})
}

func TestAFailedOperationEndsTheRun(t *testing.T) {
	broken := errors.New("broken")
	for name, rate := range map[string]float64{"closed loop": 0, "open loop": 100} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := fake.Run(t.Context(), Phase{Clients: 4, Duration: time.Hour, Rate: rate}, func(context.Context, int) (Outcome, error) {
					time.Sleep(time.Millisecond)
					return Accepted, broken
				})
				if !errors.Is(err, broken) || time.Since(start) > time.Second {
					t.Errorf("got %v after %s, want the error at once", err, time.Since(start))
				}
			})
		})
	}
}

func TestACancelledRunIsAnError(t *testing.T) {
	for name, rate := range map[string]float64{"closed loop": 0, "open loop": 100} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := fake.Run(ctx, Phase{Clients: 2, Duration: time.Hour, Rate: rate}, taking(time.Millisecond))
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the context's error", err)
				}
			})
		})
	}
}

func TestPhasesWithoutLoadAreRefused(t *testing.T) {
	for _, p := range []Phase{{Duration: time.Second}, {Clients: 1}, {Clients: 1, Duration: time.Second, Rate: -1}} {
		if _, err := fake.Run(t.Context(), p, taking(0)); err == nil {
			t.Errorf("%+v was run", p)
		}
	}
}

func TestQuantiles(t *testing.T) {
	values := make([]time.Duration, 100)
	for i := range values {
		values[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		values []time.Duration
		q      float64
		want   time.Duration
	}{{nil, 0.5, 0}, {values[:1], 0.99, 1}, {values, 0.50, 50}, {values, 0.99, 99}, {values, 1, 100}} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile %g of %d values: got %d, want %d", c.q, len(c.values), got, c.want)
		}
	}
}

func TestSleepLastsAsLongAsAsked(t *testing.T) {
	start := time.Now()
	Sleep(2 * time.Millisecond)
	if passed := time.Since(start); passed < time.Millisecond {
		t.Errorf("slept %s, want 2 ms", passed)
	}
}
