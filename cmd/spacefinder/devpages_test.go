package main

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The examples that a server shows are fetched from it and run as they are,
// against it: what stops working is noticed here, not by a reader.
func TestTheExamplesOfAServerRunAgainstIt(t *testing.T) {
	address, password := serveSystem(t)
	t.Run("curl, on an empty server", func(t *testing.T) {
		out := runExample(t, address, password, "book.sh", "bash")
		expectOutput(t, out, `^Signed in as [-0-9a-f]{36}\nFound isar at munich\n`+
			`Booked from \d{4}-\d\d-\d\dT10:00:00Z to \d{4}-\d\d-\d\dT11:00:00Z\nBooked again: 409\nCancelled\n$`)
	})
	t.Run("Go", func(t *testing.T) {
		out := runExample(t, address, password, "book.go", "go", "run")
		expectOutput(t, out, `^Signed in as [-0-9a-f]{36}\nFound isar at munich\n`+
			`Booked from \d{4}-\d\d-\d\dT11:00:00Z to \d{4}-\d\d-\d\dT12:00:00Z\n`+
			`Booked again: 409 booking_conflict until \d{4}-\d\d-\d\dT12:00:00Z\nCancelled\n$`)
	})
	t.Run("curl again, as everything was cancelled", func(t *testing.T) {
		expectOutput(t, runExample(t, address, password, "book.sh", "bash"), `Booked again: 409\nCancelled\n$`)
	})
	t.Run("AWS CLI", func(t *testing.T) {
		if _, err := exec.LookPath("aws"); err != nil {
			t.Skip("the AWS CLI is not installed")
		}
		expectOutput(t, runExample(t, address, password, "sign-in.sh", "bash"), `"locationID":"munich"`)
	})
}

func TestPagesAndTheFrontDoorShareAnAddress(t *testing.T) {
	address, _ := serveSystem(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	const unrouted = `{"message":"Missing Authentication Token"}`
	for _, c := range []struct {
		method, path string
		status       int
		body         string // part of it
	}{
		{"GET", "/", 200, `id="base-url">` + address + "<"},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 403, unrouted},
		{"GET", "//", 403, unrouted},
		{"GET", "/docs", 308, "/docs/"},
		{"GET", "/docs/", 200, `data-base="` + address + `"`},
		{"GET", "/docs/examples", 200, "Worked examples"},
		{"GET", "/docs/nothing", 404, "not found"},
		{"GET", "/docsx", 403, unrouted},
		{"GET", "/openapi.yaml", 200, "x-amazon-apigateway-authorizer"},
		{"GET", "/openapi.json", 200, `"url":"` + address + `"`},
		{"GET", "/openapi", 403, unrouted},
		{"GET", "/locations", 401, "Unauthorized"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, address+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != c.status || !strings.Contains(string(body), c.body) {
			t.Errorf("%s %s: %d %.200s %v, want %d and %s", c.method, c.path, answer.StatusCode, body, err, c.status, c.body)
		}
	}
}

// serveSystem runs the program over a new folder, and returns its address and
// the password of its administrator, admin@example.com, as it announces them.
func serveSystem(t *testing.T) (address, password string) {
	t.Helper()
	reader, writer := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, process{
			args:   []string{"serve", "-addr", "127.0.0.1:0", "-data", t.TempDir(), "-access-log", "off"},
			getenv: func(string) string { return "" },
			stdout: writer,
			stderr: io.Discard,
		})
		_ = writer.Close()
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the program ended with %d", code)
		}
	})
	announced := regexp.MustCompile(`ready at (\S+)|Password +(\S+)`)
	for lines := bufio.NewScanner(reader); password == "" && lines.Scan(); {
		if found := announced.FindStringSubmatch(lines.Text()); found != nil {
			address, password = cmp.Or(address, found[1]), found[2]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }() // ends with the program
	if password == "" {
		t.Fatal("the program did not announce its administrator")
	}
	return address, password
}

// runExample fetches an example, runs it and returns what it printed.
func runExample(t *testing.T, address, password, name string, command ...string) string {
	t.Helper()
	answer, err := http.Get(address + "/docs/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %v", name, answer.Status, err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	example := exec.CommandContext(t.Context(), command[0], append(command[1:], file)...)
	example.Env = append(os.Environ(), "SPACEFINDER_EMAIL=admin@example.com", "SPACEFINDER_PASSWORD="+password)
	printed, err := example.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, printed)
	}
	return string(printed)
}

func expectOutput(t *testing.T, got, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(got) {
		t.Errorf("it printed\n%s\nwhich does not match\n%s", got, pattern)
	}
}
