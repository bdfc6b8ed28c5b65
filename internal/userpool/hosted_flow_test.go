package userpool_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"golang.org/x/oauth2"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// TestFromSignUpPageToTokens is the whole way of a person with an application
// that is written against a stock OAuth client.
func TestFromSignUpPageToTokens(t *testing.T) {
	w := hostedWorld(t)
	b, app, verifier := w.browser(), w.application("openid", "email"), oauth2.GenerateVerifier()
	start := must(url.Parse(app.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("nonce", "n-1"))))(t)

	page := b.open("/signup", start.Query())
	page = b.submit(page, map[string]string{"username": ada, "password": goodPass})
	if page.title() != "Confirm your email address" || !strings.Contains(page.body, "a***@e***") {
		t.Fatalf("after signing up: %q %s", page.title(), page.faults())
	}
	page = b.submit(page, map[string]string{"code": " " + w.mail.last(t).Code[:3] + " " + w.mail.last(t).Code[3:]})
	if page.title() != "Sign in" || !strings.Contains(page.body, "is confirmed") || !strings.Contains(page.body, `value="`+ada) {
		t.Fatalf("after confirming: %q %s", page.title(), page.faults())
	}
	done := b.submit(page, map[string]string{"password": goodPass})
	if done.status != http.StatusSeeOther || !strings.HasPrefix(done.location, callback+"?code=") || !strings.HasSuffix(done.location, "&state=state-1") {
		t.Fatalf("after signing in: %d %q", done.status, done.location)
	}

	token := must(app.Exchange(t.Context(), done.code(t), oauth2.VerifierOption(verifier)))(t)
	rawID, _ := token.Extra("id_token").(string)
	id, _ := w.verified(&rawID)
	access, _ := w.verified(&token.AccessToken)
	if id["aud"] != w.pool.ClientID() || id["nonce"] != "n-1" || id["email"] != ada || id["email_verified"] != true || id["at_hash"] == nil {
		t.Errorf("ID token: %v", id)
	}
	if access["scope"] != "email openid" || access["version"] != 2.0 || access["sub"] != id["sub"] || access["nonce"] != nil {
		t.Errorf("access token: %v", access)
	}
	if left := time.Until(token.Expiry); left < 55*time.Minute || left > time.Hour {
		t.Errorf("expires in %v", left)
	}
}

func TestRefreshingByTheTokenEndpoint(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	app := w.application("openid", "email")
	code := w.browser().signIn(w.request("nonce", "n-1"), ada, goodPass).code(t)
	token := must(app.Exchange(t.Context(), code))(t)
	w.clock.advance(10 * time.Minute)
	token.Expiry = time.Now().Add(-time.Minute)
	again := must(app.TokenSource(t.Context(), token).Token())(t)
	rawID, _ := again.Extra("id_token").(string)
	id, _ := w.verified(&rawID)
	access, _ := w.verified(&again.AccessToken)
	if again.RefreshToken != token.RefreshToken {
		t.Error("the refresh token changed")
	}
	if id["nonce"] != nil || access["scope"] != "email openid" || id["auth_time"] != float64(w.clock.Now().Add(-10*time.Minute).Unix()) {
		t.Errorf("ID token %v, access token %v", id, access)
	}
}

// TestRefreshTokensOfEitherWayWorkByTheOther crosses the API and the token endpoint.
func TestRefreshTokensOfEitherWayWorkByTheOther(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	api := w.signIn(ada, goodPass)
	got := w.form("/oauth2/token", "grant_type", "refresh_token", "client_id", w.pool.ClientID(), "refresh_token", *api.RefreshToken)
	access, _ := w.verified(aws.String(got.text("access_token")))
	if got.status != http.StatusOK || got.text("id_token") == "" || access["scope"] != "aws.cognito.signin.user.admin" {
		t.Errorf("of the API by the endpoint: %d %v", got.status, access)
	}
	hosted := w.exchange(w.browser().signIn(w.request("scope", "aws.cognito.signin.user.admin"), ada, goodPass).code(t))
	out := must(w.refresh(aws.String(hosted.text("refresh_token"))))(t)
	if hosted.text("id_token") != "" || out.AuthenticationResult.IdToken != nil {
		t.Error("a sign-in without the scope openid came to an ID token")
	}
}

