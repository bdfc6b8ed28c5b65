package userpool

import (
	"database/sql"
	"errors"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// signIn is a row of pool_sign_ins: one successful sign-in, to which its
// refresh token and every access token issued under it belong.
type signIn struct {
	originJTI   string
	sub         string
	refreshHash []byte // SHA-256 of the refresh token
	scope       scope
	at          time.Time
	expires     time.Time // of the refresh token
	revoked     bool
}

var errNoSignIn = errors.New("no such sign-in")

// insertSignIn adds a sign-in and removes the user's oldest beyond the number to keep.
func insertSignIn(tx *sqlitedb.Tx, s signIn, keep int) error {
	_, err := tx.Exec(`INSERT INTO pool_sign_ins (origin_jti, sub, refresh_hash, scope, signed_in_at, expires_at, revoked)
		VALUES (?, ?, ?, ?, ?, ?, 0)`, s.originJTI, s.sub, s.refreshHash, string(s.scope), milliseconds(s.at), milliseconds(s.expires))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM pool_sign_ins WHERE origin_jti IN
		(SELECT origin_jti FROM pool_sign_ins WHERE sub = ? ORDER BY signed_in_at DESC LIMIT -1 OFFSET ?)`, s.sub, keep)
	return err
}

const signInColumns = `origin_jti, sub, refresh_hash, scope, signed_in_at, expires_at, revoked`

// signInByJTI returns the sign-in, or errNoSignIn.
func signInByJTI(tx *sqlitedb.Tx, originJTI string) (signIn, error) {
	return scanSignIn(tx.QueryRow(`SELECT `+signInColumns+` FROM pool_sign_ins WHERE origin_jti = ?`, originJTI))
}

// signInByRefreshToken returns the sign-in that the token came with, or errNoSignIn.
func signInByRefreshToken(tx *sqlitedb.Tx, token string) (signIn, error) {
	return scanSignIn(tx.QueryRow(`SELECT `+signInColumns+` FROM pool_sign_ins WHERE refresh_hash = ?`, digest(token)))
}

func scanSignIn(row scanner) (signIn, error) {
	var s signIn
	var at, expires int64
	err := row.Scan(&s.originJTI, &s.sub, &s.refreshHash, (*string)(&s.scope), &at, &expires, &s.revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return signIn{}, errNoSignIn
	}
	s.at, s.expires = time.UnixMilli(at), time.UnixMilli(expires)
	return s, err
}

func revokeSignIn(tx *sqlitedb.Tx, originJTI string) error {
	_, err := tx.Exec(`UPDATE pool_sign_ins SET revoked = 1 WHERE origin_jti = ?`, originJTI)
	return err
}

// revokeSignIns ends every sign-in of the user, those in browsers included.
func revokeSignIns(tx *sqlitedb.Tx, sub string) error {
	if _, err := tx.Exec(`UPDATE pool_sign_ins SET revoked = 1 WHERE sub = ?`, sub); err != nil {
		return err
	}
	return endWebSignIns(tx, sub)
}
