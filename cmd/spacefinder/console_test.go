package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/console"
	"github.com/spacefinder/spacefinder/internal/console/series"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/telemetry"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

func openTestDatabase(t *testing.T) (db *sqlitedb.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), databaseFile)
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, path
}

func newDirectory(t *testing.T) directory {
	t.Helper()
	db, _ := openTestDatabase(t)
	pool, err := userpool.Open(t.Context(), db, userpool.Config{BaseURL: "http://127.0.0.1:8080" + cognitoPrefix, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return ownDirectory(pool, "us-east-1", "http://127.0.0.1:8080")
}

// userOf returns the user with an address.
func userOf(t *testing.T, d directory, email string) console.User {
	t.Helper()
	page, err := d.Users(t.Context(), email, "")
	if err != nil || len(page.Users) != 1 {
		t.Fatalf("%s: %+v, %v", email, page, err)
	}
	return page.Users[0]
}

func TestTheConsoleDoesWithUsersWhatTheCommandDoes(t *testing.T) {
	d := newDirectory(t)
	id, password, err := d.Create(t.Context(), "ada@example.com")
	if err != nil || len(password) < 20 {
		t.Fatalf("%q, %v", password, err)
	}
	if u := userOf(t, d, "ada@"); u.ID != id || !u.Verified || !u.Enabled || u.Status != "CONFIRMED" || len(u.Groups) != 0 || u.Created.IsZero() {
		t.Errorf("a new user is %+v", u)
	}
	for name, step := range map[string]func() error{
		"grant":   func() error { return d.Grant(t.Context(), id, "apiAdmins") },
		"disable": func() error { return d.Disable(t.Context(), id) },
	} {
		if err := step(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u := userOf(t, d, "ada@example.com"); u.Enabled || !slices.Equal(u.Groups, []string{"apiAdmins"}) {
		t.Errorf("disabled and in the group, the user is %+v", u)
	}
	if err := errors.Join(d.Enable(t.Context(), id), d.Revoke(t.Context(), id, "apiAdmins")); err != nil {
		t.Error(err)
	}
	if u, err := d.User(t.Context(), id); err != nil || !u.Enabled || len(u.Groups) != 0 || u.Email != "ada@example.com" {
		t.Errorf("enabled and out of the group, the user is %+v, %v", u, err)
	}
	if again, err := d.ResetPassword(t.Context(), id); err != nil || again == password {
		t.Errorf("the new password is the old one, or %v", err)
	}
	if err := d.Delete(t.Context(), id); err != nil {
		t.Error(err)
	}
	if page, err := d.Users(t.Context(), "", ""); err != nil || len(page.Users) != 0 {
		t.Errorf("after the deletion there are %+v, %v", page, err)
	}
}

func TestTextThatIsSearchedForIsNoFilterOfItsOwn(t *testing.T) {
	d := newDirectory(t)
	for _, prefix := range []string{`"`, `\`, `x" or email ^= "`, `\"`} {
		if page, err := d.Users(t.Context(), prefix, ""); err != nil || len(page.Users) != 0 {
			t.Errorf("%q: %+v, %v", prefix, page, err)
		}
	}
}

func TestGroupsAreListed(t *testing.T) {
	groups, err := newDirectory(t).Groups(t.Context())
	if err != nil || len(groups) != 1 || groups[0].Name != "apiAdmins" {
		t.Errorf("%+v, %v", groups, err)
	}
}

func TestWhatThePoolRefusesIsExplained(t *testing.T) {
	d := newDirectory(t)
	if _, _, err := d.Create(t.Context(), "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	_, _, taken := d.Create(t.Context(), "ada@example.com")
	_, _, noAddress := d.Create(t.Context(), "no address")
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"an address that is taken":        {taken, http.StatusConflict},
		"what is no address":              {noAddress, http.StatusBadRequest},
		"a user whom there is not":        {d.Disable(t.Context(), "00000000-0000-0000-0000-000000000000"), http.StatusNotFound},
		"a group that there is not":       {d.Grant(t.Context(), "ada@example.com", "nobody"), http.StatusNotFound},
		"an error that is nobody's fault": {io.ErrUnexpectedEOF, 0},
	} {
		var refused *console.RefusedError
		if !errors.As(explain(c.err), &refused) {
			refused = &console.RefusedError{}
		}
		if refused.Status != c.want || (c.want != 0 && refused.Message == "") {
			t.Errorf("%s: %d %q, want %d; the error is %v", name, refused.Status, refused.Message, c.want, c.err)
		}
	}
}

func TestACopyIsADatabaseAndLeavesNothingBehind(t *testing.T) {
	_, path := openTestDatabase(t)
	left := filepath.Join(filepath.Dir(path), ".spacefinder-backup-of-a-crash")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	copied, size, err := copies{path}.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(copied)
	if err != nil || int64(len(content)) != size || !bytes.HasPrefix(content, []byte("SQLite format 3\x00")) {
		t.Errorf("%d bytes of %d, %v", len(content), size, err)
	}
	if err := copied.Close(); err != nil {
		t.Error(err)
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), copyPattern)); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}

func TestACopyThatFailsLeavesNothingBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), databaseFile)
	if _, _, err := (copies{path}).Copy(t.Context()); err == nil {
		t.Fatal("there was nothing to copy")
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), copyPattern)); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}