func TestOneSignInServesEveryApplication(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	first := w.exchange(b.signIn(w.request(), ada, goodPass).code(t))
	w.clock.advance(59 * time.Minute)
	silent := b.open("/oauth2/authorize", w.request("redirect_uri", "http://localhost:3000/?from=pool"))
	if silent.status != http.StatusFound || !strings.HasPrefix(silent.location, "http://localhost:3000/?from=pool&code=") {
		t.Fatalf("%d %q", silent.status, silent.location)
	}
	second := w.exchange(silent.code(t), "redirect_uri", "http://localhost:3000/?from=pool")
	one, _ := w.verified(aws.String(first.text("id_token")))
	two, _ := w.verified(aws.String(second.text("id_token")))
	if one["auth_time"] != two["auth_time"] || one["origin_jti"] == two["origin_jti"] {
		t.Errorf("the second sign-in: auth_time %v, origin_jti %v", two["auth_time"], two["origin_jti"])
	}
}

func TestPrompts(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	signedIn := w.browser()
	signedIn.signIn(w.request(), ada, goodPass).code(t)
	for _, tt := range []struct {
		name, prompt, path string
		browser            *browser
		title, location    string
	}{
		{"a stranger signs in", "", "/oauth2/authorize", w.browser(), "Sign in", ""},
		{"a stranger, without a page", "none", "/oauth2/authorize", w.browser(), "", callback + "?error=login_required&state=xyz"},
		{"who is signed in goes on", "", "/oauth2/authorize", signedIn, "", callback + "?code="},
		{"without a page too", "none", "/oauth2/authorize", signedIn, "", callback + "?code="},
		{"there is nothing to consent to", "consent", "/oauth2/authorize", signedIn, "", callback + "?code="},
		{"signs in anew when asked to", "login", "/oauth2/authorize", signedIn, "Sign in", ""},
		{"chooses when asked to", "select_account", "/oauth2/authorize", signedIn, "Continue as " + ada + "?", ""},
		{"chooses at the sign-in page", "", "/login", signedIn, "Continue as " + ada + "?", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.browser.open(tt.path, w.request("prompt", tt.prompt))
			if got.title() != tt.title || !strings.HasPrefix(got.location, tt.location) || (tt.location == "") != (got.location == "") {
				t.Errorf("%d %q, location %q", got.status, got.title(), got.location)
			}
		})
	}
	t.Run("and goes on", func(t *testing.T) {
		signedIn.submit(signedIn.open("/login", w.request()), nil).code(t)
	})
	t.Run("or not, when signed out meanwhile", func(t *testing.T) {
		page := signedIn.open("/login", w.request())
		signedIn.open("/logout", url.Values{"client_id": {w.pool.ClientID()}, "logout_uri": {goodbye}})
		if got := signedIn.submit(page, nil); got.title() != "Sign in" {
			t.Errorf("%d %q %q", got.status, got.title(), got.location)
		}
	})
	t.Run("the hint fills in the address", func(t *testing.T) {
		if page := w.browser().open("/oauth2/authorize", w.request("login_hint", ada)); !strings.Contains(page.body, `value="`+ada+`"`) {
			t.Error(page.body)
		}
	})
}

