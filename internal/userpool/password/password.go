// Package password keeps passwords: the policy that they must meet, generated
// ones that meet it, and argon2id hashes computed by a bounded number of
// workers, so that a flood of sign-ins can exhaust neither memory nor CPU.
package password

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrBusy says that too many hashes are already waiting for their turn.
var ErrBusy = errors.New("password: too many hashes are waiting")

var errMalformed = errors.New("password: malformed hash")

const (
	saltSize = 16
	keySize  = 32
)

// Params are argon2id's costs.
type Params struct {
	Memory      uint32 // KiB
	Time        uint32 // passes
	Parallelism uint8  // lanes
}

// Recommended returns the OWASP Password Storage Cheat Sheet's profile: 19 MiB, 2 passes, 1 lane.
func Recommended() Params { return Params{Memory: 19 * 1024, Time: 2, Parallelism: 1} }

// Hasher computes and checks hashes. It is safe for concurrent use.
type Hasher struct {
	params  Params
	random  io.Reader
	working chan struct{} // one place per hash being computed
	waiting chan struct{} // one place per caller inside, working or not
}

// NewHasher returns a Hasher that computes at most workers hashes at once and
// lets at most queue more callers wait.
func NewHasher(params Params, random io.Reader, workers, queue int) *Hasher {
	return &Hasher{
		params:  params,
		random:  random,
		working: make(chan struct{}, workers),
		waiting: make(chan struct{}, workers+queue),
	}
}

// Hash returns the password's hash with a fresh salt, in the PHC string format
// ("$argon2id$v=19$m=19456,t=2,p=1$SALT$KEY"). Errors: ErrBusy, ctx's, the
// random source's.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", err
	}
	key, err := h.key(ctx, password, salt, h.params)
	if err != nil {
		return "", err
	}
	return encode(h.params, salt, key), nil
}

// Verify reports whether the password has the hash. An empty hash is that of
// no password: it costs the same work and is never matched. Errors: ErrBusy,
// ctx's, and a hash that is malformed.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (bool, error) {
	params, salt, want := h.params, make([]byte, saltSize), []byte(nil)
	if hash != "" {
		var err error
		if params, salt, want, err = decode(hash); err != nil {
			return false, err
		}
	}
	got, err := h.key(ctx, password, salt, params)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *Hasher) key(ctx context.Context, password string, salt []byte, p Params) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, ErrBusy
	}
	select {
	case h.working <- struct{}{}:
		defer func() { <-h.working }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Parallelism, keySize), nil
}

func encode(p Params, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Parallelism, b64(salt), b64(key))
}

func decode(hash string) (p Params, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errMalformed
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Parallelism); err != nil || p.Time == 0 || p.Parallelism == 0 {
		return p, nil, nil, errMalformed
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, nil, nil, errMalformed
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) != keySize {
		return p, nil, nil, errMalformed
	}
	return p, salt, key, nil
}
