package test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/contract"
)

// audience says who may call an operation.
type audience int

const (
	anybody       audience = iota // without signing in
	signedIn                      // reading what everybody sees
	admins                        // changing locations and resources
	userAndAdmins                 // the user whom the path names, and administrators
)

// audiences is DESIGN's table of who may do what. An operation that the
// document gains must be added here.
func audiences() map[string]audience {
	return map[string]audience{
		"listLocations":        signedIn,
		"createLocation":       admins,
		"getLocation":          signedIn,
		"putLocation":          admins,
		"deleteLocation":       admins,
		"listResources":        signedIn,
		"createResource":       admins,
		"getResource":          signedIn,
		"putResource":          admins,
		"deleteResource":       admins,
		"listResourceBookings": signedIn,
		"listUserBookings":     userAndAdmins,
		"createBooking":        userAndAdmins,
		"getBooking":           userAndAdmins,
		"putBooking":           userAndAdmins,
		"deleteBooking":        userAndAdmins,

		"locationsPreflight":        anybody,
		"locationPreflight":         anybody,
		"resourcesPreflight":        anybody,
		"resourcePreflight":         anybody,
		"resourceBookingsPreflight": anybody,
		"userBookingsPreflight":     anybody,
		"bookingPreflight":          anybody,
	}
}

// Every kind of caller calls every operation of the document. What is refused
// changes nothing; what is allowed works.
func TestAccessMatrix(t *testing.T) {
	visitors := append(signedInVisitors(t), strangers(t)...)
	expected := audiences()
	for _, op := range shared.document.Operations() {
		who, ok := expected[op.ID]
		if !ok {
			t.Errorf("%s %s (%s) is in the document, but who may call it is not stated here", op.Method, op.Path, op.ID)
			continue
		}
		delete(expected, op.ID)
		if op.Open != (who == anybody) {
			t.Errorf("%s: the document says open: %v", op.ID, op.Open)
		}
		t.Run(op.ID, func(t *testing.T) {
			for _, v := range visitors {
				t.Run(v.name, func(t *testing.T) { tryOperation(t, shared.site, op, v, v.may(who)) })
			}
		})
	}
	for id := range expected {
		t.Errorf("%s is not in the document any more", id)
	}
}

// scene is one location, room and booking of alice's, made for one attempt.
type scene struct {
	room    room   // with the booking
	spare   room   // without one, at the same location: what can be deleted
	empty   string // a location without a room
	booking string
	before  map[string][]byte // what an administrator read before the attempt, by path
}

func newScene(t *testing.T, s *site) scene {
	t.Helper()
	admin := s.as(shared.admin)
	r := newRoom(t, admin)
	sc := scene{
		room: r, spare: roomIn(t, admin, r.location), empty: newLocation(t, admin),
		booking: newID("booking"), before: map[string][]byte{},
	}
	book(t, s.as(shared.alice), shared.alice.ID, sc.booking, sc.room.slot(0))
	for _, path := range sc.paths() {
		sc.before[path] = admin.Get(t, path).Expect(t, http.StatusOK).Body
	}
	return sc
}

func (sc scene) paths() []string {
	return []string{
		locationPath(sc.room.location), locationPath(sc.room.location) + "/resources", sc.room.path(),
		sc.room.bookings(), bookingPath(shared.alice.ID, sc.booking), locationPath(sc.empty),
	}
}

// request is a call of the operation that would succeed if it were allowed.
func (sc scene) request(t *testing.T, op contract.Operation, token string) client.Request {
	t.Helper()
	location, resource, booking := sc.room.location, sc.room.resource, sc.booking
	var body any
	switch op.ID {
	case "createLocation", "putLocation":
		body = client.Location{Name: "Changed"}
	case "createResource", "putResource":
		body = client.Resource{Name: "Changed"}
	case "createBooking", "putBooking":
		body = sc.room.slot(5)
	case "deleteLocation":
		location = sc.empty
	case "deleteResource":
		resource = sc.spare.resource
	}
	path := strings.NewReplacer("{locationID}", location, "{resourceID}", resource,
		"{userID}", shared.alice.ID, "{bookingID}", booking).Replace(op.Path)
	r := client.Request{Method: op.Method, Path: path, Token: token}
	if body != nil {
		var err error
		if r.Body, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// tryOperation makes the call and checks the answer and what it did. refused
// is 0 when the call must succeed.
func tryOperation(t *testing.T, s *site, op contract.Operation, v visitor, refused int) {
	t.Helper()
	if op.Open {
		path := strings.NewReplacer("{", "", "}", "").Replace(op.Path)
		s.api.Do(t, client.Request{Method: op.Method, Path: path, Token: v.token}).Expect(t, http.StatusOK)
		return
	}
	sc := newScene(t, s)
	answer := s.api.Do(t, sc.request(t, op, v.token))
	switch refused {
	case 0:
		if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
			t.Fatalf("want success, got %d %s", answer.Status, answer.Body)
		}
		return
	case http.StatusUnauthorized:
		expectUnauthorized(t, answer)
	default:
		expectDenied(t, answer)
	}
	admin := s.as(shared.admin)
	for _, path := range sc.paths() {
		if now := admin.Get(t, path).Expect(t, http.StatusOK).Body; !bytes.Equal(now, sc.before[path]) {
			t.Errorf("the refused call changed %s from %s to %s", path, sc.before[path], now)
		}
	}
}

// With -admin-bookings own, administrators manage locations and resources, and
// only their own bookings.
func TestAdministratorsCanBeKeptFromOtherPeoplesBookings(t *testing.T) {
	s := own(t, "-admin-bookings", "own")
	admin, user := s.newUser(t, "admin", s.pool.AdminGroup), s.newUser(t, "user")
	r := newRoom(t, s.as(admin))
	id := newID("booking")
	book(t, s.as(user), user.ID, id, r.slot(0))

	expectDenied(t, s.as(admin).Get(t, "/users/"+user.ID+"/bookings"))
	expectDenied(t, s.as(admin).Put(t, "/users/"+user.ID+"/bookings", r.slot(1)))
	expectDenied(t, s.as(admin).Get(t, bookingPath(user.ID, id)))
	expectDenied(t, s.as(admin).Put(t, bookingPath(user.ID, id), r.slot(1)))
	expectDenied(t, s.as(admin).Delete(t, bookingPath(user.ID, id)))

	book(t, s.as(admin), admin.ID, newID("own"), r.slot(1))
	s.as(admin).Get(t, r.bookings()).Expect(t, http.StatusOK)
}

// A booking belongs to one user: even those who may use a path do not reach it
// through the wrong one.
func TestBookingIsReachedOnlyThroughItsUser(t *testing.T) {
	admin := shared.as(shared.admin)
	r, id := newRoom(t, admin), newID("booking")
	book(t, shared.as(shared.alice), shared.alice.ID, id, r.slot(0))
	for name, s := range map[string]client.Session{"bob himself": shared.as(shared.bob), "an administrator": admin} {
		t.Run(name, func(t *testing.T) {
			path := bookingPath(shared.bob.ID, id)
			expectProblem(t, s.Get(t, path), http.StatusNotFound, "not_found")
			expectProblem(t, s.Put(t, path, r.slot(1)), http.StatusNotFound, "not_found")
			expectProblem(t, s.Delete(t, path), http.StatusNotFound, "not_found")
		})
	}
	b := client.Decode[client.Booking](t, shared.as(shared.alice).Get(t, bookingPath(shared.alice.ID, id)).Expect(t, http.StatusOK))
	if b.StartTimeEpochTime != epoch {
		t.Errorf("the booking was changed: %+v", b)
	}
}
