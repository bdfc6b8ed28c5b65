package test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// One id names a request in the answer, the problem and the access log.
func TestRequestIdLeadsFromTheAnswerToTheLog(t *testing.T) {
	needsFolder(t)
	alice := shared.as(shared.alice)
	answers := map[string]client.Response{
		"200": alice.Get(t, "/locations?limit=1").Expect(t, http.StatusOK),
		"404": alice.Get(t, locationPath(newID("nowhere"))).Expect(t, http.StatusNotFound),
		"401": shared.api.As("").Get(t, "/locations").Expect(t, http.StatusUnauthorized),
		"403": alice.Put(t, "/locations", client.Location{Name: "n"}).Expect(t, http.StatusForbidden),
	}
	ids := map[string]string{}
	for status, answer := range answers {
		ids[answer.RequestID()] = status
	}
	if len(ids) != len(answers) {
		t.Fatalf("request ids are given twice: %v", ids)
	}
	paths := map[string]string{"200": "/locations", "401": "/locations", "403": "/locations", "404": "/locations/{locationID}"}
	for id, line := range accessLines(t, shared.site, ids) {
		status := ids[id]
		called := line.IntegrationLatency != "-"
		if line.Status != status || line.ResourcePath != paths[status] || called != (status == "200" || status == "404") {
			t.Errorf("the access log has %+v for the answer %s", line, status)
		}
	}
}

// What the front door tells a service a client cannot tell it.
func TestHeadersOfTheFrontDoorCannotBeForged(t *testing.T) {
	admin, alice := shared.as(shared.admin), shared.as(shared.alice)
	r, id := newRoom(t, admin), newID("booking")
	book(t, shared.as(shared.bob), shared.bob.ID, id, r.slot(0))
	forgedID := uuid.NewString()
	forged := map[string]client.Option{
		"as bob":              with("X-Caller-Id", shared.bob.ID),
		"as an administrator": with("X-Caller-Groups", `["apiAdmins"]`),
		"in other spellings":  with("x-caller-id", shared.bob.ID, "X-CALLER-GROUPS", `["apiAdmins"]`, "X_Caller_Id", shared.bob.ID),
		"unreadable groups":   with("X-Caller-Groups", `{`),
		"both and an id":      with("X-Caller-Id", shared.bob.ID, "X-Caller-Groups", `["apiAdmins"]`, "requestId", forgedID),
	}
	for name, option := range forged {
		t.Run(name, func(t *testing.T) {
			expectDenied(t, alice.Get(t, bookingPath(shared.bob.ID, id), option))
			expectDenied(t, alice.Put(t, locationPath(newID("forged")), client.Location{Name: "n"}, option))
			own := newID("own")
			created := alice.Put(t, bookingPath(shared.alice.ID, own), r.slot(1), option).Expect(t, http.StatusCreated)
			if b := client.Decode[client.Booking](t, created); b.UserID != shared.alice.ID {
				t.Errorf("the booking is %s's", b.UserID)
			}
			alice.Delete(t, bookingPath(shared.alice.ID, own), option).Expect(t, http.StatusOK)
			missing := alice.Get(t, locationPath(newID("nowhere")), option)
			if p := expectProblem(t, missing, http.StatusNotFound, "not_found"); strings.Contains(p.Instance, forgedID) {
				t.Errorf("the service was told the request id %s", forgedID)
			}
		})
	}
}

func with(pairs ...string) client.Option {
	return func(r *client.Request) {
		r.Header = http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			r.Header[pairs[i]] = append(r.Header[pairs[i]], pairs[i+1])
		}
	}
}

// Connection names headers that a proxy must not pass on. It must not make the
// front door drop its own.
func TestConnectionHeaderCannotDropTheCaller(t *testing.T) {
	for _, dropped := range []string{"X-Caller-Id", "X-Caller-Groups, X-Caller-Id", "requestId", "Authorization"} {
		status := rawGet(t, shared.site, "/users/"+shared.alice.ID+"/bookings?limit=1",
			"Authorization: "+shared.alice.IDToken, "Connection: "+dropped)
		if status != http.StatusOK {
			t.Errorf("Connection: %s is answered %d", dropped, status)
		}
	}
}

// A second Authorization header, whichever comes first, is no way in.
func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	good, bad := "Authorization: "+shared.alice.IDToken, "Authorization: Bearer one.two.three"
	for _, lines := range [][]string{{good, bad}, {bad, good}, {good, strings.ToLower(good[:13]) + good[13:]}} {
		if status := rawGet(t, shared.site, "/locations?limit=1", lines...); status != http.StatusUnauthorized {
			t.Errorf("answered %d", status)
		}
	}
}

// Header names are case-insensitive (RFC 9110 section 5.1).
func TestAuthorizationHeaderInAnyCase(t *testing.T) {
	for _, name := range []string{"Authorization", "authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"} {
		status := rawGet(t, shared.site, "/locations?limit=1", name+": "+shared.alice.IDToken)
		if status != http.StatusOK {
			t.Errorf("%s is answered %d", name, status)
		}
	}
}

// The system watches over itself without a token, and tells nothing more.
func TestHealthIsOpenAndSaysNothing(t *testing.T) {
	needsFolder(t)
	response, err := http.Get(shared.api.Base + "/health")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || response.ContentLength != 0 {
		t.Errorf("/health answers %s with %d bytes", response.Status, response.ContentLength)
	}
}
