package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

const defaultAddr = "127.0.0.1:8080"

// ruleOptions are the settings of what is allowed: of the services, and where
// they concern access, of the authorizer.
type ruleOptions struct {
	adminGroup    string
	adminBookings string
	rules         spacefinder.BookingRules
}

func (o *ruleOptions) register(set *flagSet) {
	o.registerAccess(set)
	defaults := spacefinder.DefaultBookingRules()
	set.DurationVar(&o.rules.MinDuration, "shortest-booking", defaults.MinDuration, "least `duration` of a booking")
	set.DurationVar(&o.rules.MaxDuration, "longest-booking", defaults.MaxDuration, "greatest `duration` of a booking")
}

func (o *ruleOptions) registerAccess(set *flagSet) {
	set.StringVar(&o.adminGroup, "admin-group", spacefinder.DefaultAdminGroup, "`group` whose members read and write everything")
	set.StringVar(&o.adminBookings, "admin-bookings", string(spacefinder.AdminBookingsAll),
		"bookings that administrators may read and write through a user's path: `all or own`")
}

func (o *ruleOptions) check(set *flagSet) {
	o.checkAccess(set)
	if err := o.rules.Check(); err != nil {
		set.addf("-shortest-booking, -longest-booking: %w", err)
	}
}

func (o *ruleOptions) checkAccess(set *flagSet) {
	if b := spacefinder.AdminBookings(o.adminBookings); b != spacefinder.AdminBookingsAll && b != spacefinder.AdminBookingsOwn {
		set.addf("-admin-bookings must be all or own, not %q", o.adminBookings)
	}
	if o.adminGroup == "" {
		set.addf("-admin-group must not be empty")
	}
}

func (o *ruleOptions) access() spacefinder.Access {
	return spacefinder.Access{AdminGroup: o.adminGroup, AdminBookings: spacefinder.AdminBookings(o.adminBookings)}
}

// env returns what every service is given.
func (o *ruleOptions) env(logger *slog.Logger) rest.Env {
	return rest.Env{Access: o.access(), Now: time.Now, NewID: newID, Logger: logger}
}

// newID returns a fresh id: a UUID of version 7 (RFC 9562), so that ids made
// later sort later, which keeps the indexes of the store compact.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// logOptions are the settings of the program's own log.
type logOptions struct{ level slog.Level }

func (o *logOptions) register(set *flagSet) {
	set.TextVar(&o.level, "log-level", slog.LevelInfo, "least `level` of what is logged to stderr: debug, info, warn or error")
}

func (o *logOptions) logger(p process) *slog.Logger {
	return slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: o.level}))
}

// dialable returns the address under which a server that listens on addr can
// be reached from this machine.
func dialable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// isLoopback reports whether only this machine can reach addr. What is no
// address at all is reported elsewhere.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func checkAddr(set *flagSet, addr string) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		set.addf("-addr: %q is not HOST:PORT, such as 127.0.0.1:8080", addr)
	}
}

// closers ends what was started, the last one first.
type closers []func() error

// closeInto ends everything, as a deferred call, and sets err to what went
// wrong unless there is an error already.
func (c *closers) closeInto(err *error) {
	var errs []error
	for _, end := range slices.Backward(*c) {
		errs = append(errs, end())
	}
	if *err == nil {
		*err = errors.Join(errs...)
	}
}

func (c *closers) add(name string, end func() error) {
	*c = append(*c, func() error {
		if err := end(); err != nil {
			return fmt.Errorf("close the %s: %w", name, err)
		}
		return nil
	})
}
