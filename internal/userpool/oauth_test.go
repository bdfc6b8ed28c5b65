package userpool_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

const formType = "application/x-www-form-urlencoded"

func TestTokenEndpointRefusals(t *testing.T) {
	w := hostedWorld(t)
	id := w.pool.ClientID()
	basic := func(user, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
	}
	for _, tt := range []struct {
		name, body, media, authorization, want string
	}{
		{"no form", `{"grant_type":"refresh_token"}`, "application/json", "", "invalid_request"},
		{"no type", "grant_type=refresh_token", "", "", "invalid_request"},
		{"a broken form", "grant_type=%zz", formType, "", "invalid_request"},
		{"a parameter twice", "client_id=" + id + "&client_id=" + id, formType, "", "invalid_request"},
		{"no client", "grant_type=refresh_token", formType, "", "invalid_request"},
		{"another client", "grant_type=refresh_token&client_id=other", formType, "", "invalid_client"},
		{"a secret, which the client has not", "grant_type=refresh_token&refresh_token=x", formType, basic(id, "secret"), "invalid_client"},
		{"two clients", "grant_type=refresh_token&client_id=other", formType, basic(id, ""), "invalid_client"},
		{"the client as the user of a header", "grant_type=refresh_token&refresh_token=x", formType, basic(id, ""), "invalid_grant"},
		{"no grant", "client_id=" + id, formType, "", "invalid_request"},
		{"an unknown grant", "grant_type=password&client_id=" + id, formType, "", "unsupported_grant_type"},
		{"a grant of confidential clients", "grant_type=client_credentials&client_id=" + id, formType, "", "unauthorized_client"},
		{"no code", "grant_type=authorization_code&redirect_uri=x&client_id=" + id, formType, "", "invalid_request"},
		{"no redirect address", "grant_type=authorization_code&code=x&client_id=" + id, formType, "", "invalid_request"},
		{"an unknown code", "grant_type=authorization_code&redirect_uri=x&code=x&client_id=" + id, formType, "", "invalid_grant"},
		{"no refresh token", "grant_type=refresh_token&client_id=" + id, formType, "", "invalid_request"},
		{"an unknown refresh token", "grant_type=refresh_token&refresh_token=x&client_id=" + id, formType, "", "invalid_grant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := w.raw("/oauth2/token", tt.body, map[string]string{"Content-Type": tt.media, "Authorization": tt.authorization})
			if got.status != http.StatusBadRequest || got.text("error") != tt.want || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v, want %s", got.status, got.body, tt.want)
			}
		})
	}
	if got := w.raw("/oauth2/token?client_id="+id+"&grant_type=refresh_token", "", map[string]string{"Content-Type": formType}); got.status != http.StatusBadRequest {
		t.Errorf("parameters of the address were taken: %d %v", got.status, got.body)
	}
	if got := w.do(http.MethodGet, "/oauth2/token", "", nil); got.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", got.status)
	}
}

func TestADatabaseThatDoesNotAnswerIsNotTheClientsFault(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	b := w.browser()
	b.signIn(w.request(), ada, goodPass)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	got := w.form("/oauth2/token", "grant_type", "refresh_token", "client_id", w.pool.ClientID(), "refresh_token", "x")
	if got.status != http.StatusServiceUnavailable || got.text("error") != "temporarily_unavailable" {
		t.Errorf("token endpoint: %d %v", got.status, got.body)
	}
	if got := b.open("/oauth2/authorize", w.request()); got.location != callback+"?error=temporarily_unavailable&state=xyz" {
		t.Errorf("authorization endpoint: %d %q", got.status, got.location)
	}
	for _, path := range []string{"/login", "/logout"} {
		page := b.open(path, w.request("logout_uri", goodbye))
		if page.status != http.StatusServiceUnavailable || !strings.Contains(page.body, "try again") || strings.Contains(page.body, "database") {
			t.Errorf("%s: %d %s", path, page.status, page.body)
		}
	}
}

