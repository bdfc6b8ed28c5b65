package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Realtime lets every thread of a process run before those of all ordinary ones
// (SCHED_RR with the least priority, sched(7)); restore makes them ordinary again.
// The error is ErrNotPermitted where this program may not do so, which as a rule
// only root may.
func Realtime(pid int) (restore func() error, err error) {
	const least = 1
	if err := schedule(pid, unix.SCHED_RR, least); err != nil {
		return nil, errors.Join(err, schedule(pid, unix.SCHED_NORMAL, 0))
	}
	return func() error { return schedule(pid, unix.SCHED_NORMAL, 0) }, nil
}

// schedule gives all threads of a process a policy. A thread inherits that of the
// one that starts it, so it looks until there is none that it has not seen.
func schedule(pid int, policy, priority uint32) error {
	attributes := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy, Priority: priority}
	var seen []string
	for more := true; more; {
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return err
		}
		more = false
		for _, t := range threads {
			if slices.Contains(seen, t.Name()) {
				continue
			}
			seen, more = append(seen, t.Name()), true
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			switch err := unix.SchedSetAttr(id, &attributes, 0); {
			case errors.Is(err, unix.EPERM):
				return fmt.Errorf("%w: %w", ErrNotPermitted, err)
			case err != nil && !errors.Is(err, unix.ESRCH): // which has ended meanwhile
				return err
			}
		}
	}
	return nil
}
