package userpool

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
	"github.com/spacefinder/spacefinder/internal/userpool/srp"
)

// subject is whom a name stands for in a request that anybody can send: a user,
// or nobody. Nobody has a stable invented sub, salt and verifier and a password
// that nothing matches, so that an attempt goes the same way to the same end.
type subject struct {
	user
	known bool
	key   string // under which attempts are counted
}

// subject returns whom the name stands for. When the pool may reveal that a
// user does not exist, nobody is the error unknown instead.
func (p *Pool) subject(ctx context.Context, name string, unknown error) (subject, error) {
	var u user
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		u, err = userByName(tx, name)
		return err
	})
	switch {
	case errors.Is(err, errNoUser) && p.cfg.RevealUserExistence:
		return subject{}, unknown
	case errors.Is(err, errNoUser):
		return p.nobody(name), nil
	case err != nil:
		return subject{}, err
	}
	return subject{user: u, known: true, key: u.sub}, nil
}

// nobody invents the subject for a name that is no user's. A name that is
// already a sub, perhaps an invented one, stays it, as it would for a user.
func (p *Pool) nobody(name string) subject {
	sub := name
	if id, err := uuid.Parse(name); err != nil || id.String() != name {
		sub = uuidFrom(p.keyed("nobody-sub", strings.ToLower(name)))
	}
	salt := p.keyed("nobody-salt", sub)[:srp.SaltSize]
	salt[0] = max(salt[0], 1) // as in real ones, never zero
	return subject{
		user: user{
			sub:        sub,
			status:     statusConfirmed,
			enabled:    true,
			credential: credential{salt: salt, verifier: p.keyed("nobody-verifier", sub)},
		},
		key: fmt.Sprintf("nobody-%x", p.keyed("nobody-bucket", sub)[:2]),
	}
}

// newCredential makes what is kept of a password. It takes its time.
func (p *Pool) newCredential(ctx context.Context, sub, plain string) (credential, error) {
	hash, err := p.hasher.Hash(ctx, plain)
	if err != nil {
		return credential{}, err
	}
	salt, err := srp.NewSalt(p.cfg.Rand)
	if err != nil {
		return credential{}, err
	}
	return credential{hash: hash, salt: salt, verifier: srp.Verifier(p.srpIdentity(sub), plain, salt)}, nil
}

func (p *Pool) srpIdentity(sub string) srp.Identity {
	return srp.Identity{Pool: p.settings.poolName(), User: sub}
}

// Cognito words the same refusal in two ways.
const (
	policyAtCreation = "Password did not conform with policy: %s"
	policyAtChange   = "Password does not conform to policy: %s"
)

func (p *Pool) checkPassword(plain, wording string) error {
	if len(plain) > password.MaxLength {
		return refuse(kindInvalidPassword, wording, "Password is too long")
	}
	if fault := p.cfg.PasswordPolicy.Fault(plain); fault != "" {
		return refuse(kindInvalidPassword, wording, fault)
	}
	return nil
}
