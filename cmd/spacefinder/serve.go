package main

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/bookings"
	"github.com/spacefinder/spacefinder/internal/devpages"
	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/locations"
	"github.com/spacefinder/spacefinder/internal/resources"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// serveFlags are the flags of `spacefinder serve`.
type serveFlags struct {
	set        *flagSet
	addr       string
	data       string
	adminEmail string
	telemetry  telemetryOptions
	rules      ruleOptions
	pool       poolOptions
	gateway    gatewayOptions
	oidc       issuerOptions
	console    consoleOptions
}

func newServeFlags(p process) *serveFlags {
	f := &serveFlags{set: newFlagSet(p, "serve", "")}
	f.set.StringVar(&f.addr, "addr", defaultAddr, "`address` to listen on; port 0 takes a free one")
	registerData(f.set, &f.data, &f.adminEmail)
	f.telemetry.register(f.set)
	f.rules.register(f.set)
	f.pool.register(f.set)
	f.gateway.register(f.set)
	f.oidc.register(f.set, "accept ID tokens of this OpenID provider too: its `issuer`")
	f.console.register(f.set)
	return f
}

func (f *serveFlags) parse() error {
	if err := f.set.parse(); err != nil {
		return err
	}
	f.set.noArguments()
	checkAddr(f.set, f.addr)
	f.telemetry.check(f.set)
	f.rules.check(f.set)
	f.pool.check(f.set, f.addr)
	f.gateway.check(f.set)
	f.oidc.check(f.set)
	f.console.check(f.set)
	return f.set.err()
}

// runServe runs the whole system in this process.
func runServe(ctx context.Context, p process) (err error) {
	f := newServeFlags(p)
	if err := f.parse(); err != nil {
		return err
	}
	var open closers
	defer open.closeInto(&err)
	watch, logger, err := f.telemetry.start(ctx, &p, &open)
	if err != nil {
		return err
	}
	if watch.traces, err = startTraces(ctx, p, "spacefinder", systemSQLite, logger, &open); err != nil {
		return err
	}
	listener, err := listen(ctx, f.addr, &open)
	if err != nil {
		return err
	}
	s, err := f.newSystem(ctx, p, watch, logger, f.pool.baseURL(listener.Addr()), &open)
	if err != nil {
		return err
	}
	o := poolOutputs(s.pool, s.baseURL, f.rules.adminGroup)
	admin, err := prepare(ctx, f.data, f.adminEmail, f.pool.region, s.pool, o)
	if err != nil {
		return err
	}
	ready := func() {
		logger.Info("ready", "address", s.baseURL, "data", f.data, "version", version())
		announce(p.stdout, o, f.data, f.pool.region, f.console.path(), admin)
	}
	handler := s.front(logger)
	return serveUntilDone(ctx, listener, handler, logger, ready, handler.drain)
}

// system is the whole of SpaceFinder in one process.
type system struct {
	baseURL string
	watch   *instruments
	db      *sqlitedb.DB
	pool    *userpool.Pool
	gateway *gateway.Gateway
	pages   *devpages.Pages
	guard   *guard       // of what only administrators see
	console http.Handler // nil when it is off
}

func (f *serveFlags) newSystem(ctx context.Context, p process, watch *instruments, logger *slog.Logger, baseURL string,
	open *closers,
) (*system, error) {
	s := &system{baseURL: baseURL, watch: watch}
	var err error
	if s.db, err = openDatabase(ctx, f.data, logger, open); err != nil {
		return nil, err
	}
	watch.database(s.db)
	if s.pool, err = f.pool.open(ctx, p, s.db, baseURL, f.rules.adminGroup, watch, logger, open); err != nil {
		return nil, err
	}
	if s.pages, err = f.newPages(s); err != nil {
		return nil, err
	}
	auth, err := f.newAuthorizer(s.pool, logger)
	if err != nil {
		return nil, err
	}
	open.add("authorizer", func() error { auth.Close(); return nil })
	s.guard = &guard{authorizer: auth, members: s.pool, access: f.rules.access(), logger: logger}
	targets, err := f.newServices(ctx, s.db, watch, logger)
	if err != nil {
		return nil, err
	}
	watch.traffic = f.console.newTraffic()
	if s.gateway, err = f.gateway.newGateway(p, auth, targets, watch, logger, open); err != nil {
		return nil, err
	}
	if f.console.on() && watch.metrics != nil { // it shows what they count
		s.console, err = f.openConsole(ctx, s, logger, open)
	}
	return s, err
}

// front returns the handler of the process.
func (s *system) front(logger *slog.Logger) *front {
	return &front{
		api: s.gateway,
		mounts: append([]mount{
			mountBelow(cognitoPrefix, s.watch.userPool(poolHandler(s.pool))),
			mountAt(metricsPath, s.guard.adminOnly(s.watch.handler())),
		}, append(pageMounts(s.pages), consoleMounts(s.console)...)...),
		check:  checkDatabase(s.db),
		logger: logger,
	}
}

// newAuthorizer trusts the user pool of this process, whose keys it fetches as
// it would from anywhere else, and the configured provider.
func (f *serveFlags) newAuthorizer(pool *userpool.Pool, logger *slog.Logger) (*authorizer.Authorizer, error) {
	own := authorizer.Issuer{
		Issuer:    pool.Issuer(),
		JWKSURL:   pool.Issuer() + jwksPath,
		Audiences: []string{pool.ClientID()},
		Cognito:   true,
	}
	client := keyClient(pool.Issuer(), poolHandler(pool))
	return authorizer.New(authorizer.Config{
		Issuers:    append([]authorizer.Issuer{own}, f.oidc.issuers()...),
		Access:     f.rules.access(),
		HTTPClient: client,
		Logger:     logger,
	})
}

// newServices returns the three services over the embedded store, each under
// the authority that the integrations of the OpenAPI document name.
func (f *serveFlags) newServices(ctx context.Context, db *sqlitedb.DB, watch *instruments, logger *slog.Logger) (
	map[string]backend.Target, error,
) {
	stores, err := sqlite.New(ctx, db)
	if err != nil {
		return nil, err
	}
	env := f.rules.env(logger)
	env.Ready = checkDatabase(db)
	observers := watch.stores()
	services := map[string]func(rest.Env) *rest.Service{
		serviceLocations: func(env rest.Env) *rest.Service {
			return locations.New(env, observed.Locations(stores.Locations(), observers...))
		},
		serviceResources: func(env rest.Env) *rest.Service {
			return resources.New(env, observed.Resources(stores.Resources(), observers...))
		},
		serviceBookings: func(env rest.Env) *rest.Service {
			return bookings.New(env, f.rules.rules, observed.Bookings(stores.Bookings(), observers...))
		},
	}
	targets := map[string]backend.Target{}
	for name, newService := range services {
		targets[name] = backend.Handler(watch.service(name, env, newService))
	}
	return targets, nil
}
