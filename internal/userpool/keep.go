package userpool

import (
	"context"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

const (
	keepInterval = 10 * time.Minute
	purgeBatch   = 500 // rows in one write, so that the writer is never held up
)

// keepEvery keeps the pool in order, now and then, until ctx ends.
func (p *Pool) keepEvery(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.keep(ctx)
		}
	}
}

// keep removes what has expired, and replaces signing keys that are old.
func (p *Pool) keep(ctx context.Context) {
	if err := p.purge(ctx); err != nil && ctx.Err() == nil {
		p.log.ErrorContext(ctx, "expired entries of the user pool were not removed", "error", err)
	}
	if p.now().Before(p.keys.Load().signers[useID].created.Add(p.cfg.KeyLifetime)) {
		return
	}
	if err := p.RotateKeys(ctx); err != nil {
		if ctx.Err() == nil {
			p.log.ErrorContext(ctx, "signing keys were not replaced; the old ones go on", "error", err)
		}
		return
	}
	p.log.InfoContext(ctx, "new keys sign; tokens of the old ones stay valid until they expire")
}

// purge removes rows that no longer matter. A sign-in matters until the last
// access token issued under it has expired, so that a revocation is remembered.
func (p *Pool) purge(ctx context.Context) error {
	now := p.now()
	for _, due := range []struct {
		statement string
		before    time.Time
	}{
		{`DELETE FROM pool_sign_ins WHERE origin_jti IN (SELECT origin_jti FROM pool_sign_ins WHERE expires_at < ?1 LIMIT ?2)`,
			now.Add(-p.cfg.AccessTokenLifetime)},
		{`DELETE FROM pool_sessions WHERE hash IN (SELECT hash FROM pool_sessions WHERE expires_at < ?1 LIMIT ?2)`, now.Add(-time.Hour)},
		{`DELETE FROM pool_web_sessions WHERE hash IN (SELECT hash FROM pool_web_sessions WHERE expires_at < ?1 LIMIT ?2)`, now},
		{`DELETE FROM pool_authorizations WHERE hash IN (SELECT hash FROM pool_authorizations WHERE expires_at < ?1 LIMIT ?2)`,
			now.Add(-time.Hour)},
		{`DELETE FROM pool_codes WHERE (sub, purpose) IN (SELECT sub, purpose FROM pool_codes WHERE expires_at < ?1 LIMIT ?2)`, now},
		{`DELETE FROM pool_attempts WHERE (subject, action) IN (SELECT subject, action FROM pool_attempts WHERE at < ?1 LIMIT ?2)`,
			now.Add(-attemptsWindow)},
		{`DELETE FROM pool_keys WHERE kid IN (SELECT kid FROM pool_keys WHERE retired_at < ?1 LIMIT ?2)`, now.Add(-p.keyLife())},
	} {
		if err := p.deleteAll(ctx, due.statement, due.before); err != nil {
			return err
		}
	}
	p.rotation.Lock()
	defer p.rotation.Unlock()
	return p.refreshKeys(ctx)
}

// deleteAll runs a statement, in writes of their own, until it deletes less than a batch.
func (p *Pool) deleteAll(ctx context.Context, statement string, before time.Time) error {
	for {
		var deleted int64
		err := p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
			deleted, err = tx.Exec(statement, milliseconds(before), purgeBatch)
			return err
		})
		if err != nil || deleted < purgeBatch {
			return err
		}
	}
}
