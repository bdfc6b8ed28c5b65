package userpool

import (
	"context"
	"errors"
	"fmt"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// EnsureFirstAdministrator makes sure that somebody is in the administrators'
// group. When nobody is, the user with the e-mail address (created if need be)
// becomes a confirmed administrator with a random password, which is returned
// and kept nowhere else: one sign-in yields tokens. A user who had the address
// already loses the old password and every sign-in, so that registering an
// address early gains nobody anything.
func (p *Pool) EnsureFirstAdministrator(ctx context.Context, email string) (oneTimePassword string, created bool, err error) {
	if !isEmail(email) {
		return "", false, fmt.Errorf("first administrator: %q is not an e-mail address", email)
	}
	missing := false
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		missing, err = p.noAdministrator(tx)
		return err
	})
	if err != nil || !missing {
		return "", false, err
	}
	plain, err := p.cfg.PasswordPolicy.Generate(p.cfg.Rand)
	if err != nil {
		return "", false, err
	}
	u, err := p.futureAdministrator(ctx, email)
	if err != nil {
		return "", false, err
	}
	fresh, err := p.newCredential(ctx, u.sub, plain)
	if err != nil {
		return "", false, err
	}
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if created, err = p.noAdministrator(tx); err != nil || !created {
			return err
		}
		return p.promote(tx, u, fresh)
	})
	if err != nil || !created {
		return "", false, err
	}
	return plain, true, nil
}

// noAdministrator reports whether the group has no member.
func (p *Pool) noAdministrator(tx *sqlitedb.Tx) (bool, error) {
	members, err := usersInGroup(tx, p.cfg.AdminGroup, "", 1)
	return len(members) == 0, err
}

// futureAdministrator returns the user with the address, or a new one who is not stored yet.
func (p *Pool) futureAdministrator(ctx context.Context, email string) (user, error) {
	u, err := p.userNamed(ctx, email)
	if errors.Is(err, errNoUser) {
		return p.newUser(email, nil, byAdministrator)
	}
	return u, err
}

// promote stores the user with the password, confirmed, and as a member of the administrators' group.
func (p *Pool) promote(tx *sqlitedb.Tx, u user, fresh credential) error {
	stored, err := userBySub(tx, u.sub)
	if err == nil {
		u = stored
	} else if !errors.Is(err, errNoUser) {
		return err
	}
	isNew := err != nil
	u.setPassword(fresh)
	u.enabled, u.modified = true, p.now()
	u.apply([]attribute{{attrEmailVerified, valueTrue}})
	if isNew {
		err = insertUser(tx, u)
	} else {
		err = errors.Join(updateUser(tx, u), revokeSignIns(tx, u.sub), clearFailures(tx, u.sub))
	}
	if err != nil {
		return err
	}
	if _, err := groupByName(tx, p.cfg.AdminGroup); errors.Is(err, errNoGroup) {
		first := 0
		err = insertGroup(tx, group{name: p.cfg.AdminGroup, precedence: &first, created: p.now(), modified: p.now()})
		if err != nil {
			return err
		}
	}
	return addMember(tx, p.cfg.AdminGroup, u.sub)
}
