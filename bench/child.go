package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/process"
)

const childHeaderTimeout = 10 * time.Second

// child is a server of this folder: this program itself under another command,
// or one that was built from it. It tells its address in a file.
type child struct {
	dir  string // folder of its own
	path string // of the program; "" for this one
	args []string
}

// start starts the child.
func (c child) start(ctx context.Context) (*process.Process, error) {
	path := c.path
	if path == "" {
		executable, err := os.Executable()
		if err != nil {
			return nil, err
		}
		path = executable
	}
	ready := filepath.Join(c.dir, "url")
	if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return process.Start(ctx, process.Command{
		Path: path,
		Args: append(slices.Clone(c.args), "-ready", ready),
		Log:  filepath.Join(c.dir, "log"),
		URL: func() (string, error) {
			text, err := os.ReadFile(ready) //nolint:gosec // the file is ours
			return string(text), err
		},
	})
}

// childFlags returns the flags that every child has.
func childFlags(command string) (set *flag.FlagSet, ready *string) {
	set = flag.NewFlagSet(command, flag.ContinueOnError)
	set.SetOutput(io.Discard) // the error says it
	return set, set.String("ready", "", "`file` that gets the server's address")
}

// serveChild serves handler, and /health, until ctx ends.
func serveChild(ctx context.Context, ready string, handler http.Handler) error {
	listener, err := listenChild(ctx, ready)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/", handler)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: childHeaderTimeout}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // the run is over, nobody waits for answers
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listenChild listens, and tells in the file where.
func listenChild(ctx context.Context, ready string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(ready, []byte("http://"+listener.Addr().String()), 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}
