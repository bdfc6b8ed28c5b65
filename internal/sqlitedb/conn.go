package sqlitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// maxStatements bounds the statements that a connection keeps prepared. The
// texts are the program's own, a few dozen; only generated ones can go beyond,
// and those are prepared for each use.
const maxStatements = 256

// dsn spells the path as a URI, as SQLite wants it, with pragmas for the driver.
func dsn(path string, pragmas []string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	query := url.Values{"mode": {"rw"}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

func writerPragmas() []string {
	return append(commonPragmas(),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"cache_size(-16000)",           // kB
		"journal_size_limit(67108864)") // cut the log back after a long read had let it grow
}

func readerPragmas() []string {
	return append(commonPragmas(), "query_only(1)")
}

func commonPragmas() []string {
	return []string{
		"busy_timeout(5000)", // ms; only a backup or an operator's tool ever holds a lock
		"foreign_keys(1)",
		"mmap_size(268435456)", // reads of what is mapped cost no copy: twice as fast
		"temp_store(MEMORY)",
	}
}

// conn is a connection with the statements prepared on it.
type conn struct {
	sql        *sql.Conn
	statements map[string]*sql.Stmt
}

func openConn(ctx context.Context, pool *sql.DB) (*conn, error) {
	c, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sql: c, statements: make(map[string]*sql.Stmt)}, nil
}

// prepare returns the statement, and whether the connection keeps it; the
// caller closes one that is not kept.
func (c *conn) prepare(query string) (stmt *sql.Stmt, kept bool, err error) {
	if stmt := c.statements[query]; stmt != nil {
		return stmt, true, nil
	}
	stmt, err = c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, false, err
	}
	if len(c.statements) >= maxStatements {
		return stmt, false, nil
	}
	c.statements[query] = stmt
	return stmt, true, nil
}

// exec runs one of the statements that frame a transaction.
func (c *conn) exec(query string) error {
	stmt, kept, err := c.prepare(query)
	if err != nil {
		return err
	}
	if !kept {
		defer func() { _ = stmt.Close() }() // it has run, or said why not
	}
	if _, err := stmt.ExecContext(context.Background()); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}

func (c *conn) close() error {
	if c == nil {
		return nil
	}
	var errs []error
	for _, stmt := range c.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.sql.Close())...)
}

// discard ends the connection and with it the transaction that it may be in.
// Its errors say nothing new: something on it has failed already.
func (c *conn) discard() {
	for _, stmt := range c.statements {
		_ = stmt.Close()
	}
	_ = c.sql.Raw(func(any) error { return driver.ErrBadConn }) // not back into the pool
	_ = c.sql.Close()
}
