package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// server is `spacefinder serve` in this process, over a new folder.
type server struct {
	t        *testing.T
	data     string
	outputs  outputs
	password string // of the administrator
	stdout   *lockedBuffer
	stop     func() int // ends it and returns its exit code
}

// startServer starts a server whose log goes to stderr, and waits until it is
// ready. The log is no help for that, as it may be blocked.
func startServer(t *testing.T, stderr io.Writer, args ...string) *server {
	t.Helper()
	s := &server{t: t, data: t.TempDir(), stdout: &lockedBuffer{}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, process{
			args:   append([]string{"serve", "-addr", "127.0.0.1:0", "-data", s.data}, args...),
			getenv: func(string) string { return "" }, stdin: strings.NewReader(""), stdout: s.stdout, stderr: stderr,
		})
	}()
	code := -1
	s.stop = func() int {
		if cancel(); code < 0 {
			code = <-ended
		}
		return code
	}
	t.Cleanup(func() { s.stop() })
	await(t, "the server is ready", func() bool {
		select {
		case code = <-ended:
			t.Fatalf("the server ended with %d", code)
		default:
		}
		return strings.Contains(s.stdout.String(), "spacefinder user") || strings.Contains(s.stdout.String(), "list-users")
	})
	var err error
	if s.outputs, err = readOutputs(s.data); err != nil {
		t.Fatal(err)
	}
	s.password = regexp.MustCompile(`Password +(\S+)`).FindStringSubmatch(s.stdout.String())[1]
	return s
}

// await polls until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute until %s", what)
		}
	}
}

// request sends one request and returns the status and the body of its answer.
func (s *server) request(method, address, body string, header ...string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// call sends a request to the API with an ID token.
func (s *server) call(method, path, token, body string) (int, string) {
	s.t.Helper()
	return s.request(method, s.outputs.APIEndpoint+path, body, "Authorization", "Bearer "+token)
}

// tokens are what a sign-in gives.
type tokens struct{ IdToken, AccessToken, RefreshToken string }

// pool calls an operation of the user pool.
func (s *server) pool(operation string, input map[string]any) (int, tokens) {
	s.t.Helper()
	input["ClientId"] = s.outputs.UserPoolClient
	body, err := json.Marshal(input)
	if err != nil {
		s.t.Fatal(err)
	}
	status, text := s.request(http.MethodPost, s.outputs.CognitoEndpoint, string(body),
		"Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	var answer struct{ AuthenticationResult tokens }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		s.t.Fatal(err)
	}
	return status, answer.AuthenticationResult
}

// signIn signs a user in; without success the tokens are empty.
func (s *server) signIn(name, password string) tokens {
	s.t.Helper()
	_, t := s.pool("InitiateAuth", map[string]any{
		"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": name, "PASSWORD": password},
	})
	return t
}

// admin signs the administrator in.
func (s *server) admin() tokens {
	s.t.Helper()
	t := s.signIn("admin@example.com", s.password)
	if t.IdToken == "" {
		s.t.Fatal("the administrator cannot sign in")
	}
	return t
}

// secretKey is the key for administrative calls to the user pool.
func (s *server) secretKey() string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.data, credentialsFile))
	if err != nil {
		s.t.Fatal(err)
	}
	return regexp.MustCompile(`aws_secret_access_key = (\S+)`).FindStringSubmatch(string(text))[1]
}
