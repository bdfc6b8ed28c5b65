package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mailServer takes mails (RFC 5321) and hands their texts on.
func mailServer(t *testing.T) (addr string, mails <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	received := make(chan string, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			received <- takeMail(conn)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String(), received
}

// takeMail speaks with a client until it quits, and returns all that it said.
func takeMail(conn net.Conn) string {
	var said strings.Builder
	_, _ = fmt.Fprint(conn, "220 ready\r\n")
	data := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := lines.Text()
		said.WriteString(line + "\n")
		switch {
		case data && line != ".":
		case line == "DATA":
			data = true
			_, _ = fmt.Fprint(conn, "354 go on\r\n")
		case line == "QUIT":
			_, _ = fmt.Fprint(conn, "221 bye\r\n")
			return said.String()
		default:
			data = false
			_, _ = fmt.Fprint(conn, "250 ok\r\n")
		}
	}
	return said.String()
}

// secrets are what must not leak, by what they are.
type secrets map[string]string

func (s secrets) addTokens(whose string, t tokens) {
	for kind, token := range map[string]string{"ID token": t.IdToken, "access token": t.AccessToken, "refresh token": t.RefreshToken} {
		s[whose+"'s "+kind] = token
		if parts := strings.Split(token, "."); len(parts) == 3 {
			s["the signature of "+whose+"'s "+kind] = parts[2]
		}
	}
}

// check looks for the secrets in a text.
func (s secrets) check(t *testing.T, where, text string) {
	t.Helper()
	for what, secret := range s {
		if secret == "" {
			t.Errorf("%s is not known, so nothing is proven", what)
		} else if strings.Contains(text, secret) {
			t.Errorf("%s has %s", where, what)
		}
	}
}

// ann signs up, confirms and signs in, with mistakes at each step.
func (s *server) ann(known secrets, mails <-chan string) tokens {
	const name, password = "ann@example.com", "Correct-horse-7-battery"
	known["ann's password"] = password
	status, _ := s.pool("SignUp", map[string]any{
		"Username": name, "Password": password, "UserAttributes": []map[string]string{{"Name": "email", "Value": name}},
	})
	if status != http.StatusOK {
		s.t.Fatalf("sign up: %d", status)
	}
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(<-mails)
	known["ann's code"] = code
	s.signIn(name, password) // which is too early
	s.pool("ConfirmSignUp", map[string]any{"Username": name, "ConfirmationCode": "x" + code})
	if status, _ := s.pool("ConfirmSignUp", map[string]any{"Username": name, "ConfirmationCode": code}); status != http.StatusOK {
		s.t.Fatalf("confirm: %d", status)
	}
	s.signIn(name, password+"?")
	t := s.signIn(name, password)
	_, fresh := s.pool("InitiateAuth", map[string]any{
		"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": map[string]string{"REFRESH_TOKEN": t.RefreshToken},
	})
	known["ann's fresh ID token"] = fresh.IdToken
	return t
}

// TestNoSecretIsInLogsOrMetrics drives sign-ups, sign-ins, bookings and
// requests that fail, with everything logged that can be.
func TestNoSecretIsInLogsOrMetrics(t *testing.T) {
	var log lockedBuffer
	accessLog := filepath.Join(t.TempDir(), "access.log")
	addr, mails := mailServer(t)
	s := startServer(t, &log, "-log-level", "debug", "-access-log", accessLog, "-emf-namespace", "SpaceFinder/test",
		"-smtp-addr", addr, "-smtp-from", "spaces@example.com", "-smtp-insecure")
	known := secrets{"the administrator's password": s.password, "the secret key": s.secretKey(), "a private key": "PRIVATE KEY"}
	admin := s.admin()
	known.addTokens("the administrator", admin)
	ann := s.ann(known, mails)
	known.addTokens("ann", ann)

	for _, step := range []struct {
		method, path, token, body string
		status                    int
	}{
		{"PUT", "/locations/munich", admin.IdToken, `{"name":"Munich office"}`, 201},
		{"PUT", "/locations/munich/resources/isar", admin.IdToken, `{"name":"Isar","type":"room"}`, 201},
		{"PUT", "/users/me/bookings", ann.IdToken, `{"resourceID":"isar","start":"2030-01-07T10:00:00Z"}`, 403},
		{"PUT", "/users/ann/bookings/1", admin.IdToken, `{"resourceID":"isar","start":"2030-01-07T10:00:00Z"}`, 201},
		{"PUT", "/users/ann/bookings/2", admin.IdToken, `{"resourceID":"isar","start":"2030-01-07T10:00:00Z"}`, 409},
		{"PUT", "/locations/munich", admin.IdToken, `{"name":"` + s.password + `","password":"` + s.password + `"}`, 400},
		{"GET", "/locations", ann.AccessToken, "", 401},
		{"GET", "/locations", ann.IdToken + "x", "", 401},
		{"GET", "/locations?token=" + ann.IdToken, ann.IdToken, "", 200},
		{"GET", "/" + ann.IdToken, ann.IdToken, "", 403},
		{"GET", "/locations/" + ann.AccessToken, ann.IdToken, "", 400},
	} {
		if status, text := s.call(step.method, step.path, step.token, step.body); status != step.status {
			t.Errorf("%s %.40s: %d %s, want %d", step.method, step.path, status, text, step.status)
		}
	}
	known.check(t, "the metrics", s.metrics(admin.IdToken))
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	access, err := os.ReadFile(accessLog)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"the log": log.String(), "the access log": string(access)} {
		if !strings.Contains(text, "{bookingID}") {
			t.Errorf("%s does not have the bookings", what)
		}
		known.check(t, what, text)
	}
	_, emf, found := strings.Cut(s.stdout.String(), `"ProcessedBookings"`)
	if !found {
		t.Error("stdout does not have the metrics")
	}
	known.check(t, "the metrics for CloudWatch", emf)
}