func TestTheConsoleMeasuresWhatTelemetryCounts(t *testing.T) {
	metrics := telemetry.New("test")
	requests := metrics.Gateway([]telemetry.Operation{{Method: "GET", Route: "/locations"}}, []string{"AUTHORIZER_FAILURE"})
	for _, status := range []int{200, 200, 404, 500} {
		requests.Observe(telemetry.GatewayRequest{
			Operation: telemetry.Operation{Method: "GET", Route: "/locations"}, Status: status, Latency: 3 * time.Millisecond,
		})
	}
	requests.Observe(telemetry.GatewayRequest{Status: 500, ErrorType: "AUTHORIZER_FAILURE", Latency: time.Millisecond})
	bookings := metrics.Service("bookings", []telemetry.Operation{{Method: "PUT", Route: "/b"}}, map[string]int{"unavailable": 503, "conflict": 409})
	for _, code := range []string{"", "conflict", "unavailable"} {
		bookings.Observe(telemetry.Operation{Method: "PUT", Route: "/b"}, code, time.Millisecond)
	}
	source := &consoleSource{metrics: metrics, limit: 1 << 30, healthy: func(context.Context) error { return io.EOF }}
	sample := source.Sample()
	for name, want := range map[string]float64{
		series.APIRequests: 5, series.API4XX: 1, series.API5XX: 2, series.APIAuthorizerFailures: 1,
		series.ServiceRequests("bookings"): 3, series.ServiceErrors("bookings"): 1, series.ServiceRefusals("bookings"): 1,
		series.ServiceRequests("locations"): 0,
	} {
		if got, found := sample.Counters[name]; !found || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if n := sample.Distributions[series.APILatency].Count(); n != 5 {
		t.Errorf("%v latencies, want 5", n)
	}
	if g := sample.Gauges; g[series.ProcessUnhealthy] != 1 || g[series.ProcessMemoryLimit] != 1<<30 || g[series.ProcessGoroutines] < 1 || g[series.ProcessCPUs] < 1 {
		t.Errorf("gauges %v", g)
	}
}

func TestTheConsoleIsOnOrOff(t *testing.T) {
	for mode, want := range map[string]bool{"on": true, "off": true, "": false, "yes": false} {
		set := newFlagSet(process{args: []string{"-console=" + mode}, getenv: func(string) string { return "" }}, "serve", "")
		var o consoleOptions
		o.register(set)
		_ = set.parse() // mistakes are in err
		o.check(set)
		if ok := set.err() == nil; ok != want {
			t.Errorf("-console=%s is accepted: %v, want %v", mode, ok, want)
		}
	}
	off := consoleOptions{mode: consoleOff}
	if off.newTraffic() != nil || off.path() != "" || len(consoleMounts(nil)) != 0 {
		t.Error("a console that is off is not nothing")
	}
}
