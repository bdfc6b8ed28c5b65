package dynamodb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

// A bench is a store that reaches its server through a proxy, and one that does
// not.
type bench struct {
	proxy         *dynamotest.Proxy
	faulty, clean *dynamodb.Store
	tables        dynamodb.Tables
}

func newBench(t *testing.T, kind string) *bench {
	t.Helper()
	endpoint := dynamotest.Endpoint(t)
	b := &bench{proxy: dynamotest.NewProxy(t, endpoint), tables: tablesFor(t)}
	// Less patience, for the tests' sake: silence ends after this long.
	impatient := clientOf(t, b.proxy.URL, dynamodb.ClientOptions{Kind: kind, Timeout: 500 * time.Millisecond})
	b.faulty = dynamodb.New(impatient, b.tables, dynamodb.Options{Jitter: noPause})
	b.clean = storeOf(t, kind, b.tables)
	return b
}

func noPause(time.Duration) time.Duration { return 0 }

// resource stores a resource at a location of its own.
func (b *bench) resource(t *testing.T, id string) spacefinder.Resource {
	t.Helper()
	l := spacefinder.Location{LocationID: "at-" + id, Name: "Place", TimeZone: "UTC", Revision: "l-" + id}
	if _, _, err := b.clean.Locations().Put(t.Context(), l, store.Condition{}); err != nil {
		t.Fatal(err)
	}
	r := spacefinder.Resource{ResourceID: id, LocationID: l.LocationID, Name: "Room", Revision: "r-" + id}
	if _, _, err := b.clean.Resources().Put(t.Context(), r, store.Condition{}); err != nil {
		t.Fatal(err)
	}
	return r
}

func booking(r spacefinder.Resource, id, revision string, start, end int64) spacefinder.Booking {
	return spacefinder.Booking{
		BookingID: id, UserID: "ann", ResourceID: r.ResourceID, LocationID: r.LocationID,
		Interval: spacefinder.Interval{Start: start, End: end}, Revision: revision,
	}
}

// A write that meets one fault, whichever it is and whether or not it was carried
// out all the same, is answered as if there had been none.
func TestOneFaultIsNotSeen(t *testing.T) { clients(t, testOneFaultIsNotSeen) }

func testOneFaultIsNotSeen(t *testing.T, kind string) {
	t.Helper()
	t.Parallel()
	for _, fault := range dynamotest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, kind)
			r, ctx := b.resource(t, "room"), t.Context()
			bookings, once := b.faulty.Bookings(), func(operation string) { b.proxy.SetRule(dynamotest.Once(operation, fault)) }

			once("TransactWriteItems")
			_, created, err := bookings.Put(ctx, booking(r, "b1", "v1", 3600, 7200), store.Condition{Absent: true})
			check(t, "create", err)
			if !created {
				t.Error("create: answered as a replacement")
			}
			once("TransactWriteItems")
			moved := booking(r, "b1", "v2", 5400, 9000)
			stored, created, err := bookings.Put(ctx, moved, store.Condition{Match: []string{"v1"}})
			check(t, "replace", err)
			if created || stored != moved {
				t.Errorf("replace: created %v, stored %+v", created, stored)
			}
			once("BatchGetItem")
			_, _, err = bookings.Put(ctx, booking(r, "b2", "v1", 9000, 9600), store.Condition{})
			check(t, "create after a fault while reading", err)
			once("TransactGetItems")
			_, _, err = bookings.Put(ctx, booking(r, "b3", "v1", 6000, 12000), store.Condition{})
			if spacefinder.CodeOf(err) != spacefinder.CodeConflict {
				t.Errorf("clash: %v", err)
			}
			once("Query")
			items, _, err := bookings.ListByUser(ctx, "ann", store.BookingPage{Interval: store.AllTime(), Limit: 10})
			check(t, "list", err)
			if len(items) != 2 {
				t.Errorf("list: %d bookings, want 2", len(items))
			}
			once("GetItem")
			_, err = bookings.Get(ctx, "ann", "b1")
			check(t, "get", err)
			once("TransactWriteItems")
			check(t, "delete", bookings.Delete(ctx, "ann", "b1", store.Condition{Match: []string{"v2"}}))
		})
	}
}

