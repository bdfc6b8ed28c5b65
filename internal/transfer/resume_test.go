package transfer_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/transfer"
)

func rewrite(t testing.TB, name, content string) {
	t.Helper()
	must(t, os.WriteFile(name, []byte(content), 0o600))
}

// counted calls before at every write with the number of writes so far, from 1,
// and gives up with its error.
func counted(s transfer.Stores, before func(n int64) error) transfer.Stores {
	var writes atomic.Int64
	next := func() error { return before(writes.Add(1)) }
	return transfer.Stores{
		Locations: countedLocations{s.Locations, next},
		Resources: countedResources{s.Resources, next},
		Bookings:  countedBookings{s.Bookings, next},
	}
}

type countedLocations struct {
	store.Locations
	next func() error
}

type countedResources struct {
	store.Resources
	next func() error
}

type countedBookings struct {
	store.Bookings
	next func() error
}

func (c countedLocations) Put(ctx context.Context, l spacefinder.Location, cond store.Condition) (spacefinder.Location, bool, error) {
	if err := c.next(); err != nil {
		return l, false, err
	}
	return c.Locations.Put(ctx, l, cond)
}

func (c countedResources) Put(ctx context.Context, r spacefinder.Resource, cond store.Condition) (spacefinder.Resource, bool, error) {
	if err := c.next(); err != nil {
		return r, false, err
	}
	return c.Resources.Put(ctx, r, cond)
}

func (c countedBookings) Put(ctx context.Context, b spacefinder.Booking, cond store.Condition) (spacefinder.Booking, bool, error) {
	if err := c.next(); err != nil {
		return b, false, err
	}
	return c.Bookings.Put(ctx, b, cond)
}

func TestAnImportInterruptedAtAnyItemIsTakenUp(t *testing.T) {
	t.Parallel()
	from := model()
	fill(t, from)
	content := export(t, from)
	for _, batch := range []int{1, 3, 100} {
		for n := int64(1); n <= 22; n++ {
			file, to := write(t, content), model()
			ctx, interrupt := context.WithCancel(t.Context())
			i := into(counted(to, func(write int64) error {
				if write == n {
					interrupt()
				}
				return nil
			}), file)
			i.Batch, i.Writers = batch, 1
			if _, err := i.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted at %d: %v", n, err)
			}
			i.To = to
			report, err := i.Run(t.Context())
			if err != nil || report.Counts != filled() || export(t, to) != content {
				t.Fatalf("batches of %d, interrupted at %d: %v, %+v", batch, n, err, report)
			}
			if done := (n - 1) / int64(batch) * int64(batch); done > 0 && report.Resumed != done+1 {
				t.Errorf("batches of %d, interrupted at %d: taken up after line %d", batch, n, report.Resumed)
			}
		}
	}
}

func TestRunningAnImportAgainChangesNothing(t *testing.T) {
	t.Parallel()
	from, to := model(), model()
	fill(t, from)
	content := export(t, from)
	file := write(t, content)
	for n := range 2 {
		report, err := into(to, file).Run(t.Context())
		want := transfer.Report{Counts: filled(), Existing: int64(n) * 22}
		if err != nil || report != want || export(t, to) != content {
			t.Errorf("run %d: %v, %+v, want %+v", n+1, err, report, want)
		}
	}
}

func TestWhatTheStoreHadStays(t *testing.T) {
	t.Parallel()
	from, to := model(), model()
	fill(t, from)
	put(t, to.Locations.Put, newLocation("aa"))
	put(t, to.Resources.Put, newResource("aa", "zz"))
	put(t, to.Locations.Put, newLocation("zz"))
	report, err := into(to, write(t, export(t, from))).Run(t.Context())
	if want := (transfer.Counts{Locations: 2, Resources: 1}); err != nil || report.Extra != want {
		t.Errorf("%v, beside the file there are %s, want %s", err, report.Extra, want)
	}
}

