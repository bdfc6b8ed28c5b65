package authorizer

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/spacefinder/spacefinder"
)

// Defaults of Config.
const (
	DefaultGroupsClaim = "cognito:groups"
	DefaultLeeway      = 10 * time.Second
)

// maxGroupNameLength is Cognito's bound on the name of a group, in characters.
const maxGroupNameLength = 128

// Config says whose tokens are accepted and what they allow.
type Config struct {
	Issuers []Issuer           // at least one, each Issuer string once
	Access  spacefinder.Access // both members are required

	// HTTPClient fetches the keys; nil means a client of the authorizer's own.
	// Redirects are not followed: keys come from the configured address alone.
	HTTPClient *http.Client
	Now        func() time.Time // nil means time.Now
	// Leeway is how far the issuer's clock may be off; 0 means DefaultLeeway.
	Leeway time.Duration
	Logger *slog.Logger // nil means no logging
	Keys   KeyCache
}

// Issuer is a source of ID tokens.
type Issuer struct {
	Issuer    string   // the "iss" of its tokens, compared exactly; an absolute URL
	JWKSURL   string   // where it publishes its keys
	Audiences []string // the client ids whose tokens are meant for this API; at least one
	// Cognito demands the claim token_use "id", which tells an ID token of a
	// Cognito user pool from an access token.
	Cognito bool
	// GroupsClaim names the claim that lists the groups, an array of strings;
	// empty means DefaultGroupsClaim.
	GroupsClaim string
}

// KeyCache are the times of the cache of an issuer's keys. A zero member means
// its default.
type KeyCache struct {
	// MaxAge is the age from which keys are refreshed in the background, while
	// they go on being used. Default 15 min.
	MaxAge time.Duration
	// RefreshInterval is the least time between two fetches that tokens with an
	// unknown key can cause. A key published right after a fetch is not seen
	// for so long. Default 10 s.
	RefreshInterval time.Duration
	// RetryInterval takes RefreshInterval's place after a failed fetch. Default 1 s.
	RetryInterval time.Duration
	// FetchTimeout bounds one fetch, from connecting to the last byte. Default 5 s.
	FetchTimeout time.Duration
}

func (k KeyCache) withDefaults() KeyCache {
	for _, d := range []struct {
		member *time.Duration
		value  time.Duration
	}{
		{&k.MaxAge, 15 * time.Minute},
		{&k.RefreshInterval, 10 * time.Second},
		{&k.RetryInterval, time.Second},
		{&k.FetchTimeout, 5 * time.Second},
	} {
		if *d.member == 0 {
			*d.member = d.value
		}
	}
	return k
}

func (c Config) withDefaults() Config {
	c.Issuers = slices.Clone(c.Issuers)
	for i := range c.Issuers {
		if c.Issuers[i].GroupsClaim == "" {
			c.Issuers[i].GroupsClaim = DefaultGroupsClaim
		}
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Leeway == 0 {
		c.Leeway = DefaultLeeway
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Keys = c.Keys.withDefaults()
	return c
}

// check returns every problem of the configuration.
func (c Config) check() error {
	var problems []error
	addf := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(c.Issuers) == 0 {
		addf("no issuer is configured")
	}
	seen := make(map[string]bool, len(c.Issuers))
	for i, issuer := range c.Issuers {
		for _, problem := range issuer.problems() {
			addf("issuer %d: %w", i+1, problem)
		}
		if seen[issuer.Issuer] {
			addf("issuer %d: %q is configured twice", i+1, issuer.Issuer)
		}
		seen[issuer.Issuer] = true
	}
	if n := utf8.RuneCountInString(c.Access.AdminGroup); n < 1 || n > maxGroupNameLength {
		addf("the administrators' group must be named with 1 to %d characters, not %d", maxGroupNameLength, n)
	}
	if b := c.Access.AdminBookings; b != spacefinder.AdminBookingsAll && b != spacefinder.AdminBookingsOwn {
		addf("admin bookings access must be all or own, not %q", b)
	}
	if c.Leeway < 0 || c.Leeway > 5*time.Minute {
		addf("leeway must be from 0 to 5m, not %s", c.Leeway)
	}
	for _, d := range []time.Duration{c.Keys.MaxAge, c.Keys.RefreshInterval, c.Keys.RetryInterval, c.Keys.FetchTimeout} {
		if d < 0 {
			addf("a time of the key cache is negative: %s", d)
		}
	}
	return errors.Join(problems...)
}

func (i Issuer) problems() []error {
	var problems []error
	if !absoluteURL(i.Issuer) {
		problems = append(problems, fmt.Errorf("the issuer must be an absolute http or https URL, not %q", i.Issuer))
	}
	if !absoluteURL(i.JWKSURL) {
		problems = append(problems, fmt.Errorf("the JWKS address must be an absolute http or https URL, not %q", i.JWKSURL))
	}
	if len(i.Audiences) == 0 || slices.Contains(i.Audiences, "") {
		problems = append(problems, errors.New("at least one audience (client id) is required, and none may be empty"))
	}
	return problems
}

func absoluteURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
