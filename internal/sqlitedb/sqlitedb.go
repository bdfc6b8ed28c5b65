// Package sqlitedb is one SQLite file used by one process: many readers, and
// one writer goroutine that commits the waiting writes together.
//
// A durable commit costs a flush of the disk, whatever it holds. So Write puts
// its function into a queue; the writer takes what has gathered there, runs
// all of it in one transaction, commits once with synchronous=FULL and only then
// answers. A function that fails undoes its own changes and nothing else: a
// savepoint goes before the first of them, unless it is alone in the transaction.
//
// The file is in WAL mode (https://sqlite.org/wal.html): readers never wait for
// the writer, nor the writer for them, and a process that dies at any moment
// leaves a file that the next Open reads as of the last commit.
//
// Errors of the disk (full, read-only, failing) come back as
// spacefinder.CodeUnavailable with SQLite's words as the cause; after one the
// writer starts over with a new connection, so that it works again as soon as
// the disk does.
package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Config says where the database is. Zero members mean the defaults.
type Config struct {
	Path       string       // the file; its folder is created with mode 0700, the file with 0600
	Readers    int          // connections that read at the same time; default 4
	QueueDepth int          // writes that may wait for the writer; default 1024
	MaxBatch   int          // writes in one commit; default 256
	LogPages   int          // pages of 4 kB in the write-ahead log from which they are copied to the file; default 4000
	Logger     *slog.Logger // for failures of the disk and panics; default none

	Now func() time.Time // for Stats.CommitTime; default time.Now
}

func (c Config) withDefaults() Config {
	if c.Readers <= 0 {
		c.Readers = 4
	}
	if c.QueueDepth <= 0 {
		c.QueueDepth = 1024
	}
	if c.MaxBatch <= 0 {
		c.MaxBatch = 256
	}
	if c.LogPages <= 0 {
		c.LogPages = 4000 // a page that changes often is copied to the file less often
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	path string
	log  *slog.Logger
	lock *flock.Flock

	readers chan *conn // every slot of the pool; nil in it: not connected yet
	queue   chan *request
	writer  writer

	checkpointer *checkpointer

	closing   chan struct{} // closed when Close begins
	written   chan struct{} // closed when the writer goroutine has ended
	closeOnce sync.Once
	closeErr  error

	stats counters
}

// Open opens the database, creating it when there is none, and starts the
// writer. It holds a lock on the folder until Close. The errors say what is
// wrong in words for an operator: the folder is in use by another process or
// cannot be written, the file is of a newer version or something else.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", cfg.Path, err)
	}
	lock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	db := &DB{
		path:    path,
		log:     cfg.Logger,
		lock:    lock,
		readers: make(chan *conn, cfg.Readers),
		queue:   make(chan *request, cfg.QueueDepth),
		closing: make(chan struct{}),
		written: make(chan struct{}),
	}
	if err := db.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return db, nil
}

func (db *DB) start(ctx context.Context, cfg Config) error {
	if err := ensureFile(ctx, db.path); err != nil {
		return err
	}
	first, err := openConn(db.path, writerPragmas)
	if err != nil {
		return fmt.Errorf("database %s cannot be opened%s: %w", db.path, hint(err), err)
	}
	for range cfg.Readers {
		db.readers <- nil
	}
	db.checkpointer = newCheckpointer(db.path, cfg.LogPages, db.log)
	db.writer = writer{
		path: db.path, conn: first, maxBatch: cfg.MaxBatch, log: db.log, now: cfg.Now, stats: &db.stats, checkpointer: db.checkpointer,
	}
	go db.checkpointer.run()
	go db.writeLoop()
	return nil
}

// Close answers the writes that wait, moves the write-ahead log into the file
// and releases the folder. Reads and writes that begin later fail with
// CodeUnavailable. It waits for functions that are running.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		close(db.closing)
		<-db.written
		errs := []error{db.checkpointer.close()}
		for range cap(db.readers) {
			errs = append(errs, (<-db.readers).close())
		}
		// Closing the last connection empties and removes the write-ahead log.
		errs = append(errs, db.writer.close(), db.lock.Unlock())
		db.closeErr = errors.Join(errs...)
	})
	return db.closeErr
}

// Stats are counters since Open and the present sizes, for telemetry.
type Stats struct {
	Writes       int64 // writes answered, whether their functions succeeded or not
	FailedWrites int64 // writes lost with a transaction that could not be committed
	Commits      int64 // transactions committed: Writes/Commits is the mean batch
	LargestBatch int64 // most writes in one commit
	Queued       int64 // writes waiting now
	WALBytes     int64 // size of the write-ahead log now

	CommitTime time.Duration // in COMMIT, all together: nearly all of it is flushing the disk
}

// Stats returns the counters. They are read one by one, so they may be some
// microseconds apart.
func (db *DB) Stats() Stats {
	s := db.stats.snapshot()
	s.Queued = int64(len(db.queue))
	if info, err := os.Stat(db.path + walSuffix); err == nil {
		s.WALBytes = info.Size()
	}
	return s
}
