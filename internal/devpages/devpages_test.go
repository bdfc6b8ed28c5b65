package devpages_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"go/format"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/api"
	"github.com/spacefinder/spacefinder/internal/devpages"
)

const baseURL = "http://127.0.0.1:8080"

func config() devpages.Config {
	return devpages.Config{
		Document:    api.Document,
		BaseURL:     baseURL,
		Version:     "v1.2.3",
		Region:      "us-east-1",
		ClientID:    "client0123456789",
		CognitoPath: "/cognito",
		ConsolePath: "/console/",
		Check:       func(context.Context) error { return nil },
	}
}

func newPages(t *testing.T, c devpages.Config) http.Handler {
	t.Helper()
	pages, err := devpages.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func ask(t *testing.T, pages http.Handler, method, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	if header != nil {
		r.Header = header
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	return w
}

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, newPages(t, config()), http.MethodGet, path, nil)
}

// paths maps everything that is served to its media type.
func paths() map[string]string {
	return map[string]string{
		"/":                                 "text/html; charset=utf-8",
		"/docs/":                            "text/html; charset=utf-8",
		"/docs/examples":                    "text/html; charset=utf-8",
		"/docs/examples/book.sh":            "text/plain; charset=utf-8",
		"/docs/examples/sign-in.sh":         "text/plain; charset=utf-8",
		"/docs/examples/book.go":            "text/plain; charset=utf-8",
		"/docs/assets/style.css":            "text/css; charset=utf-8",
		"/docs/assets/pages.css":            "text/css; charset=utf-8",
		"/docs/assets/docs.css":             "text/css; charset=utf-8",
		"/docs/assets/swagger-ui.css":       "text/css; charset=utf-8",
		"/docs/assets/docs.js":              "text/javascript; charset=utf-8",
		"/docs/assets/copy.js":              "text/javascript; charset=utf-8",
		"/docs/assets/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
		"/docs/assets/icon.svg":             "image/svg+xml",
		"/openapi.yaml":                     "application/yaml",
		"/openapi.json":                     "application/json",
	}
}

func TestEverythingIsServedWithItsTypeAndUnderTheSamePolicies(t *testing.T) {
	pages := newPages(t, config())
	for path, kind := range paths() {
		full, head := ask(t, pages, http.MethodGet, path, nil), ask(t, pages, http.MethodHead, path, nil)
		if full.Code != http.StatusOK || head.Code != http.StatusOK || full.Body.Len() == 0 {
			t.Errorf("%s: GET %d with %d bytes, HEAD %d", path, full.Code, full.Body.Len(), head.Code)
		}
		for _, answer := range []*httptest.ResponseRecorder{full, head} {
			for name, want := range map[string]string{
				"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin",
			} {
				if got := answer.Header().Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", path, name, got, want)
				}
			}
			checkPolicy(t, path, answer.Header().Get("Content-Security-Policy"))
		}
	}
}

// checkPolicy holds the policy to this origin, and to files: nothing inline,
// nothing evaluated.
func checkPolicy(t *testing.T, path, policy string) {
	t.Helper()
	if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%s: the policy is %q", path, policy)
	}
	for directive := range strings.SplitSeq(policy, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		allowed := sources == "'none'" || sources == "'self'" || (name == "img-src" && sources == "'self' data:")
		if !allowed {
			t.Errorf("%s: %s allows %s", path, name, sources)
		}
	}
}

