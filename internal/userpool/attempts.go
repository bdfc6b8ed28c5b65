package userpool

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// Attempts are counted in the database, so that a restart forgives nothing.
// Names that are nobody's are counted too, else the absence of a limit would
// tell that there is no such user; they share a fixed number of buckets, so
// that nobody can fill the disk with them.

// The lockout of sign-in, as the Cognito developer guide describes it: from the
// fifth failure on, each locks for twice as long.
const (
	actionSignIn   = "sign-in"
	freeFailures   = 5
	firstLock      = time.Second
	longestLock    = 15 * time.Minute
	lockoutQuiet   = 15 * time.Minute // without failures, after which the count starts over
	attemptsWindow = time.Hour
)

// Actions with a number of tries per user and hour.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html
const (
	actionConfirmSignUp  = "confirm-sign-up"
	actionResend         = "resend"
	actionForgot         = "forgot-password"
	actionConfirmForgot  = "confirm-forgot-password"
	actionChangePassword = "change-password"
	actionSendVerify     = "send-verification"
	actionVerify         = "verify-attribute"
)

func hourlyLimit(action string) int {
	switch action {
	case actionConfirmSignUp, actionVerify, actionConfirmForgot:
		return 15
	default:
		return 5
	}
}

// attempts is a row of pool_attempts.
type attempts struct {
	count int
	at    time.Time // sign-in: of the last failure; else: of the first try in the window
}

func readAttempts(tx *sqlitedb.Tx, subject, action string) (attempts, error) {
	var a attempts
	var at int64
	err := tx.QueryRow(`SELECT count, at FROM pool_attempts WHERE subject = ? AND action = ?`, subject, action).Scan(&a.count, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return attempts{}, nil
	}
	a.at = time.UnixMilli(at)
	return a, err
}

func writeAttempts(tx *sqlitedb.Tx, subject, action string, a attempts) error {
	_, err := tx.Exec(`INSERT INTO pool_attempts (subject, action, count, at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (subject, action) DO UPDATE SET count = ?3, at = ?4`, subject, action, a.count, milliseconds(a.at))
	return err
}

// clearFailures forgets the failed sign-ins of the subject.
func clearFailures(tx *sqlitedb.Tx, subject string) error {
	_, err := tx.Exec(`DELETE FROM pool_attempts WHERE subject = ? AND action = ?`, subject, actionSignIn)
	return err
}

func clearAttempts(tx *sqlitedb.Tx, subject string) error {
	_, err := tx.Exec(`DELETE FROM pool_attempts WHERE subject = ?`, subject)
	return err
}

// lockedUntil returns the end of the lock that so many failures cause.
func (a attempts) lockedUntil() time.Time {
	if a.count < freeFailures {
		return time.Time{}
	}
	lock := firstLock
	for range a.count - freeFailures {
		lock = min(2*lock, longestLock)
	}
	return a.at.Add(lock)
}

// checkLockout returns errLockedOut while the subject may not try to sign in.
func (p *Pool) checkLockout(tx *sqlitedb.Tx, subject string) error {
	a, err := readAttempts(tx, subject, actionSignIn)
	if err != nil {
		return err
	}
	if p.now().Before(a.lockedUntil()) {
		return errLockedOut
	}
	return nil
}

// recordFailure counts a failed sign-in and returns the refusal that the client
// gets. A failure during a lock neither counts nor extends it.
func (p *Pool) recordFailure(ctx context.Context, subject string) error {
	answer, failures := error(errWrongPassword), 0
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		a, err := readAttempts(tx, subject, actionSignIn)
		if err != nil {
			return err
		}
		now := p.now()
		if now.Before(a.lockedUntil()) {
			answer = errLockedOut
			return nil
		}
		if now.Sub(a.at) > lockoutQuiet {
			a.count = 0
		}
		failures = a.count + 1
		return writeAttempts(tx, subject, actionSignIn, attempts{count: failures, at: now})
	})
	if err != nil {
		return err
	}
	if failures >= freeFailures {
		p.log.WarnContext(ctx, "sign-in is locked after failed attempts", "subject", subject, "failures", failures)
	}
	return answer
}

// countTry counts one try of the action and returns errTooManyTries when the
// hour's are used up. It is a write of its own, so that a try that fails counts.
func (p *Pool) countTry(ctx context.Context, subject, action string) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return p.countTryIn(tx, subject, action) })
}

// countTryIn is countTry as part of a write that then does not fail.
func (p *Pool) countTryIn(tx *sqlitedb.Tx, subject, action string) error {
	a, err := readAttempts(tx, subject, action)
	if err != nil {
		return err
	}
	if now := p.now(); now.Sub(a.at) >= attemptsWindow {
		a = attempts{at: now}
	}
	if a.count++; a.count > hourlyLimit(action) {
		return errTooManyTries
	}
	return writeAttempts(tx, subject, action, a)
}

// triedLately reports whether the subject tried the action within the window.
func (p *Pool) triedLately(ctx context.Context, subject, action string) (tried bool, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		a, err := readAttempts(tx, subject, action)
		tried = a.count > 0 && p.now().Sub(a.at) < attemptsWindow
		return err
	})
	return tried, err
}
