package sqlitedb

import (
	"database/sql"
	"fmt"
	"strings"
)

// Rows are the rows that a query returns, to be read like those of database/sql:
//
//	for rows.Next() { err := rows.Scan(...) }
//	err := rows.Err()
type Rows struct {
	tx        *Tx
	statement *statement // nil when there is no further row
	err       error
}

// Next goes to the next row, or to the first. It reports false when there is
// none, or when reading fails; Err tells which.
func (r *Rows) Next() bool {
	if r.statement == nil {
		return false
	}
	row, err := false, r.tx.usable()
	if err == nil {
		row, err = r.statement.Step()
	}
	if !row {
		r.err = r.tx.note(err)
		_ = r.Close() // never fails
	}
	return row
}

// Scan copies the columns of the row to where dest points: to a string, []byte,
// int, int64, bool or *int. NULL fits a []byte and a *int.
func (r *Rows) Scan(dest ...any) error {
	if r.statement == nil {
		return sql.ErrNoRows
	}
	return r.statement.scan(dest)
}

// Err returns the error that ended Next, nil when all rows were read.
func (r *Rows) Err() error { return r.err }

// Close ends reading. It may be called more than once, and returns nil.
func (r *Rows) Close() error {
	if r.statement != nil {
		r.statement.end()
		r.statement = nil
	}
	return nil
}

// Row is the first row that a query returns, to be scanned once.
type Row struct {
	tx        *Tx
	statement *statement
	err       error
}

// Scan copies the columns as Rows.Scan does; sql.ErrNoRows when there is no row.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.statement.end()
	row, err := r.statement.Step()
	if err != nil {
		return r.tx.note(err)
	}
	if !row {
		return sql.ErrNoRows
	}
	return r.statement.scan(dest)
}

// usualColumns is how many columns a row can have without its scan taking
// memory for them.
const usualColumns = 16

// scan copies the columns of the row that the statement is on. All texts of a
// row share one piece of memory, as they live and die together as a rule.
func (s *statement) scan(dest []any) error {
	if len(dest) != s.columns {
		return fmt.Errorf("%d destinations for %d columns", len(dest), s.columns)
	}
	found, length := make([][]byte, 0, usualColumns), 0
	for i, d := range dest {
		var text []byte
		if _, ok := d.(*string); ok {
			text = s.Bytes(i)
			length += len(text)
		}
		found = append(found, text)
	}
	var texts strings.Builder
	texts.Grow(length)
	for _, text := range found {
		texts.Write(text)
	}
	rest := texts.String()
	for i, d := range dest {
		text := rest[:len(found[i])]
		rest = rest[len(text):]
		if !s.scanColumn(i, d, text) {
			return fmt.Errorf("column %d does not fit its destination", i+1)
		}
	}
	return nil
}

// scanColumn copies one column, whose text is given, and reports whether it fits.
func (s *statement) scanColumn(i int, dest any, text string) bool {
	switch d := dest.(type) {
	case *string:
		*d = text
		return text != "" || !s.IsNull(i)
	case *[]byte:
		*d = append([]byte(nil), s.Bytes(i)...)
		return true
	case **int:
		*d = nil
		if !s.IsNull(i) {
			n := int(s.Int64(i))
			*d = &n
		}
		return s.IsNull(i) || s.IsInteger(i)
	case *int64:
		*d = s.Int64(i)
	case *int:
		*d = int(s.Int64(i))
	case *bool:
		*d = s.Int64(i) != 0
	default:
		return false
	}
	return s.IsInteger(i)
}
