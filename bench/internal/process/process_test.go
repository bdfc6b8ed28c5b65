package process

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is also the server that the tests start.
const (
	serveCommand = "serve-for-test"
	failCommand  = "fail-for-test"
)

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == serveCommand:
		serve(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == failCommand:
		_, _ = os.Stderr.WriteString("no such luck\n")
		os.Exit(3)
	default:
		goleak.VerifyTestMain(m)
	}
}

// serve is unhealthy twice, then healthy, until SIGTERM.
func serve(ready string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	asked := 0
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	if err := os.WriteFile(ready, []byte("http://"+listener.Addr().String()), 0o600); err != nil {
		panic(err)
	}
	<-ctx.Done()
}

func command(t *testing.T, args ...string) Command {
	t.Helper()
	dir := t.TempDir()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(dir, "ready")
	if args[0] == serveCommand {
		args = append(args, ready)
	}
	return Command{
		Path: executable, Args: args, Log: filepath.Join(dir, "log"),
		URL: func() (string, error) {
			text, err := os.ReadFile(ready)
			return string(text), err
		},
	}
}

func TestAServerIsStartedOnceItIsHealthyAndStopped(t *testing.T) {
	p, err := Start(t.Context(), command(t, serveCommand))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.URL, "http://127.0.0.1:") || p.StartTime <= 0 || p.StartTime > readyTimeout {
		t.Errorf("started at %q after %s", p.URL, p.StartTime)
	}
	if _, err := ReadUsage(p.PID()); err != nil && !errors.Is(err, ErrNotMeasured) {
		t.Error(err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if err := p.command.Process.Signal(syscall.Signal(0)); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the server still runs: %v", err)
	}
}

func TestAServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, command(t, serveCommand))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		t.Error("the server still runs")
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

func TestAServerThatFailsToStartSaysWhy(t *testing.T) {
	_, err := Start(t.Context(), command(t, failCommand))
	if err == nil || !strings.Contains(err.Error(), "no such luck") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v, want its log and its exit status", err)
	}
}

func TestAMissingProgramIsAnError(t *testing.T) {
	c := command(t, serveCommand)
	c.Path = filepath.Join(t.TempDir(), "none")
	if _, err := Start(t.Context(), c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
