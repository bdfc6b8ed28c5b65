package test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

const streamers = 8

// stream is traffic to all services by clients who keep out of each other's
// way, so that there is one right answer to every request. A client repeats a
// request that is answered 504, as API Gateway's clients do.
type stream struct {
	site     *site
	user     people.User
	location string

	mu       sync.Mutex
	done     int               // requests that succeeded
	gaps     []client.Response // answers of 504
	problems []error
	booked   map[string][]string // ids of acknowledged bookings by room, in order of time
}

// startStream starts the clients. end stops them, waits for their last answers
// and compares what the system has with what it acknowledged.
func startStream(t *testing.T, s *site) (traffic *stream, end func()) {
	t.Helper()
	traffic = &stream{
		site: s, user: s.newUser(t, "admin", s.pool.AdminGroup), location: newID("stream"), booked: map[string][]string{},
	}
	traffic.site.as(traffic.user).Put(t, locationPath(traffic.location), client.Location{Name: "Stream"}).Expect(t, http.StatusCreated)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for n := range streamers {
		wg.Go(func() {
			for turn := int64(0); ; turn++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := traffic.turn(fmt.Sprintf("room-%d", n), turn); err != nil {
					traffic.fail(err)
					return
				}
			}
		})
	}
	return traffic, sync.OnceFunc(func() {
		close(stop)
		wg.Wait()
		traffic.check(t)
	})
}

// turn makes one request to each service, and reads what was written.
func (s *stream) turn(room string, turn int64) error {
	id := fmt.Sprintf("%s-%d", room, turn)
	if _, err := s.send(http.MethodGet, locationPath(s.location), nil); err != nil {
		return err
	}
	if _, err := s.send(http.MethodPut, resourcePath(s.location, room), client.Resource{Name: "Isar"}); err != nil {
		return err
	}
	booked, err := s.send(http.MethodPut, bookingPath(s.user.ID, id), client.Booking{
		ResourceID: room, StartTimeEpochTime: epoch + turn*hour, EndTimeEpochTime: epoch + (turn+1)*hour,
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.booked[room] = append(s.booked[room], id)
	s.mu.Unlock()
	read, err := s.send(http.MethodGet, bookingPath(s.user.ID, id), nil)
	if err == nil && !bytes.Equal(read.Body, booked.Body) {
		err = fmt.Errorf("the booking %s was acknowledged as %s and is %s", id, booked.Body, read.Body)
	}
	return err
}

// maxRepeats is how often a client sends a request before it gives up.
const maxRepeats = 5

// send returns the answer of success.
func (s *stream) send(method, path string, body any) (client.Response, error) {
	var answer client.Response
	for range maxRepeats {
		var err error
		if answer, err = s.site.as(s.user).Send(method, path, body); err != nil {
			return answer, err
		}
		s.mu.Lock()
		switch answer.Status {
		case http.StatusOK, http.StatusCreated:
			s.done++
		case http.StatusGatewayTimeout:
			s.gaps = append(s.gaps, answer)
		}
		s.mu.Unlock()
		if answer.Status != http.StatusGatewayTimeout {
			break
		}
	}
	if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
		return answer, fmt.Errorf("%s %s: %w", method, path, unexpected(answer))
	}
	return answer, nil
}

func (s *stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, err)
}

// flows waits until so many more requests have succeeded.
func (s *stream) flows(t *testing.T, more int) {
	t.Helper()
	s.mu.Lock()
	want := s.done + more
	s.mu.Unlock()
	eventually(t, "the traffic", func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.done < want {
			return fmt.Errorf("%d of %d requests have succeeded; %v", s.done, want, s.problems)
		}
		return nil
	})
}

// takeGaps returns the answers of 504 since the last call.
func (s *stream) takeGaps() []client.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	gaps := s.gaps
	s.gaps = nil
	return gaps
}

// check holds the system to its answers: it has every booking once and no other.
func (s *stream) check(t *testing.T) {
	t.Helper()
	for _, err := range s.problems {
		t.Error(err)
	}
	for name, booked := range s.booked {
		bookings, _ := client.All[client.Booking](t, s.site.as(s.user), resourcePath(s.location, name)+"/bookings?limit=1000")
		var found []string
		for _, b := range bookings {
			found = append(found, b.BookingID)
		}
		if !slices.Equal(found, booked) {
			t.Errorf("%s: %d bookings were acknowledged, the system has %d: %v", name, len(booked), len(found), found)
		}
	}
}
