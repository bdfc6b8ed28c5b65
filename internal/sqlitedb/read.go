package sqlitedb

import "context"

// Read runs fn on one consistent state of the database, which holds every write
// acknowledged before. It returns fn's error as it is, except that an error of
// the disk or an ended context becomes CodeUnavailable.
//
// Statements that fn starts after its context has ended fail; one that is
// running is not interrupted, so a function should ask for bounded results.
func (db *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
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
	healthy, err := db.snapshot(ctx, c, fn)
	if !healthy {
		c.discard()
		c = nil
	}
	return classify(err)
}

// snapshot runs fn in a transaction of the connection, and reports whether the
// connection can be used again.
func (db *DB) snapshot(ctx context.Context, c *conn, fn func(*Tx) error) (healthy bool, err error) {
	if err := c.exec("BEGIN"); err != nil {
		return false, err
	}
	tx := &Tx{ctx: ctx, conn: c}
	err = tx.run(fn, db.log)
	ended := c.exec("ROLLBACK")
	return ended == nil && tx.broken == nil && !isDisk(err), err
}
