package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spacefinder/spacefinder/internal/bookings"
	"github.com/spacefinder/spacefinder/internal/locations"
	"github.com/spacefinder/spacefinder/internal/resources"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
	"github.com/spacefinder/spacefinder/internal/store/observed"
)

// Names of the services, which are also the names of their endpoints in the
// OpenAPI document's stage variables.
const (
	serviceLocations = "locations"
	serviceResources = "resources"
	serviceBookings  = "bookings"
)

func serviceNames() []string { return []string{serviceLocations, serviceResources, serviceBookings} }

// serviceTimeout ends a request well before the front door gives up on it (29 s),
// so that the client gets the service's own answer. The store keeps to it, too.
const serviceTimeout = 10 * time.Second

// serviceFlags are the flags of `spacefinder service`.
type serviceFlags struct {
	set        *flagSet
	name       string
	addr       string
	basePath   string
	drainDelay time.Duration
	store      dynamodb.Config
	telemetry  telemetryOptions
	rules      ruleOptions
}

func newServiceFlags(p process) *serviceFlags {
	f := &serviceFlags{set: newFlagSet(p, "service", "locations|resources|bookings")}
	f.set.StringVar(&f.addr, "addr", defaultAddr, "`address` to listen on")
	f.set.StringVar(&f.basePath, "base-path", "", "`path` that requests may have before the API's own, such as /prod behind a VPC link")
	f.set.DurationVar(&f.drainDelay, "drain-delay", 3*time.Second,
		"how `long` the service goes on serving after a stop signal, while /ready tells the front door to send no more")
	f.set.StringVar(&f.store.Region, "region", "", "AWS `region` of the tables (default: as the AWS SDK finds it)")
	f.set.StringVar(&f.store.Endpoint, "dynamodb-endpoint", "", "`URL` of a DynamoDB-compatible server, where it is not AWS's")
	f.set.StringVar(&f.store.Client, "dynamodb-client", dynamodb.ClientWire,
		"how DynamoDB is called: `wire or sdk`, which is the AWS SDK and takes several times the processor time")
	f.set.StringVar(&f.store.Tables.Locations, "locations-table", "", "`name` of the table of locations")
	f.set.StringVar(&f.store.Tables.Resources, "resources-table", "", "`name` of the table of resources")
	f.set.StringVar(&f.store.Tables.Bookings, "bookings-table", "", "`name` of the table of bookings")
	f.telemetry.register(f.set)
	f.rules.register(f.set)
	return f
}

func (f *serviceFlags) parse() error {
	if err := f.set.parse(); err != nil {
		return err
	}
	if len(f.set.arguments) == 1 {
		f.name = f.set.arguments[0]
	}
	if !slices.Contains(serviceNames(), f.name) {
		f.set.addf("service takes one argument: locations, resources or bookings")
	}
	checkAddr(f.set, f.addr)
	checkBasePath(f.set, f.basePath)
	f.checkTables()
	f.telemetry.check(f.set)
	f.rules.check(f.set)
	return f.set.err()
}

// checkTables asks for the service's own table and its parent's.
func (f *serviceFlags) checkTables() {
	tables := map[string]string{
		serviceLocations: f.store.Tables.Locations,
		serviceResources: f.store.Tables.Resources,
		serviceBookings:  f.store.Tables.Bookings,
	}
	needs := map[string][]string{
		serviceLocations: {serviceLocations},
		serviceResources: {serviceLocations, serviceResources},
		serviceBookings:  {serviceResources, serviceBookings},
	}
	for _, name := range needs[f.name] {
		if tables[name] == "" {
			f.set.addf("-%s-table is required", name)
		}
	}
}

// runService runs one service over DynamoDB.
func runService(ctx context.Context, p process) (err error) {
	f := newServiceFlags(p)
	if err := f.parse(); err != nil {
		return err
	}
	var open closers
	defer open.closeInto(&err)
	watch, logger, err := f.telemetry.start(ctx, &p, &open)
	if err != nil {
		return err
	}
	logger = logger.With("service", f.name)
	if watch.traces, err = startTraces(ctx, p, "spacefinder-"+f.name, systemDynamoDB, logger, &open); err != nil {
		return err
	}
	f.store.Logger = logger
	stores, err := dynamodb.Open(ctx, f.store)
	if err != nil {
		return usageError{err}
	}
	listener, err := listen(ctx, f.addr, &open)
	if err != nil {
		return err
	}
	var stopping atomic.Bool
	handler := withoutBasePath(f.basePath, f.newService(stores, watch, logger, &stopping))
	ready := func() {
		logger.Info("ready", "address", "http://"+dialable(listener.Addr().String()), "version", version())
	}
	drain := func() {
		stopping.Store(true)
		time.Sleep(f.drainDelay) // whoever sends requests needs this long to see it
	}
	return serveUntilDone(ctx, listener, handler, logger, ready, drain)
}

var errStopping = errors.New("the service is stopping")

func (f *serviceFlags) newService(stores *dynamodb.Store, watch *instruments, logger *slog.Logger, stopping *atomic.Bool) *rest.Service {
	env := f.rules.env(logger)
	env.Timeout = serviceTimeout
	ready := func(check func(context.Context) error) func(context.Context) error {
		return func(ctx context.Context) error {
			if stopping.Load() {
				return errStopping
			}
			return check(ctx)
		}
	}
	switch f.name {
	case serviceLocations:
		store := stores.Locations()
		env.Ready = ready(store.Ready)
		return watch.service(f.name, env, func(env rest.Env) *rest.Service {
			return locations.New(env, observed.Locations(store, watch.stores()...))
		})
	case serviceResources:
		store := stores.Resources()
		env.Ready = ready(store.Ready)
		return watch.service(f.name, env, func(env rest.Env) *rest.Service {
			return resources.New(env, observed.Resources(store, watch.stores()...))
		})
	case serviceBookings:
		store := stores.Bookings()
		env.Ready = ready(store.Ready)
		return watch.service(f.name, env, func(env rest.Env) *rest.Service {
			return bookings.New(env, f.rules.rules, observed.Bookings(store, watch.stores()...))
		})
	default:
		panic(fmt.Sprintf("service %q passed the check of the flags", f.name))
	}
}
