package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/smithy-go"

	"github.com/spacefinder/spacefinder/internal/console"
	"github.com/spacefinder/spacefinder/internal/console/alarms"
	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/tail"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// consolePath is where the operator's console is mounted.
const consolePath = "/console"

// consoleOptions are the settings of the console.
type consoleOptions struct{ mode string }

// Values of -console.
const (
	consoleOn  = "on"
	consoleOff = "off"
)

func (o *consoleOptions) register(set *flagSet) {
	set.StringVar(&o.mode, "console", consoleOn,
		"`on or off`: the operator's console at "+consolePath+"/ for administrators, and the recording of what it shows")
}

func (o *consoleOptions) check(set *flagSet) {
	if o.mode != consoleOn && o.mode != consoleOff {
		set.addf("-console must be on or off, not %q", o.mode)
	}
}

func (o *consoleOptions) on() bool { return o.mode == consoleOn }

// path returns the path of the page, "" when the console is off.
func (o *consoleOptions) path() string {
	if !o.on() {
		return ""
	}
	return consolePath + "/"
}

// openConsole starts to record what the console shows, and returns its handler.
func (f *serveFlags) openConsole(ctx context.Context, s *system, logger *slog.Logger, open *closers) (http.Handler, error) {
	recorded, err := history.Open(ctx, s.db, history.Config{
		Source: &consoleSource{metrics: s.watch.metrics, limit: memoryLimit(), healthy: checkDatabase(s.db)},
		Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("the console's history: %w", err)
	}
	watch := alarms.New(recorded, time.Now, logger)
	record(ctx, recorded, watch, open)
	return console.New(console.Config{
		Path:       consolePath,
		BaseURL:    s.baseURL,
		CognitoURL: s.baseURL + cognitoPrefix,
		ClientID:   s.pool.ClientID(),
		AdminGroup: f.rules.adminGroup,
		Version:    version(),
		History:    recorded,
		Alarms:     watch,
		Traffic:    s.watch.traffic,
		People:     ownDirectory(s.pool, f.pool.region, s.baseURL),
		Copies:     copies{filepath.Join(f.data, databaseFile)},
		Explain:    explain,
		AdminOnly:  s.guard.adminOnly,
		Caller:     s.guard.callerID,
		Now:        time.Now,
		Rand:       rand.Reader,
		Logger:     logger,
	}), nil
}

// record samples and watches in the background until everything is closed.
func record(ctx context.Context, recorded *history.History, watch *alarms.Watch, open *closers) {
	recording, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		recorded.Run(recording, func() { watch.Evaluate(recording) })
	}()
	open.add("console", func() error { stop(); <-done; return nil })
}

// newTraffic returns where the newest lines of the access log are kept; nil
// without a console.
func (o *consoleOptions) newTraffic() *tail.Log {
	if !o.on() {
		return nil
	}
	return tail.New(tail.DefaultBytes)
}

// consoleMounts mounts the console, unless it is off.
func consoleMounts(handler http.Handler) []mount {
	if handler == nil {
		return nil
	}
	return []mount{mountBelow(consolePath, handler)}
}

// callerID returns the id of whom the request's token speaks for, "" when it
// speaks for nobody.
func (g *guard) callerID(r *http.Request) string {
	caller, err := g.caller(r)
	if err != nil {
		return ""
	}
	return caller.ID
}

// explain implements console.Config.Explain: what the user pool refuses is the
// person's to read, what it fails at is not.
func explain(err error) error {
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.ErrorCode() {
	case "InternalErrorException", "ServiceUnavailable":
		return err
	case "UserNotFoundException", "ResourceNotFoundException":
		return &console.RefusedError{Status: http.StatusNotFound, Message: refusal.ErrorMessage()}
	case "UsernameExistsException":
		return &console.RefusedError{Status: http.StatusConflict, Message: refusal.ErrorMessage()}
	default:
		return &console.RefusedError{Status: http.StatusBadRequest, Message: refusal.ErrorMessage()}
	}
}

// copies makes backups of a database for the console, beside the database: there
// is the space that is known to be the operator's.
type copies struct{ path string }

// copyPattern names the copies. Those that a crash left are removed by the next
// one.
const copyPattern = ".spacefinder-backup-*"

// Copy implements console.Copies.
func (c copies) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	folder := filepath.Dir(c.path)
	left, _ := filepath.Glob(filepath.Join(folder, copyPattern)) // the pattern is well formed
	for _, name := range left {
		_ = os.RemoveAll(name) // what remains is tried again next time
	}
	temporary, err := os.MkdirTemp(folder, copyPattern)
	if err != nil {
		return nil, 0, fmt.Errorf("make a backup: %w", err)
	}
	copied := &copiedFile{folder: temporary}
	name := filepath.Join(temporary, databaseFile)
	if err := sqlitedb.Backup(ctx, c.path, name); err != nil {
		return nil, 0, errors.Join(err, copied.Close())
	}
	if copied.File, err = os.Open(name); err != nil { //nolint:gosec // it was made above
		return nil, 0, errors.Join(err, copied.Close())
	}
	info, err := copied.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, copied.Close())
	}
	return copied, info.Size(), nil
}

// copiedFile goes with its folder when it is closed.
type copiedFile struct {
	*os.File
	folder string
}

// Close implements io.Closer.
func (f *copiedFile) Close() error {
	var err error
	if f.File != nil {
		err = f.File.Close()
	}
	return errors.Join(err, os.RemoveAll(f.folder))
}
