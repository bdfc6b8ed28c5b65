package userpool_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

const verifier = "a-verifier-of-forty-three-characters-or-more-0123"

// challenge returns what an authorization request says of the verifier.
func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// TestAuthorizationRequestsThatAreRefused says who is told: the application at
// its registered address, or, where that is what is wrong, the person alone.
func TestAuthorizationRequestsThatAreRefused(t *testing.T) {
	w := hostedWorld(t)
	const person, application = "/cognito/error?error=", callback + "?error="
	twice := func(name string) url.Values {
		query := w.request()
		query.Add(name, query.Get(name))
		return query
	}
	for _, tt := range []struct {
		name     string
		query    url.Values
		location string
	}{
		{"no client", w.request("client_id", ""), person + "invalid_request"},
		{"another client", w.request("client_id", "other"), person + "invalid_client"},
		{"no redirect address", w.request("redirect_uri", ""), person + "redirect_mismatch"},
		{"another host", w.request("redirect_uri", "https://evil.example/callback"), person + "redirect_mismatch"},
		{"a longer path", w.request("redirect_uri", callback+"/more"), person + "redirect_mismatch"},
		{"a query more", w.request("redirect_uri", callback+"?x=1"), person + "redirect_mismatch"},
		{"a fragment more", w.request("redirect_uri", callback+"#x"), person + "redirect_mismatch"},
		{"another case", w.request("redirect_uri", "https://APP.example.com/callback"), person + "redirect_mismatch"},
		{"a user in the address", w.request("redirect_uri", "https://app.example.com@evil.example/callback"), person + "redirect_mismatch"},
		{"an encoded way out", w.request("redirect_uri", callback+"/%2e%2e/other"), person + "redirect_mismatch"},
		{"a script", w.request("redirect_uri", "javascript:alert(1)"), person + "redirect_mismatch"},
		{"a logout address", w.request("redirect_uri", goodbye), person + "redirect_mismatch"},
		{"two redirect addresses", twice("redirect_uri"), person + "invalid_request"},
		{"two clients", twice("client_id"), person + "invalid_request"},
		{"bytes that are no text", w.request("state", "\xff"), person + "invalid_request"},
		{"too much", w.request("state", strings.Repeat("x", 9000)), person + "invalid_request"},

		{"no response type", w.request("response_type", ""), application + "invalid_request&state=xyz"},
		{"the implicit grant", w.request("response_type", "token"), application + "unauthorized_client&state=xyz"},
		{"a hybrid", w.request("response_type", "code token"), application + "invalid_request&state=xyz"},
		{"an unknown scope", w.request("scope", "openid admin"), application + "invalid_scope&state=xyz"},
		{"attributes without openid", w.request("scope", "email"), application + "invalid_scope&state=xyz"},
		{"a plain challenge", w.request("code_challenge", challenge(), "code_challenge_method", "plain"),
			application + "invalid_request&state=xyz"},
		{"a challenge without a method", w.request("code_challenge", challenge()), application + "invalid_request&state=xyz"},
		{"a method without a challenge", w.request("code_challenge_method", "S256"), application + "invalid_request&state=xyz"},
		{"a challenge that is none", w.request("code_challenge", "short", "code_challenge_method", "S256"),
			application + "invalid_request&state=xyz"},
		{"an unknown prompt", w.request("prompt", "sing"), application + "invalid_request&state=xyz"},
		{"contradicting prompts", w.request("prompt", "none login"), application + "invalid_request&state=xyz"},
		{"another provider", w.request("identity_provider", "Google"), application + "invalid_request&state=xyz"},
		{"a huge nonce", w.request("nonce", strings.Repeat("n", 2000)), application + "invalid_request&state=xyz"},
		{"a parameter twice", twice("scope"), application + "invalid_request&state=xyz"},
		{"an address with a query, no state", w.request("redirect_uri", "http://localhost:3000/?from=pool", "response_type", "token", "state", ""),
			"http://localhost:3000/?from=pool&error=unauthorized_client"},
		{"an application's own scheme", w.request("redirect_uri", "myapp://signed-in", "prompt", "none"),
			"myapp://signed-in?error=login_required&state=xyz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			got := b.open("/oauth2/authorize", tt.query)
			if got.status != http.StatusFound || got.location != tt.location {
				t.Errorf("%d %q, want %q", got.status, got.location, tt.location)
			}
			if page := b.open("/login", tt.query); tt.query.Get("prompt") != "none" && page.location != tt.location {
				t.Errorf("the sign-in page takes it: %d %q", page.status, page.location)
			}
		})
	}
}

