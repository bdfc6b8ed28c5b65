package userpool

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// The states of a user, as Cognito names them.
const (
	statusUnconfirmed = "UNCONFIRMED"
	statusConfirmed   = "CONFIRMED"
	statusForceChange = "FORCE_CHANGE_PASSWORD"
	statusReset       = "RESET_REQUIRED"
)

// user is a row of pool_users.
type user struct {
	sub            string            // also the username
	attributes     map[string]string // without sub
	status         string
	enabled        bool
	credential     credential
	temporaryUntil time.Time // zero: the password is permanent
	created        time.Time
	modified       time.Time
}

// credential is what is kept of a password.
type credential struct {
	hash     string // argon2id; empty: there is no password
	salt     []byte // of the SRP verifier
	verifier []byte
}

func (u user) email() string { return u.attributes[attrEmail] }

func emailKey(email string) string { return strings.ToLower(email) }

const userColumns = `sub, attributes, status, enabled, password_hash, srp_salt, srp_verifier, temporary_until, created_at, modified_at`

type scanner interface{ Scan(dest ...any) error }

// scanUser reads userColumns. No row is errNoUser.
func scanUser(row scanner) (user, error) {
	var u user
	var attributes string
	var temporary, created, modified int64
	err := row.Scan(&u.sub, &attributes, &u.status, &u.enabled, &u.credential.hash, &u.credential.salt, &u.credential.verifier,
		&temporary, &created, &modified)
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, errNoUser
	}
	if err != nil {
		return user{}, err
	}
	if temporary != 0 {
		u.temporaryUntil = time.UnixMilli(temporary)
	}
	u.created, u.modified = time.UnixMilli(created), time.UnixMilli(modified)
	return u, json.Unmarshal([]byte(attributes), &u.attributes)
}

// userBySub returns the user with the sub, or errNoUser.
func userBySub(tx *sqlitedb.Tx, sub string) (user, error) {
	return scanUser(tx.QueryRow(`SELECT `+userColumns+` FROM pool_users WHERE sub = ?`, sub))
}

// userByName returns the user whom the name means, an e-mail address or a sub, or errNoUser.
func userByName(tx *sqlitedb.Tx, name string) (user, error) {
	if strings.Contains(name, "@") {
		return scanUser(tx.QueryRow(`SELECT `+userColumns+` FROM pool_users WHERE email_key = ?`, emailKey(name)))
	}
	return userBySub(tx, name)
}

// emailFree returns taken when the address belongs to a user other than sub.
func emailFree(tx *sqlitedb.Tx, email, sub string, taken error) error {
	other, err := userByName(tx, email)
	switch {
	case errors.Is(err, errNoUser):
		return nil
	case err == nil && other.sub != sub:
		return taken
	}
	return err
}

func insertUser(tx *sqlitedb.Tx, u user) error {
	attributes, err := json.Marshal(u.attributes, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO pool_users (email_key, `+userColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		emailKey(u.email()), u.sub, string(attributes), u.status, u.enabled, u.credential.hash, u.credential.salt, u.credential.verifier,
		milliseconds(u.temporaryUntil), milliseconds(u.created), milliseconds(u.modified))
	return err
}

// updateUser writes everything but the sub and the time of creation.
func updateUser(tx *sqlitedb.Tx, u user) error {
	attributes, err := json.Marshal(u.attributes, json.Deterministic(true))
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE pool_users SET email_key = ?, attributes = ?, status = ?, enabled = ?, password_hash = ?, srp_salt = ?,
		srp_verifier = ?, temporary_until = ?, modified_at = ? WHERE sub = ?`,
		emailKey(u.email()), string(attributes), u.status, u.enabled, u.credential.hash, u.credential.salt,
		u.credential.verifier, milliseconds(u.temporaryUntil), milliseconds(u.modified), u.sub)
	if err == nil && n == 0 {
		return errNoUser
	}
	return err
}

// deleteUser removes the user and, by the schema's cascades, everything of theirs.
func deleteUser(tx *sqlitedb.Tx, sub string) error {
	if err := clearAttempts(tx, sub); err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM pool_users WHERE sub = ?`, sub)
	if err == nil && n == 0 {
		return errNoUser
	}
	return err
}

// milliseconds is how a time is kept; the zero time is 0.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// scanAll reads every row with scan and closes rows.
func scanAll[T any](rows *sqlitedb.Rows, queryErr error, scan func(scanner) (T, error)) (all []T, err error) {
	if queryErr != nil {
		return nil, queryErr
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, rows.Err()
}

// setPassword gives the user a permanent password, with which they can sign in.
func (u *user) setPassword(c credential) {
	u.credential, u.status, u.temporaryUntil = c, statusConfirmed, time.Time{}
}

// setTemporaryPassword gives the user a password that they must replace at their next sign-in, by the time given.
func (u *user) setTemporaryPassword(c credential, until time.Time) {
	u.credential, u.status, u.temporaryUntil = c, statusForceChange, until
}
