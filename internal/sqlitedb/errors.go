package sqlitedb

import (
	"context"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/spacefinder/spacefinder"
)

// ErrInUse is in the chain of Open's error when another process has the folder.
var ErrInUse = errors.New("is in use by another spacefinder process")

var (
	errClosed    = errors.New("the database is closed")
	errQueueFull = errors.New("the queue of writes is full")
	errNotBegun  = errors.New("the write had not begun")
)

// unavailable is the error for what a retry may cure.
func unavailable(cause error) error {
	return spacefinder.Errorf(spacefinder.CodeUnavailable, "The store cannot answer now; try again.").WithCause(cause)
}

// isDisk reports whether err comes from the disk, from memory or from a lock
// rather than from the statement. SQLite may answer each of them by undoing the
// whole transaction (https://sqlite.org/lang_transaction.html, section 3).
func isDisk(err error) bool {
	if err == nil {
		return false
	}
	var e interface{ Code() int } // capi's errors, and those of the database/sql driver
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary result code
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

// hint is what an operator should look at when a database cannot be opened or
// created because of err: SQLite itself speaks of I/O errors at best.
func hint(err error) string {
	if isDisk(err) {
		return " (is the disk full, or the folder read-only?)"
	}
	return ""
}

// classify makes CodeUnavailable of an ended context and of errors of the disk
// and leaves every other error as it is.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var coded *spacefinder.Error
	switch {
	case errors.As(err, &coded):
		return err
	case isDisk(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return unavailable(err)
	}
	return err
}
