package userpool_test

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"crypto/rsa"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/golang-jwt/jwt/v5"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// get fetches a document of the pool.
func (w *world) get(path string, into any) http.Header {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+"/"+w.pool.ID()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	defer http.DefaultClient.CloseIdleConnections()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		w.t.Fatal(err)
	}
	return resp.Header
}

// jwks returns the published keys by kid.
func (w *world) jwks() map[string]*rsa.PublicKey {
	w.t.Helper()
	var set struct {
		Keys []struct{ Kid, N, E, Kty, Alg, Use string }
	}
	w.get("/.well-known/jwks.json", &set)
	number := func(s string) *big.Int {
		return new(big.Int).SetBytes(must(base64.RawURLEncoding.DecodeString(s))(w.t))
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Kty != "RSA" || k.Alg != "RS256" || k.Use != "sig" {
			w.t.Errorf("unexpected key %+v", k)
		}
		keys[k.Kid] = &rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}
	}
	return keys
}

// verified returns the claims and the kid of a token that a published key signed.
func (w *world) verified(token *string) (jwt.MapClaims, string) {
	w.t.Helper()
	claims, kid, err := w.verify(token)
	if err != nil {
		w.t.Fatalf("token does not verify: %v", err)
	}
	return claims, kid
}

func (w *world) verify(token *string) (claims jwt.MapClaims, kid string, err error) {
	keys := w.jwks()
	claims = jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(aws.ToString(token), claims, func(t *jwt.Token) (any, error) {
		kid, _ = t.Header["kid"].(string)
		if key, ok := keys[kid]; ok {
			return key, nil
		}
		return nil, jwt.ErrTokenUnverifiable
	}, jwt.WithTimeFunc(w.clock.Now), jwt.WithValidMethods([]string{"RS256"}))
	return claims, kid, err
}

func TestTokenClaims(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	tokens := w.signIn(ada, goodPass)
	id, idKid := w.verified(tokens.IdToken)
	access, accessKid := w.verified(tokens.AccessToken)
	if idKid == accessKid {
		t.Error("ID and access tokens are signed by the same key")
	}
	now := float64(w.clock.Now().Unix())
	want := func(claims jwt.MapClaims, expected map[string]any) {
		t.Helper()
		for name, value := range expected {
			if claims[name] != value {
				t.Errorf("%s = %v, want %v", name, claims[name], value)
			}
		}
	}
	common := map[string]any{"sub": sub, "iss": w.pool.Issuer(), "auth_time": now, "iat": now, "exp": now + 3600}
	want(id, common)
	want(access, common)
	want(id, map[string]any{"token_use": "id", "aud": w.pool.ClientID(), "cognito:username": sub, "email": ada, "email_verified": true,
		"client_id": nil, "scope": nil, "username": nil, "cognito:groups": nil})
	want(access, map[string]any{"token_use": "access", "client_id": w.pool.ClientID(), "username": sub,
		"scope": "aws.cognito.signin.user.admin", "aud": nil, "email": nil, "cognito:groups": nil})
	if id["origin_jti"] != access["origin_jti"] || id["event_id"] != access["event_id"] || id["jti"] == access["jti"] || id["jti"] == nil {
		t.Errorf("identifiers of the tokens do not belong together:\n%v\n%v", id, access)
	}
	if tokens.ExpiresIn != 3600 || aws.ToString(tokens.TokenType) != "Bearer" || aws.ToString(tokens.RefreshToken) == "" {
		t.Errorf("unexpected result: expires in %d, type %q", tokens.ExpiresIn, aws.ToString(tokens.TokenType))
	}
}

func TestTokenHeadersHoldOnlyKeyAndAlgorithm(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	head, _, _ := strings.Cut(aws.ToString(w.signIn(ada, goodPass).IdToken), ".")
	var header map[string]string
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(head))(t), &header); err != nil {
		t.Fatal(err)
	}
	if len(header) != 2 || header["alg"] != "RS256" || !strings.HasSuffix(header["kid"], "=") {
		t.Errorf("header is %v", header)
	}
}

func TestGroupsInTokensAreSortedByPrecedence(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	role := "arn:aws:iam::000000000000:role/guides"
	for _, g := range []idp.CreateGroupInput{
		{GroupName: aws.String("alumni")},
		{GroupName: aws.String("guides"), Precedence: aws.Int32(10), RoleArn: aws.String(role)},
		{GroupName: aws.String("artists"), Precedence: aws.Int32(10)},
	} {
		g.UserPoolId = w.poolID()
		must(w.admin.CreateGroup(t.Context(), &g))(t)
	}
	for _, name := range []string{"alumni", "guides", "artists", "apiAdmins"} {
		w.join(ada, name)
	}
	tokens := w.signIn(ada, goodPass)
	want := []any{"apiAdmins", "artists", "guides", "alumni"}
	id, _ := w.verified(tokens.IdToken)
	access, _ := w.verified(tokens.AccessToken)
	for use, claims := range map[string]jwt.MapClaims{"id": id, "access": access} {
		if got, _ := claims["cognito:groups"].([]any); !slices.Equal(got, want) {
			t.Errorf("%s token: groups %v, want %v", use, got, want)
		}
	}
	if id["cognito:preferred_role"] != role || access["cognito:preferred_role"] != nil {
		t.Errorf("preferred role: %v in the ID token, %v in the access token", id["cognito:preferred_role"], access["cognito:preferred_role"])
	}
}

