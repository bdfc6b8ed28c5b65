package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// runUserPool runs the user pool alone: what Cognito is on AWS, for services
// and a front door that run as separate processes.
func runUserPool(ctx context.Context, p process) (err error) {
	set := newFlagSet(p, "userpool", "")
	addr := set.String("addr", defaultAddr, "`address` to listen on; port 0 takes a free one")
	data := set.String("data", defaultDataDir, "`folder` of the database, outputs.json and credentials")
	adminEmail := set.String("admin-email", defaultAdminEmail, "`e-mail` of the administrator that the first start creates")
	apiEndpoint := set.String("api-endpoint", "", "`URL` of the front door, for outputs.json")
	var log logOptions
	var rules ruleOptions
	var options poolOptions
	log.register(set)
	rules.registerAccess(set)
	options.register(set)
	if err := set.parse(); err != nil {
		return err
	}
	set.noArguments()
	checkAddr(set, *addr)
	rules.checkAccess(set)
	options.check(set, *addr)
	if err := set.err(); err != nil {
		return err
	}
	logger := log.logger(p)
	var open closers
	defer func() {
		if closeErr := open.close(); err == nil {
			err = closeErr
		}
	}()
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: filepath.Join(*data, databaseFile), Logger: logger})
	if err != nil {
		return err
	}
	open.add("database", db.Close)
	listener, err := listen(ctx, *addr)
	if err != nil {
		return err
	}
	open.add("listener", func() error { _ = listener.Close(); return nil }) // the server has closed it, if it ran
	baseURL := options.baseURL(listener.Addr().String())
	config, err := options.config(p, baseURL+cognitoPrefix, rules.adminGroup, logger, &open)
	if err != nil {
		return err
	}
	pool, err := userpool.Open(ctx, db, config)
	if err != nil {
		return err
	}
	open.add("user pool", pool.Close)
	password, created, err := pool.EnsureFirstAdministrator(ctx, *adminEmail)
	if err != nil {
		return fmt.Errorf("create the first administrator: %w", err)
	}
	o := poolOutputs(pool, baseURL, rules.adminGroup)
	o.APIEndpoint = *apiEndpoint
	if err := writeOutputs(*data, o, pool, options.region); err != nil {
		return err
	}
	handler := &front{
		api:    http.NotFoundHandler(),
		pool:   poolHandler(pool),
		check:  func(ctx context.Context) error { return checkDatabase(ctx, db) },
		logger: logger,
	}
	ready := func() {
		logger.Info("ready", "address", baseURL, "version", version())
		if created {
			fmt.Fprintf(p.stdout, "Administrator   %s\nPassword        %s\n", *adminEmail, password)
		}
	}
	return serveUntilDone(ctx, listener, handler, logger, ready, handler.drain)
}
