package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// runCommand runs a command in this process without an environment.
func runCommand(ctx context.Context, args ...string) result {
	var stdout, stderr lockedBuffer
	code := run(ctx, process{
		args: args, getenv: func(string) string { return "" }, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
	})
	return result{code, stdout.String(), stderr.String()}
}

func (r result) wants(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	for _, word := range words {
		if !strings.Contains(r.stderr, word) {
			t.Errorf("stderr does not say %q:\n%s", word, r.stderr)
		}
	}
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// folder is an open data folder with a room to book.
type folder struct {
	path  string
	db    *sqlitedb.DB
	store *sqlite.Store
}

func openFolder(t *testing.T) *folder {
	t.Helper()
	f := &folder{path: t.TempDir()}
	var err error
	if f.db, err = sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(f.path, databaseFile)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.close(t) })
	if f.store, err = sqlite.New(t.Context(), f.db); err != nil {
		t.Fatal(err)
	}
	const timestamp = "2026-01-02T03:04:05Z"
	location := spacefinder.Location{LocationID: "munich", Name: "Munich", TimeZone: "UTC", Timestamp: timestamp, Revision: "1"}
	if _, _, err := f.store.Locations().Put(t.Context(), location, store.Condition{}); err != nil {
		t.Fatal(err)
	}
	room := spacefinder.Resource{ResourceID: "isar", LocationID: "munich", Name: "Isar", Timestamp: timestamp, Revision: "1"}
	if _, _, err := f.store.Resources().Put(t.Context(), room, store.Condition{}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *folder) close(t *testing.T) {
	t.Helper()
	if err := f.db.Close(); err != nil {
		t.Error(err)
	}
}

func (f *folder) book(ctx context.Context, n int64) error {
	_, _, err := f.store.Bookings().Put(ctx, spacefinder.Booking{
		BookingID: fmt.Sprint("b", n), UserID: "ada", ResourceID: "isar", Timestamp: "2026-01-02T03:04:05Z", Revision: "1",
		Interval: spacefinder.Interval{Start: n * 3600, End: (n + 1) * 3600},
	}, store.Condition{})
	return err
}

func entries(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestAFolderMovesWhileItIsWrittenTo(t *testing.T) {
	f := openFolder(t)
	var acknowledged atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := int64(1); ctx.Err() == nil; n++ {
			if f.book(ctx, n) == nil {
				acknowledged.Add(1)
			}
		}
	})
	defer writing.Wait()
	defer stop()
	for range 3 {
		before := acknowledged.Load()
		dir := t.TempDir()
		file := filepath.Join(dir, "all.jsonl")
		runCommand(t.Context(), "export", "-data", f.path, file).wants(t, exitOK, "exported 1 locations, 1 resources, ")
		runCommand(t.Context(), "import", "-data", filepath.Join(dir, "new"), file).wants(t, exitOK, "each was compared with the file")
		second := runCommand(t.Context(), "export", "-data", filepath.Join(dir, "new"), "-")
		second.wants(t, exitOK)
		if moved := int64(strings.Count(second.stdout, `{"booking":`)); moved < before {
			t.Errorf("%d bookings moved, %d were acknowledged before", moved, before)
		}
		if got := entries(t, dir); got != "all.jsonl new" {
			t.Errorf("there are %s", got)
		}
	}
	stop()
	writing.Wait()
	if got := entries(t, f.path); strings.Contains(got, "export") {
		t.Errorf("a copy of the database is left: %s", got)
	}
}

func TestAnExportReplacesNothing(t *testing.T) {
	f := openFolder(t)
	file := filepath.Join(t.TempDir(), "all.jsonl")
	runCommand(t.Context(), "export", "-data", f.path, file).wants(t, exitOK)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	runCommand(t.Context(), "export", "-data", f.path, file).wants(t, exitFailed, "exists; it is not replaced")
	runCommand(t.Context(), "export", "-data", t.TempDir(), "-").wants(t, exitFailed, databaseFile)
	runCommand(t.Context(), "import", "-data", f.path, file).wants(t, exitFailed, "in use by another spacefinder process")
	f.close(t)
	runCommand(t.Context(), "import", "-data", f.path, file).wants(t, exitOK, "2 of them were there already")
}