// TestScopes says what each gives: claims of the ID token, attributes at the
// userInfo endpoint, and whether the user's own operations can be called.
func TestScopes(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	must(w.update(w.signIn(ada, goodPass).AccessToken, "given_name", "Ada", "phone_number", "+4989123", "address", "Munich"))(t)
	b := w.browser()
	b.signIn(w.request(), ada, goodPass)
	for _, tt := range []struct {
		scope, names string // of the attributes that are shown
		operations   bool
	}{
		{"openid", "address email given_name phone_number", false},
		{"openid email", "email", false},
		{"openid phone", "phone_number", false},
		{"openid profile", "given_name", false},
		{"openid aws.cognito.signin.user.admin", "address email given_name phone_number", true},
		{"profile email openid", "email given_name", false},
		{"", "email given_name phone_number", true},
	} {
		t.Run(tt.scope, func(t *testing.T) {
			got := w.exchange(b.open("/oauth2/authorize", w.request("scope", tt.scope)).code(t))
			id, _ := w.verified(aws.String(got.text("id_token")))
			info := w.userInfo("Bearer " + got.text("access_token"))
			for _, name := range []string{"address", "email", "given_name", "phone_number"} {
				want := strings.Contains(tt.names, name)
				if _, there := id[name]; there != want {
					t.Errorf("ID token: %s is there: %v", name, there)
				}
				if _, there := info.body[name]; there != want {
					t.Errorf("userInfo: %s is there: %v", name, there)
				}
			}
			_, err := w.public.GetUser(t.Context(), &idp.GetUserInput{AccessToken: aws.String(got.text("access_token"))})
			if tt.operations && err != nil {
				t.Error(err)
			} else if !tt.operations {
				wantError(t, err, denied, "Access Token does not have required scopes")
			}
		})
	}
}

// userInfo calls the endpoint with the Authorization header.
func (w *world) userInfo(authorization string) tokenAnswer {
	w.t.Helper()
	return w.raw("/oauth2/userInfo", "", map[string]string{"Authorization": authorization})
}

func TestUserInfo(t *testing.T) {
	w := hostedWorld(t)
	sub := w.user(ada, goodPass)
	api := w.signIn(ada, goodPass)
	tokens := w.exchange(w.browser().signIn(w.request(), ada, goodPass).code(t))
	access := tokens.text("access_token")
	got := w.userInfo("bearer " + access)
	want := map[string]any{"sub": sub, "username": sub, "email": ada, "email_verified": "true"}
	if got.status != http.StatusOK || len(got.body) != len(want) {
		t.Errorf("%d %v", got.status, got.body)
	}
	for name, value := range want {
		if got.body[name] != value {
			t.Errorf("%s is %v, want %v", name, got.body[name], value)
		}
	}
	refusals := func(cases map[string][2]string) {
		t.Helper()
		for authorization, want := range cases {
			got := w.userInfo(authorization)
			challenge := got.header.Get("WWW-Authenticate")
			if got.text("error") != want[0] || !strings.Contains(challenge, `Bearer error="`+want[0]+`"`) || !strings.Contains(challenge, want[1]) {
				t.Errorf("%.20s: %d %v %q", authorization, got.status, got.body, challenge)
			}
		}
	}
	refusals(map[string][2]string{
		"": {"invalid_request", ""}, "Basic x": {"invalid_request", ""}, "Bearer ": {"invalid_request", ""},
		"Bearer " + strings.Repeat("x", 9000): {"invalid_request", ""},
		"Bearer x":                            {"invalid_token", "Invalid Access Token"},
		"Bearer " + tokens.text("id_token"):   {"invalid_token", "Invalid Access Token"},
		"Bearer " + *api.AccessToken:          {"invalid_token", "does not have required scopes"},
	})
	must(w.public.GlobalSignOut(t.Context(), &idp.GlobalSignOutInput{AccessToken: api.AccessToken}))(t)
	refusals(map[string][2]string{"Bearer " + access: {"invalid_token", "revoked"}})
	w.clock.advance(time.Hour + time.Second)
	refusals(map[string][2]string{"Bearer " + access: {"invalid_token", "expired"}})
}

