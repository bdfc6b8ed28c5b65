package sqlitedb

import "context"

// Read runs fn on one consistent state of the database, which holds every write
// acknowledged before. It returns fn's error as it is, except that an error of
// the disk or an ended context becomes CodeUnavailable.
//
// Statements that fn starts after its context has ended fail, and Rows end with
// it; a step to the next row is not interrupted.
func (db *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	c, err := db.reader(ctx)
	if err != nil {
		return err
	}
	defer db.giveBack(c)
	return classify(db.snapshot(ctx, c, fn))
}

// ReadOne is Read for an fn that runs one statement only, which sees one
// consistent state by itself: it saves the two statements around it.
func (db *DB) ReadOne(ctx context.Context, fn func(tx *Tx) error) error {
	c, err := db.reader(ctx)
	if err != nil {
		return err
	}
	defer db.giveBack(c)
	return classify(db.autocommit(ctx, c, fn))
}

// reader waits for a connection of the pool. It must be given back.
func (db *DB) reader(ctx context.Context) (*conn, error) {
	if err := db.usable(ctx); err != nil {
		return nil, err
	}
	c, err := db.slot(ctx)
	if err != nil || c != nil {
		return c, err
	}
	// Nil in the pool stands for a connection that the next reader opens.
	if c, err = openConn(db.path, readerPragmas); err != nil {
		db.readers <- nil
		return nil, classify(err)
	}
	return c, nil
}

// slot waits for what is in the pool.
func (db *DB) slot(ctx context.Context) (*conn, error) {
	select {
	case c := <-db.readers:
		return c, nil // nearly always; a context that nobody waits for may cost less
	default:
	}
	select {
	case c := <-db.readers:
		return c, nil
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	case <-db.closing:
		return nil, unavailable(errClosed)
	}
}

// giveBack returns a connection to the pool, or its place when it is spoiled.
func (db *DB) giveBack(c *conn) {
	if c.spoiled {
		_ = c.close() // says nothing new: something on it has failed already
		c = nil
	}
	db.readers <- c
}

// snapshot runs several statements in one transaction.
func (db *DB) snapshot(ctx context.Context, c *conn, fn func(*Tx) error) error {
	c.spoiled = true // until fn has returned and the transaction has ended
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	tx := &Tx{ctx: ctx, conn: c}
	err := tx.run(fn, db.log)
	ended := c.exec("ROLLBACK")
	c.spoiled = ended != nil || tx.broken != nil
	return err
}

// autocommit runs one statement.
func (db *DB) autocommit(ctx context.Context, c *conn, fn func(*Tx) error) error {
	c.spoiled = true // until fn has returned
	tx := &Tx{ctx: ctx, conn: c}
	err := tx.run(fn, db.log)
	c.spoiled = tx.broken != nil
	return err
}
