package bookings_test

import (
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/servicetest"
)

func TestAccess(t *testing.T) {
	const ofResource = "/locations/munich/resources/isar/bookings"
	operations := []struct{ method, target, body string }{
		{"GET", ofResource, ""},
		{"GET", collection, ""},
		{"GET", item, ""},
		{"PUT", collection, strings.Replace(morning, "isar", "inn", 1)},
		{"PUT", item, morning},
		{"DELETE", item, ""},
	}
	callers := []struct {
		name    string
		caller  servicetest.Caller
		admins  spacefinder.AdminBookings
		reads   bool // the bookings of resources
		touches bool // ada's bookings
	}{
		{"nobody", servicetest.Nobody, spacefinder.AdminBookingsAll, false, false},
		{"the user", ada, spacefinder.AdminBookingsAll, true, true},
		{"another user", bob, spacefinder.AdminBookingsAll, true, false},
		{"an administrator", admin, spacefinder.AdminBookingsAll, true, true},
		{"an administrator who has own bookings only", admin, spacefinder.AdminBookingsOwn, true, false},
		{"the user, where administrators have own bookings only", ada, spacefinder.AdminBookingsOwn, true, true},
	}
	for _, c := range callers {
		for _, op := range operations {
			t.Run(c.name+" "+op.method+" "+op.target, func(t *testing.T) {
				s := newServiceWith(t, c.admins, spacefinder.DefaultBookingRules())
				s.Do(ada, "PUT", item, morning).Is(201)
				w := s.Do(c.caller, op.method, op.target, op.body)
				if allowed := (op.target == ofResource && c.reads) || (op.target != ofResource && c.touches); !allowed {
					w.IsError(403, spacefinder.CodeForbidden)
					s.Do(ada, "GET", collection, "").Is(200).IsJSON("[" + morningAnswer("b1") + "]")
				} else if w.Code >= 300 {
					t.Errorf("answered %d: %s", w.Code, w.Body)
				}
			})
		}
	}
}

// A booking's id says nothing to anybody but its owner: under another user's
// path it does not exist, neither for that user nor for an administrator.
func TestABookingIsFoundUnderItsOwnerAlone(t *testing.T) {
	s := newService(t)
	s.Do(ada, "PUT", item, morning).Is(201)
	for name, caller := range map[string]servicetest.Caller{"the other user": bob, "an administrator": admin} {
		t.Run(name, func(t *testing.T) {
			const foreign = "/users/bob/bookings/b1"
			notFound := spacefinder.CodeNotFound
			s.Do(caller, "GET", foreign, "").IsError(404, notFound)
			s.Do(caller, "PUT", foreign, morning).IsError(404, notFound)
			s.Do(caller, "PUT", foreign, strings.Replace(morning, "isar", "inn", 1)).IsError(404, notFound)
			s.Do(caller, "PUT", foreign, morning, "If-None-Match: *").IsError(404, notFound)
			s.Do(caller, "DELETE", foreign, "").IsError(404, notFound)
			s.Do(caller, "DELETE", foreign, "", "If-Match: *").IsError(404, notFound)
			s.Do(caller, "GET", "/users/bob/bookings", "").Is(200).IsJSON(`[]`)
			s.Do(ada, "GET", item, "").Is(200).IsJSON(morningAnswer("b1"))
		})
	}
}

func TestAnAdministratorBooksForAUser(t *testing.T) {
	s := newService(t)
	s.Do(admin, "PUT", item, morning).Is(201).IsJSON(morningAnswer("b1"))
	s.Do(ada, "GET", item, "").Is(200).IsJSON(morningAnswer("b1"))
	s.Do(admin, "GET", "/users/root/bookings", "").Is(200).IsJSON(`[]`)
	s.Do(admin, "PUT", collection, `{"resourceID":"inn","userID":"root","starttimeepochtime":0}`).
		IsError(400, spacefinder.CodeInvalid, "userID")
}

func TestWhatIsRefused(t *testing.T) {
	tests := []struct {
		name, target, body string
		fields             []string
	}{
		{"no resource", collection, `{"starttimeepochtime":1795428000}`, []string{"resourceID"}},
		{"an id on the collection", collection, `{"resourceID":"isar","starttimeepochtime":0,"bookingID":"b1"}`, []string{"bookingID"}},
		{"another id than the path's", item, `{"resourceID":"isar","starttimeepochtime":0,"bookingID":"b2"}`, []string{"bookingID"}},
		{"another user than the path's", item, `{"resourceID":"isar","starttimeepochtime":0,"userID":"bob"}`, []string{"userID"}},
		{"a path that is no id", collection + "/a%20b", `{"resourceID":"isar","starttimeepochtime":0}`, []string{"bookingID"}},
		{"a location that is no id", item, `{"resourceID":"isar","locationID":"/","starttimeepochtime":0}`, []string{"locationID"}},
		{"a misspelled member", item, `{"resourceID":"isar","startTimeEpochTime":0}`, []string{"startTimeEpochTime"}},
		{"the members of an interval", item, `{"resourceID":"isar","Start":0}`, []string{"Start"}},
		{"everything at once", item, `{"bookingID":"x","userID":"y","resourceID":"?","locationID":"?"}`,
			[]string{"bookingID", "userID", "resourceID", "locationID", "starttimeepochtime"}},
		{"ids and duration at once", item, `{"resourceID":"?","starttimeepochtime":0,"endtimeepochtime":1}`,
			[]string{"resourceID", "endtimeepochtime"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			s.Do(ada, "PUT", tt.target, tt.body).IsError(400, spacefinder.CodeInvalid, tt.fields...)
			s.Do(ada, "GET", collection, "").Is(200).IsJSON(`[]`)
		})
	}
	t.Run("what is no id in a path", func(t *testing.T) {
		s := newService(t)
		invalid := spacefinder.CodeInvalid
		s.Do(ada, "GET", "/locations/a%20b/resources/isar/bookings", "").IsError(400, invalid, "locationID")
		s.Do(ada, "GET", "/locations/munich/resources/a%20b/bookings", "").IsError(400, invalid, "resourceID")
		s.Do(ada, "GET", collection+"/a%20b", "").IsError(400, invalid, "bookingID")
		s.Do(ada, "DELETE", collection+"/a%20b", "").IsError(400, invalid, "bookingID")
		s.Do(admin, "GET", "/users/a%20b/bookings", "").IsError(400, invalid, "userID")
		s.Do(admin, "PUT", "/users/a%20b/bookings", morning).IsError(400, invalid, "userID")
	})
}
