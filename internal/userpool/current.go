package userpool

import (
	"context"
	"errors"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// ErrNotSignedIn says that a sign-in has ended, or that its user is gone or
// disabled.
var ErrNotSignedIn = errors.New("userpool: nobody is signed in")

// CurrentGroups returns the names of the groups that a user is in now, whatever
// a token says that was issued earlier. The user and the sign-in are those of the
// token's claims sub and origin_jti. The error is ErrNotSignedIn, or the
// database's.
func (p *Pool) CurrentGroups(ctx context.Context, sub, originJTI string) ([]string, error) {
	var groups []group
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := currentCaller(tx, sub, originJTI); err != nil {
			return err
		}
		var err error
		groups, err = groupsOf(tx, sub)
		return err
	})
	if refusal := (*apiError)(nil); errors.As(err, &refusal) {
		return nil, ErrNotSignedIn
	}
	return groupNames(groups), err
}
