package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/bench/internal/load"
)

func TestSlotsOfAnEraNeverOverlap(t *testing.T) {
	booked := map[int][]spacefinder.Interval{}
	for n := range int64(10 * siteSize) {
		resource, interval := slot(freeEra(), n)
		for _, other := range booked[resource] {
			if interval.Overlaps(other) {
				t.Fatalf("slot %d of resource %d, %v, overlaps %v", n, resource, interval, other)
			}
		}
		booked[resource] = append(booked[resource], interval)
	}
	if len(booked) != siteSize {
		t.Errorf("%d resources are booked, want all %d", len(booked), siteSize)
	}
}

// A day of a hundred thousand operations a second stays within its era.
func TestErasHaveRoomForAnyRun(t *testing.T) {
	const most = 100_000 * 86400
	for _, c := range []struct {
		name      string
		era, next int64
		slots     int64
	}{
		{"what is there before", seedEra(), freeEra(), maxSize},
		{"free slots", freeEra(), contestEra(), most / 3},
		{"contested slots", contestEra(), spacefinder.MaxTime, most / contenders},
	} {
		if _, last := slot(c.era, c.slots); last.End > c.next {
			t.Errorf("%s: the last slot ends %d s late", c.name, last.End-c.next)
		}
	}
}

func TestSeededItemsAreValid(t *testing.T) {
	for i := range siteSize {
		if problems := seededLocation(i).Problems(); problems != nil {
			t.Fatalf("location %d: %v", i, problems)
		}
		if problems := seededResource(i).Problems(); problems != nil {
			t.Fatalf("resource %d: %v", i, problems)
		}
	}
	b, err := newBooking("user", freeEra(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if problems := slices.Concat(b.Problems(), spacefinder.DefaultBookingRules().Problems(b.Interval)); problems != nil {
		t.Error(problems)
	}
}

func TestAContestHasOneWinnerASlot(t *testing.T) {
	for _, c := range []struct {
		name       string
		asked, won int64
		fair       bool
	}{
		{"nobody asked", 0, 0, true},
		{"one slot, all asked", contenders, 1, true},
		{"the second slot has begun", contenders + 1, 2, true},
		{"a slot without a winner", 2 * contenders, 1, false},
		{"a slot booked twice", contenders, 2, false},
	} {
		var f spaceFinder
		f.contest.Store(c.asked)
		f.won.Store(c.won)
		if err := f.checkContest(); (err == nil) != c.fair {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestAnswersCountByTheirStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/created": http.StatusCreated, "/taken": http.StatusConflict, "/broken": http.StatusBadGateway}
		if r.Header.Get("Authorization") != "token" {
			t.Errorf("%s came without its token", r.URL)
		}
		w.WriteHeader(status[r.URL.Path])
		_, _ = io.WriteString(w, "what the server says")
	}))
	defer server.Close()
	c := newClient(1)
	c.connect(server.URL)
	defer c.close()
	for _, test := range []struct {
		path    string
		refusal int
		outcome load.Outcome
		failure string
	}{
		{"/created", 0, load.Accepted, ""},
		{"/taken", http.StatusConflict, load.Refused, ""},
		{"/taken", 0, load.Accepted, "want 201, got 409 Conflict: what the server says"},
		{"/broken", http.StatusConflict, load.Accepted, "want 201, got 502"},
	} {
		outcome, err := c.do(t.Context(), 0, call{
			method: http.MethodPut, path: test.path, token: "token", want: http.StatusCreated, refusal: test.refusal,
		})
		failed := err != nil && strings.Contains(err.Error(), test.failure)
		if outcome != test.outcome || failed != (test.failure != "") {
			t.Errorf("%s: got %v, %v", test.path, outcome, err)
		}
	}
}
