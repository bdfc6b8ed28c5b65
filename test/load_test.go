package test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/ledger"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

const (
	writers     = 12 // clients that write at the same time
	loadRooms   = 6
	slotsOfLoad = 300 // half hours that they fight for, in each room
	maxOwned    = 40  // items of one client, so that checks stay quick
)

// load is write traffic on a system of its own: clients who create, move and
// delete bookings and rooms, with a ledger of what they were told.
type load struct {
	location string
	rooms    []string // that are always there
	user     people.User
	ledger   *ledger.Ledger
	clients  []*writer
}

// newLoad makes the location and the rooms. The user is an administrator.
func newLoad(t *testing.T, s *site, user people.User) *load {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	l := &load{location: newID("load"), user: user, ledger: ledger.New()}
	admin := s.as(user)
	admin.Put(t, locationPath(l.location), client.Location{Name: "Load"}).Expect(t, http.StatusCreated)
	for n := range loadRooms {
		room := fmt.Sprintf("room-%d", n)
		admin.Put(t, resourcePath(l.location, room), client.Resource{Name: "v0"}).Expect(t, http.StatusCreated)
		l.ledger.Record(resourcePath(l.location, room), "v0", ledger.Acknowledged)
		l.rooms = append(l.rooms, room)
	}
	for n := range writers {
		l.clients = append(l.clients, &writer{
			load: l, number: n, random: rand.New(rand.NewPCG(seed, uint64(n))),
		})
	}
	return l
}

// start lets the clients write until stop is called, or until each of them
// meets an error of the connection. stop waits for their last answers.
func (l *load) start(s *site) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, c := range l.clients {
		wg.Go(func() {
			for alive := true; alive; {
				select {
				case <-done:
					return
				default:
					alive = c.act(s.as(l.user))
				}
			}
		})
	}
	return sync.OnceFunc(func() {
		close(done)
		wg.Wait()
	})
}

// writer is one client. It alone writes its items.
type writer struct {
	load   *load
	number int
	random *rand.Rand
	items  []string // paths of bookings and rooms that may be there
	serial int
}

// act makes one request and reports whether the server is alive.
func (w *writer) act(s client.Session) bool {
	switch dice := w.random.IntN(20); {
	case len(w.items) > maxOwned || (dice < 5 && len(w.items) > 0):
		i := w.random.IntN(len(w.items))
		path := w.items[i]
		alive, outcome := w.send(s, http.MethodDelete, path, nil, ledger.Absent)
		if outcome == ledger.Acknowledged {
			w.items = slices.Delete(w.items, i, i+1)
		}
		return alive
	case dice < 8 && len(w.items) > 0 && !isRoom(w.items[len(w.items)-1]):
		return w.book(s, w.items[len(w.items)-1], w.anyRoom())
	case dice < 10:
		return w.addRoom(s)
	default:
		return w.book(s, bookingPath(w.load.user.ID, w.fresh("booking")), w.anyRoom())
	}
}

func isRoom(path string) bool { return strings.HasPrefix(path, "/locations/") }

func (w *writer) anyRoom() string { return w.load.rooms[w.random.IntN(len(w.load.rooms))] }

func (w *writer) fresh(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s-%d-%d", prefix, w.number, w.serial)
}

// addRoom makes a room and books it, so that parents come and go with children
// (I3).
func (w *writer) addRoom(s client.Session) bool {
	room := w.fresh("room")
	path := resourcePath(w.load.location, room)
	w.items = append(w.items, path)
	if alive, _ := w.send(s, http.MethodPut, path, client.Resource{Name: room}, room); !alive {
		return false
	}
	return w.book(s, bookingPath(w.load.user.ID, w.fresh("booking")), room)
}

// book creates or moves a booking.
func (w *writer) book(s client.Session, path, room string) bool {
	start := epoch + w.random.Int64N(slotsOfLoad)*hour/2
	b := client.Booking{ResourceID: room, StartTimeEpochTime: start, EndTimeEpochTime: start + (1+w.random.Int64N(3))*hour/2}
	if !slices.Contains(w.items, path) {
		w.items = append(w.items, path)
	}
	alive, _ := w.send(s, http.MethodPut, path, b, stateOf(b))
	return alive
}

// stateOf spells what a client sets of a booking.
func stateOf(b client.Booking) string {
	return fmt.Sprintf("%s %d-%d", b.ResourceID, b.StartTimeEpochTime, b.EndTimeEpochTime)
}

// send makes a request and enters its outcome. The server is not alive when
// the connection broke. An item whose request was not answered is left alone
// from then on: the request may still be under way.
func (w *writer) send(s client.Session, method, path string, body any, wanted string) (alive bool, outcome ledger.Outcome) {
	answer, err := s.Send(method, path, body)
	switch {
	case err != nil || answer.Status >= http.StatusInternalServerError:
		outcome = ledger.Unknown
	case answer.Status >= http.StatusBadRequest:
		outcome = ledger.Refused
	default:
		outcome = ledger.Acknowledged
	}
	if outcome == ledger.Unknown {
		w.items = slices.DeleteFunc(w.items, func(item string) bool { return item == path })
	}
	w.load.ledger.Record(path, wanted, outcome)
	return err == nil, outcome
}

// check reads everything that the system has and holds it to the ledger (I2),
// to I1 and to I3.
func (l *load) check(t *testing.T, s *site) {
	t.Helper()
	admin := s.as(l.user)
	now := map[string]string{}
	resources, _ := client.All[client.Resource](t, admin, locationPath(l.location)+"/resources?limit=1000")
	byResource := map[string]string{}
	for _, r := range resources {
		now[resourcePath(l.location, r.ResourceID)] = r.Name
		bookings, _ := client.All[client.Booking](t, admin, resourcePath(l.location, r.ResourceID)+"/bookings?limit=1000")
		if err := overlapping(bookings); err != nil {
			t.Errorf("I1: %v", err)
		}
		for _, b := range bookings {
			byResource[bookingPath(b.UserID, b.BookingID)] = stateOf(b)
		}
	}
	mine, _ := client.All[client.Booking](t, admin, "/users/"+l.user.ID+"/bookings?limit=1000")
	for _, b := range mine {
		path := bookingPath(b.UserID, b.BookingID)
		now[path] = stateOf(b)
		if byResource[path] != now[path] {
			t.Errorf("I3: the booking %s is %q by user and %q by resource", path, now[path], byResource[path])
		}
	}
	if len(byResource) != len(mine) {
		t.Errorf("I3: %d bookings by resource, %d by user", len(byResource), len(mine))
	}
	if err := l.ledger.Settle(now); err != nil {
		t.Errorf("I2: %v", err)
	}
}
