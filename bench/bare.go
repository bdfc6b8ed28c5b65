package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
)

// bare is the ceiling of what net/http allows: a handler that answers every
// request with the bytes of a location, without a look at it.
type bare struct {
	child
	client  *client
	clients int
}

// The command that makes this program the bare handler, and what reports call it.
const (
	bareCommand = "bare-handler"
	bareName    = "bare net/http handler"
)

// newBare returns the subject, with a folder of its own in dir.
func newBare(dir string, clients int) (*bare, error) {
	own := filepath.Join(dir, bareCommand)
	if err := os.Mkdir(own, 0o700); err != nil {
		return nil, err
	}
	body, err := json.Marshal(seededLocation(0))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(own, "body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	return &bare{
		child:   child{dir: own, args: []string{bareCommand, "-body", file}},
		client:  newClient(clients),
		clients: clients,
	}, nil
}

func (*bare) name() string                  { return bareName }
func (*bare) bookings() int                 { return 0 }
func (*bare) prepare(context.Context) error { return nil }

func (b *bare) start(ctx context.Context) (*process.Process, error) {
	p, err := b.child.start(ctx)
	if err == nil {
		b.client.connect(p.URL)
	}
	return p, err
}

func (b *bare) workloads() []workload {
	return []workload{{
		name: readOne, clients: b.clients,
		run: remote(func(ctx context.Context, client int) (load.Outcome, error) {
			return b.client.do(ctx, client, call{method: http.MethodGet, path: locationPath(0), want: http.StatusOK})
		}),
	}}
}

func serveBare(ctx context.Context, args []string) error {
	set, ready := childFlags(bareCommand)
	file := set.String("body", "", "`file` with the body of every answer")
	if err := set.Parse(args); err != nil {
		return err
	}
	body, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	return serveChild(ctx, *ready, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // a client that has gone ends the run by itself
	}))
}
