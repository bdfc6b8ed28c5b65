//go:build !linux

package process

// Realtime has no way to do so on this system: ErrNotPermitted.
func Realtime(int) (restore func() error, err error) { return nil, ErrNotPermitted }
