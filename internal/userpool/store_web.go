package userpool

import (
	"crypto/hmac"
	"database/sql"
	"errors"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// How long a browser stays signed in, and a code is good for.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html
const (
	webSessionLifetime    = time.Hour
	authorizationLifetime = 5 * time.Minute
	maxWebSignIns         = 100 // sessions, and codes, that are kept per user, the oldest make room
)

var errNoWebSession = errors.New("no session of a browser")

// webSession is a browser in which the user signed in.
type webSession struct {
	user user
	at   time.Time // of the sign-in
}

// insertWebSession keeps the hash of a session's cookie. The session holds as
// long as the user has the password that it was opened with.
func insertWebSession(tx *sqlitedb.Tx, token string, u user, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO pool_web_sessions (hash, sub, credential, signed_in_at, expires_at) VALUES (?, ?, ?, ?, ?)`,
		digest(token), u.sub, digest(u.credential.hash), milliseconds(at), milliseconds(at.Add(webSessionLifetime)))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM pool_web_sessions WHERE hash IN
		(SELECT hash FROM pool_web_sessions WHERE sub = ? ORDER BY signed_in_at DESC LIMIT -1 OFFSET ?)`, u.sub, maxWebSignIns)
	return err
}

// liveWebSession returns the session of the cookie, or errNoWebSession.
func liveWebSession(tx *sqlitedb.Tx, token string, now time.Time) (webSession, error) {
	var sub string
	var credential []byte
	var at, expires int64
	err := tx.QueryRow(`SELECT sub, credential, signed_in_at, expires_at FROM pool_web_sessions WHERE hash = ?`, digest(token)).
		Scan(&sub, &credential, &at, &expires)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && !now.Before(time.UnixMilli(expires))) {
		return webSession{}, errNoWebSession
	}
	if err != nil {
		return webSession{}, err
	}
	u, err := userBySub(tx, sub)
	if err != nil {
		return webSession{}, err
	}
	if !u.enabled || u.status != statusConfirmed || !hmac.Equal(credential, digest(u.credential.hash)) {
		return webSession{}, errNoWebSession
	}
	return webSession{user: u, at: time.UnixMilli(at)}, nil
}

func endWebSession(tx *sqlitedb.Tx, token string) error {
	_, err := tx.Exec(`DELETE FROM pool_web_sessions WHERE hash = ?`, digest(token))
	return err
}

// endWebSignIns ends the user's sessions in browsers, and the codes that nobody has exchanged.
func endWebSignIns(tx *sqlitedb.Tx, sub string) error {
	if _, err := tx.Exec(`DELETE FROM pool_web_sessions WHERE sub = ?`, sub); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM pool_authorizations WHERE sub = ? AND used = 0`, sub)
	return err
}

// issuedCode is a row of pool_authorizations: what a code stands for.
type issuedCode struct {
	sub         string
	redirectURI string
	scope       scope
	nonce       string
	challenge   string
	at          time.Time // of the sign-in
	expires     time.Time
	used        bool
	originJTI   string // of the sign-in that the code was exchanged for
}

func insertCode(tx *sqlitedb.Tx, code string, c issuedCode) error {
	_, err := tx.Exec(`INSERT INTO pool_authorizations (hash, sub, redirect_uri, scope, nonce, challenge, signed_in_at, expires_at, used,
		origin_jti) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, '')`, digest(code), c.sub, c.redirectURI, string(c.scope), c.nonce, c.challenge,
		milliseconds(c.at), milliseconds(c.expires))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM pool_authorizations WHERE hash IN
		(SELECT hash FROM pool_authorizations WHERE sub = ? ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`, c.sub, maxWebSignIns)
	return err
}

// codeByText returns what the code stands for, or sql.ErrNoRows.
func codeByText(tx *sqlitedb.Tx, code string) (issuedCode, error) {
	var c issuedCode
	var at, expires int64
	err := tx.QueryRow(`SELECT sub, redirect_uri, scope, nonce, challenge, signed_in_at, expires_at, used, origin_jti
		FROM pool_authorizations WHERE hash = ?`, digest(code)).
		Scan(&c.sub, &c.redirectURI, (*string)(&c.scope), &c.nonce, &c.challenge, &at, &expires, &c.used, &c.originJTI)
	c.at, c.expires = time.UnixMilli(at), time.UnixMilli(expires)
	return c, err
}

// useCode marks the code as used, for the sign-in if one came of it. It stays
// a while, so that a second use is noticed.
func useCode(tx *sqlitedb.Tx, code, originJTI string) error {
	_, err := tx.Exec(`UPDATE pool_authorizations SET used = 1, origin_jti = ? WHERE hash = ?`, originJTI, digest(code))
	return err
}
