package sqlitedb

import "context"

// Read runs fn on one consistent state of the database, which holds every write
// acknowledged before. It returns fn's error as it is, except that an error of
// the disk or an ended context becomes CodeUnavailable.
//
// Statements that fn starts after its context has ended fail; one that is
// running is not interrupted, so a function should ask for bounded results.
func (db *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	return db.read(ctx, fn, db.snapshot)
}

// ReadOne is Read for an fn that runs one statement only, which sees one
// consistent state by itself: it saves the two statements around it, a third of
// the cost of reading one row.
func (db *DB) ReadOne(ctx context.Context, fn func(tx *Tx) error) error {
	return db.read(ctx, fn, db.autocommit)
}

// reading runs fn on a connection, and reports whether the connection can be
// used again.
type reading func(ctx context.Context, c *conn, fn func(*Tx) error) (healthy bool, err error)

func (db *DB) read(ctx context.Context, fn func(tx *Tx) error, run reading) error {
	if err := db.usable(ctx); err != nil {
		return err
	}
	var c *conn
	select {
	case c = <-db.readers:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	case <-db.closing:
		return unavailable(errClosed)
	}
	// Nil in the pool stands for a connection that the next reader opens.
	defer func() { db.readers <- c }()
	if c == nil {
		opened, err := openConn(ctx, db.readDB)
		if err != nil {
			return classify(err)
		}
		c = opened
	}
	healthy, err := run(ctx, c, fn)
	if !healthy {
		c.discard()
		c = nil
	}
	return classify(err)
}

// snapshot is the reading of several statements in one transaction.
func (db *DB) snapshot(ctx context.Context, c *conn, fn func(*Tx) error) (healthy bool, err error) {
	if err := c.exec("BEGIN"); err != nil {
		return false, err
	}
	tx := &Tx{ctx: ctx, conn: c}
	err = tx.run(fn, db.log)
	ended := c.exec("ROLLBACK")
	return ended == nil && tx.broken == nil && !isDisk(err), err
}

// autocommit is the reading of one statement.
func (db *DB) autocommit(ctx context.Context, c *conn, fn func(*Tx) error) (healthy bool, err error) {
	tx := &Tx{ctx: ctx, conn: c}
	err = tx.run(fn, db.log)
	return tx.broken == nil && !isDisk(err), err
}
