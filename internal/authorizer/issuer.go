package authorizer

import (
	"context"
	"errors"
	"net/http"

	"github.com/golang-jwt/jwt/v5"

	"github.com/spacefinder/spacefinder"
)

// issuer judges the tokens of one issuer. That their "iss" is this one's is
// established before: it is how they came here.
type issuer struct {
	keys        *keyCache
	validator   *jwt.Validator
	cognito     bool
	groupsClaim string
}

func newIssuer(i Issuer, config Config, client *http.Client) *issuer {
	source := jwksSource{url: i.JWKSURL, client: client}
	return &issuer{
		keys: newKeyCache(source.fetch, config.Keys, config.Now, config.Logger.With("issuer", i.Issuer)),
		validator: jwt.NewValidator(
			jwt.WithAudience(i.Audiences...),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(config.Leeway),
			jwt.WithTimeFunc(config.Now),
		),
		cognito:     i.Cognito,
		groupsClaim: i.GroupsClaim,
	}
}

// authenticate returns who the token speaks for. Claims are judged before the
// signature: that is cheap, and spares the issuer a fetch of its keys for a
// token that could not be accepted anyway.
func (i *issuer) authenticate(ctx context.Context, t token) (spacefinder.Caller, error) {
	caller, err := i.judge(t.claims)
	if err != nil {
		return spacefinder.Caller{}, err
	}
	key, err := i.keys.get(ctx, t.keyID)
	if errors.Is(err, errUnknownKey) {
		return spacefinder.Caller{}, refuse("the issuer does not have the token's key")
	}
	if err != nil {
		return spacefinder.Caller{}, err
	}
	if jwt.SigningMethodRS256.Verify(t.signed, t.signature, key) != nil {
		return spacefinder.Caller{}, refuse("the signature does not verify")
	}
	return caller, nil
}

// judge returns who the claims speak for, if they are signed.
func (i *issuer) judge(c claims) (spacefinder.Caller, error) {
	if err := i.validator.Validate(c); err != nil {
		return spacefinder.Caller{}, refuse(err.Error()) // the validator's texts are fixed
	}
	if i.cognito && c.TokenUse != "id" {
		return spacefinder.Caller{}, refuse("the token is not an ID token")
	}
	// The subject becomes part of a policy's resources.
	if !spacefinder.ValidID(c.Subject) {
		return spacefinder.Caller{}, refuse("the subject is not an id")
	}
	groups, ok := c.groups(i.groupsClaim)
	if !ok {
		return spacefinder.Caller{}, refuse("the groups are not a list of names")
	}
	return spacefinder.Caller{ID: c.Subject, Groups: groups}, nil
}