// TestErrorPage is what the person sees who cannot be sent back.
func TestErrorPage(t *testing.T) {
	b := hostedWorld(t).browser()
	for code, words := range map[string]string{
		"redirect_mismatch": "not registered", "invalid_client": "not known", "invalid_request": "missing", "<script>alert(1)</script>": "missing",
	} {
		got := b.open("/error", url.Values{"error": {code}})
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, words) || strings.Contains(got.body, "alert") {
			t.Errorf("%s: %d %s", code, got.status, got.body)
		}
	}
}

// TestCodesAreGoodOnceAndForWhoAskedForThem spoils a code in every way. After
// one try, good or bad, the right one comes too late.
func TestCodesAreGoodOnceAndForWhoAskedForThem(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	b.signIn(w.request(), ada, goodPass)
	withChallenge := w.request("code_challenge", challenge(), "code_challenge_method", "S256")
	for _, tt := range []struct {
		name  string
		query url.Values
		pairs []string
	}{
		{"another verifier", withChallenge, []string{"code_verifier", strings.Repeat("x", 50)}},
		{"the challenge as verifier", withChallenge, []string{"code_verifier", challenge()}},
		{"no verifier", withChallenge, nil},
		{"a verifier that nobody asked for", w.request(), []string{"code_verifier", verifier}},
		{"another redirect address", withChallenge, []string{"code_verifier", verifier, "redirect_uri", "myapp://signed-in"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code := b.open("/oauth2/authorize", tt.query).code(t)
			if got := w.exchange(code, tt.pairs...); got.status != http.StatusBadRequest || got.text("error") != "invalid_grant" {
				t.Errorf("%d %v", got.status, got.body)
			}
			right := []string{"code_verifier", verifier}
			if tt.query.Get("code_challenge") == "" {
				right = nil
			}
			if got := w.exchange(code, right...); got.text("error") != "invalid_grant" {
				t.Errorf("there was a second try: %d %v", got.status, got.body)
			}
		})
	}
	t.Run("another client does not spend it", func(t *testing.T) {
		code := b.open("/oauth2/authorize", w.request()).code(t)
		if got := w.exchange(code, "client_id", "other"); got.text("error") != "invalid_client" {
			t.Errorf("%d %v", got.status, got.body)
		}
		if got := w.exchange(code); got.status != http.StatusOK {
			t.Errorf("%d %v", got.status, got.body)
		}
	})
	t.Run("too late", func(t *testing.T) {
		code := b.open("/oauth2/authorize", w.request()).code(t)
		w.clock.advance(5 * time.Minute)
		if got := w.exchange(code); got.text("error") != "invalid_grant" {
			t.Errorf("%d %v", got.status, got.body)
		}
	})
	t.Run("by a user who must reset the password", func(t *testing.T) {
		code := b.signIn(w.request("prompt", "login"), ada, goodPass).code(t)
		must(w.admin.AdminResetUserPassword(t.Context(), &idp.AdminResetUserPasswordInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
		if got := w.exchange(code); got.text("error") != "invalid_grant" {
			t.Errorf("%d %v", got.status, got.body)
		}
		must(w.admin.AdminSetUserPassword(t.Context(), &idp.AdminSetUserPasswordInput{
			UserPoolId: w.poolID(), Username: aws.String(ada), Password: aws.String(goodPass), Permanent: true}))(t)
	})
	t.Run("by a disabled user", func(t *testing.T) {
		code := b.signIn(w.request("prompt", "login"), ada, goodPass).code(t)
		must(w.admin.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
		if got := w.exchange(code); got.text("error") != "invalid_grant" {
			t.Errorf("%d %v", got.status, got.body)
		}
	})
}

// TestOfManyExchangesAtOnceOneSucceeds sends one code from many clients.
func TestOfManyExchangesAtOnceOneSucceeds(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	code := w.browser().signIn(w.request(), ada, goodPass).code(t)
	const clients = 8
	statuses := make(chan int, clients)
	for range clients {
		go func() { statuses <- w.exchange(code).status }()
	}
	count := map[int]int{}
	for range clients {
		count[<-statuses]++
	}
	if count[http.StatusOK] != 1 || count[http.StatusBadRequest] != clients-1 {
		t.Errorf("statuses: %v", count)
	}
}

func TestACodeThatIsUsedTwiceEndsWhatCameOfIt(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	code := w.browser().signIn(w.request(), ada, goodPass).code(t)
	got := w.exchange(code)
	if again := w.exchange(code); again.text("error") != "invalid_grant" {
		t.Errorf("the second time: %d %v", again.status, again.body)
	}
	refreshed := w.form("/oauth2/token", "grant_type", "refresh_token", "client_id", w.pool.ClientID(), "refresh_token", got.text("refresh_token"))
	if refreshed.text("error") != "invalid_grant" {
		t.Errorf("the refresh token goes on: %d %v", refreshed.status, refreshed.body)
	}
}

// TestFormsOfOtherSitesDoNothing sends every form without the token, and with that of another browser.
func TestFormsOfOtherSitesDoNothing(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	attacker := w.browser().open("/login", w.request()).entered().Get("_csrf")
	victim := w.browser()
	victim.signIn(w.request(), ada, goodPass).code(t)
	sent := w.mail.count()
	for _, path := range []string{
		"/login", "/newPassword", "/signup", "/confirm", "/resendcode", "/forgotPassword", "/confirmForgotPassword", "/confirmforgotPassword",
	} {
		for name, token := range map[string]string{"no token": "", "another browser's": attacker, "garbage": "x"} {
			got := victim.post(w.url+path+"?"+w.request().Encode(), url.Values{
				"_csrf": {token}, "username": {grace}, "password": {goodPass}, "code": {"123456"}, "continue": {"1"},
			})
			if got.status != http.StatusForbidden || got.location != "" || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s with %s: %d %q", path, name, got.status, got.location)
			}
		}
	}
	if w.count("pool_users") != 1 || w.mail.count() != sent {
		t.Error("a forged form was obeyed")
	}
	fresh := w.browser()
	if got := fresh.post(w.url+"/login?"+w.request().Encode(), url.Values{"_csrf": {attacker}, "username": {ada}, "password": {goodPass}}); got.status != http.StatusForbidden {
		t.Errorf("a stranger's browser was signed in: %d %q", got.status, got.location)
	}
}

// TestWhatIsRepeatedIsEscaped sends markup and line ends in everything that comes back in a page or a header.
func TestWhatIsRepeatedIsEscaped(t *testing.T) {
	w := hostedWorld(t)
	b := w.browser()
	const evil = `"'><script>alert(1)</script>` + "\r\nSet-Cookie: x=y"
	query := w.request("state", evil, "nonce", evil, "login_hint", evil)
	check := func(name string, got view) {
		t.Helper()
		if strings.Contains(got.body, "<script") || strings.Contains(got.body, `'><`) {
			t.Errorf("%s repeats markup: %s", name, got.body)
		}
		for _, cookie := range got.header.Values("Set-Cookie") {
			if strings.HasPrefix(cookie, "x=") {
				t.Errorf("%s let a header in", name)
			}
		}
		if policy := got.header.Get("Content-Security-Policy"); strings.Contains(policy, "script") || strings.Contains(policy, evil) {
			t.Errorf("%s: policy %q", name, policy)
		}
	}
	for _, path := range []string{"/oauth2/authorize", "/login", "/signup", "/confirm", "/forgotPassword", "/confirmForgotPassword"} {
		page := b.open(path, query)
		check("GET "+path, page)
		if !strings.Contains(page.body, html.EscapeString("<script>alert(1)</script>")) {
			t.Errorf("GET %s does not show the hint, so it proves nothing", path)
		}
		check("POST "+path, b.submit(page, map[string]string{"username": evil, "password": evil, "code": evil}))
	}
	silent := b.open("/oauth2/authorize", w.request("state", evil, "prompt", "none"))
	if got := must(url.Parse(silent.location))(t).Query().Get("state"); got != evil || strings.ContainsAny(silent.location, "\r\n<") {
		t.Errorf("the state came back as %q", silent.location)
	}
	w.user(`a'&b@example.com`, goodPass)
	b.signIn(query, `a'&b@example.com`, goodPass)
	check("who is signed in", b.open("/login", query))
}
