package test

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// result is what a command did.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program to its end.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return runWith(t, nil, nil, args...)
}

// runWith is run with environment variables and standard input.
func runWith(t *testing.T, environment []string, input io.Reader, args ...string) result {
	t.Helper()
	p, err := harness.Start(shared.binary, environment, input, args...)
	if err != nil {
		t.Fatal(err)
	}
	code, err := p.Wait(patience)
	if err != nil {
		_ = p.Kill()
		t.Fatal(err)
	}
	if err := p.Races(); err != nil {
		t.Error(err)
	}
	return result{code, p.Stdout(), p.Stderr()}
}

// fails ends the test unless the command failed and said so in these words, on
// stderr alone.
func (r result) fails(t *testing.T, words ...string) {
	t.Helper()
	if r.code == 0 || r.stdout != "" {
		t.Fatalf("want a failure, got the exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(r.stderr, w) {
			t.Errorf("the error lacks %q:\n%s", w, r.stderr)
		}
	}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, ".go:") {
		t.Errorf("the error shows our insides:\n%s", r.stderr)
	}
}

// succeeds ends the test unless the command succeeded, and returns what it
// printed.
func (r result) succeeds(t *testing.T) string {
	t.Helper()
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

func TestHelpAndVersion(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"--help"}} {
		text := run(t, args...).succeeds(t)
		for _, word := range []string{
			"serve", "user", "backup", "healthcheck", "version", "-addr", "-data",
			"SPACEFINDER_ADDR", "SPACEFINDER_DATA", "127.0.0.1:8080", "./spacefinder-data",
		} {
			if !strings.Contains(text, word) {
				t.Errorf("%v does not speak of %s:\n%s", args, word, text)
			}
		}
	}
	for _, command := range []string{"serve", "gateway", "service", "backup", "healthcheck"} {
		if text := run(t, command, "--help").succeeds(t); !strings.Contains(text, "Usage: spacefinder") {
			t.Errorf("%s --help says %s", command, text)
		}
	}
	if text := run(t, "version").succeeds(t); !regexp.MustCompile(`^spacefinder \S+ go1\.\S+ \w+/\w+\n$`).MatchString(text) {
		t.Errorf("the version is %q", text)
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	run(t, "sevre").fails(t, `"sevre"`, "help")
	run(t, "serve", "extra").fails(t, "extra")
	run(t, "serve", "-no-such-flag").fails(t, "no-such-flag")
	run(t, "backup").fails(t, "file")
	run(t, "user", "promote").fails(t, "promote")
	run(t, "service", "rooms").fails(t, "locations, resources or bookings")
}

// An operator who made five mistakes learns of five, also of those in the
// environment.
func TestEveryMistakeInTheSettingsIsReportedAtOnce(t *testing.T) {
	needsOneProcess(t)
	runWith(t, []string{"SPACEFINDER_LONGEST_BOOKING=forever"}, nil,
		"serve", "-data", t.TempDir(), "-addr", "nowhere", "-admin-bookings", "some", "-shortest-booking", "1s",
		"-throttle-rate", "fast", "-log-level", "loud", "-public-url", "https://spaces.example.com/below",
	).fails(t, "-addr", "-admin-bookings", "-shortest-booking", "-throttle-rate", "-log-level", "-public-url",
		"SPACEFINDER_LONGEST_BOOKING")
}

