package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
)

// poolID is the form of a Cognito user pool's id; its first part is the region.
var poolID = regexp.MustCompile(`^([a-z]{2}(?:-[a-z]+)+-[0-9]+)_[0-9A-Za-z]+$`)

// newAuthorizer returns the authorizer that the environment describes, or an
// error that names every problem. Of the base it keeps what the environment
// does not tell.
func newAuthorizer(getenv func(string) string, base authorizer.Config) (*authorizer.Authorizer, error) {
	base.Access = spacefinder.Access{
		AdminGroup:    cmp.Or(getenv("ADMIN_GROUP"), spacefinder.DefaultAdminGroup),
		AdminBookings: cmp.Or(spacefinder.AdminBookings(getenv("ADMIN_BOOKINGS")), spacefinder.AdminBookingsAll),
	}
	pool, poolErr := userPool(getenv)
	other, otherErr := otherProvider(getenv)
	base.Issuers = slices.Concat(base.Issuers, pool, other)
	a, err := authorizer.New(base)
	if err := errors.Join(poolErr, otherErr, err); err != nil {
		return nil, err
	}
	return a, nil
}

// userPool returns the configured Cognito user pool, if any.
func userPool(getenv func(string) string) ([]authorizer.Issuer, error) {
	pool, clients := getenv("USER_POOL_ID"), list(getenv("USER_POOL_CLIENT_ID"))
	if pool == "" && clients == nil {
		return nil, nil
	}
	if err := complete(getenv, "USER_POOL_ID", "USER_POOL_CLIENT_ID"); err != nil {
		return nil, err
	}
	parts := poolID.FindStringSubmatch(pool)
	if parts == nil {
		return nil, fmt.Errorf("USER_POOL_ID must be of the form REGION_NAME, not %q", pool)
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(parts[1], "cn-") {
		domain = "amazonaws.com.cn"
	}
	issuer := "https://cognito-idp." + parts[1] + "." + domain + "/" + pool
	return []authorizer.Issuer{{
		Issuer: issuer, JWKSURL: issuer + "/.well-known/jwks.json", Audiences: clients, Cognito: true,
	}}, nil
}

// otherProvider returns the configured OpenID provider, if any.
func otherProvider(getenv func(string) string) ([]authorizer.Issuer, error) {
	issuer, keys, clients := getenv("ISSUER"), getenv("JWKS_URL"), list(getenv("AUDIENCE"))
	if issuer == "" && keys == "" && clients == nil {
		return nil, nil
	}
	if err := complete(getenv, "ISSUER", "JWKS_URL", "AUDIENCE"); err != nil {
		return nil, err
	}
	return []authorizer.Issuer{{
		Issuer: issuer, JWKSURL: keys, Audiences: clients, GroupsClaim: getenv("GROUPS_CLAIM"),
	}}, nil
}

// complete reports the variables of a set that are missing.
func complete(getenv func(string) string, names ...string) error {
	var problems []error
	for _, name := range names {
		if getenv(name) == "" {
			problems = append(problems, fmt.Errorf("%s is missing; %s belong together", name, strings.Join(names, ", ")))
		}
	}
	return errors.Join(problems...)
}

// list returns the entries of a list separated by commas, nil for an empty one.
func list(s string) []string {
	if s == "" {
		return nil
	}
	entries := strings.Split(s, ",")
	for i, entry := range entries {
		entries[i] = strings.TrimSpace(entry)
	}
	return entries
}
