package storetest

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spacefinder/spacefinder"
)

// testOneSlot lets many ask for one slot at the same time: one gets it, the
// others are told that it is taken, and by which interval.
func testOneSlot(t *testing.T, s *suite) {
	r := s.resource(t)
	for round := range s.Scale.Rounds {
		start := int64(round) * 3600
		var created atomic.Int64
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for range s.Scale.Workers {
			b := s.newBooking(r, s.id("user"), start, start+3600)
			wg.Go(func() {
				<-begin
				_, _, err := s.Bookings.Put(t.Context(), b, always())
				if err == nil {
					created.Add(1)
					return
				}
				wantClash(t, err, &spacefinder.Interval{Start: start, End: start + 3600})
			})
		}
		close(begin)
		wg.Wait()
		wantSame(t, "winners", created.Load(), 1)
	}
	wantSame(t, "bookings", len(s.schedule(t, r)), s.Scale.Rounds)
	t.Run("the same request from everybody", func(t *testing.T) { testSameRequest(t, s) })
}

// testSameRequest sends one request many times at once: all are answered
// alike, but only one creates the booking.
func testSameRequest(t *testing.T, s *suite) {
	r := s.resource(t)
	b := s.newBooking(r, "ann", 1000, 2000)
	var created atomic.Int64
	var wg sync.WaitGroup
	for range s.Scale.Workers {
		wg.Go(func() {
			stored, isNew, err := s.Bookings.Put(t.Context(), b, always())
			wantCode(t, "put", err, "")
			wantSame(t, "stored", stored, b)
			if isNew {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	wantSame(t, "created", created.Load(), 1)
}

// testOverlappingLoad writes bookings of chance intervals, of which most clash,
// and looks for overlaps while it does and at the end.
func testOverlappingLoad(t *testing.T, s *suite) {
	resources := []spacefinder.Resource{s.resource(t), s.resource(t)}
	var wg sync.WaitGroup
	for worker := range s.Scale.Workers {
		rng := rand.New(rand.NewPCG(1, uint64(worker)))
		wg.Go(func() { s.overlappingLoad(t, rng, resources) })
	}
	wg.Wait()
	for _, r := range resources {
		schedule := s.schedule(t, r)
		wantNoOverlap(t, schedule)
		if len(schedule) == 0 {
			t.Error("nothing was booked")
		}
		for _, b := range schedule { // what is listed is what is stored
			got, err := s.Bookings.Get(t.Context(), b.UserID, b.BookingID)
			must(t, err)
			wantSame(t, "booking", got, b)
		}
	}
}

func (s *suite) overlappingLoad(t *testing.T, rng *rand.Rand, resources []spacefinder.Resource) {
	ctx, user := context.WithoutCancel(t.Context()), s.id("user")
	var mine []spacefinder.Booking
	for range s.Scale.Rounds {
		r := resources[rng.IntN(len(resources))]
		start := rng.Int64N(50) * 60
		b := s.newBooking(r, user, start, start+60+rng.Int64N(10)*60)
		switch rng.IntN(4) {
		case 0: // replace
			if len(mine) > 0 {
				b.BookingID = mine[rng.IntN(len(mine))].BookingID
			}
		case 1: // delete
			if len(mine) > 0 {
				wantCode(t, "delete", s.Bookings.Delete(ctx, user, mine[rng.IntN(len(mine))].BookingID, always()), "")
			}
			continue
		}
		stored, _, err := s.Bookings.Put(ctx, b, always())
		switch spacefinder.CodeOf(err) {
		case "":
			mine = append(mine, stored)
		case spacefinder.CodeConflict, spacefinder.CodeThrottled:
		default:
			t.Errorf("put: %v", err)
		}
		if rng.IntN(8) == 0 {
			schedule, err := s.readSchedule(ctx, r)
			wantCode(t, "list", err, "")
			wantNoOverlap(t, schedule)
		}
	}
}

// wantNoOverlap checks a schedule, which is in order of start.
func wantNoOverlap(t testing.TB, schedule []spacefinder.Booking) {
	t.Helper()
	for i := 1; i < len(schedule); i++ {
		if schedule[i-1].End > schedule[i].Start {
			t.Errorf("bookings overlap, or are out of order: %+v, %+v", schedule[i-1], schedule[i])
		}
	}
}
