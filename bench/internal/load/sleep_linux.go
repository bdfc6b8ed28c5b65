package load

import (
	"syscall"
	"time"
)

// Sleep sleeps for about d. time.Sleep wakes a millisecond late in a process
// that is idle otherwise, several times what the fast operations take; a system
// call of its own is late by less than a tenth of that. A signal may end it
// early.
func Sleep(d time.Duration) {
	ts := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&ts, nil) // EINTR: the next beginning is waited for anew
}
