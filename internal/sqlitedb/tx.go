package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Tx is a transaction, valid while the function that got it runs and on that
// function's goroutine alone.
//
// Statements are prepared once per connection and kept by their text, so texts
// should be constants with parameters. A text cannot run again while Rows of
// the same text are open.
//
// Arguments are nil, string, []byte, int, int64, bool or *int; nil pointers and
// slices are NULL.
type Tx struct {
	ctx    context.Context // ended: the statements fail
	conn   *conn
	open   []*Rows // closed when the function returns
	over   error   // why no statement is let through any more
	broken error   // SQLite may have undone the transaction
	shares bool    // with other writes, so that a savepoint goes before the first change
	saved  bool    // there is the savepoint
}

var (
	errOver    = errors.New("the transaction is over")
	errRunning = errors.New("the statement is running already")
	errEnded   = errors.New("the transaction was ended by one of its writes")
)

// Exec runs a statement and returns how many rows it inserted, changed or
// deleted.
func (tx *Tx) Exec(query string, args ...any) (rowsAffected int64, err error) {
	s, err := tx.begin(query, args)
	if err != nil {
		return 0, err
	}
	defer s.end()
	for {
		row, err := s.Step()
		if err != nil {
			return 0, tx.note(err)
		}
		if !row {
			return tx.conn.sqlite.Changes(), nil
		}
	}
}

// Query runs a statement that returns rows. Rows that the function leaves open
// are closed when it returns.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	s, err := tx.begin(query, args)
	if err != nil {
		return nil, err
	}
	rows := &Rows{tx: tx, statement: s}
	tx.open = append(tx.open, rows)
	return rows, nil
}

// QueryRow runs a statement of which the first row counts. The function must
// call Scan, which reports every error.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	s, err := tx.begin(query, args)
	return Row{tx: tx, statement: s, err: err}
}

// script runs any number of statements, without parameters.
func (tx *Tx) script(text string) error {
	if err := tx.usable(); err != nil {
		return err
	}
	if err := tx.save(false); err != nil {
		return err
	}
	return tx.note(tx.conn.sqlite.Exec(text))
}

// save sets the savepoint that is due before a statement that is not read-only.
func (tx *Tx) save(readOnly bool) error {
	if !tx.shares || tx.saved || readOnly {
		return nil
	}
	tx.saved = true
	return tx.note(tx.conn.exec("SAVEPOINT one_write"))
}

// begin returns the statement, ready to step. The caller ends it.
func (tx *Tx) begin(query string, args []any) (*statement, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	s, err := tx.conn.prepare(query)
	if err != nil {
		return nil, tx.note(err)
	}
	if s.running {
		return nil, errRunning
	}
	s.running = true
	err = tx.save(s.readOnly)
	if err == nil {
		err = tx.note(s.Bind(args))
	}
	if err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// end makes the statement ready for its next use.
func (s *statement) end() {
	s.Reset()
	s.running = false
	if !s.kept {
		s.Close()
	}
}

func (tx *Tx) usable() error {
	if tx.over != nil {
		return tx.over
	}
	return tx.ctx.Err()
}

// note remembers an error after which SQLite may have rolled the transaction
// back by itself. Statements that follow would be committed one by one, so
// none is let through.
func (tx *Tx) note(err error) error {
	if tx.broken == nil && isDisk(err) {
		tx.broken, tx.over = err, err
	}
	return err
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
		for _, rows := range tx.open {
			_ = rows.Close() // an error while reading was reported by the Rows
		}
		tx.over = errOver
	}()
	return fn(tx)
}
