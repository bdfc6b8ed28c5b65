package userpool

import "context"

// Purge removes what has expired, now.
func (p *Pool) Purge(ctx context.Context) error { return p.purge(ctx) }