func TestOtherMethodsAndPathsAreRefused(t *testing.T) {
	pages := newPages(t, config())
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{http.MethodPost, "/docs/", http.StatusMethodNotAllowed},
		{http.MethodDelete, "/openapi.yaml", http.StatusMethodNotAllowed},
		{http.MethodOptions, "/openapi.json", http.StatusMethodNotAllowed},
		{http.MethodGet, "/docs/nothing", http.StatusNotFound},
		{http.MethodGet, "/docs/assets/", http.StatusNotFound},
		{http.MethodGet, "/docs/assets/landing.html", http.StatusNotFound},
		{http.MethodGet, "/docs/examples/", http.StatusNotFound},
		{http.MethodGet, "/docs/assets/../../devpages.go", http.StatusNotFound},
		{http.MethodPost, "/docs/nothing", http.StatusNotFound},
	} {
		answer := ask(t, pages, c.method, c.path, nil)
		if answer.Code != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, answer.Code, c.want)
		}
		if allow := answer.Header().Get("Allow"); c.want == http.StatusMethodNotAllowed && allow != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, allow)
		}
		checkPolicy(t, c.path, answer.Header().Get("Content-Security-Policy"))
	}
}

func TestThePathWithoutItsSlashLeadsToThePage(t *testing.T) {
	answer := get(t, "/docs")
	if to := answer.Header().Get("Location"); answer.Code != http.StatusPermanentRedirect || to != "/docs/" {
		t.Errorf("%d to %q", answer.Code, to)
	}
}

func TestContentIsAskedForAgainAndSentOnce(t *testing.T) {
	pages := newPages(t, config())
	for path := range paths() {
		for _, coding := range []string{"identity", "gzip"} {
			first := ask(t, pages, http.MethodGet, path, http.Header{"Accept-Encoding": {coding}})
			if path == "/" {
				if first.Header().Get("Cache-Control") != "no-store" {
					t.Error("the page that tells the server's health is kept")
				}
				continue
			}
			if got := first.Header().Get("Cache-Control"); got != "no-cache" {
				t.Errorf("%s: Cache-Control is %q", path, got)
			}
			again := ask(t, pages, http.MethodGet, path, http.Header{
				"Accept-Encoding": {coding}, "If-None-Match": {first.Header().Get("ETag")},
			})
			if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
				t.Errorf("%s with %s: again %d with %d bytes", path, coding, again.Code, again.Body.Len())
			}
		}
	}
}

func TestContentIsCompressedForWhoeverReadsThat(t *testing.T) {
	pages := newPages(t, config())
	for accept, want := range map[string]bool{
		"": false, "identity": false, "gzip": true, "GZIP": true, "br, gzip;q=0.5": true, "deflate, gzip": true,
		"gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=0.001": true, "gzipped": false, "br": false,
	} {
		for _, path := range []string{"/openapi.yaml", "/docs/assets/swagger-ui.css"} {
			plain := ask(t, pages, http.MethodGet, path, nil)
			answer := ask(t, pages, http.MethodGet, path, http.Header{"Accept-Encoding": {accept}})
			if got := answer.Header().Get("Content-Encoding") == "gzip"; got != want {
				t.Errorf("%s with Accept-Encoding %q: compressed %t", path, accept, got)
			}
			if answer.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: Vary is %q", path, answer.Header().Get("Vary"))
			}
			if same := answer.Header().Get("ETag") == plain.Header().Get("ETag"); same == want {
				t.Errorf("%s with Accept-Encoding %q: the tag does not tell the encoding", path, accept)
			}
			if want && !bytes.Equal(unpack(t, answer.Body), plain.Body.Bytes()) {
				t.Errorf("%s: the two encodings differ", path)
			}
		}
	}
}

