// Package forge makes ID tokens that are wrong in one way only. To get
// everything else right it signs with the user pool's own key, which it reads
// from the data folder: what a test has and an attacker has not.
package forge

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// Forger has what the user pool signs ID tokens with.
type Forger struct {
	key   *rsa.PrivateKey
	keyID string
	other *rsa.PrivateKey // a key that is not the pool's
}

// New reads the signing key from the system's data folder.
func New(ctx context.Context, s *harness.System) (*Forger, error) {
	db, err := OpenDatabase(s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // it is only read
	f := &Forger{}
	var der []byte
	row := db.QueryRowContext(ctx, `SELECT kid, pkcs8 FROM pool_keys WHERE token_use = 'id' AND retired_at IS NULL`)
	if err := row.Scan(&f.keyID, &der); err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	var ok bool
	if f.key, ok = key.(*rsa.PrivateKey); !ok {
		return nil, fmt.Errorf("the signing key is a %T", key)
	}
	f.other, err = rsa.GenerateKey(rand.Reader, f.key.N.BitLen())
	return f, err
}

// OpenDatabase opens the database of a running system for reading.
func OpenDatabase(s *harness.System) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+filepath.Join(s.Dir, harness.DatabaseFile)+"?mode=ro")
}

// Change is one way in which a token is wrong.
type Change func(header, claims map[string]any)

// Token returns the token of a real user, signed anew by the pool's key after
// the changes.
func (f *Forger) Token(original string, changes ...Change) (string, error) {
	return f.sign(original, jwt.SigningMethodRS256, f.key, changes...)
}

// ForeignKey returns the token signed by a key that is not the pool's, under
// the id of the pool's.
func (f *Forger) ForeignKey(original string) (string, error) {
	return f.sign(original, jwt.SigningMethodRS256, f.other)
}

// Unsigned returns the token with the algorithm "none" and no signature.
func (f *Forger) Unsigned(original, algorithm string) (string, error) {
	token, err := f.sign(original, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, Header("alg", algorithm))
	if err != nil {
		return "", err
	}
	// The signature is empty; a character keeps the form that the front door asks for.
	return token + "AA", nil
}

// PublicKeyAsSecret returns the token signed with HS256, where the secret is
// the pool's public key in PEM: what a verifier accepts that lets the token
// choose the algorithm (CVE-2015-9235).
func (f *Forger) PublicKeyAsSecret(original string) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&f.key.PublicKey)
	if err != nil {
		return "", err
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return f.sign(original, jwt.SigningMethodHS256, secret)
}

// OtherAlgorithm returns the token signed by the pool's key with RSA-PSS.
func (f *Forger) OtherAlgorithm(original string) (string, error) {
	return f.sign(original, jwt.SigningMethodPS256, f.key)
}

func (f *Forger) sign(original string, method jwt.SigningMethod, key any, changes ...Change) (string, error) {
	claims, err := people.Claims(original)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(method, jwt.MapClaims(maps.Clone(claims)))
	token.Header["kid"] = f.keyID
	for _, change := range changes {
		change(token.Header, token.Claims.(jwt.MapClaims)) //nolint:errcheck,forcetypeassert // it is one, two lines above
	}
	return token.SignedString(key)
}

// Claim sets a claim, or removes it when the value is nil.
func Claim(name string, value any) Change {
	return func(_, claims map[string]any) { set(claims, name, value) }
}

// Header sets a member of the header, or removes it when the value is nil.
func Header(name string, value any) Change {
	return func(header, _ map[string]any) { set(header, name, value) }
}

func set(members map[string]any, name string, value any) {
	if value == nil {
		delete(members, name)
		return
	}
	members[name] = value
}

// At returns a moment before or after now as claims spell it.
func At(d time.Duration) int64 { return time.Now().Add(d).Unix() }

// WithDuplicate returns the token, signed by the pool's key, with the claim
// given twice: first a value of the forger's, then the true one.
func (f *Forger) WithDuplicate(original, claim string, value any) (string, error) {
	parts := strings.Split(original, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	member, err := json.Marshal(map[string]any{claim: value})
	if err != nil {
		return "", err
	}
	twice := strings.TrimSuffix(string(member), "}") + "," + strings.TrimPrefix(string(payload), "{")
	signed := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(twice))
	signature, err := jwt.SigningMethodRS256.Sign(signed, f.key)
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
