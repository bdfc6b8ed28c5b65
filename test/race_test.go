package test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/history"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

const (
	fighters     = 64 // clients at the same time
	fightRooms   = 64 // as many as clients, so that the history can be decided
	fightCalls   = 60 // of each client: some seconds
	splitCalls   = 25 // of each client, where each call costs more
	fightHours   = 12 // the day that they fight for
	checkTimeout = 60 * time.Second
)

// 64 clients create, move and delete bookings of overlapping times and read
// the schedules. One order of everything explains every answer, and no
// resource ends up booked twice (I1).
func TestConcurrentBookingsAreLinearizable(t *testing.T) {
	users, rooms := fightScene(t)
	calls := fightCalls
	if _, split := shared.topology.(harness.Split); split {
		calls = splitCalls
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	recorder := history.NewRecorder()
	var wg sync.WaitGroup
	for n := range fighters {
		f := &fighter{
			number: n, user: users[n%len(users)], rooms: rooms, recorder: recorder,
			random: rand.New(rand.NewPCG(seed, uint64(n))),
		}
		wg.Go(func() {
			for range calls {
				if err := f.act(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := recorder.Calls(); n != fighters*calls && !t.Failed() {
		t.Errorf("%d calls are recorded of %d", n, fighters*calls)
	}
	if err := recorder.Check(checkTimeout); err != nil {
		t.Error(err)
	}
	for _, r := range rooms {
		bookings, _ := client.All[client.Booking](t, shared.as(shared.admin), r.bookings())
		if err := overlapping(bookings); err != nil {
			t.Error(err)
		}
	}
}

func fightScene(t *testing.T) (users []people.User, rooms []room) {
	t.Helper()
	admin := shared.as(shared.admin)
	location := newLocation(t, admin)
	for range fightRooms {
		rooms = append(rooms, roomIn(t, admin, location))
	}
	return []people.User{shared.alice, shared.bob, shared.admin, shared.newUser(t, "fighter")}, rooms
}

// fighter is one client. Its bookings have ids of its own, one for each room.
type fighter struct {
	number   int
	user     people.User
	rooms    []room
	recorder *history.Recorder
	random   *rand.Rand
}

// act makes one call, most of them in the few rooms that others are in now.
func (f *fighter) act() error {
	r := f.rooms[f.random.IntN(len(f.rooms))]
	id := fmt.Sprintf("%s-%d-%d", r.resource, f.number, f.random.IntN(3))
	call := history.Call{Resource: r.resource, ID: id}
	switch dice := f.random.IntN(10); {
	case dice < 6:
		start := epoch + f.random.Int64N(2*fightHours)*hour/2
		call.Action, call.Interval = history.Put, history.Interval{Start: start, End: start + (1+f.random.Int64N(4))*hour/2}
		return f.recorder.Do(f.number, call, func() (history.Answer, error) { return f.put(r, call) })
	case dice < 8:
		call.Action = history.Delete
		return f.recorder.Do(f.number, call, func() (history.Answer, error) { return f.delete(call) })
	default:
		call.Action, call.ID = history.List, ""
		return f.recorder.Do(f.number, call, func() (history.Answer, error) { return f.list(r) })
	}
}

func (f *fighter) put(r room, call history.Call) (history.Answer, error) {
	answer, err := shared.as(f.user).Send(http.MethodPut, bookingPath(f.user.ID, call.ID), client.Booking{
		ResourceID: r.resource, StartTimeEpochTime: call.Interval.Start, EndTimeEpochTime: call.Interval.End,
	})
	if err != nil {
		return history.Answer{}, err
	}
	switch answer.Status {
	case http.StatusOK, http.StatusCreated:
		return history.Answer{Created: answer.Status == http.StatusCreated}, nil
	case http.StatusConflict:
		var p client.Problem
		if err := json.Unmarshal(answer.Body, &p); err != nil || p.Conflict == nil {
			return history.Answer{}, fmt.Errorf("a conflict without its interval: %s", answer.Body)
		}
		return history.Answer{Clash: history.Interval{Start: p.Conflict.StartTimeEpochTime, End: p.Conflict.EndTimeEpochTime}}, nil
	default:
		return history.Answer{}, unexpected(answer)
	}
}

func (f *fighter) delete(call history.Call) (history.Answer, error) {
	answer, err := shared.as(f.user).Send(http.MethodDelete, bookingPath(f.user.ID, call.ID), nil)
	if err == nil && answer.Status != http.StatusOK {
		err = unexpected(answer)
	}
	return history.Answer{}, err
}

func (f *fighter) list(r room) (history.Answer, error) {
	answer, err := shared.as(f.user).Send(http.MethodGet, r.bookings()+"?limit=1000", nil)
	if err != nil {
		return history.Answer{}, err
	}
	if answer.Status != http.StatusOK {
		return history.Answer{}, unexpected(answer)
	}
	var bookings []client.Booking
	if err := json.Unmarshal(answer.Body, &bookings); err != nil {
		return history.Answer{}, err
	}
	var list []history.Booked
	for _, b := range bookings {
		list = append(list, history.Booked{
			ID: b.BookingID, Interval: history.Interval{Start: b.StartTimeEpochTime, End: b.EndTimeEpochTime},
		})
	}
	return history.Answer{List: list}, nil
}

func unexpected(r client.Response) error {
	return fmt.Errorf("an unexpected answer: %d %s", r.Status, r.Body)
}

// Of 64 requests for one slot at one moment exactly one gets it; the others
// learn when it is taken. Each slot has its own shapes of overlap.
func TestExactlyOneOfManyGetsASlot(t *testing.T) {
	admin := shared.as(shared.admin)
	users := []people.User{shared.alice, shared.bob, shared.admin}
	r := newRoom(t, admin)
	for round := range int64(8) {
		middle := epoch + round*24*hour
		start := make(chan struct{})
		answers := make([]client.Response, fighters)
		var wg sync.WaitGroup
		for n := range fighters {
			user := users[n%len(users)]
			b := client.Booking{ // every one of them contains the middle
				ResourceID:         r.resource,
				StartTimeEpochTime: middle - int64(n)*60,
				EndTimeEpochTime:   middle + 60 + int64(fighters-n)*60,
			}
			wg.Go(func() {
				<-start
				var err error
				if answers[n], err = shared.as(user).Send(http.MethodPut, "/users/"+user.ID+"/bookings", b); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		wg.Wait()
		checkOneWinner(t, answers)
	}
	bookings, _ := client.All[client.Booking](t, admin, r.bookings())
	if len(bookings) != 8 {
		t.Errorf("8 slots have %d bookings", len(bookings))
	}
	if err := overlapping(bookings); err != nil {
		t.Error(err)
	}
}

func checkOneWinner(t *testing.T, answers []client.Response) {
	t.Helper()
	var won []client.Booking
	var clashes []client.Interval
	for _, answer := range answers {
		switch answer.Status {
		case http.StatusCreated:
			won = append(won, client.Decode[client.Booking](t, answer))
		case http.StatusConflict:
			clashes = append(clashes, *expectProblem(t, answer, http.StatusConflict, "booking_conflict").Conflict)
		default:
			t.Error(unexpected(answer))
		}
	}
	if len(won) != 1 {
		t.Fatalf("%d requests got one slot: %+v", len(won), won)
	}
	for _, clash := range clashes {
		if clash.StartTimeEpochTime != won[0].StartTimeEpochTime || clash.EndTimeEpochTime != won[0].EndTimeEpochTime {
			t.Errorf("the slot is %s to %s, a loser was told %+v", won[0].Start, won[0].End, clash)
		}
	}
}