func TestRevocationEndpoint(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	id := w.pool.ClientID()
	tokens := w.exchange(w.browser().signIn(w.request(), ada, goodPass).code(t))
	for _, tt := range []struct {
		name   string
		pairs  []string
		status int
		code   string
	}{
		{"no token", []string{"client_id", id}, 400, "invalid_request"},
		{"another client", []string{"client_id", "other", "token", tokens.text("refresh_token")}, 401, "invalid_client"},
		{"an access token", []string{"client_id", id, "token", tokens.text("access_token")}, 400, "unsupported_token_type"},
		{"an unknown token", []string{"client_id", id, "token", "x"}, 200, ""},
		{"the refresh token", []string{"client_id", id, "token", tokens.text("refresh_token")}, 200, ""},
		{"once more", []string{"client_id", id, "token", tokens.text("refresh_token")}, 200, ""},
	} {
		if got := w.form("/oauth2/revoke", tt.pairs...); got.status != tt.status || got.text("error") != tt.code {
			t.Errorf("%s: %d %v", tt.name, got.status, got.body)
		}
	}
	if got := w.form("/oauth2/token", "grant_type", "refresh_token", "client_id", id, "refresh_token", tokens.text("refresh_token")); got.text("error") != "invalid_grant" {
		t.Errorf("the token is still good: %d %v", got.status, got.body)
	}
	if got := w.userInfo("Bearer " + tokens.text("access_token")); got.text("error") != "invalid_token" {
		t.Errorf("so is its access token: %d %v", got.status, got.body)
	}
}

