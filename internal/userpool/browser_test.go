package userpool_test

import (
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

const (
	callback = "https://app.example.com/callback"
	goodbye  = "https://app.example.com/goodbye"
)

// hostedWorld is a world with an application that people sign in to.
func hostedWorld(t testing.TB, change ...func(*userpool.Config)) *world {
	t.Helper()
	return newWorld(t, append([]func(*userpool.Config){registered}, change...)...)
}

func registered(c *userpool.Config) {
	c.CallbackURLs, c.LogoutURLs = []string{callback, "http://localhost:3000/?from=pool", "myapp://signed-in"}, []string{goodbye}
}

// application returns the client that a Go program would be.
func (w *world) application(scopes ...string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: w.pool.ClientID(), RedirectURL: callback, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: w.url + "/oauth2/authorize", TokenURL: w.url + "/oauth2/token"},
	}
}

// request returns the parameters of an authorization request, changed by pairs of name and value; "" removes one.
func (w *world) request(pairs ...string) url.Values {
	query := url.Values{
		"client_id": {w.pool.ClientID()}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid email"}, "state": {"xyz"},
	}
	for i := 0; i < len(pairs); i += 2 {
		if query.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			query.Del(pairs[i])
		}
	}
	return query
}

// browser keeps cookies and follows redirects within the pool, like a person's.
type browser struct {
	t      testing.TB
	w      *world
	client *http.Client
}

func (w *world) browser() *browser {
	jar := must(cookiejar.New(nil))(w.t)
	transport := &http.Transport{}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &browser{w.t, w, &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), w.url) || len(via) > 5 {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// view is what a browser shows, or where it was sent outside of the pool.
type view struct {
	status   int
	header   http.Header
	body     string
	address  *url.URL // of the page
	location string
}

func (b *browser) do(r *http.Request, err error) view {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body := must(io.ReadAll(response.Body))(b.t)
	return view{response.StatusCode, response.Header, string(body), response.Request.URL, response.Header.Get("Location")}
}

// open shows a page of the pool.
func (b *browser) open(path string, query url.Values) view {
	b.t.Helper()
	return b.do(http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.w.url+path+"?"+query.Encode(), http.NoBody))
}

func (b *browser) post(address string, form url.Values) view {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}

var (
	formPattern  = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	inputPattern = regexp.MustCompile(`<input [^>]*name="([^"]*)" (?:type="[^"]*" )?value="([^"]*)"`)
	otherPattern = regexp.MustCompile(`formaction="([^"]*)"`)
	titlePattern = regexp.MustCompile(`<h1>([^<]*)</h1>`)
	faultPattern = regexp.MustCompile(`<li><a href="#[^"]*">([^<]*)</a>|<h2 id="wrong">([^<]*)</h2>`)
)

// title returns the page's heading.
func (v view) title() string {
	if m := titlePattern.FindStringSubmatch(v.body); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// faults returns what the page says is wrong, in one text.
func (v view) faults() string {
	var all []string
	for _, m := range faultPattern.FindAllStringSubmatch(v.body, -1) {
		all = append(all, html.UnescapeString(m[1]+m[2]))
	}
	return strings.Join(all, " | ")
}

// entered returns the values that are in the page's form already.
func (v view) entered() url.Values {
	form := url.Values{}
	for _, m := range inputPattern.FindAllStringSubmatch(v.body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// submit fills in the form of the page and sends it.
func (b *browser) submit(v view, values map[string]string) view {
	b.t.Helper()
	return b.submitTo(v, formPattern, values)
}

// submitOther sends the form of the page by its second button.
func (b *browser) submitOther(v view, values map[string]string) view {
	b.t.Helper()
	return b.submitTo(v, otherPattern, values)
}

func (b *browser) submitTo(v view, action *regexp.Regexp, values map[string]string) view {
	b.t.Helper()
	m := action.FindStringSubmatch(v.body)
	if m == nil {
		b.t.Fatalf("no form on %q (%d) at %v: %s", v.title(), v.status, v.address, v.location)
	}
	form := v.entered()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		form.Set(name, values[name])
	}
	return b.post(must(v.address.Parse(html.UnescapeString(m[1])))(b.t).String(), form)
}

// signIn goes from the authorization endpoint through the sign-in page.
func (b *browser) signIn(query url.Values, name, pass string) view {
	b.t.Helper()
	return b.submit(b.open("/oauth2/authorize", query), map[string]string{"username": name, "password": pass})
}

// code returns the code that the browser was sent to the application with.
func (v view) code(t testing.TB) string {
	t.Helper()
	address := must(url.Parse(v.location))(t)
	if address.Query().Get("code") == "" {
		t.Fatalf("no code in %q; page %d %q: %s", v.location, v.status, v.title(), v.faults())
	}
	return address.Query().Get("code")
}

// tokenAnswer is what the token endpoint says.
type tokenAnswer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a tokenAnswer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// form sends a form to an endpoint for programs.
func (w *world) form(path string, pairs ...string) tokenAnswer {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return w.raw(path, form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

func (w *world) raw(path, body string, header map[string]string) tokenAnswer {
	w.t.Helper()
	got := w.do(http.MethodPost, path, body, header)
	answer := tokenAnswer{status: got.status, header: got.header}
	if got.body != "" {
		if err := json.Unmarshal([]byte(got.body), &answer.body); err != nil {
			w.t.Fatalf("%s answered what is no JSON object: %s", path, got.body)
		}
	}
	return answer
}

// exchange gives a code to the token endpoint, with more parameters or changed ones.
func (w *world) exchange(code string, pairs ...string) tokenAnswer {
	w.t.Helper()
	form := map[string]string{
		"grant_type": "authorization_code", "client_id": w.pool.ClientID(), "redirect_uri": callback, "code": code,
	}
	for i := 0; i < len(pairs); i += 2 {
		form[pairs[i]] = pairs[i+1]
	}
	var all []string
	for name, value := range form {
		all = append(all, name, value)
	}
	return w.form("/oauth2/token", all...)
}
