package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/bench/internal/load"
)

// The workloads, as reports call them.
const (
	readOne   = "read one location"
	list20    = "list 20 locations"
	list100   = "list 100 locations"
	listMine  = "list 50 of my bookings"
	book      = "book a free slot"
	fight     = "fight for one slot"
	mixed9010 = "90 % reads, 10 % bookings"
)

// contenders are how many clients want the same slot, each once.
const contenders = 64

func locationPath(i int) string { return "/locations/" + locationID(i) }

// workloads are all on the smallest size, and on the greater ones those whose
// cost may grow with it.
func (f *spaceFinder) workloads() []workload {
	some := []workload{
		{name: readOne, clients: f.readers, run: remote(each(f.people, f.readOne))},
		{name: list20, clients: f.readers, run: remote(each(f.people, f.listLocations(20)))},
		{name: listMine, clients: f.readers, run: remote(each(f.people, f.listMine))},
		{name: book, clients: f.writers, run: remote(each(f.people, f.book))},
	}
	if !f.whole {
		return some
	}
	return append(some,
		workload{name: list100, clients: f.readers, run: remote(each(f.people, f.listLocations(100)))},
		workload{name: book, clients: 1, run: remote(each(f.people, f.book))},
		workload{name: fight, clients: f.writers, run: remote(each(f.people, f.fight)), check: f.checkContest},
		workload{name: mixed9010, clients: f.writers, run: remote(each(f.people, f.mixed()))},
	)
}

// turn performs the nth operation of a workload, from 0, as a client of that
// number and on behalf of a user.
type turn func(ctx context.Context, client int, n int64, user *person) (load.Outcome, error)

// each counts the operations, and lets the users take turns.
func each(people []*person, do turn) load.Operation {
	var next atomic.Int64
	return func(ctx context.Context, client int) (load.Outcome, error) {
		n := next.Add(1) - 1
		return do(ctx, client, n, people[n%int64(len(people))])
	}
}

func (f *spaceFinder) readOne(ctx context.Context, client int, n int64, user *person) (load.Outcome, error) {
	return f.read(ctx, client, locationPath(int(n%siteSize)), user)
}

func (f *spaceFinder) listLocations(limit int) turn {
	path := fmt.Sprintf("/locations?limit=%d", limit)
	return func(ctx context.Context, client int, _ int64, user *person) (load.Outcome, error) {
		return f.read(ctx, client, path, user)
	}
}

func (f *spaceFinder) listMine(ctx context.Context, client int, _ int64, user *person) (load.Outcome, error) {
	return f.read(ctx, client, "/users/"+user.id+"/bookings?limit=50", user)
}

func (f *spaceFinder) read(ctx context.Context, client int, path string, user *person) (load.Outcome, error) {
	return f.client.do(ctx, client, call{method: http.MethodGet, path: path, token: user.token, want: http.StatusOK})
}

func (f *spaceFinder) book(ctx context.Context, client int, _ int64, user *person) (load.Outcome, error) {
	return f.put(ctx, client, user, freeEra(), f.free.Add(1)-1, 0)
}

// fight lets as many clients as there are contenders ask for each slot.
func (f *spaceFinder) fight(ctx context.Context, client int, _ int64, user *person) (load.Outcome, error) {
	outcome, err := f.put(ctx, client, user, contestEra(), (f.contest.Add(1)-1)/contenders, http.StatusConflict)
	if err == nil && outcome == load.Accepted {
		f.won.Add(1)
	}
	return outcome, err
}

// checkContest makes sure that each slot went to exactly one of those who asked
// for it.
func (f *spaceFinder) checkContest() error {
	slots := (f.contest.Load() + contenders - 1) / contenders
	if won := f.won.Load(); won != slots {
		return fmt.Errorf("%d clients each asked for %d slots: %d bookings were made", contenders, slots, won)
	}
	return nil
}

// mixed reads a location, lists locations and lists bookings in turn, and books
// at every tenth time.
func (f *spaceFinder) mixed() turn {
	list := f.listLocations(20)
	turns := []turn{f.book, list, f.listMine, f.readOne, list, f.listMine, f.readOne, list, f.listMine, f.readOne}
	return func(ctx context.Context, client int, n int64, user *person) (load.Outcome, error) {
		return turns[n%int64(len(turns))](ctx, client, n, user)
	}
}

// bookingBody returns the body of a request for the booking. What is in it needs
// no escapes.
func bookingBody(b spacefinder.Booking) []byte {
	return fmt.Appendf(nil, `{"resourceID":%q,"starttimeepochtime":%d,"endtimeepochtime":%d}`, b.ResourceID, b.Start, b.End)
}

// put books the nth slot of an era under an id that the client has chosen.
func (f *spaceFinder) put(ctx context.Context, client int, user *person, era, n int64, refusal int) (load.Outcome, error) {
	b, err := newBooking(user.id, era, n)
	if err != nil {
		return load.Accepted, err
	}
	return f.client.do(ctx, client, call{
		method: http.MethodPut, path: "/users/" + user.id + "/bookings/" + b.BookingID, token: user.token,
		body: bookingBody(b), want: http.StatusCreated, refusal: refusal,
	})
}
