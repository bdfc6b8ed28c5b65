package sqlitedb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the database/sql driver "sqlite", for what is done once
)

const (
	applicationID = 0x53504644 // "SPFD": tells our files from other SQLite files
	formatVersion = 1          // of the file as a whole; components version their tables (Migrate)

	folderMode = 0o700
	fileMode   = 0o600

	walSuffix = "-wal"
	newSuffix = ".new"
)

// lockFolder creates the folder and takes its lock, which the operating system
// releases when the process ends in whatever way.
func lockFolder(folder string) (*flock.Flock, error) {
	if err := makeFolder(folder); err != nil {
		return nil, fmt.Errorf("data folder %s cannot be created: %w", folder, err)
	}
	lock := flock.New(filepath.Join(folder, "lock"), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("data folder %s cannot be locked, is it writable? %w", folder, err)
	}
	if !locked {
		return nil, fmt.Errorf("data folder %s %w", folder, ErrInUse)
	}
	return lock, nil
}

func makeFolder(folder string) error {
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return err
	}
	return syncPath(filepath.Dir(folder))
}

// ensureFile checks the file's header, or creates the file when there is none.
// It runs before SQLite opens the file: opening and closing a file drops every
// POSIX lock that the process has on it.
func ensureFile(ctx context.Context, path string) error {
	header, err := readHeader(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return createFile(ctx, path)
	case err != nil:
		return fmt.Errorf("database %s cannot be read: %w", path, err)
	}
	return header.check(path)
}

// header is what the first bytes of a file say; https://sqlite.org/fileformat2.html.
type header struct {
	magic         string
	userVersion   uint32
	applicationID uint32
}

const (
	sqliteMagic         = "SQLite format 3\x00"
	headerSize          = 100
	userVersionOffset   = 60
	applicationIDOffset = 68
)

func readHeader(path string) (header, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return header{}, err
	}
	defer func() { _ = f.Close() }() // only read
	buf := make([]byte, headerSize)
	if _, err := io.ReadFull(f, buf); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return header{}, nil // shorter than any database: check refuses it
	} else if err != nil {
		return header{}, err
	}
	return header{
		magic:         string(buf[:len(sqliteMagic)]),
		userVersion:   binary.BigEndian.Uint32(buf[userVersionOffset:]),
		applicationID: binary.BigEndian.Uint32(buf[applicationIDOffset:]),
	}, nil
}

func (h header) check(path string) error {
	switch {
	case h.magic != sqliteMagic || h.applicationID != applicationID:
		return fmt.Errorf("%s is not a spacefinder database", path)
	case h.userVersion > formatVersion:
		return fmt.Errorf("database %s was written by a newer version of spacefinder (format %d, this one knows %d)",
			path, h.userVersion, formatVersion)
	}
	return nil
}

// createFile makes an empty database under another name and renames it, so that
// under the real name there is never half of one.
func createFile(ctx context.Context, path string) error {
	if _, err := os.Lstat(path + walSuffix); err == nil {
		return fmt.Errorf("database %s is missing, but its write-ahead log %s%s is there: bring the file back, or remove the log as well",
			path, path, walSuffix)
	}
	if err := writeEmpty(ctx, path+newSuffix); err != nil {
		return fmt.Errorf("database %s cannot be created%s: %w", path, hint(err), err)
	}
	if err := os.Rename(path+newSuffix, path); err != nil {
		return fmt.Errorf("database %s cannot be created: %w", path, err)
	}
	return syncPath(filepath.Dir(path))
}

func writeEmpty(ctx context.Context, path string) (err error) {
	for _, leftover := range []string{path, path + "-journal"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	pool, err := sql.Open("sqlite", dsn(path, nil))
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, pool.Close()); err == nil {
			err = syncPath(path)
		}
	}()
	_, err = pool.ExecContext(ctx, fmt.Sprintf(`
		PRAGMA application_id = %d;
		PRAGMA user_version = %d;
		CREATE TABLE schema_migrations (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
		applicationID, formatVersion))
	return err
}

// syncPath flushes a file, or a folder's entries, to the disk.
func syncPath(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
