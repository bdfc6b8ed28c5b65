// Package capi is the part of SQLite's C interface that package sqlitedb uses,
// in Go's terms, over the translation of SQLite to Go in modernc.org/sqlite/lib.
// Source: https://sqlite.org/c3ref/intro.html
//
// There is no database/sql in between. That is made for any database: for each
// query it asks for the names and declared types of the columns, boxes every
// value and takes several locks, which costs more than SQLite takes to find a
// row. One owner at a time and statements that are prepared once need none of it.
//
// A Conn and its statements are for one goroutine at a time.
package capi

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Error is an error of SQLite.
type Error struct {
	code int
	text string
}

// Error returns SQLite's words.
func (e *Error) Error() string { return e.text }

// Code returns the extended result code: https://sqlite.org/rescode.html.
func (e *Error) Code() int { return e.code }

// Conn is a connection to a database.
type Conn struct {
	tls      *libc.TLS
	db       uintptr // sqlite3*
	walIndex uintptr // where it is mapped; 0: not yet
}

// Open opens an existing database, given as a URI
// (https://sqlite.org/uri.html), for reading and writing.
func Open(uri string) (*Conn, error) {
	c := &Conn{tls: libc.NewTLS()}
	err := c.open(uri)
	if err != nil {
		_ = c.Close() // the error that matters is the first
		return nil, err
	}
	return c, nil
}

func (c *Conn) open(uri string) error {
	name, err := libc.CString(uri)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	out := c.tls.Alloc(pointerSize)
	defer c.tls.Free(pointerSize)
	// Without a mutex for each call, as one goroutine at a time has the connection.
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_URI | sqlite3.SQLITE_OPEN_NOMUTEX | sqlite3.SQLITE_OPEN_EXRESCODE
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, out, flags, 0)
	c.db = pointerAt(out) // also after most failures: it has the error and must be closed
	if rc != sqlite3.SQLITE_OK {
		return c.fail(rc)
	}
	return nil
}

// Close ends the connection, and with it a transaction that it is in. Its
// statements must have been closed.
func (c *Conn) Close() error {
	defer c.tls.Close()
	if rc := sqlite3.Xsqlite3_close(c.tls, c.db); rc != sqlite3.SQLITE_OK {
		return c.fail(rc)
	}
	return nil
}

// Exec runs any number of statements that have no parameters.
func (c *Conn) Exec(script string) error {
	text, err := libc.CString(script)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, text)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.fail(rc)
	}
	return nil
}

// Checkpoint copies to the database what it can of the write-ahead log without
// waiting for anybody (https://sqlite.org/c3ref/wal_checkpoint_v2.html, PASSIVE),
// and returns how many pages of the log have been copied by now. What is written
// meanwhile stays, and what comes after the state that somebody reads.
func (c *Conn) Checkpoint() (copied int, err error) {
	out := c.tls.Alloc(2 * pointerSize)
	defer c.tls.Free(2 * pointerSize)
	rc := sqlite3.Xsqlite3_wal_checkpoint_v2(c.tls, c.db, 0, sqlite3.SQLITE_CHECKPOINT_PASSIVE, out, out+pointerSize)
	if rc != sqlite3.SQLITE_OK {
		return 0, c.fail(rc)
	}
	return int(int32(binary.NativeEndian.Uint32(libc.GoBytes(out+pointerSize, 4)))), nil //nolint:gosec // it is an int of C
}

// Changes returns how many rows the last INSERT, UPDATE or DELETE that was
// completed has changed.
func (c *Conn) Changes() int64 { return sqlite3.Xsqlite3_changes64(c.tls, c.db) }

// InTransaction reports whether a transaction is open.
func (c *Conn) InTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// fail makes an error of a result code and the connection's message about it.
func (c *Conn) fail(rc int32) error {
	text := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	if detail := libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)); c.db != 0 && detail != text {
		text += ": " + detail
	}
	return &Error{code: int(rc), text: fmt.Sprintf("%s (%d)", text, rc)}
}

const pointerSize = bits.UintSize / 8

// pointerAt returns the pointer that stands in C memory at an address.
func pointerAt(address uintptr) uintptr {
	b := libc.GoBytes(address, pointerSize)
	if pointerSize == 8 {
		return uintptr(binary.NativeEndian.Uint64(b))
	}
	return uintptr(binary.NativeEndian.Uint32(b))
}