func TestAProgressFileServesItsOwnImportAlone(t *testing.T) {
	t.Parallel()
	from := model()
	fill(t, from)
	file := write(t, export(t, from))
	stop := errors.New("stop")
	i := into(counted(model(), func(n int64) error {
		if n > 5 {
			return stop
		}
		return nil
	}), file)
	i.Batch = 1
	_, err := i.Run(t.Context())
	fails(t, err, "stop")
	kept, err := os.ReadFile(file + ".progress")
	must(t, err)

	put(t, from.Locations.Put, newLocation("new"))
	users, err := transfer.ReadUserMap(strings.NewReader("oldUserID,newUserID\nada,1\nbob,2\n"))
	must(t, err)
	for name, change := range map[string]func(i *transfer.Import){
		"another file":     func(i *transfer.Import) { rewrite(t, i.File, export(t, from)) },
		"another store":    func(i *transfer.Import) { i.Target = "elsewhere" },
		"another user map": func(i *transfer.Import) { i.Users = users },
		"other rules":      func(i *transfer.Import) { i.KeepUnmapped = true },
	} {
		other := i
		other.File = write(t, readFile(t, file))
		rewrite(t, other.File+".progress", string(kept))
		change(&other)
		if _, err := other.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "remove it to begin anew") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, content := range map[string]string{
		"not JSON": "x", "too long": strings.Repeat("x", 1<<20), "negative": strings.Replace(string(kept), `:6}`, `:-6}`, 1),
	} {
		rewrite(t, file+".progress", content)
		if _, err := i.Run(t.Context()); err == nil || !strings.Contains(err.Error(), ".progress is ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	must(t, err)
	return string(text)
}

func TestABusyStoreIsAskedAgainSomeTimes(t *testing.T) {
	t.Parallel()
	from := model()
	fill(t, from)
	file := write(t, export(t, from))
	busy := func(times int64, code spacefinder.Code) (transfer.Import, *[]time.Duration) {
		var waits []time.Duration
		i := into(counted(model(), func(n int64) error {
			if n <= times {
				return spacefinder.Errorf(code, "later")
			}
			return nil
		}), file)
		i.Wait = func(_ context.Context, d time.Duration) error {
			waits = append(waits, d)
			return nil
		}
		return i, &waits
	}
	for _, code := range []spacefinder.Code{spacefinder.CodeThrottled, spacefinder.CodeUnavailable} {
		i, waits := busy(7, code)
		_, err := i.Run(t.Context())
		must(t, err)
		want := []time.Duration{250e6, 500e6, 1e9, 2e9, 4e9, 8e9, 15e9}
		if len(*waits) != len(want) || (*waits)[0] != want[0] || (*waits)[6] != want[6] {
			t.Errorf("%s: waited %v, want %v", code, *waits, want)
		}
	}
	i, _ := busy(8, spacefinder.CodeThrottled)
	_, err := i.Run(t.Context())
	fails(t, err, "line 2: location B: throttled")
	i, waits := busy(1, spacefinder.CodeInternal)
	_, err = i.Run(t.Context())
	fails(t, err, "line 2: location B: internal_error")
	if len(*waits) > 0 {
		t.Error("what a retry does not cure was tried again")
	}
}

// After the last item the store is compared with the file; where it lacks
// something, the next run begins anew.
func TestWhatTheStoreLostIsNoticed(t *testing.T) {
	t.Parallel()
	from := model()
	fill(t, from)
	for name, spoil := range map[string]struct {
		change func(s transfer.Stores)
		want   string
	}{
		"deleted": {func(s transfer.Stores) {
			must(t, s.Bookings.Delete(t.Context(), "ada", "x9", store.Condition{}))
		}, "booking x9: is not in the store"},
		"the last deleted": {func(s transfer.Stores) {
			must(t, s.Locations.Delete(t.Context(), "c~empty", store.Condition{}))
		}, "location c~empty: is not in the store"},
		"changed": {func(s transfer.Stores) { put(t, s.Locations.Put, newLocation("b").WithDefaults()); renamed(t, s) },
			"location b: is not in the store as it was written"},
	} {
		t.Run(name, func(t *testing.T) {
			to := model()
			file := write(t, export(t, from))
			i := into(counted(to, func(int64) error { return nil }), file)
			i.To.Locations = afterwards{i.To.Locations, func() { spoil.change(to) }}
			_, err := i.Run(t.Context())
			fails(t, err, spoil.want)
			if !missing(file + ".progress") {
				t.Error("the next run would not begin anew")
			}
		})
	}
	unreadable := into(model(), write(t, export(t, from)))
	unreadable.To.Bookings = failing{unreadable.To.Bookings}
	_, err := unreadable.Run(t.Context())
	fails(t, err, "read the store: the disk is gone")
}

func renamed(t *testing.T, s transfer.Stores) {
	t.Helper()
	l := newLocation("b")
	l.Name = "Another name"
	put(t, s.Locations.Put, l)
}

// afterwards does something before the locations are listed, which is when
// everything has been written.
type afterwards struct {
	store.Locations
	do func()
}

func (a afterwards) List(ctx context.Context, page store.Page) ([]spacefinder.Location, bool, error) {
	a.do()
	return a.Locations.List(ctx, page)
}
