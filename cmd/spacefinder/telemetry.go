package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/spacefinder/spacefinder/internal/logqueue"
	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// metricsPath is where metrics are served.
const metricsPath = "/metrics"

// telemetryOptions are the settings of metrics and logs.
type telemetryOptions struct {
	log          logOptions
	metricsAddr  string
	emfNamespace string
}

func (o *telemetryOptions) register(set *flagSet) {
	o.log.register(set)
	set.StringVar(&o.metricsAddr, "metrics-addr", "",
		"`address` where "+metricsPath+" is served to whoever asks, without a sign-in (default: nowhere)")
	set.StringVar(&o.emfNamespace, "emf-namespace", "",
		"write metrics to stdout for CloudWatch, in its embedded metric format, under this `namespace`")
}

// emfNamespaces are the names that CloudWatch takes, but for its own.
var emfNamespaces = regexp.MustCompile(`^[0-9A-Za-z._/#:-]{1,255}$`)

func (o *telemetryOptions) check(set *flagSet) {
	if o.metricsAddr != "" {
		if _, _, err := net.SplitHostPort(o.metricsAddr); err != nil {
			set.addf("-metrics-addr: %q is not HOST:PORT, such as 127.0.0.1:9090", o.metricsAddr)
		}
	}
	if o.emfNamespace != "" && !emfNamespaces.MatchString(o.emfNamespace) {
		set.addf("-emf-namespace: %q is not a namespace: letters, digits and . - _ / # :, at most 255", o.emfNamespace)
	}
}

// start starts what tells of the process. From here on the process's stderr is
// a queue, so that nobody waits for whoever reads it; the program's log goes
// there.
func (o *telemetryOptions) start(ctx context.Context, p *process, open *closers) (*instruments, *slog.Logger, error) {
	metrics := telemetry.New(version())
	stderr := queueLines(p.stderr, open)
	metrics.Log("stderr", stderr.Lost)
	p.stderr = stderr
	logger := o.log.logger(*p)
	if o.emfNamespace != "" {
		o.startEMF(metrics, p.stdout, logger, open)
	}
	if o.metricsAddr != "" {
		if err := serveMetrics(ctx, o.metricsAddr, metrics.Handler(), logger, open); err != nil {
			return nil, nil, err
		}
	}
	return &instruments{metrics: metrics}, logger, nil
}

// queueLines returns a queue before w that tells in its own lines how many of
// them were lost. That w is blocked to the end is an error that nobody could
// read.
func queueLines(w io.Writer, open *closers) *logqueue.Queue {
	var queue *logqueue.Queue
	queue = logqueue.New(w, logqueue.Config{Report: func(lines int64, err error) {
		slog.New(slog.NewJSONHandler(queue, nil)).Error("log lines are lost", "lines", lines, "error", err)
	}})
	open.add("log", func() error { _ = queue.Close(); return nil })
	return queue
}

func (o *telemetryOptions) startEMF(metrics *telemetry.Metrics, w io.Writer, logger *slog.Logger, open *closers) {
	stdout := logqueue.New(w, logqueue.Config{Report: func(lines int64, err error) {
		logger.Error("lines of metrics are lost", "lines", lines, "error", err)
	}})
	open.add("metrics on stdout", stdout.Close)
	metrics.Log("stdout", stdout.Lost)
	emf := metrics.StartEMF(telemetry.EMFConfig{Namespace: o.emfNamespace, Writer: stdout, Now: time.Now, Logger: logger})
	open.add("metrics", func() error { emf.Close(); return nil })
}

// serveMetrics serves metrics, and nothing else, on an address of their own.
func serveMetrics(ctx context.Context, addr string, metrics http.Handler, logger *slog.Logger, open *closers) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot serve metrics on %s: %w", addr, err)
	}
	mux := http.NewServeMux()
	mux.Handle(metricsPath, metrics)
	server := newServer(mux, logger)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	open.add("metrics server", func() error {
		err := server.Close()
		if served := <-served; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(served, err)
		}
		return err
	})
	logger.Info("metrics are served", "address", "http://"+dialable(listener.Addr().String())+metricsPath)
	return nil
}