func (w *world) join(name, group string) {
	w.t.Helper()
	must(w.admin.AdminAddUserToGroup(w.t.Context(), &idp.AdminAddUserToGroupInput{
		UserPoolId: w.poolID(), Username: aws.String(name), GroupName: aws.String(group),
	}))(w.t)
}

func TestRefreshKeepsTheSignInAndIssuesNoRefreshToken(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	first := w.signIn(ada, goodPass)
	w.clock.advance(10 * time.Minute)
	w.join(ada, "apiAdmins")
	out := must(w.refresh(first.RefreshToken))(t)
	if out.AuthenticationResult.RefreshToken != nil {
		t.Error("a refresh came with a refresh token")
	}
	before, _ := w.verified(first.IdToken)
	after, _ := w.verified(out.AuthenticationResult.IdToken)
	if before["auth_time"] != after["auth_time"] || before["origin_jti"] != after["origin_jti"] {
		t.Errorf("the sign-in changed: %v to %v", before, after)
	}
	if before["jti"] == after["jti"] || after["iat"] == before["iat"] || after["cognito:groups"] == nil {
		t.Errorf("the token is not new: %v", after)
	}
	again := must(w.public.GetTokensFromRefreshToken(t.Context(), &idp.GetTokensFromRefreshTokenInput{
		ClientId: w.clientID(), RefreshToken: first.RefreshToken,
	}))(t)
	if renewed, _ := w.verified(again.AuthenticationResult.IdToken); renewed["origin_jti"] != before["origin_jti"] {
		t.Error("GetTokensFromRefreshToken began another sign-in")
	}
}

