package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// cognitoPrefix is where the user pool is mounted.
const cognitoPrefix = "/cognito"

// jwksPath follows the issuer in the address of its keys.
const jwksPath = "/.well-known/jwks.json"

// front is the handler of a process: what is mounted on paths of its own,
// /health for whoever watches the process, and everything else to the front
// door. It is no http.ServeMux, which would redirect paths that the front door
// answers 403.
type front struct {
	api      http.Handler
	mounts   []mount
	check    func(context.Context) error
	logger   *slog.Logger
	draining atomic.Bool
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for i := range f.mounts {
		if f.mounts[i].takes(r) {
			f.mounts[i].handler.ServeHTTP(w, r)
			return
		}
	}
	if r.URL.Path == "/health" && r.Method == http.MethodGet {
		f.health(w, r)
		return
	}
	f.api.ServeHTTP(w, r)
}

// mount gives paths that are not the API's to a handler, which sees the
// request as it came and answers whatever it does not know by itself.
type mount struct {
	path    string
	below   bool // everything below path as well
	reads   bool // GET and HEAD alone; other methods are the front door's
	handler http.Handler
}

// mountAt mounts a handler on one path.
func mountAt(path string, handler http.Handler) mount { return mount{path: path, handler: handler} }

// mountReads mounts a handler on the GET and HEAD of one path.
func mountReads(path string, handler http.Handler) mount {
	return mount{path: path, reads: true, handler: handler}
}

// mountBelow mounts a handler on a path without a slash at its end, and on all
// that follow it and a slash.
func mountBelow(path string, handler http.Handler) mount {
	return mount{path: path, below: true, handler: handler}
}

func (m *mount) takes(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, m.path)
	if !ok || (rest != "" && (!m.below || rest[0] != '/')) {
		return false
	}
	return !m.reads || r.Method == http.MethodGet || r.Method == http.MethodHead
}

func (f *front) health(w http.ResponseWriter, r *http.Request) {
	if f.draining.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	if err := f.check(r.Context()); err != nil {
		f.logger.WarnContext(r.Context(), "not healthy", "error", err.Error())
		http.Error(w, "not healthy", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// drain makes the health check fail, so that a load balancer sends no more.
func (f *front) drain() { f.draining.Store(true) }

// poolHandler is the user pool as it is mounted.
func poolHandler(pool *userpool.Pool) http.Handler {
	return http.StripPrefix(cognitoPrefix, pool.Handler())
}

// keyClient fetches the keys of the pool in this process without a connection,
// and those of other issuers over the network.
func keyClient(issuer string, pool http.Handler) *http.Client {
	return &http.Client{Transport: keyTransport{issuer: issuer, pool: inProcess{pool}}}
}

type keyTransport struct {
	issuer string
	pool   http.RoundTripper
}

func (t keyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.String(), t.issuer+"/") {
		return t.pool.RoundTrip(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}