func unpack(t *testing.T, r io.Reader) []byte {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What a page loads or links is served, and is of this origin: it works without
// internet, and tells nobody else who reads it.
func TestPagesReferToNothingElsewhere(t *testing.T) {
	pages := newPages(t, config())
	reference := regexp.MustCompile(`(?:href|src|action)="([^"]*)"|url\("([^"]*)"`)
	elsewhere := regexp.MustCompile(`https?://[^\s"'<)]+`)
	outside := map[string]bool{"/console/": true, "/health": true}
	for path, kind := range paths() {
		if strings.HasPrefix(path, "/openapi") || strings.Contains(path, "swagger-ui") {
			continue // what the document tells and what a viewer can do without reaching for it
		}
		text := ask(t, pages, http.MethodGet, path, nil).Body.String()
		for _, address := range elsewhere.FindAllString(text, -1) {
			namespace := kind == "image/svg+xml" && strings.HasPrefix(address, "http://www.w3.org/2000/svg")
			comment := path == "/docs/assets/docs.js" && address == "http://127.0.0.1"
			if !strings.HasPrefix(address, baseURL) && !namespace && !comment {
				t.Errorf("%s refers to %s", path, address)
			}
		}
		for _, match := range reference.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(match[1]+match[2], "#")
			if target == "" || outside[target] {
				continue
			}
			if status := ask(t, pages, http.MethodGet, target, nil).Code; status != http.StatusOK {
				t.Errorf("%s refers to %s, which answers %d", path, target, status)
			}
		}
	}
}

// The policy would block them, and a page would silently not work.
func TestNoPageHasInlineScriptOrStyle(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|<script[^>]*>[^<]|\s(style|on[a-z]+)=|javascript:`)
	for _, path := range []string{"/", "/docs/", "/docs/examples"} {
		if found := inline.FindString(get(t, path).Body.String()); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
}

func TestTheFirstPageTellsWhatRunsHere(t *testing.T) {
	text := get(t, "/").Body.String()
	for _, want := range []string{
		`<code id="base-url">http://127.0.0.1:8080</code>`, `<code id="version">v1.2.3</code>`,
		`<code id="client-id">client0123456789</code>`, `href="/docs/"`, `href="/docs/examples"`, `href="/console/"`,
		`href="/openapi.yaml"`, `href="/openapi.json"`, `href="/docs/#sign-in"`, `>Healthy</span>`,
		"GET /locations/{locationID}/resources/{resourceID}/bookings", `href="/docs/#/Bookings/createBooking"`,
		"curl http://127.0.0.1:8080/locations",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(text, "OPTIONS ") || strings.Contains(text, "Preflight") {
		t.Error("the page lists preflights")
	}
}

func TestTheFirstPageTellsWhenTheServerIsNotHealthy(t *testing.T) {
	c := config()
	c.Check = func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the check may take forever")
		}
		return errors.New("the disk at /secret is full")
	}
	answer := ask(t, newPages(t, c), http.MethodGet, "/", nil)
	if text := answer.Body.String(); !strings.Contains(text, ">Not healthy</span>") || strings.Contains(text, "secret") {
		t.Error("the page does not say that the server is not healthy, or says why")
	}
}

func TestWithoutAConsoleNothingLeadsThere(t *testing.T) {
	c := config()
	c.ConsolePath = ""
	pages := newPages(t, c)
	for _, path := range []string{"/", "/docs/", "/docs/examples"} {
		if strings.Contains(ask(t, pages, http.MethodGet, path, nil).Body.String(), "onsole") {
			t.Errorf("%s speaks of a console", path)
		}
	}
}

func TestExamplesHaveTheValuesOfThisServer(t *testing.T) {
	for _, path := range []string{"/docs/examples/book.sh", "/docs/examples/sign-in.sh", "/docs/examples/book.go", "/docs/examples"} {
		text := get(t, path).Body.String()
		for _, want := range []string{baseURL, "client0123456789"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
			t.Errorf("%s is not filled in", path)
		}
	}
}

func TestTheGoExampleIsFormatted(t *testing.T) {
	text := get(t, "/docs/examples/book.go").Body.Bytes()
	formatted, err := format.Source(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(formatted, text) {
		t.Error("gofmt would change it")
	}
}

func TestValuesThatAScriptWouldReadDifferentlyAreRefused(t *testing.T) {
	for _, value := range []string{"", "http://a b", "http://a'b", `http://a"b`, "http://$(id)", "http://`id`", `a\b`, "a\nb", "<b>"} {
		c := config()
		c.BaseURL = value
		if _, err := devpages.New(c); err == nil {
			t.Errorf("the address %q is taken", value)
		}
	}
}
