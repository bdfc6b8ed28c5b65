package capi

import (
	"errors"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// method returns the open file of the database, and the method of it that is at the
// offset in its table (https://sqlite.org/c3ref/io_methods.html); zeros when the file
// is not open, or has no such method.
func (c *Conn) method(offset uintptr) (file, function uintptr) {
	out := c.tls.Alloc(pointerSize)
	defer c.tls.Free(pointerSize)
	if rc := sqlite3.Xsqlite3_file_control(c.tls, c.db, 0, sqlite3.SQLITE_FCNTL_FILE_POINTER, out); rc != sqlite3.SQLITE_OK {
		return 0, 0
	}
	file = pointerAt(out)
	methods := pointerAt(file) // the first member of sqlite3_file
	if methods == 0 {
		return 0, 0
	}
	return file, pointerAt(methods + offset)
}

var errNoFile = errors.New("the database has no file")

// Sync waits until the disk has what was copied to the database so far. A checkpoint
// that copies all of the log does so by itself, however much that is by then.
func (c *Conn) Sync() error {
	file, function := c.method(unsafe.Offsetof(sqlite3.Tsqlite3_io_methods{}.FxSync))
	if function == 0 {
		return errNoFile
	}
	type sync = func(tls *libc.TLS, file uintptr, flags int32) int32
	call := *(*sync)(unsafe.Pointer(&struct{ uintptr }{function})) //nolint:gosec // how the translation calls what C points to
	if rc := call(c.tls, file, sqlite3.SQLITE_SYNC_NORMAL); rc != sqlite3.SQLITE_OK {
		return c.fail(rc)
	}
	return nil
}
