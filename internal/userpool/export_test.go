package userpool

import (
	"context"
	"net/http"
)

// Purge removes what has expired, now.
func (p *Pool) Purge(ctx context.Context) error { return p.purge(ctx) }

// Serve runs an operation as if its signature were right, and returns the status and type of its answer.
func (p *Pool) Serve(ctx context.Context, name string, body []byte) (status int, kind string) {
	if _, err := p.operations[name].serve(ctx, body); err != nil {
		refusal, status := onTheWire(err)
		return status, refusal.kind
	}
	return http.StatusOK, ""
}

// OperationNames returns every operation's name.
func (p *Pool) OperationNames() (names []string) {
	for name := range p.operations {
		names = append(names, name)
	}
	return names
}

// Keep does what the pool does by itself every ten minutes.
func (p *Pool) Keep(ctx context.Context) { p.keep(ctx) }

// Schema returns the steps that make the tables.
func Schema() []string { return schema() }
