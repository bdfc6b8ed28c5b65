package sqlitedb

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
)

// Tx is a transaction, valid while the function that got it runs and on that
// function's goroutine alone.
//
// Statements are prepared once per connection and kept by their text, so texts
// should be constants with parameters. A text must not run again while Rows of
// the same text are open.
type Tx struct {
	ctx    context.Context // ended: the statements fail
	conn   *conn
	open   []io.Closer // closed when the function returns, in reverse
	broken error       // SQLite may have undone the transaction
}

// Exec runs a statement and returns how many rows it inserted, changed or
// deleted.
func (tx *Tx) Exec(query string, args ...any) (rowsAffected int64, err error) {
	stmt, err := tx.prepare(query) //nolint:sqlclosecheck // the connection keeps it, or run closes it
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, tx.note(err)
	}
	return result.RowsAffected()
}

// Query runs a statement that returns rows. Rows that the function leaves open
// are closed when it returns.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	stmt, err := tx.prepare(query) //nolint:sqlclosecheck // the connection keeps it, or run closes it
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	if err != nil {
		return nil, tx.note(err)
	}
	tx.open = append(tx.open, rows)
	return rows, rows.Err()
}

// QueryRow runs a statement of which the first row counts. The function must
// call Scan, which reports every error.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	stmt, err := tx.prepare(query) //nolint:sqlclosecheck // the connection keeps it, or run closes it
	if err != nil {
		// A Row can only be had from a query: this one fails for the same reason.
		return tx.conn.sql.QueryRowContext(tx.ctx, query, args...)
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

// script runs any number of statements, without parameters.
func (tx *Tx) script(text string) error {
	if err := tx.ctx.Err(); err != nil {
		return err
	}
	_, err := tx.conn.sql.ExecContext(context.Background(), text)
	return tx.note(err)
}

func (tx *Tx) prepare(query string) (*sql.Stmt, error) {
	if err := tx.ctx.Err(); err != nil {
		return nil, err
	}
	stmt, kept, err := tx.conn.prepare(query)
	if err != nil {
		return nil, tx.note(err)
	}
	if !kept {
		tx.open = append(tx.open, stmt)
	}
	return stmt, nil
}

// note remembers an error after which SQLite may have rolled the transaction
// back by itself. Statements that follow would be committed one by one, so
// none is let through.
func (tx *Tx) note(err error) error {
	if tx.broken == nil && isDisk(err) {
		tx.broken = err
		tx.end()
	}
	return err
}

func (tx *Tx) end() { tx.ctx = ended() }

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// run calls fn and leaves nothing of it behind on the connection. A panic
// becomes an error, because fn may run on the writer's goroutine, where it
// would end the process for everybody.
func (tx *Tx) run(fn func(*Tx) error, log *slog.Logger) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("a database function panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("a database function panicked: %v", p)
		}
		for i := len(tx.open) - 1; i >= 0; i-- {
			_ = tx.open[i].Close() // an error while reading was reported by the Rows
		}
		tx.end()
	}()
	return fn(tx)
}
