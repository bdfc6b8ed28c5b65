package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// databaseFile is the name of the database in a data folder.
const databaseFile = "spacefinder.db"

const defaultDataDir = "./spacefinder-data"

func runBackup(ctx context.Context, p process) error {
	set := newFlagSet(p, "backup", "FILE")
	data := set.String("data", defaultDataDir, "`folder` whose database to copy")
	if err := set.parse(); err != nil {
		return err
	}
	if len(set.arguments) != 1 {
		set.addf("backup takes one argument, the file to write")
	}
	if err := set.err(); err != nil {
		return err
	}
	dest := set.arguments[0]
	if err := sqlitedb.Backup(ctx, filepath.Join(*data, databaseFile), dest); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Copied to %s. To restore it, put it into an empty folder as %s and serve that folder.\n", dest, databaseFile)
	return nil
}

// healthcheckTimeout is short enough for the usual interval of a container's
// health check.
const healthcheckTimeout = 4 * time.Second

func runHealthcheck(ctx context.Context, p process) error {
	set := newFlagSet(p, "healthcheck", "[URL]")
	addr := set.String("addr", defaultAddr, "`address` of the server, where no URL is given")
	if err := set.parse(); err != nil {
		return err
	}
	if len(set.arguments) > 1 {
		set.addf("healthcheck takes at most one argument, the URL")
	}
	if err := set.err(); err != nil {
		return err
	}
	url := "http://" + dialable(*addr) + "/health"
	if len(set.arguments) == 1 {
		url = set.arguments[0]
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return usageError{err}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<10)) // only the status counts
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s answered %s", url, response.Status)
	}
	return nil
}

func runVersion(_ context.Context, p process) error {
	set := newFlagSet(p, "version", "")
	if err := set.parse(); err != nil {
		return err
	}
	set.noArguments()
	if err := set.err(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "spacefinder %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// version returns the commit that the binary was built from, or the module's
// version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+modified"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return revision[:min(12, len(revision))] + modified
}
