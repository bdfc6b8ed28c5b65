package userpool

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

const (
	keyBits  = 2048
	kidBytes = 32
	// keyGrace covers clocks that differ and tokens that were being signed while their key retired.
	keyGrace = 5 * time.Minute

	useID     = "id"
	useAccess = "access"
)

// signingKey is a row of pool_keys.
type signingKey struct {
	kid     string
	use     string // useID or useAccess
	private *rsa.PrivateKey
	created time.Time
	retired time.Time // zero while it signs
}

// keyring is every key whose tokens may still be live. It never changes; a
// rotation replaces it.
type keyring struct {
	signers map[string]signingKey // by use
	all     []signingKey          // oldest first
}

func newKeyring(all []signingKey) *keyring {
	ring := &keyring{signers: map[string]signingKey{}, all: all}
	for _, k := range all {
		if k.retired.IsZero() {
			ring.signers[k.use] = k
		}
	}
	return ring
}

// verifying returns the public key that checks tokens of the use, nil when there is no such key.
func (r *keyring) verifying(kid, use string) *rsa.PublicKey {
	for _, k := range r.all {
		if k.kid == kid && k.use == use {
			return &k.private.PublicKey
		}
	}
	return nil
}

// loadKeys reads the keys, or makes the first generation.
func (p *Pool) loadKeys(ctx context.Context) error {
	if err := p.refreshKeys(ctx); err != nil {
		return err
	}
	if ring := p.keys.Load(); len(ring.signers) == 2 {
		return nil
	}
	return p.RotateKeys(ctx)
}

// refreshKeys reads the keys anew. Once the pool is open, the caller holds p.rotation.
func (p *Pool) refreshKeys(ctx context.Context) error {
	var all []signingKey
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		all, err = readKeys(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("user pool keys: %w", err)
	}
	p.keys.Store(newKeyring(all))
	return nil
}

// RotateKeys makes a new pair of keys that sign from now on. The retired ones
// stay in the JWKS until the last token that they signed has expired.
func (p *Pool) RotateKeys(ctx context.Context) error {
	p.rotation.Lock()
	defer p.rotation.Unlock()
	fresh, err := p.newGeneration()
	if err != nil {
		return err
	}
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`UPDATE pool_keys SET retired_at = ? WHERE retired_at IS NULL`, milliseconds(p.now())); err != nil {
			return err
		}
		return errors.Join(insertKey(tx, fresh[0]), insertKey(tx, fresh[1]))
	})
	if err != nil {
		return fmt.Errorf("user pool keys: %w", err)
	}
	return p.refreshKeys(ctx)
}

// newGeneration makes one key for ID tokens and one for access tokens, at the same time.
func (p *Pool) newGeneration() ([2]signingKey, error) {
	var fresh [2]signingKey
	var work errgroup.Group
	for i, use := range []string{useID, useAccess} {
		fresh[i] = signingKey{kid: base64.StdEncoding.EncodeToString(p.random(kidBytes)), use: use, created: p.now()}
		work.Go(func() (err error) {
			fresh[i].private, err = p.cfg.NewKey()
			return err
		})
	}
	return fresh, work.Wait()
}

// keyLife is how long a retired key is still needed.
func (p *Pool) keyLife() time.Duration {
	return max(p.cfg.IDTokenLifetime, p.cfg.AccessTokenLifetime) + keyGrace
}

// liveKeys returns the keys whose tokens may still be live.
func (p *Pool) liveKeys() []signingKey {
	var live []signingKey
	for _, k := range p.keys.Load().all {
		if k.retired.IsZero() || p.now().Before(k.retired.Add(p.keyLife())) {
			live = append(live, k)
		}
	}
	return live
}

func insertKey(tx *sqlitedb.Tx, k signingKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO pool_keys (kid, token_use, pkcs8, created_at) VALUES (?, ?, ?, ?)`, k.kid, k.use, der,
		milliseconds(k.created))
	return err
}

func readKeys(tx *sqlitedb.Tx) ([]signingKey, error) {
	rows, err := tx.Query(`SELECT kid, token_use, pkcs8, created_at, coalesce(retired_at, 0) FROM pool_keys ORDER BY created_at, kid`)
	return scanAll(rows, err, scanKey)
}

func scanKey(row scanner) (signingKey, error) {
	var k signingKey
	var der []byte
	var created, retired int64
	if err := row.Scan(&k.kid, &k.use, &der, &created, &retired); err != nil {
		return signingKey{}, err
	}
	k.created = time.UnixMilli(created)
	if retired != 0 {
		k.retired = time.UnixMilli(retired)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signingKey{}, err
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return signingKey{}, fmt.Errorf("key %s is not RSA", k.kid)
	}
	k.private = private
	return k, nil
}
