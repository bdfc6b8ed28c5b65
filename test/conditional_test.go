package test

import (
	"net/http"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// kind is one kind of item, so that the rules of conditional requests are
// checked on all three.
type kind struct {
	path           string
	first, changed any
}

func kinds(t *testing.T) map[string]kind {
	t.Helper()
	admin := shared.as(shared.admin)
	r := newRoom(t, admin)
	return map[string]kind{
		"location": {locationPath(newID("location")), client.Location{Name: "first"}, client.Location{Name: "changed"}},
		"resource": {resourcePath(r.location, newID("room")), client.Resource{Name: "first"}, client.Resource{Name: "changed"}},
		"booking":  {bookingPath(shared.admin.ID, newID("booking")), r.slot(0), r.slot(1)},
	}
}

func TestConditionalRequests(t *testing.T) {
	admin := shared.as(shared.admin)
	ifMatch := func(tag string) client.Option { return client.With("If-Match", tag) }
	ifNoneMatch := func(tag string) client.Option { return client.With("If-None-Match", tag) }
	failed := func(t *testing.T, r client.Response) {
		t.Helper()
		expectProblem(t, r, http.StatusPreconditionFailed, "precondition_failed")
	}
	for name, k := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			failed(t, admin.Put(t, k.path, k.first, ifMatch("*")))
			failed(t, admin.Put(t, k.path, k.first, ifMatch(`"unknown"`)))
			failed(t, admin.Delete(t, k.path, ifMatch("*")))
			first := admin.Put(t, k.path, k.first, ifNoneMatch("*")).Expect(t, http.StatusCreated).ETag()
			failed(t, admin.Put(t, k.path, k.changed, ifNoneMatch("*")))

			unchanged := admin.Get(t, k.path, ifNoneMatch(first)).Expect(t, http.StatusNotModified)
			if unchanged.ETag() != first {
				t.Errorf("304 has the ETag %s, the item %s", unchanged.ETag(), first)
			}
			admin.Get(t, k.path, ifNoneMatch("W/"+first)).Expect(t, http.StatusNotModified)
			admin.Get(t, k.path, ifNoneMatch(`"other", `+first)).Expect(t, http.StatusNotModified)
			admin.Get(t, k.path, ifNoneMatch(`"other"`)).Expect(t, http.StatusOK)

			failed(t, admin.Put(t, k.path, k.changed, ifMatch("W/"+first)))
			failed(t, admin.Put(t, k.path, k.changed, ifNoneMatch(first)))
			second := admin.Put(t, k.path, k.changed, ifMatch(`"other", `+first)).Expect(t, http.StatusOK).ETag()
			if second == first {
				t.Error("a change keeps the ETag")
			}
			failed(t, admin.Put(t, k.path, k.first, ifMatch(first)))
			failed(t, admin.Delete(t, k.path, ifMatch(first)))
			admin.Get(t, k.path, ifNoneMatch(first)).Expect(t, http.StatusOK)
			admin.Delete(t, k.path, ifMatch(second)).Expect(t, http.StatusOK)
			admin.Delete(t, k.path).Expect(t, http.StatusOK)
			expectProblem(t, admin.Get(t, k.path), http.StatusNotFound, "not_found")
		})
	}
}

// A client that lost the answer repeats its request and gets the answer again
// (I6), even with the condition of the first attempt.
func TestRepeatedPutGetsTheFirstAnswer(t *testing.T) {
	admin := shared.as(shared.admin)
	for name, k := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			created := admin.Put(t, k.path, k.first).Expect(t, http.StatusCreated)
			again := admin.Put(t, k.path, k.first).Expect(t, http.StatusOK)
			if again.ETag() != created.ETag() || string(again.Body) != string(created.Body) {
				t.Errorf("the repeated request changed %s %s to %s %s", created.ETag(), created.Body, again.ETag(), again.Body)
			}
			changed := admin.Put(t, k.path, k.changed, client.With("If-Match", created.ETag())).Expect(t, http.StatusOK)
			again = admin.Put(t, k.path, k.changed, client.With("If-Match", created.ETag())).Expect(t, http.StatusOK)
			if again.ETag() != changed.ETag() || string(again.Body) != string(changed.Body) {
				t.Errorf("the repeated change is answered %s %s", again.ETag(), again.Body)
			}
			admin.Delete(t, k.path).Expect(t, http.StatusOK)
			admin.Delete(t, k.path).Expect(t, http.StatusOK)
		})
	}
}

func TestMalformedConditionIsRefused(t *testing.T) {
	admin := shared.as(shared.admin)
	path := newRoom(t, admin).path()
	for _, tag := range []string{"unquoted", `"open`, `*, "a"`, `"a" "b`, ","} {
		r := admin.Put(t, path, client.Resource{Name: "n"}, client.With("If-Match", tag))
		expectProblem(t, r, http.StatusBadRequest, "invalid_request")
	}
}

// What was read can be written back as it is.
func TestAnswersCanBeWrittenBack(t *testing.T) {
	admin := shared.as(shared.admin)
	for name, k := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			admin.Put(t, k.path, k.first).Expect(t, http.StatusCreated)
			read := admin.Get(t, k.path).Expect(t, http.StatusOK)
			written := admin.Put(t, k.path, read.Body).Expect(t, http.StatusOK)
			if written.ETag() != read.ETag() || string(written.Body) != string(read.Body) {
				t.Errorf("writing %s back makes %s", read.Body, written.Body)
			}
		})
	}
}