// TestOtherOriginsMayCallProgramsEndpointsAlone asks as a browser does before it lets a page call.
func TestOtherOriginsMayCallProgramsEndpointsAlone(t *testing.T) {
	w := hostedWorld(t)
	for path, methods := range map[string]string{
		"/oauth2/token": "POST", "/oauth2/revoke": "POST", "/oauth2/userInfo": "GET,POST",
		"/" + w.pool.ID() + "/.well-known/openid-configuration": "GET", "/": "POST",
		"/login": "", "/oauth2/authorize": "", "/logout": "", "/signup": "", "/newPassword": "",
	} {
		got := w.do(http.MethodOptions, path, "", map[string]string{"Access-Control-Request-Headers": "authorization"})
		origin := map[bool]string{true: "*"}[methods != ""]
		if got.header.Get("Access-Control-Allow-Methods") != methods || got.header.Get("Access-Control-Allow-Origin") != origin {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	if got := w.form("/oauth2/token"); got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("an answer of the token endpoint cannot be read by other origins")
	}
}

func TestRedirectURLs(t *testing.T) {
	for address, good := range map[string]bool{
		"https://app.example.com/": true, "https://app.example.com/a?b=c": true, "http://localhost": true, "http://localhost:3000/x": true,
		"http://127.0.0.1:3000/": true, "http://[::1]:3000/": true, "myapp://example": true, "com.example.app://callback": true,
		"": false, "app.example.com": false, "/callback": false, "//app.example.com/": false, "https:app": false, "https://": false,
		"http://app.example.com/": false, "http://localhost.example.com/": false, "https://app.example.com/#x": false,
		"https://app.example.com/#": false, "https://user@app.example.com/": false, "https://app.example.com/ x": false,
		"https://app.example.com/\r\n": false, "https://äpp.example.com/": false, "javascript://x/%0aalert(1)": false, "data://x": false,
		"JavaScript://x": false, "file:///etc/passwd": false, "https://app.example.com/" + strings.Repeat("x", 1024): false,
	} {
		if err := userpool.CheckRedirectURL(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestRedirectURLsOfTheConfigurationAreChecked(t *testing.T) {
	w := newWorld(t)
	for name, cfg := range map[string]userpool.Config{
		"base URL": {BaseURL: w.url + "?x=y"},
		"is http":  {BaseURL: w.url, CallbackURLs: []string{"http://app.example.com/"}},
		"fragment": {BaseURL: w.url, LogoutURLs: []string{"https://app.example.com/#x"}},
		"100":      {BaseURL: w.url, CallbackURLs: make([]string, 101)},
	} {
		if _, err := userpool.Open(t.Context(), w.db, cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheServersOwnPagesAreRegistered signs in to the console of a pool without any configuration.
func TestTheServersOwnPagesAreRegistered(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	console := strings.TrimSuffix(w.url, "/cognito") + "/console/"
	if got := w.browser().signIn(w.request("redirect_uri", console), ada, goodPass); !strings.HasPrefix(got.location, console+"?code=") {
		t.Errorf("%d %q", got.status, got.location)
	}
	if got := w.browser().open("/login", w.request("redirect_uri", strings.TrimSuffix(console, "/"))); got.status != http.StatusBadRequest {
		t.Errorf("without the slash: %d %q", got.status, got.location)
	}
}

// TestAnEarlierDatabaseIsBroughtUpToDate opens one from before hosted sign-in.
func TestAnEarlierDatabaseIsBroughtUpToDate(t *testing.T) {
	db := must(sqlitedb.Open(t.Context(), sqlitedb.Config{Path: t.TempDir() + "/pool.db"}))(t)
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context(), "userpool", userpool.Schema()[:1]); err != nil {
		t.Fatal(err)
	}
	err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`INSERT INTO pool_users VALUES ('sub', 'ada@example.com', '{}', 'CONFIRMED', 1, '', x'', x'', 0, 1, 1)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO pool_sign_ins VALUES ('jti', 'sub', x'00', 1, 9, 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), "userpool", userpool.Schema()); err != nil {
		t.Fatal(err)
	}
	scope := "?"
	err = db.Read(t.Context(), func(tx *sqlitedb.Tx) error { return tx.QueryRow(`SELECT scope FROM pool_sign_ins`).Scan(&scope) })
	if err != nil || scope != "" {
		t.Errorf("the scope of an earlier sign-in is %q, %v", scope, err)
	}
}

// FuzzAuthorize sends any query to the endpoints that redirect. Nobody is ever
// sent anywhere but to the pool's own pages and the registered addresses.
func FuzzAuthorize(f *testing.F) {
	w := hostedWorld(f)
	handler := w.pool.Handler()
	valid := w.request("code_challenge", challenge(), "code_challenge_method", "S256", "nonce", "n", "login_hint", ada)
	f.Add("/oauth2/authorize", valid.Encode())
	f.Add("/login", w.request("prompt", "none login").Encode())
	f.Add("/signup", w.request("redirect_uri", callback+"@evil.example").Encode())
	f.Add("/logout", w.request("logout_uri", goodbye).Encode())
	f.Add("/logout", "client_id="+w.pool.ClientID()+"&logout_uri=https://evil.example/")
	f.Add("/oauth2/authorize", "redirect_uri=%zz&client_id;")
	f.Add("/error", "error=<script>")
	f.Fuzz(func(t *testing.T, path, query string) {
		got := serveRaw(t, handler, path, query)
		if got == nil {
			return
		}
		if got.Code >= http.StatusInternalServerError {
			t.Errorf("%s?%s answered %d", path, query, got.Code)
		}
		location := got.Header().Get("Location")
		for _, allowed := range []string{"", "/cognito/login?", "/cognito/error?", callback + "?", "http://localhost:3000/?from=pool&", "myapp://signed-in?",
			goodbye, strings.TrimSuffix(w.url, "/cognito") + "/console/", strings.TrimSuffix(w.url, "/cognito") + "/docs/"} {
			if location == allowed || (allowed != "" && strings.HasPrefix(location, allowed)) {
				return
			}
		}
		t.Errorf("%s?%s leads to %q", path, query, location)
	})
}

// serveRaw serves a GET of the path and query as they are; nil when they make no request.
func serveRaw(t *testing.T, handler http.Handler, path, query string) *httptest.ResponseRecorder {
	t.Helper()
	if !strings.HasPrefix(path, "/") {
		return nil
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.URL = &url.URL{Path: path, RawQuery: query}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}
