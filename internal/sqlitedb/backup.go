package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes the database at path, as of one moment, to the new file dest
// (mode 0600). It works while a server uses the database, from any process, and
// leaves either a whole file or none. A dest that exists is an error.
//
// A backup is restored by putting it in the database's place while no server
// runs, with the files beside it that end in -wal and -shm removed: those
// belong to the file that it replaces.
func Backup(ctx context.Context, path, dest string) (err error) {
	if _, err := os.Lstat(dest); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backup to %s: %w", dest, errors.Join(fs.ErrExist, err))
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("backup of %s: %w", path, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(dest), filepath.Base(dest)+".*.part") // mode 0600
	if err != nil {
		return fmt.Errorf("backup to %s: %w", dest, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name()) // the error that matters is the first
		}
	}()
	if err := temp.Close(); err != nil {
		return fmt.Errorf("backup to %s: %w", dest, err)
	}
	if err := copyInto(ctx, abs, temp.Name()); err != nil {
		return fmt.Errorf("backup of %s to %s: %w", path, dest, err)
	}
	if err := syncPath(temp.Name()); err != nil {
		return fmt.Errorf("backup to %s: %w", dest, err)
	}
	if err := os.Rename(temp.Name(), dest); err != nil {
		return fmt.Errorf("backup to %s: %w", dest, err)
	}
	return syncPath(filepath.Dir(dest))
}

// copyInto copies the database into an empty file. It looks at the source
// through SQLite alone: see ensureFile.
func copyInto(ctx context.Context, path, dest string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	pool, err := sql.Open("sqlite", dsn(path, []string{"busy_timeout(5000)"}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	var id uint32
	if err := pool.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return errors.New("the source is not a spacefinder database")
	}
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", dest)
	return err
}
