package test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// A path that is written oddly names what it names plainly, or nothing. It
// never takes a caller where the plain path would not.
func TestOddPathsOpenNoDoor(t *testing.T) {
	admin, alice := shared.as(shared.admin), shared.as(shared.alice)
	r, id := newRoom(t, admin), newID("booking")
	book(t, shared.as(shared.bob), shared.bob.ID, id, r.slot(0))
	me, bob := shared.alice.ID, shared.bob.ID
	for _, path := range []string{
		"/users/" + me + "/../" + bob + "/bookings",
		"/users/" + me + "/%2e%2e/" + bob + "/bookings",
		"/users/" + me + "%2f..%2f" + bob + "/bookings",
		"/users/" + me + "%2F%2e%2E%2F" + bob + "/bookings",
		"/users/" + me + "%252f..%252f" + bob + "/bookings",
		"/users/" + me + "/bookings/../../" + bob + "/bookings/" + id,
		"/users/" + me + "/bookings/..%2f..%2f" + bob + "%2fbookings%2f" + id,
		"/users/" + me + "/bookings/%2e%2e%2f%2e%2e%2f" + bob + "%2fbookings%2f" + id,
		"/users//" + bob + "/bookings",
		"/users/*/bookings",
		"/users/%2a/bookings",
		"/users/?/bookings",
		"/users/%3f/bookings",
		"/users/" + bob + "%00/bookings",
		"/users/" + bob + "%0a/bookings",
		"/users/" + strings.ToUpper(bob) + "/bookings",
		"/users/" + bob + "/bookings/",
		"/users/" + bob + "/bookings/" + id + "/",
		"/locations/../users/" + bob + "/bookings",
		"/locations/%2e%2e%2fusers%2f" + bob + "%2fbookings",
		"/locations/%2e%2e/users/" + bob + "/bookings",
		"//users/" + bob + "/bookings",
		"/./users/" + bob + "/bookings",
		"/Users/" + bob + "/bookings",
	} {
		t.Run(path, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodDelete} {
				answer := alice.Do(t, method, path, nil)
				if answer.Status < http.StatusBadRequest {
					t.Errorf("%s is answered %d %s", method, answer.Status, answer.Body)
				}
				if strings.Contains(string(answer.Body), id) {
					t.Errorf("%s shows bob's booking: %s", method, answer.Body)
				}
			}
		})
	}
	shared.as(shared.bob).Get(t, bookingPath(bob, id)).Expect(t, http.StatusOK)
}

// Targets that Go's client would not send.
func TestMalformedTargets(t *testing.T) {
	token := "Authorization: " + shared.admin.IDToken
	for _, target := range []string{
		"/locations/%", "/locations/%zz", "/locations/%2", "/locations/\x01", "locations", "*", "/locations/%ff", "/locations/%c3%28",
	} {
		t.Run(target, func(t *testing.T) {
			if status := rawGet(t, shared.site, target, token); status < 400 || status >= 500 {
				t.Errorf("answered %d", status)
			}
		})
	}
	// A proxy sends the whole address (RFC 9112 section 3.2.2).
	absolute := raw(t, shared.site, "GET http://elsewhere/locations?limit=1 HTTP/1.1\r\nHost: elsewhere\r\n"+token+"\r\n\r\n")
	if absolute == nil || absolute.Status != http.StatusOK {
		t.Errorf("an absolute target is answered %v", absolute)
	}
}

func TestTrailingSlashIsIgnoredAndDoubledSlashesAreNot(t *testing.T) {
	admin := shared.as(shared.admin)
	location := newLocation(t, admin)
	plain := admin.Get(t, locationPath(location)).Expect(t, http.StatusOK)
	slash := admin.Get(t, locationPath(location)+"/").Expect(t, http.StatusOK)
	if string(plain.Body) != string(slash.Body) {
		t.Errorf("with a slash at the end the answer is %s", slash.Body)
	}
	for _, path := range []string{"//locations", "/locations//", "/locations//" + location, "/locations/" + location + "//resources", "//"} {
		expectUnrouted(t, admin.Get(t, path))
	}
}

// Every character that an id may have survives the way through front door and
// service, escaped or not.
func TestIdsWithEveryCharacterThatIsAllowed(t *testing.T) {
	admin := shared.as(shared.admin)
	id := "A.b_c~d:e@f|g+h=i-0" + newID("")
	path := "/locations/" + strings.NewReplacer("|", "%7C", ":", "%3a", "+", "%2B").Replace(id)
	created := admin.Put(t, path, client.Location{LocationID: id, Name: "n"}).Expect(t, http.StatusCreated)
	if got := client.Decode[client.Location](t, created); got.LocationID != id {
		t.Errorf("want the id %s, got %s", id, got.LocationID)
	}
	read := admin.Get(t, "/locations/"+strings.ReplaceAll(id, "|", "%7C")).Expect(t, http.StatusOK)
	if string(read.Body) != string(created.Body) {
		t.Errorf("unescaped, the path names %s", read.Body)
	}
	longest := newID("x") + strings.Repeat("x", 128)
	longest = longest[:128]
	admin.Put(t, locationPath(longest), client.Location{Name: "n"}).Expect(t, http.StatusCreated)
	expectProblem(t, admin.Put(t, locationPath(longest+"x"), client.Location{Name: "n"}), http.StatusBadRequest, "invalid_request")
	for _, bad := range []string{"a%20b", "a%2Fb", "%2e%2e%2e%2f", "a%3Fb", "a%23b", "a%25b", "%C3%BC", "a;b", "a,b", "a!b", "a%5Cb"} {
		answer := admin.Put(t, locationPath(bad), client.Location{Name: "n"})
		expectProblem(t, answer, http.StatusBadRequest, "invalid_request")
	}
}

// API Gateway takes the verb from X-HTTP-Method-Override. Whatever the front
// door does, what it authorizes is what it then does.
func TestMethodOverrideDoesNotEscapeThePolicy(t *testing.T) {
	admin, alice := shared.as(shared.admin), shared.as(shared.alice)
	location := newLocation(t, admin)
	answer := alice.Get(t, locationPath(location), client.With("X-HTTP-Method-Override", "DELETE"))
	if answer.Status != http.StatusForbidden && answer.Status != http.StatusOK {
		t.Errorf("answered %d %s", answer.Status, answer.Body)
	}
	admin.Get(t, locationPath(location)).Expect(t, http.StatusOK)
}
