package userpool

import (
	"database/sql"
	"errors"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// openSession keeps the hash of a session string for the user.
func openSession(tx *sqlitedb.Tx, session, sub string, expires time.Time) error {
	_, err := tx.Exec(`INSERT INTO pool_sessions (hash, sub, expires_at, used) VALUES (?, ?, ?, 0)`,
		digest(session), sub, milliseconds(expires))
	return err
}

// checkSession returns nil when the session is the user's, live and unused,
// else one of errSessionInvalid, errSessionExpired and errSessionUsed.
func checkSession(tx *sqlitedb.Tx, session, sub string, now time.Time) error {
	var owner string
	var expires int64
	var used bool
	err := tx.QueryRow(`SELECT sub, expires_at, used FROM pool_sessions WHERE hash = ?`, digest(session)).Scan(&owner, &expires, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && owner != sub:
		return errSessionInvalid
	case err != nil:
		return err
	case used:
		return errSessionUsed
	case now.After(time.UnixMilli(expires)):
		return errSessionExpired
	}
	return nil
}

// useSession marks a session as used. It stays until it has expired, so that a second use is told apart.
func useSession(tx *sqlitedb.Tx, session string) error {
	_, err := tx.Exec(`UPDATE pool_sessions SET used = 1 WHERE hash = ?`, digest(session))
	return err
}

// endSessions ends the user's sessions that nobody has used.
func endSessions(tx *sqlitedb.Tx, sub string) error {
	_, err := tx.Exec(`DELETE FROM pool_sessions WHERE sub = ? AND used = 0`, sub)
	return err
}

// useOnce remembers a value until it expires. The second time it returns errWrongPassword.
func useOnce(tx *sqlitedb.Tx, value, sub string, expires time.Time) error {
	n, err := tx.Exec(`INSERT INTO pool_sessions (hash, sub, expires_at, used) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING`,
		digest(value), sub, milliseconds(expires))
	if err == nil && n == 0 {
		return errWrongPassword
	}
	return err
}
