package userpool_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// TestPagesAreGuarded holds the headers of every page.
func TestPagesAreGuarded(t *testing.T) {
	w := hostedWorld(t)
	for _, path := range []string{"/login", "/signup", "/confirm", "/forgotPassword", "/confirmForgotPassword", "/error"} {
		got := w.browser().open(path, w.request())
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), want)
			}
		}
		want := "default-src 'none'; style-src 'self'; form-action 'self' https://app.example.com; frame-ancestors 'none'; base-uri 'none'"
		if path == "/error" {
			want = strings.Replace(want, " https://app.example.com", "", 1)
		}
		if policy := got.header.Get("Content-Security-Policy"); policy != want {
			t.Errorf("%s: policy %q", path, policy)
		}
		if strings.Contains(got.body, "<script") || strings.Contains(got.body, " style=") || strings.Contains(got.body, " on") && strings.Contains(got.body, "onclick") {
			t.Errorf("%s has what its policy forbids", path)
		}
	}
	sheet := w.browser().open("/style.css", nil)
	if sheet.status != http.StatusOK || sheet.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the style sheet: %d %v", sheet.status, sheet.header)
	}
}

// TestFormsMayEndAtTheApplication says what the policy of a page with a form names beside the server.
func TestFormsMayEndAtTheApplication(t *testing.T) {
	for address, want := range map[string]string{
		"https://app.example.com:8443/a": " form-action 'self' https://app.example.com:8443;",
		"http://localhost:3000/":         " form-action 'self' http://localhost:3000;",
		"http://[::1]:3000/":             " form-action 'self' http:;",
		"myapp://signed-in":              " form-action 'self' myapp:;",
	} {
		w := hostedWorld(t, func(c *userpool.Config) { c.CallbackURLs = []string{address} })
		got := w.browser().open("/login", w.request("redirect_uri", address))
		if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, want) {
			t.Errorf("%s: %q", address, policy)
		}
	}
}

// TestCookies holds their attributes over http and over https.
func TestCookies(t *testing.T) {
	for scheme, want := range map[string][2]string{
		"http":  {"XSRF-TOKEN=; Path=/cognito/; HttpOnly; SameSite=Lax", "cognito=; Path=/cognito/; Max-Age=3600; HttpOnly; SameSite=Lax"},
		"https": {"__Host-XSRF-TOKEN=; Path=/; HttpOnly; Secure; SameSite=Lax", "__Host-cognito=; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
	} {
		t.Run(scheme, func(t *testing.T) {
			w := hostedWorld(t, func(c *userpool.Config) { c.BaseURL = scheme + "://id.example.com/cognito" })
			w.user(ada, goodPass)
			address := "/login?" + w.request().Encode()
			page := httptest.NewRecorder()
			w.pool.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, address, http.NoBody))
			csrf := page.Result().Cookies()[0]
			form := view{body: page.Body.String()}.entered()
			form.Set("username", ada)
			form.Set("password", goodPass)
			post := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
			post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			post.AddCookie(csrf)
			done := httptest.NewRecorder()
			w.pool.Handler().ServeHTTP(done, post)
			for i, got := range []string{page.Header().Get("Set-Cookie"), done.Header().Get("Set-Cookie")} {
				name, rest, _ := strings.Cut(got, "=")
				value, attributes, _ := strings.Cut(rest, ";")
				if name+"=;"+attributes != want[i] || len(value) < 43 {
					t.Errorf("cookie %q, want %q", got, want[i])
				}
			}
		})
	}
}

// TestFormsFromOtherOriginsDoNothing sends a form whose token and cookie fit, as
// a program on another port of the host could, from wherever a browser says.
func TestFormsFromOtherOriginsDoNothing(t *testing.T) {
	w := hostedWorld(t, func(c *userpool.Config) { c.BaseURL = "https://id.example.com/cognito" })
	w.user(ada, goodPass)
	address := "/login?" + w.request().Encode()
	page := httptest.NewRecorder()
	w.pool.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, address, http.NoBody))
	form := view{body: page.Body.String()}.entered()
	form.Set("username", ada)
	form.Set("password", goodPass)
	for _, tt := range []struct {
		name, origin, site string
		status             int
	}{
		{"a page of ours", "https://id.example.com", "same-origin", http.StatusSeeOther},
		{"a page of ours in an old browser, behind a proxy that names itself", "https://id.example.com", "", http.StatusSeeOther},
		{"a program that is no browser", "", "", http.StatusSeeOther},
		{"another port of the host", "https://id.example.com:3000", "same-site", http.StatusForbidden},
		{"another site", "https://evil.example", "cross-site", http.StatusForbidden},
		{"another site in an old browser", "https://evil.example", "", http.StatusForbidden},
		{"a page without an origin", "null", "", http.StatusForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
			r.Host = "127.0.0.1:8080"
			r.AddCookie(page.Result().Cookies()[0])
			for name, value := range map[string]string{
				"Content-Type": "application/x-www-form-urlencoded", "Origin": tt.origin, "Sec-Fetch-Site": tt.site,
			} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			got := httptest.NewRecorder()
			w.pool.Handler().ServeHTTP(got, r)
			if got.Code != tt.status || (got.Header().Get("Set-Cookie") != "") != (tt.status == http.StatusSeeOther) {
				t.Errorf("%d %v, want %d", got.Code, got.Header(), tt.status)
			}
		})
	}
}

