package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/console/alarms"
	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/tail"
	"github.com/spacefinder/spacefinder/internal/style"
)

// History is what the process measured of itself: a *history.History.
type History interface {
	Read(ctx context.Context, r history.Range) ([]history.Interval, error)
}

// Alarms say what is wrong: an *alarms.Watch.
type Alarms interface {
	Statuses() []alarms.Status
}

// Traffic is the tail of the access log: a *tail.Log.
type Traffic interface {
	Search(q tail.Query) tail.Result
}

// Config says what the console shows. Every member without a default is
// required.
type Config struct {
	Path       string // where the console is mounted, without a slash at the end
	BaseURL    string // public address of the server, without a slash at the end
	CognitoURL string // public address of the user pool's sign-in, without a slash at the end
	ClientID   string // of the user pool
	AdminGroup string
	Version    string // of the program

	History History
	Alarms  Alarms
	Traffic Traffic
	People  People
	Copies  Copies

	// Explain turns an error of People that is the person's to read into a
	// *RefusedError, and returns any other as it is.
	Explain func(error) error

	// AdminOnly refuses requests that are not an administrator's, and Caller
	// returns the id of the one who makes a request that it let through.
	AdminOnly func(http.Handler) http.Handler
	Caller    func(*http.Request) string

	Now    func() time.Time
	Rand   io.Reader // of the tickets of backups
	Logger *slog.Logger
}

// Console serves the page and its API. It is safe for concurrent use.
type Console struct {
	cfg     Config
	started time.Time
	mux     *http.ServeMux
	tickets tickets
}

// New returns a console. It starts nothing.
func New(cfg Config) *Console {
	c := &Console{cfg: cfg, started: cfg.Now(), mux: http.NewServeMux()}
	c.tickets = tickets{now: cfg.Now, rand: cfg.Rand}
	root := cfg.Path + "/"
	c.mux.Handle("GET "+root+"style.css", style.Handler())
	for name, page := range pages() {
		c.mux.Handle("GET "+root+name, page)
	}
	c.mux.HandleFunc("GET "+root+"config.json", c.serveConfig)
	c.mux.HandleFunc("GET "+root+"backups/{ticket}", c.serveBackup)
	c.mux.Handle(root+"api/", cfg.AdminOnly(c.api(root+"api/")))
	return c
}

// api returns the handler of what administrators alone may do.
func (c *Console) api(root string) http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]handler{
		"GET status":                       c.status,
		"GET metrics":                      c.metrics,
		"GET alarms":                       c.alarms,
		"GET requests":                     c.requests,
		"GET groups":                       c.groups,
		"GET users":                        c.users,
		"POST users":                       c.createUser,
		"GET users/{id}":                   c.user,
		"DELETE users/{id}":                c.deleteUser,
		"POST users/{id}/enable":           c.enableUser,
		"POST users/{id}/disable":          c.disableUser,
		"POST users/{id}/reset-password":   c.resetPassword,
		"PUT users/{id}/groups/{group}":    c.grant,
		"DELETE users/{id}/groups/{group}": c.revoke,
		"POST backups":                     c.createBackup,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+root+path, c.answering(byID(serve)))
	}
	mux.Handle(root, c.answering(func(*http.Request) (any, error) {
		return nil, &RefusedError{http.StatusNotFound, "There is no such thing."}
	}))
	return mux
}

// ServeHTTP serves what is mounted at Config.Path and below it.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.URL.Path == c.cfg.Path {
		w.Header().Set("Location", c.cfg.Path+"/")
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	c.mux.ServeHTTP(w, r)
}

// policy lets the page load what this server serves, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// configuration is what the page must know before anybody is signed in.
type configuration struct {
	Origin       string `json:"origin"` // where the page must run: its sign-in comes back there
	RedirectURI  string `json:"redirectUri"`
	AuthorizeURL string `json:"authorizeUrl"`
	TokenURL     string `json:"tokenUrl"`
	RevokeURL    string `json:"revokeUrl"`
	LogoutURL    string `json:"logoutUrl"`
	ClientID     string `json:"clientId"`
	AdminGroup   string `json:"adminGroup"`
}

func (c *Console) serveConfig(w http.ResponseWriter, r *http.Request) {
	c.write(w, r, http.StatusOK, configuration{
		Origin:       c.cfg.BaseURL,
		RedirectURI:  c.cfg.BaseURL + c.cfg.Path + "/",
		AuthorizeURL: c.cfg.CognitoURL + "/oauth2/authorize",
		TokenURL:     c.cfg.CognitoURL + "/oauth2/token",
		RevokeURL:    c.cfg.CognitoURL + "/oauth2/revoke",
		LogoutURL:    c.cfg.CognitoURL + "/logout",
		ClientID:     c.cfg.ClientID,
		AdminGroup:   c.cfg.AdminGroup,
	})
}
