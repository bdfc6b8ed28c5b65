package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Migrate brings a component's tables up to date. Each step is SQL (any number
// of statements) that runs once and in order; all that are due run in one
// transaction. Steps are only ever added at the end. A database on which more
// steps ran than there are was written by a newer version: an error.
func (db *DB) Migrate(ctx context.Context, component string, steps []string) error {
	err := db.Write(ctx, func(tx *Tx) error {
		done, err := tx.migrated(component)
		if err != nil {
			return err
		}
		if done > len(steps) {
			return fmt.Errorf("database %s was written by a newer version of spacefinder (%s tables %d, this one knows %d)",
				db.path, component, done, len(steps))
		}
		for i := done; i < len(steps); i++ {
			if err := tx.script(steps[i]); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		_, err = tx.Exec(`INSERT INTO schema_migrations (component, version) VALUES (?1, ?2)
			ON CONFLICT (component) DO UPDATE SET version = ?2`, component, len(steps))
		return err
	})
	if err != nil {
		return fmt.Errorf("tables of %s: %w", component, err)
	}
	return nil
}

// migrated returns how many steps of the component ran already.
func (tx *Tx) migrated(component string) (version int, err error) {
	err = tx.QueryRow(`SELECT version FROM schema_migrations WHERE component = ?1`, component).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return version, err
}
