package test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/harness"
)

// onePathOfEach returns a path that each service answers.
func onePathOfEach(r room) map[string]string {
	return map[string]string{harness.Locations: locationPath(r.location), harness.Resources: r.path(), harness.Bookings: r.bookings()}
}

// Services that come before their tables live and wait; they are ready when the
// tables are there, and nobody has to restart them.
func TestServicesBeforeTheirTablesBecomeReadyWithThem(t *testing.T) {
	split := needsSplit(t)
	system, err := split.StartWithoutTables(t.Context(), t.TempDir()+"/data")
	if err != nil {
		t.Fatal(err)
	}
	s := visitUntilTheEnd(t, system)
	admin := s.as(s.newUser(t, "admin", s.pool.AdminGroup))
	for _, m := range system.Parts.Members() {
		expectStatus(t, m, http.StatusServiceUnavailable, "/ready")
		expectStatus(t, m, http.StatusOK, "/health")
	}
	// Nothing tells a table that is late from one that is misspelt: an operator must look.
	expectProblem(t, admin.Put(t, "/locations", client.Location{Name: "Early"}), http.StatusInternalServerError, "internal_error")

	if err := system.Parts.Tables.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range system.Parts.Members() {
		if err := m.AwaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectStatus(t, m, http.StatusOK, "/health")
	}
	for _, path := range onePathOfEach(newRoom(t, admin)) {
		admin.Get(t, path).Expect(t, http.StatusOK)
	}
	stopAfterFailures(t, s)
}

// With all services gone the front door lives, says what API Gateway says, and
// needs no help when they are back.
func TestFrontDoorBeforeServicesThatAreDown(t *testing.T) {
	needsSplit(t)
	s := startIn(t, t.TempDir()+"/data")
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	paths := onePathOfEach(newRoom(t, s.as(user)))
	for _, m := range s.system.Parts.Members() {
		if err := m.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			answer := s.as(user).Get(t, path)
			expectGatewayError(t, answer, http.StatusGatewayTimeout, "InternalServerErrorException", "Network error communicating with endpoint")
		})
	}
	expectStatus(t, s.system.Parts.Gateway, http.StatusOK, "/health")
	expectUnauthorized(t, s.api.As("").Get(t, "/locations"))

	for _, m := range s.system.Parts.Members() {
		if err := m.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range paths {
		eventually(t, "the way back", func() error {
			if answer := s.as(user).Get(t, path); answer.Status != http.StatusOK {
				return fmt.Errorf("%s: %w", path, unexpected(answer))
			}
			return nil
		})
	}
	stopAfterFailures(t, s)
}

// A service believes the headers that say who calls: it has no other way to
// know. So it refuses a request without them, and must be out of reach for all
// but the front door; docs/operations.md says so.
func TestServiceBelievesWhoeverReachesIt(t *testing.T) {
	needsSplit(t)
	admin, alice := shared.as(shared.admin), shared.alice
	r, id := newRoom(t, admin), newID("booking")
	book(t, shared.as(alice), alice.ID, id, r.slot(0))
	m := shared.system.Parts.Service(harness.Bookings)[0]
	path := bookingPath(alice.ID, id)

	expectStatus(t, m, http.StatusForbidden, path)
	expectStatus(t, m, http.StatusForbidden, path, "Authorization", alice.IDToken)
	expectStatus(t, m, http.StatusForbidden, path, "X-Caller-Id", shared.bob.ID)
	expectStatus(t, m, http.StatusForbidden, path, "X-Caller-Id", alice.ID, "X-Caller-Id", alice.ID)
	expectStatus(t, m, http.StatusOK, path, "X-Caller-Id", alice.ID)
	expectStatus(t, m, http.StatusOK, path, "X-Caller-Id", shared.bob.ID, "X-Caller-Groups", `["apiAdmins"]`)
}
