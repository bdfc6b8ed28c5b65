package userpool

import (
	"crypto/hmac"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// What a code proves. The purpose of a code for an attribute is purposeVerify
// followed by the attribute's name.
const (
	purposeSignUp = "sign-up"
	purposeReset  = "reset-password"
	purposeVerify = "verify-"
)

// How long codes live, as Cognito's do.
const (
	signUpCodeLifetime = day
	verifyCodeLifetime = day
	resetCodeLifetime  = time.Hour
)

// newCode returns six random decimal digits.
func (p *Pool) newCode() (string, error) {
	n, err := rand.Int(p.cfg.Rand, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}

// codeMAC binds a code to the user, the purpose and the address that it is sent
// to: changing the address makes the code worthless.
func (p *Pool) codeMAC(u user, purpose, code string) []byte {
	return p.keyed("code", u.sub, purpose, emailKey(u.email()), code)
}

// keepCode replaces the user's code for the purpose.
func (p *Pool) keepCode(tx *sqlitedb.Tx, u user, purpose, code string, lifetime time.Duration) error {
	_, err := tx.Exec(`INSERT INTO pool_codes (sub, purpose, mac, expires_at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (sub, purpose) DO UPDATE SET mac = ?3, expires_at = ?4`,
		u.sub, purpose, p.codeMAC(u, purpose, code), milliseconds(p.now().Add(lifetime)))
	return err
}

// takeCode spends the user's code for the purpose, if checkCode finds it right.
func (p *Pool) takeCode(tx *sqlitedb.Tx, u user, purpose, code string) error {
	if err := p.checkCode(tx, u, purpose, code); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM pool_codes WHERE sub = ? AND purpose = ?`, u.sub, purpose)
	return err
}

// checkCode returns errCodeExpired when the user has no code for the purpose or
// it is too old, errCodeMismatch when it is another.
func (p *Pool) checkCode(tx *sqlitedb.Tx, u user, purpose, code string) error {
	var mac []byte
	var expires int64
	err := tx.QueryRow(`SELECT mac, expires_at FROM pool_codes WHERE sub = ? AND purpose = ?`, u.sub, purpose).Scan(&mac, &expires)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errCodeExpired
	case err != nil:
		return err
	case p.now().After(time.UnixMilli(expires)):
		return errCodeExpired
	case !hmac.Equal(mac, p.codeMAC(u, purpose, code)):
		return errCodeMismatch
	}
	return nil
}
