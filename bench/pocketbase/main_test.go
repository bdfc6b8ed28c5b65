package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start fills a folder and serves it until the test ends.
func start(t *testing.T) (url string) {
	t.Helper()
	dir := t.TempDir()
	if err := run(t.Context(), []string{"-data", dir, "-seed", "-users", "2", "-bookings", "300"}, io.Discard); err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(dir, "url")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-data", dir, "-ready", ready, "-synchronous", full}, io.Discard) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if text, err := os.ReadFile(ready); err == nil && len(text) > 0 {
			if status, _ := ask(t, http.MethodGet, string(text)+"/health", "", nil); status == http.StatusOK {
				return string(text)
			}
		}
	}
	t.Fatal("the server does not start")
	return ""
}

func ask(t *testing.T, method, url, token string, body any) (status int, answer map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil // not started yet
	}
	defer func() { _ = response.Body.Close() }()
	_ = json.NewDecoder(response.Body).Decode(&answer) // health answers nothing
	return response.StatusCode, answer
}

func signIn(t *testing.T, url string, n int) (id, token string) {
	t.Helper()
	status, answer := ask(t, http.MethodPost, url+"/api/collections/users/auth-with-password", "",
		map[string]string{"identity": email(n), "password": password(n)})
	record, _ := answer["record"].(map[string]any)
	id, _ = record["id"].(string)
	token, _ = answer["token"].(string)
	if status != http.StatusOK || token == "" || id == "" {
		t.Fatalf("user %d does not get in: %d %v", n, status, answer)
	}
	return id, token
}

func TestItKeepsTheRulesOfABookingSystem(t *testing.T) {
	url := start(t)
	me, mine := signIn(t, url, 0)
	other, theirs := signIn(t, url, 1)
	records := url + "/api/collections/bookings/records"
	booking := func(user string, start, end int) map[string]any {
		return map[string]any{"user": user, "resource": resourceID(0), "start": start, "end": end, timestampField: seededAt}
	}
	for _, c := range []struct {
		name, token string
		booking     map[string]any
		want        int
	}{
		{"a free hour", mine, booking(me, 9e9, 9e9+3600), http.StatusOK},
		{"the same hour for somebody else", theirs, booking(other, 9e9, 9e9+3600), http.StatusConflict},
		{"an hour that begins in it", theirs, booking(other, 9e9+1800, 9e9+5400), http.StatusConflict},
		{"an hour that ends in it", theirs, booking(other, 9e9-1800, 9e9+1800), http.StatusConflict},
		{"hours around it", theirs, booking(other, 9e9-1800, 9e9+5400), http.StatusConflict},
		{"the hour after it", theirs, booking(other, 9e9+3600, 9e9+7200), http.StatusOK},
		{"an hour that is there from the start", mine, booking(me, seedEra, seedEra+3600), http.StatusConflict},
		{"an end before the start", mine, booking(me, 8e9, 8e9-1), http.StatusBadRequest},
		{"for another user", mine, booking(other, 8e9, 8e9+3600), http.StatusBadRequest},
		{"without a token", "", booking(me, 8e9, 8e9+3600), http.StatusBadRequest},
	} {
		if status, answer := ask(t, http.MethodPost, records, c.token, c.booking); status != c.want {
			t.Errorf("%s: want %d, got %d %v", c.name, c.want, status, answer)
		}
	}
	checkReading(t, url, me, mine)
}

func checkReading(t *testing.T, url, me, token string) {
	t.Helper()
	list := url + "/api/collections/bookings/records?perPage=50&skipTotal=1&sort=start"
	_, answer := ask(t, http.MethodGet, list, token, nil)
	items, _ := answer["items"].([]any)
	for _, item := range items {
		if record, _ := item.(map[string]any); record["user"] != me {
			t.Errorf("the list has a booking of somebody else: %v", record)
		}
	}
	if len(items) != 50 {
		t.Errorf("got %d bookings, want 50", len(items))
	}
	location := url + "/api/collections/locations/records/" + locationID(119)
	if status, _ := ask(t, http.MethodGet, location, token, nil); status != http.StatusOK {
		t.Errorf("a location: got %d", status)
	}
	if status, _ := ask(t, http.MethodGet, location, "", nil); status != http.StatusNotFound {
		t.Errorf("a location without a token: got %d", status)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for want, args := range map[string]string{
		"-data is required": "-seed",
		"-synchronous must": "-data x -synchronous OFF",
		"-users must":       "-data x -users 0",
	} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
	if err := run(t.Context(), []string{"-data", filepath.Join(os.DevNull, "none")}, io.Discard); err == nil {
		t.Errorf("a folder below %s was opened", os.DevNull)
	}
}
