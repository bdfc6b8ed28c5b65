//go:build !linux

package load

import "context"

// RunOpen makes the load of a phase with a rate by Generator.Run: it has another way
// where it can wait for many file descriptors with a system call of its own.
func RunOpen(
	ctx context.Context, p Phase, _ func(ctx context.Context, readable func(fd int) error) context.Context, op Operation,
) (Result, error) {
	return Generator{Sleep: Sleep}.Run(ctx, p, op)
}
