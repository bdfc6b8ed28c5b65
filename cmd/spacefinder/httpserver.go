package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/spacefinder/spacefinder/internal/onewrite"
)

// Bounds on a connection. The front door has tighter ones on what it forwards;
// these hold for every handler, and against clients that send or read slowly.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 1 << 20

	// shutdownTimeout leaves a second of the ten that a stop may take for
	// closing the store.
	shutdownTimeout = 9 * time.Second
)

func listen(ctx context.Context, addr string, open *closers) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	open.add("listener", func() error { _ = listener.Close(); return nil }) // a server that ran has closed it
	return listener, nil
}

// newServer returns a server whose connections are bounded in time and header.
func newServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       onewrite.ConnContext,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// serveUntilDone serves handler until ctx ends, then lets the requests that
// are under way finish. ready is called once the server accepts connections,
// draining before it stops accepting them, which it does when draining returns.
func serveUntilDone(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger, ready, draining func()) error {
	debug.FreeOSMemory() // starting hashes a password, which takes more memory than serving ever holds
	server := newServer(handler, logger)
	served := make(chan error, 1)
	go func() { served <- server.Serve(onewrite.Listener(listener)) }()
	ready()

	select {
	case err := <-served:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	logger.Info("stopping: requests under way finish")
	draining()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		_ = server.Close() // what has not finished by now is cut off
		return fmt.Errorf("requests were still running after %s: %w", shutdownTimeout, err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the server stopped: %w", err)
	}
	return nil
}
