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

// front is the handler of a process: the user pool under its prefix, /health
// for whoever watches the process, and everything else to the front door. It
// is no http.ServeMux, which would redirect paths that the front door answers
// 403.
type front struct {
	api      http.Handler
	pool     http.Handler // nil without a user pool
	check    func(context.Context) error
	logger   *slog.Logger
	draining atomic.Bool
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case f.pool != nil && (path == cognitoPrefix || strings.HasPrefix(path, cognitoPrefix+"/")):
		f.pool.ServeHTTP(w, r)
	case path == "/health" && r.Method == http.MethodGet:
		f.health(w, r)
	default:
		f.api.ServeHTTP(w, r)
	}
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

// poolHandler mounts the user pool under its prefix.
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
