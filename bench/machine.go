package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// describe returns what a reader must know to compare the figures with others.
func (l *lab) describe(ctx context.Context) ([]string, error) {
	command := exec.CommandContext(ctx, l.binary, "version") //nolint:gosec // the program that this run has built
	command.Env = []string{}
	version, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", l.binary, err)
	}
	flush, err := flushTime(filepath.Join(l.dir, "flush"))
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(l.binary) //nolint:gosec // the program that this run has built
	if err != nil {
		return nil, err
	}
	return append([]string{
		fmt.Sprintf("Measured on %s at commit %s with `%s` (program, version, Go, system), a binary of %.1f MB.",
			time.Now().UTC().Format(time.DateOnly), commit(ctx), strings.TrimSpace(string(version)), float64(info.Size())/1e6),
		fmt.Sprintf("Machine: %d x %s, %s of memory, kernel %s; client and server share it. "+
			"A write of 4 kB is on the disk after %.2f ms. The load average before the run was %s; of a machine at rest it is near 0.",
			runtime.NumCPU(), processor(), memory(), kernel(), milliseconds(flush), l.busy),
		"The server writes its access log to a file and does not throttle; everything else is as by default.",
	}, l.notes...), nil
}

const unknown = "(unknown)"

// commit returns the commit of the working tree, marked when files of it have
// changed since.
func commit(ctx context.Context) string {
	text, err := exec.CommandContext(ctx, "git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+modified").Output()
	if err != nil {
		return unknown
	}
	return strings.TrimSpace(string(text))
}

func processor() string {
	return procValue("/proc/cpuinfo", "model name")
}

func memory() string {
	kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(procValue("/proc/meminfo", "MemTotal"), " kB"), 64)
	if err != nil {
		return unknown
	}
	return fmt.Sprintf("%.1f GB", kilobytes*1024/1e9)
}

func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return unknown
	}
	return strings.TrimSpace(string(text))
}

// loadAverage returns how many processes ran or waited for the disk during the
// last minute (proc_loadavg(5)).
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return unknown
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

// procValue returns the first value of that name in a file of "name: value"
// lines.
func procValue(file, name string) string {
	text, err := os.ReadFile(file) //nolint:gosec // the callers name the files
	if err != nil {
		return unknown
	}
	for line := range strings.Lines(string(text)) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

const (
	flushes   = 50
	flushSize = 4096
)

// flushTime returns the median time to append 4 kB to a file and flush it,
// which bounds what one client can write durably.
func flushTime(name string) (time.Duration, error) {
	file, err := os.Create(name) //nolint:gosec // a file of the run
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }() // Sync has reported what matters
	times := make([]time.Duration, flushes)
	for i := range times {
		start := time.Now()
		if _, err := file.Write(make([]byte, flushSize)); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[flushes/2], nil
}
