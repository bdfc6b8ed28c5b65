package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// userPoolFlags are the flags of `spacefinder userpool`.
type userPoolFlags struct {
	set         *flagSet
	addr        string
	data        string
	adminEmail  string
	apiEndpoint string
	telemetry   telemetryOptions
	rules       ruleOptions
	pool        poolOptions
}

func newUserPoolFlags(p process) *userPoolFlags {
	f := &userPoolFlags{set: newFlagSet(p, "userpool", "")}
	f.set.StringVar(&f.addr, "addr", defaultAddr, "`address` to listen on; port 0 takes a free one")
	registerData(f.set, &f.data, &f.adminEmail)
	f.set.StringVar(&f.apiEndpoint, "api-endpoint", "", "`URL` of the front door, for outputs.json")
	f.telemetry.register(f.set)
	f.rules.registerAccess(f.set)
	f.pool.register(f.set)
	return f
}

func (f *userPoolFlags) parse() error {
	if err := f.set.parse(); err != nil {
		return err
	}
	f.set.noArguments()
	checkAddr(f.set, f.addr)
	f.telemetry.check(f.set)
	f.rules.checkAccess(f.set)
	f.pool.check(f.set, f.addr)
	return f.set.err()
}

// runUserPool runs the user pool alone: what Cognito is on AWS, for services
// and a front door that run as separate processes.
func runUserPool(ctx context.Context, p process) (err error) {
	f := newUserPoolFlags(p)
	if err := f.parse(); err != nil {
		return err
	}
	var open closers
	defer open.closeInto(&err)
	watch, logger, err := f.telemetry.start(ctx, &p, &open)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, f.addr, &open)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, f.data, logger, &open)
	if err != nil {
		return err
	}
	watch.database(db)
	baseURL := f.pool.baseURL(listener.Addr())
	pool, err := f.pool.open(ctx, p, db, baseURL, f.rules.adminGroup, watch, logger, &open)
	if err != nil {
		return err
	}
	o := poolOutputs(pool, baseURL, f.rules.adminGroup)
	o.APIEndpoint = f.apiEndpoint
	admin, err := prepare(ctx, f.data, f.adminEmail, f.pool.region, pool, o)
	if err != nil {
		return err
	}
	handler := &front{
		api:    http.NotFoundHandler(),
		mounts: []mount{mountBelow(cognitoPrefix, watch.userPool(poolHandler(pool)))},
		check:  checkDatabase(db),
		logger: logger,
	}
	ready := func() {
		logger.Info("ready", "address", baseURL, "data", f.data, "version", version())
		admin.announce(p.stdout)
	}
	return serveUntilDone(ctx, listener, handler, logger, ready, handler.drain)
}

// registerData registers the flags of a process with a data folder.
func registerData(set *flagSet, data, adminEmail *string) {
	set.StringVar(data, "data", defaultDataDir, "`folder` of the database, outputs.json and credentials")
	set.StringVar(adminEmail, "admin-email", "admin@example.com", "`e-mail` of the administrator that the first start creates")
}

func openDatabase(ctx context.Context, dir string, logger *slog.Logger, open *closers) (*sqlitedb.DB, error) {
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: filepath.Join(dir, databaseFile), Logger: logger})
	if err != nil {
		return nil, err
	}
	open.add("database", db.Close)
	return db, nil
}

// checkDatabase returns a check that is nil when the database answers.
func checkDatabase(db *sqlitedb.DB) func(context.Context) error {
	return func(ctx context.Context) error {
		return db.Read(ctx, func(tx *sqlitedb.Tx) error {
			var one int
			return tx.QueryRow("SELECT 1").Scan(&one)
		})
	}
}

// administrator is the one that the first start creates; later starts do not.
type administrator struct {
	email    string
	password string // shown once
	created  bool
}

// prepare makes the first administrator and writes the files that scripts rely
// on.
func prepare(ctx context.Context, dir, email, region string, pool *userpool.Pool, o outputs) (administrator, error) {
	password, created, err := pool.EnsureFirstAdministrator(ctx, email)
	if err != nil {
		return administrator{}, fmt.Errorf("create the first administrator: %w", err)
	}
	return administrator{email, password, created}, writeOutputs(dir, o, pool, region)
}

// baseURL returns the address that clients use for a server that listens on
// addr.
func (o *poolOptions) baseURL(addr net.Addr) string {
	if o.publicURL != "" {
		return o.publicURL
	}
	return originOf("http", dialable(addr.String()))
}

// open opens the pool, mounted under its prefix of baseURL.
func (o *poolOptions) open(ctx context.Context, p process, db *sqlitedb.DB, baseURL, adminGroup string,
	watch *instruments, logger *slog.Logger, open *closers,
) (*userpool.Pool, error) {
	sender, err := o.sender(p, logger, open)
	if err != nil {
		return nil, err
	}
	pool, err := userpool.Open(ctx, db, userpool.Config{
		Region:       o.region,
		BaseURL:      baseURL + cognitoPrefix,
		AdminGroup:   adminGroup,
		NoSelfSignUp: o.noSignUp,
		CallbackURLs: commaSeparated(o.callbacks),
		LogoutURLs:   commaSeparated(o.logouts),
		Sender:       sender,
		Logger:       logger,

		ObserveSignIn: watch.signIns(),
	})
	if err != nil {
		return nil, err
	}
	open.add("user pool", pool.Close)
	return pool, nil
}
