//go:build !linux

package load

import "time"

// Sleep sleeps for about d, as precisely as the Go runtime does here.
func Sleep(d time.Duration) { time.Sleep(d) }
