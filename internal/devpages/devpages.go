// Package devpages is what a developer sees of a running server: the page that
// says what runs here, the OpenAPI document with this server's address, the
// document in a viewer that tries calls, and worked examples with this
// server's values.
//
// Everything is embedded and comes from the server's own origin: no page needs
// another host, and its Content-Security-Policy lets it reach none. The viewer
// is Swagger UI, whose files a Go module carries; page, start script and sign-in
// are ours.
//
//	devpages.go   what there is, and under which path
//	document.go   the OpenAPI document: YAML with an address, JSON, list of operations
//	content.go    content that does not change while the server runs
//	landing.go    the first page, which shows whether the server is healthy
//	web/          pages, style and scripts
//	examples/     programs that sign in, find a room, book it and cancel
package devpages

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	texttemplate "text/template"

	"github.com/swaggest/swgui/v5/static"

	"github.com/spacefinder/spacefinder/internal/style"
)

//go:embed web examples
var files embed.FS

// Config is what the pages tell of the server.
type Config struct {
	Document    []byte // the OpenAPI document, in YAML, without a list of servers
	BaseURL     string // where clients reach the server: scheme, host and port
	Version     string
	Region      string // AWS region that clients of the user pool name
	ClientID    string // client of the user pool that people sign in with
	CognitoPath string // path of the user pool, such as "/cognito"
	ConsolePath string // path of the operator's console; empty if there is none
	// Check is nil when the server is healthy.
	Check func(context.Context) error
}

// Pages is the handler of all pages and files. It answers 404 to paths that it
// does not know, and 405 to methods other than GET and HEAD.
type Pages struct{ handlers map[string]http.Handler }

// New returns the pages. It fails if the document cannot be converted, or if a
// value could mean something else in a script than in a page.
func New(config Config) (*Pages, error) {
	for _, value := range []string{config.BaseURL, config.Region, config.ClientID, config.CognitoPath} {
		if value == "" || strings.ContainsAny(value, " \t\r\n'\"`$\\<>&") {
			return nil, fmt.Errorf("%q cannot be written into an example", value)
		}
	}
	document, err := newDocument(config.Document, config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	p := &Pages{handlers: map[string]http.Handler{
		"/openapi.yaml": readable(newContent("application/yaml", document.source)),
		"/openapi.json": readable(newContent("application/json", document.json)),
		"/docs":         http.RedirectHandler("/docs/", http.StatusPermanentRedirect),
	}}
	return p, errors.Join(
		p.addFiles(),
		p.addExamples(config),
		p.addDocs(config),
		p.addLanding(config, document.operations),
	)
}

// ServeHTTP implements http.Handler.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setPolicies(w.Header())
	handler, found := p.handlers[r.URL.Path]
	switch {
	case !found:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	default:
		handler.ServeHTTP(w, r)
	}
}

// setPolicies sets what holds for every answer. Scripts and styles are files
// of this origin, never inline. The one relaxation is for Swagger UI: its style
// sheet has its icons as data: images.
func setPolicies(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// readable lets scripts of any origin read the answer, as tools for OpenAPI in
// a browser do.
func readable(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", "ETag")
		handler.ServeHTTP(w, r)
	})
}

const assets = "/docs/assets/"

// addFiles adds what pages refer to.
func (p *Pages) addFiles() error {
	p.handlers[assets+"style.css"] = style.Handler()
	for name, kind := range map[string]string{
		"pages.css": "text/css; charset=utf-8",
		"docs.css":  "text/css; charset=utf-8",
		"docs.js":   "text/javascript; charset=utf-8",
		"copy.js":   "text/javascript; charset=utf-8",
		"icon.svg":  "image/svg+xml",
	} {
		text, err := files.ReadFile("web/" + name)
		if err != nil {
			return err
		}
		p.handlers[assets+name] = newContent(kind, text)
	}
	for name, kind := range map[string]string{
		"swagger-ui.css":       "text/css; charset=utf-8",
		"swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	} {
		compressed, err := fs.ReadFile(static.FS, name+".gz")
		if err != nil {
			return err
		}
		p.handlers[assets+name] = compressedContent(kind, compressed)
	}
	return nil
}

// example is a program that is shown on a page and can be fetched by itself.
type example struct {
	Name, Text string
}

// addExamples adds the page of examples, and each of them as a file.
func (p *Pages) addExamples(config Config) error {
	templates, err := texttemplate.ParseFS(files, "examples/*.tmpl")
	if err != nil {
		return err
	}
	shown := map[string]example{}
	for key, name := range map[string]string{"Curl": "book.sh", "AWS": "sign-in.sh", "Go": "book.go"} {
		var text bytes.Buffer
		if err := templates.ExecuteTemplate(&text, name+".tmpl", config); err != nil {
			return err
		}
		shown[key] = example{Name: name, Text: text.String()}
		p.handlers["/docs/examples/"+name] = newContent("text/plain; charset=utf-8", text.Bytes())
	}
	return p.addPage("examples.html", page{Config: config, Path: "/docs/examples", Examples: shown})
}

func (p *Pages) addDocs(config Config) error {
	return p.addPage("docs.html", page{Config: config, Path: "/docs/"})
}

// page is what the templates of web/ are filled with.
type page struct {
	Config

	Path       string // of the page itself
	Examples   map[string]example
	Operations []operation
	Healthy    bool
}

// addPage adds a page that stays as it is while the server runs.
func (p *Pages) addPage(name string, data page) error {
	t, err := parsePage(name)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, data); err != nil {
		return err
	}
	p.handlers[data.Path] = newContent("text/html; charset=utf-8", text.Bytes())
	return nil
}

// parsePage returns a page with the parts that all pages share.
func parsePage(name string) (*template.Template, error) {
	return template.New(name).ParseFS(files, "web/"+name, "web/parts.html")
}