func TestRefreshRefusals(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	refused := func(token *string, message string) {
		t.Helper()
		_, err := w.refresh(token)
		wantError(t, err, "NotAuthorizedException", message)
	}
	refused(aws.String("something-else"), "Invalid Refresh Token")
	tokens := w.signIn(ada, goodPass)
	w.clock.advance(30*24*time.Hour + time.Second)
	refused(tokens.RefreshToken, "Refresh Token has expired")
	tokens = w.signIn(ada, goodPass)
	for range 2 { // a second revocation is a success too
		must(w.public.RevokeToken(t.Context(), &idp.RevokeTokenInput{ClientId: w.clientID(), Token: tokens.RefreshToken}))(t)
	}
	refused(tokens.RefreshToken, "Refresh Token has been revoked")
	_, err := w.public.RevokeToken(t.Context(), &idp.RevokeTokenInput{ClientId: w.clientID(), Token: tokens.AccessToken})
	wantError(t, err, "UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
	must(w.public.RevokeToken(t.Context(), &idp.RevokeTokenInput{ClientId: w.clientID(), Token: aws.String("unknown")}))(t)

	tokens = w.signIn(ada, goodPass)
	must(w.admin.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	refused(tokens.RefreshToken, "User is disabled.")
	must(w.admin.AdminEnableUser(t.Context(), &idp.AdminEnableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	refused(tokens.RefreshToken, "Refresh Token has been revoked")
}

// TestAccessTokenRefusals covers every way in which an access token stops working.
func TestAccessTokenRefusals(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	refused := func(what string, token *string, kind, message string) {
		t.Helper()
		_, err := w.public.GetUser(t.Context(), &idp.GetUserInput{AccessToken: token})
		t.Log(what)
		wantError(t, err, kind, message)
	}
	const denied = "NotAuthorizedException"
	other := newWorld(t)
	other.user(ada, goodPass)
	tokens := w.signIn(ada, goodPass)
	signature := strings.LastIndex(*tokens.AccessToken, ".") + 1
	refused("garbage", aws.String("abc"), denied, "Invalid Access Token")
	refused("an ID token", tokens.IdToken, denied, "Invalid Access Token")
	refused("another pool's token", other.signIn(ada, goodPass).AccessToken, denied, "Invalid Access Token")
	refused("no signature", aws.String((*tokens.AccessToken)[:signature]), denied, "Invalid Access Token")
	none := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"sub": "x", "token_use": "access"})
	refused("alg none", aws.String(must(none.SignedString(jwt.UnsafeAllowNoneSignatureType))(t)), denied, "Invalid Access Token")

	must(w.public.GlobalSignOut(t.Context(), &idp.GlobalSignOutInput{AccessToken: tokens.AccessToken}))(t)
	refused("signed out", tokens.AccessToken, denied, "Access Token has been revoked")
	tokens = w.signIn(ada, goodPass)
	must(w.admin.AdminUserGlobalSignOut(t.Context(), &idp.AdminUserGlobalSignOutInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	refused("signed out by an administrator", tokens.AccessToken, denied, "Access Token has been revoked")
	tokens, kept := w.signIn(ada, goodPass), w.signIn(ada, goodPass)
	must(w.public.RevokeToken(t.Context(), &idp.RevokeTokenInput{ClientId: w.clientID(), Token: tokens.RefreshToken}))(t)
	refused("its refresh token revoked", tokens.AccessToken, denied, "Access Token has been revoked")
	must(w.public.GetUser(t.Context(), &idp.GetUserInput{AccessToken: kept.AccessToken}))(t)

	w.clock.advance(time.Hour)
	refused("an hour later", kept.AccessToken, denied, "Access Token has expired")
	tokens = w.signIn(ada, goodPass)
	must(w.admin.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	refused("disabled", tokens.AccessToken, denied, "User is disabled.")
	must(w.admin.AdminDeleteUser(t.Context(), &idp.AdminDeleteUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	refused("deleted", tokens.AccessToken, "UserNotFoundException", "User does not exist.")
}

// TestRotation holds that new keys sign at once and that tokens of the old ones
// verify until they expire, and no longer than needed after that.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	before := w.signIn(ada, goodPass)
	_, oldKid := w.verified(before.IdToken)
	if err := w.pool.RotateKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := w.signIn(ada, goodPass)
	if _, newKid := w.verified(after.IdToken); newKid == oldKid {
		t.Error("the retired key still signs")
	}
	w.clock.advance(time.Hour - time.Second)
	w.verified(before.IdToken)
	must(w.public.GetUser(t.Context(), &idp.GetUserInput{AccessToken: before.AccessToken}))(t)
	if n := len(w.jwks()); n != 4 {
		t.Errorf("%d keys published just before the old tokens expire, want 4", n)
	}
	w.clock.advance(10 * time.Minute)
	if err := w.pool.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys := w.jwks(); len(keys) != 2 || keys[oldKid] != nil {
		t.Errorf("%d keys published after the old tokens expired, want the 2 new ones", len(keys))
	}
	must(w.refresh(after.RefreshToken))(t)
}

func TestOldKeysAreReplaced(t *testing.T) {
	w := newWorld(t, func(c *userpool.Config) { c.KeyLifetime = 48 * time.Hour })
	w.user(ada, goodPass)
	kid := func() string {
		_, kid := w.verified(w.signIn(ada, goodPass).IdToken)
		return kid
	}
	first := kid()
	w.clock.advance(48*time.Hour - time.Second)
	w.pool.Keep(t.Context())
	if kid() != first {
		t.Error("the keys were replaced before their time")
	}
	w.clock.advance(time.Second)
	w.pool.Keep(t.Context())
	second := kid()
	if second == first {
		t.Error("the old keys still sign")
	}
	w.pool.Keep(t.Context())
	if kid() != second {
		t.Error("fresh keys were replaced")
	}
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	var doc map[string]any
	header := w.get("/.well-known/openid-configuration", &doc)
	if doc["issuer"] != w.url+"/"+w.pool.ID() || doc["jwks_uri"] != w.url+"/"+w.pool.ID()+"/.well-known/jwks.json" {
		t.Errorf("document: %v", doc)
	}
	if got := header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
}

func TestLifetimesAreConfigurable(t *testing.T) {
	w := newWorld(t, func(c *userpool.Config) {
		c.IDTokenLifetime, c.AccessTokenLifetime, c.RefreshTokenLifetime = 5*time.Minute, 2*time.Hour, 24*time.Hour
	})
	w.user(ada, goodPass)
	tokens := w.signIn(ada, goodPass)
	id, _ := w.verified(tokens.IdToken)
	access, _ := w.verified(tokens.AccessToken)
	now := float64(w.clock.Now().Unix())
	if id["exp"] != now+300 || access["exp"] != now+7200 || tokens.ExpiresIn != 7200 {
		t.Errorf("exp: ID %v, access %v, ExpiresIn %d at %v", id["exp"], access["exp"], tokens.ExpiresIn, now)
	}
	w.clock.advance(25 * time.Hour)
	_, err := w.refresh(tokens.RefreshToken)
	wantError(t, err, "NotAuthorizedException", "Refresh Token has expired")
}
