package test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// newID returns an id that nothing has yet.
func newID(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()[:16]) }

// Paths of items.
func locationPath(location string) string { return "/locations/" + location }

func resourcePath(location, resource string) string {
	return "/locations/" + location + "/resources/" + resource
}

func bookingPath(user, booking string) string { return "/users/" + user + "/bookings/" + booking }

// room is a resource that was made for one test.
type room struct{ location, resource string }

func (r room) path() string     { return resourcePath(r.location, r.resource) }
func (r room) bookings() string { return r.path() + "/bookings" }

// newLocation makes a location.
func newLocation(t testing.TB, admin client.Session) string {
	t.Helper()
	id := newID("location")
	admin.Put(t, locationPath(id), client.Location{Name: "Location of " + t.Name()[:min(len(t.Name()), 150)]}).Expect(t, http.StatusCreated)
	return id
}

// newRoom makes a room in a location of its own.
func newRoom(t testing.TB, admin client.Session) room {
	t.Helper()
	return roomIn(t, admin, newLocation(t, admin))
}

// roomIn makes a room in a location.
func roomIn(t testing.TB, admin client.Session, location string) room {
	t.Helper()
	r := room{location: location, resource: newID("room")}
	admin.Put(t, r.path(), client.Resource{Name: "Isar", Type: "room", Capacity: 8}).Expect(t, http.StatusCreated)
	return r
}

// epoch is 2030-01-07T09:00:00Z, a Monday; tests book relative to it.
const epoch int64 = 1894006800

const hour int64 = 3600

// slot is a request for the n-th hour after epoch.
func (r room) slot(n int64) client.Booking {
	return client.Booking{ResourceID: r.resource, StartTimeEpochTime: epoch + n*hour, EndTimeEpochTime: epoch + (n+1)*hour}
}

// book makes a booking under an id.
func book(t testing.TB, s client.Session, user, id string, b client.Booking) client.Response {
	t.Helper()
	return s.Put(t, bookingPath(user, id), b).Expect(t, http.StatusCreated)
}

// expectProblem ends the test unless the answer is an error of a service with
// that status and code.
func expectProblem(t testing.TB, r client.Response, status int, code string) client.Problem {
	t.Helper()
	r.Expect(t, status)
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("want a problem of a service, got %s: %s", got, r.Body)
	}
	p := client.Decode[client.Problem](t, r)
	if p.Code != code {
		t.Fatalf("want the code %s, got %s", code, r.Body)
	}
	return p
}

// expectGatewayError ends the test unless the answer is an error of the front
// door with that status, type and message.
func expectGatewayError(t testing.TB, r client.Response, status int, errorType, message string) client.GatewayError {
	t.Helper()
	r.Expect(t, status)
	if got := r.Header.Get("X-Amzn-Errortype"); got != errorType {
		t.Fatalf("want x-amzn-ErrorType %s, got %q: %s", errorType, got, r.Body)
	}
	e := client.Decode[client.GatewayError](t, r)
	if e.Message == nil || *e.Message != message {
		t.Fatalf("want the message %q, got %s", message, r.Body)
	}
	return e
}

func expectUnauthorized(t testing.TB, r client.Response) {
	t.Helper()
	expectGatewayError(t, r, http.StatusUnauthorized, "UnauthorizedException", "Unauthorized")
}

func expectDenied(t testing.TB, r client.Response) {
	t.Helper()
	expectGatewayError(t, r, http.StatusForbidden, "AccessDeniedException", "User is not authorized to access this resource")
}

func expectUnrouted(t testing.TB, r client.Response) {
	t.Helper()
	expectGatewayError(t, r, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

// overlapping returns two bookings of one resource that share a moment, if
// there are any: what invariant I1 rules out.
func overlapping(bookings []client.Booking) error {
	last := map[string]client.Booking{}
	for _, b := range bookings { // in order of start for each resource
		before, ok := last[b.ResourceID]
		if ok && b.StartTimeEpochTime < before.StartTimeEpochTime {
			return fmt.Errorf("the list is not in order of start: %+v before %+v", before, b)
		}
		if ok && b.StartTimeEpochTime < before.EndTimeEpochTime {
			return fmt.Errorf("double booking: %+v and %+v", before, b)
		}
		last[b.ResourceID] = b
	}
	return nil
}
