package sqlitedb

import (
	"log/slog"
	"sync/atomic"
)

// checkpointer copies the write-ahead log into the file
// (https://sqlite.org/wal.html#ckpt) on a goroutine and a connection of its own.
// That takes as long as dozens of commits, which SQLite by itself would make
// the writer wait for. The writer then copies the little that was written
// meanwhile: the log begins anew only when a write finds all of it copied.
type checkpointer struct {
	path  string
	pages int // of the log from which it is copied
	log   *slog.Logger

	due   chan struct{} // buffered for one; closed to end the goroutine
	ended chan struct{}
	turn  atomic.Int32 // whose it is: nobody's, copying or rest

	conn          *conn // of the goroutine; nil: not connected
	failing       bool  // the goroutine's last attempt failed
	writerFailing bool  // the writer's last attempt failed
}

// The turns. The goroutine ends copying, the writer the others.
const (
	nobodys int32 = iota
	copying       // the goroutine copies
	rest          // the writer is to copy what is left
)

func newCheckpointer(path string, pages int, log *slog.Logger) *checkpointer {
	return &checkpointer{path: path, pages: pages, log: log, due: make(chan struct{}, 1), ended: make(chan struct{})}
}

// committed is for the writer, with its connection, after each commit.
func (c *checkpointer) committed(writer *conn) {
	if version, known := writer.sqlite.Version(); !known || version.Frames() < c.pages {
		return
	}
	switch c.turn.Load() {
	case nobodys:
		c.turn.Store(copying)
		c.due <- struct{}{} // there is room: the one before was taken
	case rest:
		_, err := writer.sqlite.Checkpoint()
		c.report(&c.writerFailing, err)
		c.turn.Store(nobodys)
	}
}

func (c *checkpointer) run() {
	defer close(c.ended)
	for range c.due {
		c.report(&c.failing, c.copy())
		c.turn.Store(rest)
	}
}

// copy copies until little is left, unless the writer is as fast, or somebody
// reads an old state.
func (c *checkpointer) copy() (err error) {
	if c.conn == nil {
		if c.conn, err = openConn(c.path, checkpointPragmas); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil {
			_ = c.conn.close() // says nothing new: something on it has failed already
			c.conn = nil
		}
	}()
	const (
		passes = 3
		little = 10 // the share of the log that the writer may well copy is one in so many
	)
	for range passes {
		copied, err := c.conn.sqlite.Checkpoint()
		if err != nil {
			return err
		}
		// What is not on the disk by then, the writer waits for.
		if err := c.conn.sqlite.Sync(); err != nil {
			return err
		}
		if version, _ := c.conn.sqlite.Version(); version.Frames()-copied <= c.pages/little {
			break
		}
	}
	return nil
}

// report says once what keeps the log from being copied. Nothing is lost by it,
// and the next commits try again.
func (c *checkpointer) report(failing *bool, err error) {
	if err != nil && !*failing {
		c.log.Warn("the write-ahead log cannot be copied to the database; it grows until that succeeds", "error", err)
	}
	*failing = err != nil
}

// close waits for what is under way. The writer must have ended.
func (c *checkpointer) close() error {
	close(c.due)
	<-c.ended
	return c.conn.close()
}
