package console_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestEveryAnswerHasTheHeadersThatKeepThePageSafe(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"", "app.js", "style.css", "config.json", "nothing", "api/status", "api/nothing", "backups/none", "../console"} {
		h := b.do(http.MethodGet, path, "").Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
				"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%q: %s is %q", path, name, got)
			}
		}
	}
}

func TestFilesAreServedToEverybodyAndRevalidated(t *testing.T) {
	b := newBench(t)
	for path, kind := range map[string]string{
		"": "text/html; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "console.css": "text/css; charset=utf-8",
		"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		w := b.send(http.MethodGet, path, "", true)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%q: %d %s, %s", path, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console/"+path, nil)
		r.Header.Set("If-None-Match", w.Header().Get("ETag"))
		again := httptest.NewRecorder()
		b.ServeHTTP(again, r)
		wantStatus(t, again, http.StatusNotModified)
		wantStatus(t, b.send(http.MethodHead, path, "", true), http.StatusOK)
	}
}

func TestWhatThereIsNotIs404(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"index.html", "nothing", "web/app.js", "app.js/"} {
		wantStatus(t, b.do(http.MethodGet, path, ""), http.StatusNotFound)
	}
	wantStatus(t, b.do(http.MethodGet, "api/nothing", ""), http.StatusNotFound)
	wantStatus(t, b.do(http.MethodPost, "", ""), http.StatusMethodNotAllowed)
}

func TestWithoutASlashThePageIsElsewhere(t *testing.T) {
	b := newBench(t)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console", nil))
	if w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "/console/" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestThePageLearnsWhereToSignIn(t *testing.T) {
	b := newBench(t)
	w := b.send(http.MethodGet, "config.json", "", true)
	const want = `{"origin":"https://spaces.example.com","redirectUri":"https://spaces.example.com/console/",` +
		`"authorizeUrl":"https://spaces.example.com/cognito/oauth2/authorize","tokenUrl":"https://spaces.example.com/cognito/oauth2/token",` +
		`"revokeUrl":"https://spaces.example.com/cognito/oauth2/revoke",` +
		`"logoutUrl":"https://spaces.example.com/cognito/logout","clientId":"client","adminGroup":"apiAdmins"}`
	if w.Body.String() != want {
		t.Errorf("got %s", w.Body)
	}
}

func TestTheAPIIsForAdministrators(t *testing.T) {
	b := newBench(t)
	for _, request := range []string{
		"GET api/status", "GET api/metrics?range=1h", "GET api/alarms", "GET api/requests", "GET api/users", "GET api/users/u1", "GET api/groups",
		"POST api/users", "DELETE api/users/u1", "POST api/users/u1/disable", "POST api/backups", "GET api/", "GET api/nothing",
	} {
		method, path, _ := strings.Cut(request, " ")
		wantStatus(t, b.send(method, path, `{"email":"x@example.com"}`, true), http.StatusUnauthorized)
	}
	if len(b.people.calls) > 0 {
		t.Errorf("nobody could do %v", b.people.calls)
	}
}

// The policy forbids it anyway; here it fails before anybody has to look.
func TestNothingIsInlineAndNothingComesFromElsewhere(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`<script(>| [^>]*>[^<])|<style|\sstyle=|\son[a-z]+=|https?://|javascript:`),
		".js":   regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style|https?://(www\.w3\.org/2000/svg)?[a-z]`),
		".css":  regexp.MustCompile(`url\(|@import|https?:`),
	}
	files := os.DirFS("web")
	entries, err := fs.ReadDir(files, ".")
	if err != nil || len(entries) < 10 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, entry := range entries {
		text, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		extension := entry.Name()[strings.LastIndexByte(entry.Name(), '.'):]
		clean := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "")
		if pattern := forbidden[extension]; pattern != nil && pattern.MatchString(clean) {
			t.Errorf("%s has %q", entry.Name(), pattern.FindString(clean))
		}
	}
}

// Every element that a script looks for by a constant id must be in the page or
// be made by a script.
func TestScriptsAndPageAgreeOnIDs(t *testing.T) {
	page, err := os.ReadFile("web/index.html")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := fs.Glob(os.DirFS("web"), "*.js")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, script := range scripts {
		text, err := os.ReadFile("web/" + script)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`byId\('([\w-]+)'\)`).FindAllStringSubmatch(string(text), -1) {
			looked++
			if !strings.Contains(string(page), `id="`+m[1]+`"`) {
				t.Errorf("%s looks for #%s, which the page does not have", script, m[1])
			}
		}
	}
	if looked < 20 {
		t.Errorf("only %d ids were found in the scripts", looked)
	}
}
