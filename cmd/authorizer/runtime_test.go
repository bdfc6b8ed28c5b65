package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// answer is what the function posted for an invocation.
type answer struct {
	path string // /REQUESTID/response or /REQUESTID/error
	body string
}

// lambdaService stands for the Lambda service: the runtime API that hands out
// events and takes answers, and the issuer's keys beside it.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type lambdaService struct {
	*httptest.Server
	events  chan []byte
	answers chan answer
}

func newLambdaService(t testing.TB) *lambdaService {
	t.Helper()
	const invocations = "/2018-06-01/runtime/invocation"
	s := &lambdaService{events: make(chan []byte), answers: make(chan answer)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /keys", serveKeys)
	mux.HandleFunc("GET "+invocations+"/next", s.next)
	mux.HandleFunc("POST "+invocations+"/{id}/{outcome}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		s.answers <- answer{strings.TrimPrefix(r.URL.Path, invocations), string(body)}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *lambdaService) next(w http.ResponseWriter, r *http.Request) {
	select {
	case event := <-s.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "r1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		_, _ = w.Write(event)
	case <-r.Context().Done():
	}
}

// invoke returns the function's answer to the event.
func (s *lambdaService) invoke(ctx context.Context, t testing.TB, event []byte) answer {
	t.Helper()
	s.offer(ctx, t, event)
	return s.await(ctx, t)
}

// offer returns once the function has asked for the event.
func (s *lambdaService) offer(ctx context.Context, t testing.TB, event []byte) {
	t.Helper()
	select {
	case s.events <- event:
	case <-ctx.Done():
		t.Fatal("the function did not ask for the event")
	}
}

// await returns the answer to the event that the function was offered.
func (s *lambdaService) await(ctx context.Context, t testing.TB) answer {
	t.Helper()
	select {
	case a := <-s.answers:
		return a
	case <-ctx.Done():
		t.Fatal("the function did not answer")
	}
	return answer{}
}

// build compiles this command as it is deployed, and returns the file.
func build(ctx context.Context, t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	output, err := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-o", file, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return file
}

func TestTheBuiltFunctionSpeaksToTheLambdaRuntime(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	service := newLambdaService(t)
	log := startFunction(ctx, t, build(ctx, t), service, environmentFor(service)...)

	regular := service.invoke(ctx, t, tokenEvent("Bearer "+idToken(service.URL)))
	if want := `"Resource":["` + base + `GET/locations"`; regular.path != "/r1/response" || !strings.Contains(regular.body, want) {
		t.Errorf("a regular caller: %s %s", regular.path, regular.body)
	}
	admin := service.invoke(ctx, t, tokenEvent(idToken(service.URL, "staff", "apiAdmins")))
	if want := `"Resource":["` + base + `*/*"]`; admin.path != "/r1/response" || !strings.Contains(admin.body, want) {
		t.Errorf("an administrator: %s %s", admin.path, admin.body)
	}
	invalid := service.invoke(ctx, t, tokenEvent(idToken("https://evil.example/")))
	var failure struct {
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal([]byte(invalid.body), &failure); err != nil {
		t.Errorf("%v in %s", err, invalid.body)
	}
	if invalid.path != "/r1/error" || failure.Message != "Unauthorized" {
		t.Errorf("a foreign token: %s %s", invalid.path, invalid.body)
	}
	cancel()
	for line := range strings.Lines(log()) {
		if !strings.HasPrefix(line, "{") {
			t.Errorf("a line of the log is not JSON: %s", line)
		}
	}
}

// startFunction runs the command that build gave, with the runtime API and
// variables. The returned function waits for it to end with ctx and gives its log.
func startFunction(ctx context.Context, t testing.TB, file string, service *lambdaService, variables ...string) func() string {
	t.Helper()
	var log bytes.Buffer
	command := exec.CommandContext(ctx, file)
	command.Env = append(variables, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(service.URL, "http://"))
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return func() string {
		_ = command.Wait() // killed by ctx
		return log.String()
	}
}

func TestTheBuiltFunctionEndsWhenItsEnvironmentIsNotValid(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, build(ctx, t))
	command.Env = []string{"ADMIN_BOOKINGS=some"}
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "no issuer is configured") || !strings.Contains(string(output), "all or own") {
		t.Errorf("%v\n%s", err, output)
	}
}
