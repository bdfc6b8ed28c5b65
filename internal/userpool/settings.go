package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

const (
	lowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"
	upperAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	alphanumeric      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	poolSecretSize    = 32
)

// settings are what a pool is given once, on first start.
type settings struct {
	poolID          string
	clientID        string
	accessKeyID     string
	secretAccessKey string
	secret          []byte
	created         time.Time
}

// poolName is the part of the pool's id that SRP verifiers are bound to.
func (s settings) poolName() string {
	_, name, _ := strings.Cut(s.poolID, "_")
	return name
}

// loadSettings reads the settings, or makes them together with the administrators' group.
func (p *Pool) loadSettings(ctx context.Context) error {
	fresh := settings{
		poolID:          p.cfg.Region + "_" + p.randomText(9, alphanumeric),
		clientID:        p.randomText(26, lowerAlphanumeric),
		accessKeyID:     "AKIA" + p.randomText(16, upperAlphanumeric),
		secretAccessKey: p.randomText(40, alphanumeric),
		secret:          p.random(poolSecretSize),
		created:         p.now(),
	}
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		kept, err := readSettings(tx)
		if !errors.Is(err, sql.ErrNoRows) {
			p.settings = kept
			return err
		}
		p.settings = fresh
		if err := insertSettings(tx, fresh); err != nil {
			return err
		}
		first := 0
		return insertGroup(tx, group{name: p.cfg.AdminGroup, precedence: &first, created: fresh.created, modified: fresh.created})
	})
	if err != nil {
		return fmt.Errorf("user pool settings: %w", err)
	}
	if !strings.HasPrefix(p.settings.poolID, p.cfg.Region+"_") {
		return fmt.Errorf("user pool %s is not one of region %s; start with the region that it was made for", p.settings.poolID, p.cfg.Region)
	}
	return nil
}

func readSettings(tx *sqlitedb.Tx) (settings, error) {
	var s settings
	var created int64
	err := tx.QueryRow(`SELECT pool_id, client_id, access_key_id, secret_access_key, secret, created_at FROM pool`).
		Scan(&s.poolID, &s.clientID, &s.accessKeyID, &s.secretAccessKey, &s.secret, &created)
	s.created = time.UnixMilli(created)
	return s, err
}

func insertSettings(tx *sqlitedb.Tx, s settings) error {
	_, err := tx.Exec(`INSERT INTO pool (only_row, pool_id, client_id, access_key_id, secret_access_key, secret, created_at)
		VALUES (1, ?, ?, ?, ?, ?, ?)`, s.poolID, s.clientID, s.accessKeyID, s.secretAccessKey, s.secret, s.created.UnixMilli())
	return err
}

// randomText returns n characters of the alphabet, each as likely as the other.
func (p *Pool) randomText(n int, alphabet string) string {
	fair := 256 - 256%len(alphabet)
	text := make([]byte, 0, n)
	for len(text) < n {
		if b := int(p.random(1)[0]); b < fair {
			text = append(text, alphabet[b%len(alphabet)])
		}
	}
	return string(text)
}

// newUUID returns a random UUID, version 4.
func (p *Pool) newUUID() string { return uuidFrom(p.random(16)) }

// uuidFrom makes a version 4 UUID of 16 bytes.
func uuidFrom(b []byte) string {
	id := uuid.UUID(b[:16])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// keyed returns HMAC-SHA256 of the parts under the pool's secret, with the
// purpose kept apart from the data.
func (p *Pool) keyed(purpose string, parts ...string) []byte {
	h := hmac.New(sha256.New, p.settings.secret)
	h.Write([]byte(purpose))
	for _, part := range parts {
		h.Write([]byte{0})
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

func digest(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
