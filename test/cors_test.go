package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// Every path answers a browser's preflight for exactly its methods, without a
// token, and admits the headers that the contract knows.
func TestPreflightOnEveryPath(t *testing.T) {
	for path, methods := range shared.document.Paths() {
		t.Run(path, func(t *testing.T) {
			r := shared.api.Do(t, client.Request{
				Method: http.MethodOptions, Path: strings.NewReplacer("{", "", "}", "").Replace(path),
				Header: http.Header{
					"Origin":                         {"https://app.example.com"},
					"Access-Control-Request-Method":  {"PUT"},
					"Access-Control-Request-Headers": {"authorization,content-type,if-match"},
				},
			}).Expect(t, http.StatusOK)
			allowed := strings.Split(r.Header.Get("Access-Control-Allow-Methods"), ",")
			want := append([]string{http.MethodOptions}, methods...)
			slices.Sort(allowed)
			slices.Sort(want)
			if !slices.Equal(allowed, want) {
				t.Errorf("want the methods %v, got %v", want, allowed)
			}
			headers := strings.Split(r.Header.Get("Access-Control-Allow-Headers"), ",")
			for _, name := range []string{"Authorization", "Content-Type", "If-Match", "If-None-Match"} {
				if !slices.Contains(headers, name) {
					t.Errorf("%s is not admitted: %v", name, headers)
				}
			}
		})
	}
}

// A page of another origin can read every answer, and the headers that it
// needs of it. That every answer has Access-Control-Allow-Origin is checked
// for all answers of the suite.
func TestAnswersExposeTheirHeadersToBrowsers(t *testing.T) {
	origin := client.With("Origin", "https://app.example.com")
	anonymous, alice := shared.api.As(""), shared.as(shared.alice)
	for name, c := range map[string]struct {
		answer  client.Response
		exposed []string
	}{
		"a list":              {alice.Get(t, "/locations?limit=1", origin), []string{"ETag", "Link", "Location", "x-amzn-RequestId"}},
		"a service's error":   {alice.Get(t, locationPath(newID("nowhere")), origin), []string{"x-amzn-RequestId", "Retry-After"}},
		"401 of the door":     {anonymous.Get(t, "/locations", origin), []string{"x-amzn-RequestId", "x-amzn-ErrorType"}},
		"403 of the policy":   {alice.Put(t, "/locations", client.Location{Name: "n"}, origin), []string{"x-amzn-RequestId", "x-amzn-ErrorType"}},
		"403 of the routing":  {anonymous.Get(t, "/nothing", origin), []string{"x-amzn-RequestId", "x-amzn-ErrorType"}},
		"400 of the document": {shared.as(shared.admin).Put(t, "/locations", []byte("{}"), origin), []string{"x-amzn-ErrorType"}},
	} {
		exposed := strings.Split(c.answer.Header.Get("Access-Control-Expose-Headers"), ",")
		for _, header := range c.exposed {
			if !slices.Contains(exposed, header) {
				t.Errorf("%s does not expose %s: %v", name, header, exposed)
			}
		}
		if credentials := c.answer.Header.Get("Access-Control-Allow-Credentials"); credentials != "" {
			t.Errorf("%s allows credentials to every origin", name)
		}
	}
}

// No cache may hand one user's answer to another, no browser guess a type.
func TestAnswersAreNotForSharedCaches(t *testing.T) {
	r := shared.as(shared.alice).Get(t, "/users/"+shared.alice.ID+"/bookings").Expect(t, http.StatusOK)
	if got := r.Header.Get("Cache-Control"); !strings.Contains(got, "private") {
		t.Errorf("Cache-Control is %q", got)
	}
	if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options is %q", got)
	}
	if got := r.Header.Get("Server"); got != "" {
		t.Errorf("the answer names the server: %q", got)
	}
}
