package capi

import (
	"errors"
	"fmt"
	"math"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// static tells SQLite that what is bound stays where it is while it is bound:
// Stmt keeps it.
const static = 0

var (
	errScript   = errors.New("not one statement")
	errTooLong  = errors.New("the arguments are too long")
	errNoMemory = errors.New("no memory for the arguments")
)

// Stmt is a prepared statement: Bind, Step until there is no further row, Reset.
type Stmt struct {
	conn       *Conn
	stmt       uintptr // sqlite3_stmt*
	parameters int
	buffer     uintptr // C memory for bound texts and blobs
	size       int     // of buffer
}

// Prepare compiles one statement for repeated use.
func (c *Conn) Prepare(query string) (*Stmt, error) {
	text, err := libc.CString(query)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	out := c.tls.Alloc(2 * pointerSize)
	defer c.tls.Free(2 * pointerSize)
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, out, out+pointerSize)
	if rc != sqlite3.SQLITE_OK {
		return nil, c.fail(rc)
	}
	s := &Stmt{conn: c, stmt: pointerAt(out)}
	if s.stmt == 0 || pointerAt(out+pointerSize) != text+uintptr(len(query)) {
		s.Close()
		return nil, errScript
	}
	s.parameters = int(sqlite3.Xsqlite3_bind_parameter_count(c.tls, s.stmt))
	return s, nil
}

// Close frees the statement.
func (s *Stmt) Close() {
	sqlite3.Xsqlite3_finalize(s.conn.tls, s.stmt) // what it returns is the error of the last step again
	libc.Xfree(s.conn.tls, s.buffer)
	s.stmt, s.buffer, s.size = 0, 0, 0
}

// Bind sets the parameters, all of them, of a statement that has been reset:
// each nil, a string, []byte, int, int64, bool or *int. Nil pointers and slices
// are NULL.
func (s *Stmt) Bind(args []any) error {
	if len(args) != s.parameters {
		return fmt.Errorf("%d arguments for %d parameters", len(args), s.parameters)
	}
	if err := s.reserve(args); err != nil {
		return err
	}
	used := 0
	for i, arg := range args {
		if err := s.bind(int32(i)+1, arg, &used); err != nil {
			return err
		}
	}
	return nil
}

// bind sets one parameter; used is how much of the buffer is taken.
func (s *Stmt) bind(n int32, arg any, used *int) error {
	var rc int32
	tls, at := s.conn.tls, s.buffer+uintptr(*used)
	switch v := arg.(type) {
	case string:
		*used += copy(libc.GoBytes(at, len(v)), v)
		rc = sqlite3.Xsqlite3_bind_text(tls, s.stmt, n, at, int32(len(v)), static) //nolint:gosec // reserve bounds it
	case []byte:
		if v == nil {
			at = 0 // NULL
		}
		*used += copy(libc.GoBytes(at, len(v)), v)
		rc = sqlite3.Xsqlite3_bind_blob(tls, s.stmt, n, at, int32(len(v)), static) //nolint:gosec // reserve bounds it
	default:
		number, null, ok := integer(v)
		switch {
		case !ok:
			return fmt.Errorf("argument %d has an unsupported type", n)
		case null:
			rc = sqlite3.Xsqlite3_bind_null(tls, s.stmt, n)
		default:
			rc = sqlite3.Xsqlite3_bind_int64(tls, s.stmt, n, number)
		}
	}
	if rc != sqlite3.SQLITE_OK {
		return s.conn.fail(rc)
	}
	return nil
}

// integer returns the number that a value is kept as, or that it is NULL.
func integer(arg any) (n int64, null, ok bool) {
	switch v := arg.(type) {
	case nil:
		return 0, true, true
	case *int:
		if v == nil {
			return 0, true, true
		}
		return int64(*v), false, true
	case int64:
		return v, false, true
	case int:
		return int64(v), false, true
	case bool:
		if v {
			n = 1
		}
		return n, false, true
	}
	return 0, false, false
}

// reserve makes the buffer hold all texts and blobs among the arguments. It
// only grows: statements have arguments of much the same length each time.
func (s *Stmt) reserve(args []any) error {
	need := 1 // an empty text has an address too
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			need += len(v)
		case []byte:
			need += len(v)
		}
	}
	if need <= s.size {
		return nil
	}
	if need > math.MaxInt32 {
		return errTooLong
	}
	buffer := libc.Xmalloc(s.conn.tls, types.Size_t(need))
	if buffer == 0 {
		return errNoMemory
	}
	libc.Xfree(s.conn.tls, s.buffer)
	s.buffer, s.size = buffer, need
	return nil
}

// Step runs the statement up to its next row, and reports whether there is one.
func (s *Stmt) Step() (row bool, err error) {
	switch rc := sqlite3.Xsqlite3_step(s.conn.tls, s.stmt); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.conn.fail(rc)
	}
}

// Reset makes the statement ready to be bound and run again, and gives up the
// locks that it holds.
func (s *Stmt) Reset() {
	sqlite3.Xsqlite3_reset(s.conn.tls, s.stmt) // what it returns is the error of the last step again
}

// ReadOnly reports whether the statement changes nothing in the database.
func (s *Stmt) ReadOnly() bool { return sqlite3.Xsqlite3_stmt_readonly(s.conn.tls, s.stmt) != 0 }

// Columns returns how many columns a row has.
func (s *Stmt) Columns() int { return int(sqlite3.Xsqlite3_column_count(s.conn.tls, s.stmt)) }

// IsNull reports whether a column of the row is NULL. Columns count from 0, and
// the functions on them take no other number than there is.
func (s *Stmt) IsNull(column int) bool { return s.typeOf(column) == sqlite3.SQLITE_NULL }

// IsInteger reports whether a column of the row is an integer.
func (s *Stmt) IsInteger(column int) bool { return s.typeOf(column) == sqlite3.SQLITE_INTEGER }

func (s *Stmt) typeOf(column int) int32 {
	return sqlite3.Xsqlite3_column_type(s.conn.tls, s.stmt, int32(column)) //nolint:gosec // a number below Columns
}

// Int64 returns an integer of the row.
func (s *Stmt) Int64(column int) int64 {
	return sqlite3.Xsqlite3_column_int64(s.conn.tls, s.stmt, int32(column)) //nolint:gosec // a number below Columns
}

// Bytes returns a text or blob of the row, or a number's digits. They are
// SQLite's memory and valid until the next Step or Reset.
func (s *Stmt) Bytes(column int) []byte {
	n := int32(column) //nolint:gosec // a number below Columns
	p := sqlite3.Xsqlite3_column_blob(s.conn.tls, s.stmt, n)
	if p == 0 {
		return nil
	}
	return libc.GoBytes(p, int(sqlite3.Xsqlite3_column_bytes(s.conn.tls, s.stmt, n)))
}