func check(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// A fault that stays is reported as what it is after a bounded number of
// requests, and nothing is left of it when it goes.
func TestLastingFaults(t *testing.T) { clients(t, testLastingFaults) }

func testLastingFaults(t *testing.T, kind string) {
	t.Helper()
	t.Parallel()
	for _, c := range []struct {
		fault    dynamotest.Fault
		code     spacefinder.Code
		requests int  // of a write that meets it, at most
		done     bool // the write was carried out
	}{
		{dynamotest.Throttle, spacefinder.CodeThrottled, 3, false},
		{dynamotest.Conflict, spacefinder.CodeThrottled, 16, false},
		{dynamotest.InProgress, spacefinder.CodeUnavailable, 3, false},
		{dynamotest.Error, spacefinder.CodeUnavailable, 3, false},
		{dynamotest.ErrorAfter, spacefinder.CodeUnavailable, 3, true},
		{dynamotest.Hang, spacefinder.CodeUnavailable, 3, false},
		{dynamotest.HangAfter, spacefinder.CodeUnavailable, 3, true},
		{dynamotest.Reset, spacefinder.CodeUnavailable, 3, false},
		{dynamotest.ResetAfter, spacefinder.CodeUnavailable, 3, true},
		{dynamotest.TruncateAfter, spacefinder.CodeUnavailable, 3, true},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, kind)
			r, ctx := b.resource(t, "room"), t.Context()
			one := booking(r, "b1", "v1", 3600, 7200)

			b.proxy.SetRule(dynamotest.Always("TransactWriteItems", c.fault))
			_, _, err := b.faulty.Bookings().Put(ctx, one, store.Condition{})
			if got := spacefinder.CodeOf(err); got != c.code {
				t.Errorf("put: %v, want %s", err, c.code)
			}
			if n := b.proxy.Requests("TransactWriteItems"); n > c.requests {
				t.Errorf("%d requests, want at most %d", n, c.requests)
			}
			_, err = b.clean.Bookings().Get(ctx, "ann", "b1")
			if done := err == nil; done != c.done {
				t.Errorf("carried out: %v (%v), want %v", done, err, c.done)
			}

			b.proxy.SetRule(dynamotest.Never())
			stored, created, err := b.faulty.Bookings().Put(ctx, one, store.Condition{})
			check(t, "the same put when the fault is gone", err)
			if created == c.done || stored != one {
				t.Errorf("the same put when the fault is gone: created %v, stored %+v", created, stored)
			}
		})
	}
}

// Reading meets the same faults.
func TestLastingFaultsWhileReading(t *testing.T) { clients(t, testLastingFaultsWhileReading) }

func testLastingFaultsWhileReading(t *testing.T, kind string) {
	t.Helper()
	b := newBench(t, kind)
	for fault, want := range map[dynamotest.Fault]spacefinder.Code{
		dynamotest.Throttle:      spacefinder.CodeThrottled,
		dynamotest.Error:         spacefinder.CodeUnavailable,
		dynamotest.Reset:         spacefinder.CodeUnavailable,
		dynamotest.TruncateAfter: spacefinder.CodeUnavailable,
	} {
		b.proxy.SetRule(dynamotest.Always("", fault))
		_, err := b.faulty.Locations().Get(t.Context(), "l")
		if got := spacefinder.CodeOf(err); got != want {
			t.Errorf("%s: get: %v, want %s", fault, err, want)
		}
		_, _, err = b.faulty.Locations().List(t.Context(), store.Page{Limit: 1})
		if got := spacefinder.CodeOf(err); got != want {
			t.Errorf("%s: list: %v, want %s", fault, err, want)
		}
	}
	b.proxy.SetRule(dynamotest.Always("BatchGetItem", dynamotest.Unprocessed))
	_, _, err := b.faulty.Bookings().Put(t.Context(), booking(spacefinder.Resource{ResourceID: "r"}, "b", "v", 0, 60), store.Condition{})
	if spacefinder.CodeOf(err) != spacefinder.CodeThrottled {
		t.Errorf("a batch that is never read: %v", err)
	}
}

// The deadline of a request reaches the connection: the server that never answers
// is left at once.
func TestDeadlineReachesTheServer(t *testing.T) { clients(t, testDeadlineReachesTheServer) }

func testDeadlineReachesTheServer(t *testing.T, kind string) {
	t.Helper()
	b := newBench(t, kind)
	b.proxy.SetRule(dynamotest.Always("", dynamotest.Hang))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.faulty.Locations().Get(ctx, "l")
	if spacefinder.CodeOf(err) != spacefinder.CodeUnavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("get: %v", err)
	}
	if n := b.proxy.Requests(""); n != 1 {
		t.Errorf("%d requests in the time of one", n)
	}
}

// A table that does not exist is a fault of the installation, not one that passes.
func TestMissingTable(t *testing.T) { clients(t, testMissingTable) }

func testMissingTable(t *testing.T, kind string) {
	t.Helper()
	tables := dynamodb.Tables{Locations: "no-such-table", Resources: "no-such-table", Bookings: "no-such-table"}
	s := storeOf(t, kind, tables)
	_, err := s.Locations().Get(t.Context(), "l")
	if spacefinder.CodeOf(err) != spacefinder.CodeInternal {
		t.Errorf("get: %v", err)
	}
	for name, ready := range map[string]func(context.Context) error{
		"locations": s.Locations().Ready, "resources": s.Resources().Ready, "bookings": s.Bookings().Ready,
	} {
		if ready(t.Context()) == nil {
			t.Errorf("%s are ready without their table", name)
		}
	}
}