func TestUnusableFolderAndPort(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "serve", "-addr", "127.0.0.1:0", "-data", file).fails(t, file)
	run(t, "serve", "-addr", "127.0.0.1:0", "-data", file+"/within").fails(t, file)

	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, harness.DatabaseFile), []byte(strings.Repeat("not a database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "serve", "-addr", "127.0.0.1:0", "-data", foreign).fails(t, harness.DatabaseFile)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	taken := listener.Addr().String()
	run(t, "serve", "-addr", taken, "-data", t.TempDir()).fails(t, taken, "in use")
}

func TestFolderIsForOneServer(t *testing.T) {
	needsOneProcess(t)
	run(t, "serve", "-addr", "127.0.0.1:0", "-data", shared.system.Dir).fails(t, shared.system.Dir, "in use")
	shared.as(shared.alice).Get(t, "/locations?limit=1").Expect(t, http.StatusOK)
	outputs, err := harness.ReadOutputs(filepath.Join(shared.system.Dir, harness.OutputsFile))
	if err != nil || outputs != shared.system.Outputs {
		t.Errorf("the second server overwrote the outputs: %+v, %v", outputs, err)
	}
}

// What scripts rely on: the two files, their modes, and addresses of the
// promised forms.
func TestOutputsAndCredentials(t *testing.T) {
	needsOneProcess(t)
	o := shared.system.Outputs
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+$`).MatchString(o.APIEndpoint) || strings.HasSuffix(o.APIEndpoint, ":0") {
		t.Errorf("APIEndpoint is %q", o.APIEndpoint)
	}
	if o.CognitoEndpoint != o.APIEndpoint+"/cognito/" {
		t.Errorf("CognitoEndpoint is %q", o.CognitoEndpoint)
	}
	if !regexp.MustCompile(`^us-east-1_[0-9A-Za-z]{9}$`).MatchString(o.UserPool) {
		t.Errorf("UserPool is %q", o.UserPool)
	}
	if o.UserPoolAdminGroupName != "apiAdmins" {
		t.Errorf("UserPoolAdminGroupName is %q", o.UserPoolAdminGroupName)
	}
	for name, mode := range map[string]os.FileMode{
		"": 0o700, harness.CredentialsFile: 0o600, harness.DatabaseFile: 0o600, harness.AccessLogFile: 0o600,
	} {
		info, err := os.Stat(filepath.Join(shared.system.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%q has the mode %o, want %o", name, got, mode)
		}
	}
	claims, err := people.Claims(shared.alice.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	if claims["iss"] != o.APIEndpoint+"/cognito/"+o.UserPool {
		t.Errorf("the issuer is %v", claims["iss"])
	}
}

func TestSettingsFromTheEnvironment(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p, err := harness.Start(shared.binary, []string{
		"SPACEFINDER_ADDR=127.0.0.1:0", "SPACEFINDER_DATA=" + dir, "SPACEFINDER_ACCESS_LOG=off", "SPACEFINDER_ADMIN_EMAIL=root@example.org",
	}, nil) // without a command it serves
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the announcement", func() error {
		if !strings.Contains(p.Stdout(), "root@example.org") {
			return io.ErrNoProgress
		}
		return nil
	})
	outputs, err := harness.ReadOutputs(filepath.Join(dir, harness.OutputsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Stdout(), outputs.APIEndpoint) {
		t.Errorf("the address is not printed:\n%s", p.Stdout())
	}
	run(t, "healthcheck", outputs.APIEndpoint+"/health").succeeds(t)
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

func TestHealthcheck(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	s := own(t)
	run(t, "healthcheck", s.system.Outputs.APIEndpoint+"/health").succeeds(t)
	run(t, "healthcheck", "-addr", s.system.Addr()).succeeds(t)
	run(t, "healthcheck", s.system.Outputs.APIEndpoint+"/locations").fails(t, "401")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, "healthcheck", "-addr", nobody).fails(t, "not healthy")
}

// A backup is made while clients write. It starts as a system of its own and
// has everything that was acknowledged before it was asked for.
func TestBackupOfARunningSystem(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	s := own(t)
	user := s.newUser(t, "admin", s.pool.AdminGroup)
	l := newLoad(t, s, user)
	r := newRoom(t, s.as(user))
	booking := book(t, s.as(user), user.ID, "kept", r.slot(0))
	stop := l.start(s)
	restored := filepath.Join(t.TempDir(), "restored")
	if err := os.Mkdir(restored, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(restored, harness.DatabaseFile)
	run(t, "backup", "-data", s.system.Dir, file).succeeds(t)
	stop()
	run(t, "backup", "-data", s.system.Dir, file).fails(t, file) // it overwrites nothing
	run(t, "backup", "-data", t.TempDir(), filepath.Join(t.TempDir(), "copy")).fails(t, harness.DatabaseFile)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v, %v", info.Mode(), err)
	}
	// It is a copy in all but the address, so its user signs in anew.
	twin := ownIn(t, restored)
	tokens, err := twin.pool.SignIn(t.Context(), user.Email, user.Password)
	if err != nil {
		t.Fatal(err)
	}
	again := twin.api.As(tokens.IDToken).Get(t, bookingPath(user.ID, "kept")).Expect(t, http.StatusOK)
	if string(again.Body) != string(booking.Body) {
		t.Errorf("the booking %s is %s in the copy", booking.Body, again.Body)
	}
	all, _ := client.All[client.Booking](t, twin.api.As(tokens.IDToken), "/users/"+user.ID+"/bookings")
	perRoom := map[string][]client.Booking{}
	for _, b := range all {
		perRoom[b.ResourceID] = append(perRoom[b.ResourceID], b)
	}
	for _, bookings := range perRoom {
		if err := overlapping(bookings); err != nil {
			t.Error(err)
		}
	}
}