// TestSessionsOfBrowsersEnd says what ends one, and that a restart does not.
func TestSessionsOfBrowsersEnd(t *testing.T) {
	ctx := context.Background()
	ends := map[string]func(w *world, b *browser){
		"an hour": func(w *world, _ *browser) { w.clock.advance(time.Hour) },
		"logout": func(w *world, b *browser) {
			b.open("/logout", url.Values{"client_id": {w.pool.ClientID()}, "logout_uri": {goodbye}})
		},
		"GlobalSignOut": func(w *world, _ *browser) {
			must(w.public.GlobalSignOut(ctx, &idp.GlobalSignOutInput{AccessToken: w.signIn(ada, goodPass).AccessToken}))(w.t)
		},
		"AdminUserGlobalSignOut": func(w *world, _ *browser) {
			must(w.admin.AdminUserGlobalSignOut(ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(w.t)
		},
		"disabling": func(w *world, _ *browser) {
			must(w.admin.AdminDisableUser(ctx, &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(w.t)
		},
		"deletion": func(w *world, _ *browser) {
			must(w.admin.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(w.t)
		},
		"a new password": func(w *world, _ *browser) {
			must(w.admin.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{
				UserPoolId: w.poolID(), Username: aws.String(ada), Password: aws.String(nextPass), Permanent: true}))(w.t)
		},
		"a reset": func(w *world, _ *browser) {
			must(w.admin.AdminResetUserPassword(ctx, &idp.AdminResetUserPasswordInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(w.t)
		},
		"signing in again": func(w *world, b *browser) { // the earlier session, in a browser that kept its cookie
			jar := b.client.Jar
			again := w.browser()
			again.client.Jar.SetCookies(must(url.Parse(w.url+"/login"))(w.t), jar.Cookies(must(url.Parse(w.url+"/login"))(w.t)))
			again.submit(again.open("/login", w.request("prompt", "login")), map[string]string{"username": ada, "password": goodPass}).code(w.t)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			w := hostedWorld(t)
			w.user(ada, goodPass)
			b := w.browser()
			b.signIn(w.request(), ada, goodPass).code(t)
			w.restart(registered)
			unused := b.open("/oauth2/authorize", w.request()).code(t)
			end(w, b)
			if got := b.open("/oauth2/authorize", w.request("prompt", "none")); !strings.Contains(got.location, "error=login_required") {
				t.Errorf("after %s: %q", name, got.location)
			}
			if name == "GlobalSignOut" || name == "disabling" || name == "deletion" {
				if got := w.exchange(unused); got.text("error") != "invalid_grant" {
					t.Errorf("after %s a code is still good: %d %v", name, got.status, got.body)
				}
			}
		})
	}
}

func TestTemporaryPasswordsAreReplacedOnAPage(t *testing.T) {
	w := hostedWorld(t, func(c *userpool.Config) { c.RequiredAttributes = []string{"given_name"} })
	out := must(w.admin.AdminCreateUser(t.Context(), &idp.AdminCreateUserInput{
		UserPoolId: w.poolID(), Username: aws.String(grace), TemporaryPassword: aws.String("Temporary-1"),
	}))(t)
	b := w.browser()
	page := b.signIn(w.request(), grace, "Temporary-1")
	if page.title() != "Choose a password" || !strings.Contains(page.body, "8 to 256 characters") || !strings.Contains(page.body, ">Given name<") {
		t.Fatalf("%q: %s", page.title(), page.body)
	}
	short := b.submit(page, map[string]string{"password": "short", "userAttributes.given_name": "Grace"})
	if !strings.Contains(short.faults(), "too short") || !strings.Contains(short.body, `value="Grace"`) {
		t.Errorf("a short password: %q", short.faults())
	}
	if none := b.submit(page, map[string]string{"password": nextPass}); !strings.Contains(none.faults(), "Enter your given name.") {
		t.Errorf("without the attribute: %q", none.faults())
	}
	b.submit(page, map[string]string{"password": nextPass, "userAttributes.given_name": "Grace"}).code(t)
	if got := w.get1(*out.User.Username); got.UserStatus != "CONFIRMED" {
		t.Errorf("status %s", got.UserStatus)
	}
	if again := b.submit(page, map[string]string{"password": goodPass}); again.title() != "Sign in" || !strings.Contains(again.faults(), "took too long") {
		t.Errorf("a second time: %q %q", again.title(), again.faults())
	}
}

func TestForgottenPasswordsAreReplacedOnAPage(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	page := b.submit(b.open("/forgotPassword", w.request()), map[string]string{"username": ada})
	if page.title() != "Choose a new password" {
		t.Fatalf("%q %s", page.title(), page.faults())
	}
	wrong := b.submit(page, map[string]string{"code": "000000x", "password": nextPass})
	if !strings.HasSuffix(wrong.faults(), "This is not the right code.") {
		t.Errorf("a wrong code: %q", wrong.faults())
	}
	page = b.submitOther(page, nil) // a new code
	page = b.submit(page, map[string]string{"code": w.mail.last(t).Code, "password": nextPass})
	if page.title() != "Sign in" || !strings.Contains(page.body, "Your new password is saved") {
		t.Fatalf("%q %s", page.title(), page.faults())
	}
	b.submit(page, map[string]string{"password": nextPass}).code(t)
}

func TestWhoMustActBeforeSigningInIsToldSo(t *testing.T) {
	w := hostedWorld(t)
	w.signUp(grace, goodPass)
	b := w.browser()
	page := b.signIn(w.request(), grace, goodPass)
	if page.title() != "Confirm your email address" {
		t.Fatalf("%q %s", page.title(), page.faults())
	}
	first := w.mail.last(t).Code
	if page = b.submitOther(page, nil); !strings.Contains(page.body, "We have sent a new code to g***@e***") {
		t.Fatalf("%q: %s", page.title(), page.body)
	}
	if old := b.submit(page, map[string]string{"code": first}); first != w.mail.last(t).Code && !strings.HasSuffix(old.faults(), "This is not the right code.") {
		t.Errorf("the first code: %q", old.faults())
	}
	b.submit(page, map[string]string{"code": w.mail.last(t).Code})
	must(w.admin.AdminResetUserPassword(t.Context(), &idp.AdminResetUserPasswordInput{UserPoolId: w.poolID(), Username: aws.String(grace)}))(t)
	if page = b.signIn(w.request(), grace, goodPass); page.title() != "Choose a new password" {
		t.Errorf("after a reset: %q %s", page.title(), page.faults())
	}
}

func TestLogout(t *testing.T) {
	w := hostedWorld(t)
	id := w.pool.ClientID()
	for _, tt := range []struct {
		name     string
		query    url.Values
		location string
	}{
		{"to a registered address", url.Values{"client_id": {id}, "logout_uri": {goodbye}}, goodbye},
		{"to a new sign-in", w.request(), "/cognito/login?"},
		{"without a client", url.Values{"logout_uri": {goodbye}}, "/cognito/error?error=invalid_request"},
		{"of another client", url.Values{"client_id": {"other"}, "logout_uri": {goodbye}}, "/cognito/error?error=invalid_client"},
		{"to an address of its own", url.Values{"client_id": {id}, "logout_uri": {"https://evil.example/"}}, "/cognito/error?error=redirect_mismatch"},
		{"to two", url.Values{"client_id": {id}, "logout_uri": {goodbye, "https://evil.example/"}}, "/cognito/error?error=invalid_request"},
		{"to a callback", url.Values{"client_id": {id}, "logout_uri": {callback}}, "/cognito/error?error=redirect_mismatch"},
		{"nowhere", url.Values{"client_id": {id}}, "/cognito/error?error=redirect_mismatch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			if got := b.open("/logout", tt.query); got.status != http.StatusFound || !strings.HasPrefix(got.location, tt.location) {
				t.Errorf("%d %q", got.status, got.location)
			}
		})
	}
}

func TestDiscoveryNamesTheEndpoints(t *testing.T) {
	w := hostedWorld(t)
	var doc map[string]any
	w.get("/.well-known/openid-configuration", &doc)
	for name, path := range map[string]string{
		"authorization_endpoint": "/oauth2/authorize", "token_endpoint": "/oauth2/token", "userinfo_endpoint": "/oauth2/userInfo",
		"revocation_endpoint": "/oauth2/revoke", "end_session_endpoint": "/logout",
	} {
		if doc[name] != w.url+path {
			t.Errorf("%s is %v", name, doc[name])
		}
	}
}

func TestTheClientsDescriptionNamesItsAddresses(t *testing.T) {
	w := hostedWorld(t)
	client := must(w.admin.DescribeUserPoolClient(t.Context(), &idp.DescribeUserPoolClientInput{UserPoolId: w.poolID(),
		ClientId: w.clientID()}))(t).UserPoolClient
	origin := strings.TrimSuffix(w.url, "/cognito")
	if want := []string{origin + "/console/", origin + "/docs/", goodbye}; !slices.Equal(client.LogoutURLs, want) {
		t.Errorf("logout URLs %v", client.LogoutURLs)
	}
	if !slices.Contains(client.CallbackURLs, callback) || !slices.Contains(client.CallbackURLs, origin+"/console/") ||
		!aws.ToBool(client.AllowedOAuthFlowsUserPoolClient) || !slices.Contains(client.AllowedOAuthScopes, "openid") || client.AllowedOAuthFlows[0] != "code" {
		t.Errorf("client: %+v", client)
	}
}
