// Package cpulimit gives processes a part of a core, as a container has it: by a
// control group of Linux, of either version
// (https://docs.kernel.org/admin-guide/cgroup-v2.html, .../cgroup-v1).
package cpulimit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Root is where Linux has its control groups.
const Root = "/sys/fs/cgroup"

// period is what the quota is counted over: the default of the kernel, and of
// containers.
const period = 100 * time.Millisecond

// ErrUnavailable says that this process may not make control groups here, which
// as a rule only root may.
var ErrUnavailable = errors.New("no CPU limit can be set here")

// Group is a control group. Close it when its processes have ended.
type Group struct{ dir string }

// New makes a group of that name, whose processes get so many cores together.
// The error is ErrUnavailable where groups cannot be made.
func New(root, name string, cores float64) (*Group, error) {
	quota := strconv.FormatInt(int64(cores*float64(period.Microseconds())), 10)
	every := strconv.FormatInt(period.Microseconds(), 10)
	parent := filepath.Join(root, "cpu")
	settings := [][2]string{{"cpu.cfs_period_us", every}, {"cpu.cfs_quota_us", quota}}
	if controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err == nil { //nolint:gosec // the system's own
		if !slices.Contains(strings.Fields(string(controllers)), "cpu") {
			return nil, fmt.Errorf("%w: %s has no controller for the CPU", ErrUnavailable, root)
		}
		parent, settings = root, [][2]string{{"cpu.max", quota + " " + every}}
		if err := write(filepath.Join(root, "cgroup.subtree_control"), "+cpu"); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	g := &Group{dir: filepath.Join(parent, name)}
	if err := os.Mkdir(g.dir, 0o755); err != nil { //nolint:gosec // as the system's own groups have it
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for _, s := range settings {
		if err := write(filepath.Join(g.dir, s[0]), s[1]); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrUnavailable, err), g.Close())
		}
	}
	return g, nil
}

// Add moves a process, with all its threads, into the group.
func (g *Group) Add(pid int) error {
	return write(filepath.Join(g.dir, "cgroup.procs"), strconv.Itoa(pid))
}

// Close removes the group, which must have no process any more.
func (g *Group) Close() error { return os.Remove(g.dir) }

// write sets a value, which the system takes in one call.
func write(file, value string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0) //nolint:gosec // the system's own
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