func TestAMoveThatIsInterrupted(t *testing.T) {
	f := openFolder(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "all.jsonl")
	ended, end := context.WithCancel(t.Context())
	end()
	runCommand(ended, "export", "-data", f.path, file).wants(t, exitFailed)
	if got := entries(t, dir); got != "" {
		t.Errorf("an export that did not end left %s", got)
	}
	if got := entries(t, f.path); strings.Contains(got, "export") {
		t.Errorf("a copy of the database is left: %s", got)
	}
	for n := range int64(2000) {
		if err := f.book(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	runCommand(t.Context(), "export", "-data", f.path, file).wants(t, exitOK)
	into := ""
	for attempt, stopped := 0, false; !stopped; attempt++ {
		if attempt == 50 {
			t.Fatal("every import was done before it could be interrupted")
		}
		into = filepath.Join(dir, fmt.Sprint("new", attempt))
		stopped = interruptImport(t, into, file)
	}
	runCommand(t.Context(), "import", "-data", into, file).wants(t, exitOK, "imported 1 locations, 1 resources, 2000 bookings")
	if _, err := os.Stat(file + ".progress"); !os.IsNotExist(err) {
		t.Errorf("the progress file is still there: %v", err)
	}
}

// interruptImport interrupts an import once it writes, and reports whether that
// was before its end.
func interruptImport(t *testing.T, into, file string) bool {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan result, 1)
	go func() { ended <- runCommand(ctx, "import", "-data", into, file) }()
	for {
		select {
		case r := <-ended:
			if ctx.Err() == nil || r.code == exitOK {
				r.wants(t, exitOK)
				return false
			}
			r.wants(t, exitFailed, "interrupted; the same command takes the import up again")
			return true
		case <-time.After(time.Millisecond):
			if _, err := os.Stat(file + ".progress"); err == nil { // it is there before the first item
				interrupt()
			}
		}
	}
}

func TestBookingsAreMappedToNewUsers(t *testing.T) {
	f := openFolder(t)
	if err := f.book(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, users := filepath.Join(dir, "all.jsonl"), filepath.Join(dir, "map.csv")
	runCommand(t.Context(), "export", "-data", f.path, file).wants(t, exitOK)
	into := func(name string, further ...string) result {
		return runCommand(t.Context(), slices.Concat([]string{"import", "-data", filepath.Join(dir, name), file}, further)...)
	}
	into("new", "-map-users", users).wants(t, exitFailed, "no such file")
	write := func(rows string) {
		if err := os.WriteFile(users, []byte("oldUserID,newUserID\n"+rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bob,new-bob\n")
	into("new", "-map-users", users).wants(t, exitFailed, "line 4, of ada")
	into("kept", "-map-users", users, "-keep-unmapped").wants(t, exitOK)
	write("ada,new-ada\n")
	into("new", "-map-users", users).wants(t, exitOK)
	for name, want := range map[string]string{"kept": `"userID":"ada"`, "new": `"userID":"new-ada"`} {
		if got := runCommand(t.Context(), "export", "-data", filepath.Join(dir, name), "-"); !strings.Contains(got.stdout, want) {
			t.Errorf("%s: %s", name, got.stdout)
		}
	}
}

func TestMistakesInTheCommandsOfAMove(t *testing.T) {
	tables := []string{"-locations-table", "l", "-resources-table", "r", "-bookings-table", "b"}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"export"}, "export takes one argument"},
		{[]string{"export", "a", "b"}, "export takes one argument"},
		{[]string{"import"}, "import takes one argument"},
		{[]string{"import", "-"}, "standard input will not do"},
		{[]string{"import", "-locations-table", "l", "f"}, "belong together"},
		{slices.Concat([]string{"export", "-data", "d", "-"}, tables), "names one store and the tables another"},
		{slices.Concat([]string{"export", "-users", "u", "-"}, tables), "the users are in Cognito"},
		{[]string{"import", "-keep-unmapped", "f"}, "-map-users, which is not given"},
	} {
		runCommand(t.Context(), test.args...).wants(t, exitUsage, test.want)
	}
}

// serveFolder runs a server over a new folder until the test ends.
func serveFolder(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan result)
	go func() {
		served <- runCommand(ctx, "serve", "-addr", "127.0.0.1:0", "-data", data, "-access-log", "off")
	}()
	t.Cleanup(func() {
		stop()
		(<-served).wants(t, exitOK)
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(data, outputsFile)); err == nil {
			return data
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not become ready")
		}
	}
}

func TestUsersMoveAsFarAsCognitoTakesThem(t *testing.T) {
	data := serveFolder(t)
	for _, args := range [][]string{{"add", "ada@example.com"}, {"add", "bob@example.com"}, {"disable", "bob@example.com"}} {
		runCommand(t.Context(), slices.Concat([]string{"user"}, args, []string{"-data", data})...).wants(t, exitOK)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "users.csv")
	runCommand(t.Context(), "export", "-data", data, "-users", file, filepath.Join(dir, "all.jsonl")).
		wants(t, exitOK, "left out: bob@example.com: the user is disabled", "exported 2 users, left out 1")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for line := range strings.Lines(string(text)) {
		addresses = append(addresses, line[strings.LastIndex(line, ",")+1:])
	}
	slices.Sort(addresses)
	if got := strings.Join(addresses, ""); got != "ada@example.com\nadmin@example.com\ncognito:username\n" {
		t.Errorf("the users are\n%s", got)
	}
}

func TestAFolderMovesToDynamoDBAndBack(t *testing.T) {
	client := dynamotest.Client(t)
	names := dynamotest.Tables(t, client, "LocationsTable", "ResourcesTable", "BookingsTable")
	options := dynamotest.Options(dynamotest.Endpoint(t))
	key, err := options.Credentials.Retrieve(t.Context()) // DynamoDB Local keeps the tables of each key apart
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", key.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", key.SecretAccessKey)
	tables := []string{
		"-dynamodb-endpoint", dynamotest.Endpoint(t), "-region", options.Region,
		"-locations-table", names[0], "-resources-table", names[1], "-bookings-table", names[2],
	}
	f := openFolder(t)
	for n := range int64(50) {
		if err := f.book(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	runCommand(t.Context(), "export", "-data", f.path, first).wants(t, exitOK)
	runCommand(t.Context(), append([]string{"import", first}, tables...)...).wants(t, exitOK, "imported 1 locations, 1 resources, 50 bookings")
	runCommand(t.Context(), append([]string{"export", second}, tables...)...).wants(t, exitOK)
	runCommand(t.Context(), "import", "-data", filepath.Join(dir, "new"), second).wants(t, exitOK)
	third := runCommand(t.Context(), "export", "-data", filepath.Join(dir, "new"), "-")
	third.wants(t, exitOK)
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	_, was, _ := strings.Cut(string(text), "\n") // but for the time in the header
	_, is, _ := strings.Cut(third.stdout, "\n")
	if items := func(s string) string { return s[:strings.LastIndex(s, `{"end":`)] }; items(was) != items(is) {
		t.Errorf("got\n%s\nwant\n%s", is, was)
	}
}
