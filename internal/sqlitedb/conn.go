package sqlitedb

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spacefinder/spacefinder/internal/sqlitedb/capi"
)

// maxStatements bounds the statements that a connection keeps prepared. The
// texts are the program's own, a few dozen; only generated ones can go beyond,
// and those are prepared for each use.
const maxStatements = 256

// uri spells the path as SQLite wants it, for a file that exists.
func uri(path string) string { return spell(path, url.Values{"mode": {"rw"}}) }

// dsn is uri for the database/sql driver, with pragmas.
func dsn(path string, pragmas []string) string {
	return spell(path, url.Values{"mode": {"rw"}, "_pragma": pragmas})
}

func spell(path string, query url.Values) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// Settings of connections: https://sqlite.org/pragma.html. Reads of what is
// mapped cost no copy, which makes them twice as fast.
const (
	commonPragmas = `
		PRAGMA busy_timeout = 5000; -- ms; only a backup or an operator's tool ever holds a lock
		PRAGMA foreign_keys = 1;
		PRAGMA mmap_size = 268435456;
		PRAGMA temp_store = MEMORY;`
	writerPragmas = commonPragmas + `
		PRAGMA journal_mode = WAL;
		PRAGMA synchronous = FULL;
		PRAGMA wal_autocheckpoint = 0; -- type checkpointer does it
		PRAGMA cache_size = -16000; -- kB
		PRAGMA journal_size_limit = 67108864; -- cut the log back after a long read had let it grow`
	checkpointPragmas = commonPragmas + `
		PRAGMA synchronous = FULL;`
	readerPragmas = commonPragmas + `
		PRAGMA query_only = 1;
		SELECT 1 FROM sqlite_schema LIMIT 1; -- opens the log: its version can be told from now on`
)

// conn is a connection with the statements prepared on it.
type conn struct {
	sqlite     *capi.Conn
	statements map[string]*statement
	spoiled    bool // in a state that nobody knows: to be discarded
}

// statement is a prepared statement. A connection keeps most of them.
type statement struct {
	*capi.Stmt
	columns  int
	readOnly bool
	kept     bool
	running  bool // its rows are being read
}

func openConn(path, pragmas string) (*conn, error) {
	sqlite, err := capi.Open(uri(path))
	if err != nil {
		return nil, err
	}
	c := &conn{sqlite: sqlite, statements: make(map[string]*statement)}
	if err := sqlite.Exec(pragmas); err != nil {
		_ = c.close() // the error that matters is the first
		return nil, err
	}
	return c, nil
}

// prepare returns the statement; the caller closes one that is not kept.
func (c *conn) prepare(query string) (*statement, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	prepared, err := c.sqlite.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &statement{
		Stmt: prepared, columns: prepared.Columns(), readOnly: prepared.ReadOnly(), kept: len(c.statements) < maxStatements,
	}
	if s.kept {
		c.statements[query] = s
	}
	return s, nil
}

// exec runs one of the statements that frame a transaction.
func (c *conn) exec(query string) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	_, err = s.Step()
	s.Reset()
	if !s.kept {
		s.Close()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}

// close ends the connection and with it the transaction that it may be in.
func (c *conn) close() error {
	if c == nil {
		return nil
	}
	for _, s := range c.statements {
		s.Close()
	}
	return c.sqlite.Close()
}
