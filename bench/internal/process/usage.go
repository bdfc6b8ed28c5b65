package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrNotMeasured says that this system does not tell what a process uses.
var ErrNotMeasured = errors.New("not measured on this system: there is no /proc")

// Usage is what a process has used so far, or uses now.
type Usage struct {
	CPU   time.Duration // in user and system mode, of all threads, in steps of 10 ms
	RSS   int64         // resident memory in bytes
	Files int           // open file descriptors
}

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every
// architecture that Go supports (proc_pid_stat(5), sysconf(3)).
const tick = time.Second / 100

// ReadUsage reads the usage of a process from /proc; ErrNotMeasured where there
// is none.
func ReadUsage(pid int) (Usage, error) {
	stat, err := readProc(pid, "stat")
	if err != nil {
		return Usage{}, err
	}
	status, err := readProc(pid, "status")
	if err != nil {
		return Usage{}, err
	}
	cpu, err := parseCPU(stat)
	if err != nil {
		return Usage{}, err
	}
	rss, err := parseRSS(status)
	if err != nil {
		return Usage{}, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return Usage{CPU: cpu, RSS: rss, Files: len(files)}, err
}

func readProc(pid int, name string) (string, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return "", ErrNotMeasured
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	return string(text), err
}

// Fields of /proc/PID/stat, counted from the one after the name, which is in
// parentheses and may itself have spaces and parentheses.
const (
	statUserTime   = 11
	statSystemTime = 12
)

func parseCPU(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) <= statSystemTime {
		return 0, fmt.Errorf("/proc/PID/stat has not the form that proc_pid_stat(5) describes: %q", stat)
	}
	var ticks int64
	for _, field := range []string{fields[statUserTime], fields[statSystemTime]} {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/PID/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

func parseRSS(status string) (int64, error) {
	for line := range strings.Lines(status) {
		value, found := strings.CutPrefix(line, "VmRSS:")
		if !found {
			continue
		}
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/PID/status: %w", err)
		}
		return kilobytes << 10, nil
	}
	return 0, errors.New("/proc/PID/status has no VmRSS: the process has ended")
}
