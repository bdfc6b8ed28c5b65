package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/gateway/backend"
)

// gatewayFlags are the flags of `spacefinder gateway`.
type gatewayFlags struct {
	set       *flagSet
	addr      string
	services  map[string]*string // addresses by name of the service
	interval  time.Duration
	telemetry telemetryOptions
	rules     ruleOptions
	gateway   gatewayOptions
	oidc      issuerOptions
}

// readyPath is where a service says that it can do its work.
const readyPath = "/ready"

func newGatewayFlags(p process) *gatewayFlags {
	f := &gatewayFlags{set: newFlagSet(p, "gateway", ""), services: map[string]*string{}}
	f.set.StringVar(&f.addr, "addr", defaultAddr, "`address` to listen on")
	for _, name := range serviceNames() {
		f.services[name] = f.set.String(name, "", "`URLs` of the "+name+" service, separated by commas: http://HOST:PORT")
	}
	f.set.DurationVar(&f.interval, "health-interval", time.Second, "`time` between two health checks of a service")
	f.telemetry.register(f.set)
	f.rules.registerAccess(f.set)
	f.gateway.register(f.set)
	f.oidc.register(f.set, "OpenID provider or user pool whose ID tokens are accepted: its `issuer`")
	return f
}

func (f *gatewayFlags) parse() error {
	if err := f.set.parse(); err != nil {
		return err
	}
	f.set.noArguments()
	checkAddr(f.set, f.addr)
	for _, name := range serviceNames() {
		f.checkURLs(name)
	}
	if f.interval <= 0 {
		f.set.addf("-health-interval must be greater than 0")
	}
	if f.oidc.issuer == "" {
		f.set.addf("-issuer is required: whose ID tokens are accepted?")
	}
	f.telemetry.check(f.set)
	f.rules.checkAccess(f.set)
	f.gateway.check(f.set)
	f.oidc.check(f.set)
	return f.set.err()
}

func (f *gatewayFlags) checkURLs(name string) {
	for _, value := range strings.Split(*f.services[name], ",") {
		if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			f.set.addf("-%s: %q is not an http or https address", name, value)
		}
	}
}

// runGateway runs the front door before services that run elsewhere.
func runGateway(ctx context.Context, p process) (err error) {
	f := newGatewayFlags(p)
	if err := f.parse(); err != nil {
		return err
	}
	var open closers
	defer open.closeInto(&err)
	watch, logger, err := f.telemetry.start(ctx, &p, &open)
	if err != nil {
		return err
	}
	if watch.traces, err = startTraces(ctx, p, "spacefinder-gateway", "", logger, &open); err != nil {
		return err
	}
	auth, err := authorizer.New(authorizer.Config{Issuers: f.oidc.issuers(), Access: f.rules.access(), Logger: logger})
	if err != nil {
		return err
	}
	open.add("authorizer", func() error { auth.Close(); return nil })
	targets := map[string]backend.Target{}
	for _, name := range serviceNames() {
		pool, err := backend.NewPool(backend.PoolConfig{
			URLs: strings.Split(*f.services[name], ","), HealthPath: readyPath, Interval: f.interval, Logger: logger,
		})
		if err != nil {
			return err
		}
		targets[name] = pool
	}
	g, err := f.gateway.newGateway(p, auth, targets, watch, logger, &open)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, f.addr, &open)
	if err != nil {
		return err
	}
	handler := &front{api: g, check: func(context.Context) error { return nil }, logger: logger}
	ready := func() {
		logger.Info("ready", "address", "http://"+dialable(listener.Addr().String()), "version", version())
	}
	return serveUntilDone(ctx, listener, handler, logger, ready, handler.drain)
}