// TestTheLockoutIsSharedWithTheAPI guesses by turns on the page and by the API.
func TestTheLockoutIsSharedWithTheAPI(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	for range 3 {
		b.signIn(w.request(), ada, "Wrong-password-1")
	}
	for range 2 {
		_, err := w.tryPassword(ada, "Wrong-password-1")
		wantError(t, err, denied, "Incorrect username or password.")
	}
	if got := b.signIn(w.request(), ada, goodPass); got.faults() != "Too many wrong passwords. Wait a little, then try again." {
		t.Errorf("the page: %d %q", got.status, got.faults())
	}
	w.clock.advance(time.Second)
	b.signIn(w.request(), ada, goodPass).code(t)
	for range 5 {
		b.submit(b.open("/forgotPassword", w.request()), map[string]string{"username": ada})
	}
	got := b.submit(b.open("/forgotPassword", w.request()), map[string]string{"username": ada})
	if got.status != http.StatusTooManyRequests || !strings.Contains(got.faults(), "too often") {
		t.Errorf("the sixth reset: %d %q", got.status, got.faults())
	}
}

// TestPagesDoNotTellWhoExists compares the pages for a user and for nobody.
func TestPagesDoNotTellWhoExists(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	const nobody = "amy@example.com" // as long as ada, and masked alike
	for _, tt := range []struct {
		path   string
		values map[string]string
	}{
		{"/login", map[string]string{"password": "Wrong-password-1"}},
		{"/forgotPassword", nil},
		{"/confirmForgotPassword", map[string]string{"code": "000000x", "password": nextPass}},
	} {
		shown := map[string]string{}
		for _, name := range []string{ada, nobody} {
			b := w.browser()
			values := map[string]string{"username": name}
			for k, v := range tt.values {
				values[k] = v
			}
			got := b.submit(b.open(tt.path, w.request()), values)
			token := got.entered().Get("_csrf")
			shown[name] = strings.NewReplacer(name, "NAME", token, "TOKEN").Replace(fmt.Sprint(got.status, got.body))
		}
		if shown[ada] != shown[nobody] {
			t.Errorf("%s differs:\n%s\n%s", tt.path, shown[ada], shown[nobody])
		}
	}
}

// TestNothingSecretOfHostedSignInIsLoggedOrStored looks for its secrets in the log and in the file.
func TestNothingSecretOfHostedSignInIsLoggedOrStored(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	spent := b.signIn(w.request(), ada, goodPass).code(t)
	tokens := w.exchange(spent)
	unused := b.open("/oauth2/authorize", w.request()).code(t)
	secrets := map[string]string{
		"spent code": spent, "unused code": unused, "refresh token": tokens.text("refresh_token"), "access token": tokens.text("access_token"),
		"ID token": tokens.text("id_token"), "password": goodPass,
	}
	for _, c := range b.client.Jar.Cookies(must(url.Parse(w.url + "/login"))(t)) {
		secrets["cookie "+c.Name] = c.Value
	}
	if len(secrets) != 8 {
		t.Fatalf("%d secrets", len(secrets))
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	stored := string(must(os.ReadFile(filepath.Join(w.folder, "pool.db")))(t))
	for what, secret := range secrets {
		if strings.Contains(w.logs.String(), secret) || strings.Contains(stored, secret) {
			t.Errorf("the log or the file holds the %s", what)
		}
	}
}

// TestWhatHostedSignInKeepsIsBounded opens more sessions and codes than are kept, and waits for the rest to be removed.
func TestWhatHostedSignInKeepsIsBounded(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	b.signIn(w.request(), ada, goodPass)
	first := b.open("/oauth2/authorize", w.request()).code(t)
	for range 100 {
		w.clock.advance(time.Millisecond)
		b.open("/oauth2/authorize", w.request()).code(t)
	}
	if got := w.exchange(first); w.count("pool_authorizations") != 100 || got.text("error") != "invalid_grant" {
		t.Errorf("%d codes, the first: %v", w.count("pool_authorizations"), got.body)
	}
	w.clock.advance(66 * time.Minute)
	if err := w.pool.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if codes, sessions := w.count("pool_authorizations"), w.count("pool_web_sessions"); codes != 0 || sessions != 0 {
		t.Errorf("%d codes and %d sessions are left", codes, sessions)
	}
}

// TestFormsAreText sends bytes that JSON could not hold, neither on the way in nor in the database.
func TestFormsAreText(t *testing.T) {
	w := hostedWorld(t)
	b := w.browser()
	for _, field := range []string{"username", "password"} {
		values := map[string]string{"username": ada, "password": goodPass}
		values[field] = "\xff" + values[field]
		if got := b.submit(b.open("/signup", w.request()), values); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %q", field, got.status, got.title())
		}
	}
	if w.count("pool_users") != 0 {
		t.Error("there is an account")
	}
	if answer := w.form("/oauth2/token", "grant_type", "\xff"); answer.status != http.StatusBadRequest || answer.text("error") != "invalid_request" {
		t.Errorf("token endpoint: %d %v", answer.status, answer.body)
	}
}

func TestFormsAreBounded(t *testing.T) {
	w := hostedWorld(t)
	got := w.browser().post(w.url+"/login?"+w.request().Encode(), url.Values{"username": {strings.Repeat("x", 20_000)}})
	if got.status != http.StatusRequestEntityTooLarge || strings.Contains(got.body, "<form") {
		t.Errorf("%d %q", got.status, got.title())
	}
	if answer := w.form("/oauth2/token", "code", strings.Repeat("x", 20_000)); answer.status != http.StatusRequestEntityTooLarge {
		t.Errorf("token endpoint: %d %v", answer.status, answer.body)
	}
}
