package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/series"
	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// consoleSource measures the process for the console: its metrics by the names
// of the console's series.
type consoleSource struct {
	metrics *telemetry.Metrics
	limit   float64 // bytes of memory that the process may use; 0 when it is not known
	healthy func(context.Context) error
	last    history.Sample
}

// healthTimeout is how long the store may take to answer.
const healthTimeout = time.Second

// Sample implements history.Source. Metrics that cannot be read leave the
// sample as it was: as if nothing had happened.
func (c *consoleSource) Sample() history.Sample {
	s, err := c.metrics.Snapshot()
	if err != nil {
		return c.last
	}
	c.last = history.Sample{Counters: counters(s), Gauges: c.gauges(s), Distributions: distributions(s)}
	return c.last
}

// Values of labels of telemetry's families.
const (
	status4XX   = "4xx"
	status5XX   = "5xx"
	codeNoStore = string(spacefinder.CodeUnavailable)
)

func counters(s telemetry.Snapshot) map[string]float64 {
	all := map[string]float64{
		series.APIRequests:  s.Sum(telemetry.GatewayRequests),
		series.API4XX:       s.Sum(telemetry.GatewayRequests, "status", status4XX),
		series.API5XX:       s.Sum(telemetry.GatewayRequests, "status", status5XX),
		series.APIThrottled: s.Sum(telemetry.GatewayThrottled),
		series.APIAuthorizerFailures: s.Sum(telemetry.GatewayErrors, "type", "AUTHORIZER_FAILURE") +
			s.Sum(telemetry.GatewayErrors, "type", "AUTHORIZER_CONFIGURATION_ERROR"),
		series.AuthorizerCalls:     s.Sum(telemetry.AuthorizerCalls),
		series.AuthorizerRefused:   s.Sum(telemetry.AuthorizerCalls, "result", telemetry.ResultUnauthorized),
		series.AuthorizerFailed:    s.Sum(telemetry.AuthorizerCalls, "result", telemetry.ResultFailed),
		series.StoreWrites:         s.Sum(telemetry.SQLiteWrites),
		series.StoreFailedWrites:   s.Sum(telemetry.SQLiteFailedWrites),
		series.StoreCommits:        s.Sum(telemetry.SQLiteCommits),
		series.StoreCommitSeconds:  s.Sum(telemetry.SQLiteCommitTime),
		series.ProcessCPUSeconds:   s.Sum("process_cpu_seconds_total"),
		series.ProcessLogLinesLost: s.Sum(telemetry.LogLinesLost),
		series.UserPoolRequests:    s.Sum(telemetry.UserPoolRequests),
		series.UserPoolRefused:     s.Sum(telemetry.UserPoolRequests) - s.Sum(telemetry.UserPoolRequests, "result", telemetry.OK),
	}
	for _, service := range series.Services() {
		all[series.ServiceRequests(service)] = s.Sum(telemetry.ServiceRequests, "service", service)
		all[series.ServiceErrors(service)] = s.Sum(telemetry.ServiceRequests, "service", service, "status", status5XX)
		all[series.ServiceRefusals(service)] = s.Sum(telemetry.ServiceRequests, "service", service, "code", codeNoStore)
	}
	return all
}

func (c *consoleSource) gauges(s telemetry.Snapshot) map[string]float64 {
	all := map[string]float64{
		series.StoreQueued:       s.Sum(telemetry.SQLiteQueued),
		series.StoreWALBytes:     s.Sum(telemetry.SQLiteWALSize),
		series.ProcessMemory:     s.Sum("process_resident_memory_bytes"),
		series.ProcessHeap:       s.Sum("go_memstats_heap_inuse_bytes"),
		series.ProcessGoroutines: s.Sum("go_goroutines"),
		series.ProcessCPUs:       float64(runtime.GOMAXPROCS(0)),
		series.ProcessUnhealthy:  c.unhealthy(),
	}
	if c.limit > 0 {
		all[series.ProcessMemoryLimit] = c.limit
	}
	return all
}

func (c *consoleSource) unhealthy() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	if c.healthy(ctx) != nil {
		return 1
	}
	return 0
}

func distributions(s telemetry.Snapshot) map[string]history.Distribution {
	all := map[string]history.Distribution{
		series.APILatency:         distribution(s.Histogram(telemetry.GatewayDuration)),
		series.APIIntegration:     distribution(s.Histogram(telemetry.GatewayIntegration)),
		series.AuthorizerDuration: distribution(s.Histogram(telemetry.AuthorizerDuration)),
		series.StoreDuration:      distribution(s.Histogram(telemetry.StoreDuration)),
	}
	for _, service := range series.Services() {
		all[series.ServiceDuration(service)] = distribution(s.Histogram(telemetry.ServiceDuration, "service", service))
	}
	return all
}

func distribution(h telemetry.Histogram) history.Distribution {
	counts := make([]float64, len(h.Counts))
	for i, n := range h.Counts {
		counts[i] = float64(n)
	}
	return history.Distribution{Bounds: h.Bounds, Counts: counts, Sum: h.Sum}
}

// memoryLimit returns how many bytes the process may use: the machine's memory
// or, where that is less, what its control group or a group around it allows.
// It is 0 where the system does not say so, as on systems other than Linux.
//
// Sources: proc(5), and https://docs.kernel.org/admin-guide/cgroup-v2.html
func memoryLimit() float64 {
	limit := machineMemory()
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return limit
	}
	_, group, found := strings.Cut(strings.TrimSpace(string(membership)), "0::")
	if !found {
		return limit
	}
	for ; ; group = filepath.Dir(group) {
		text, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", group, "memory.max")) //nolint:gosec // the system names the group
		if most, parseErr := strconv.ParseFloat(strings.TrimSpace(string(text)), 64); err == nil && parseErr == nil {
			limit = min(limit, most)
		}
		if group == "/" || group == "." {
			return limit
		}
	}
}

func machineMemory() float64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "MemTotal:" {
			kilobytes, err := strconv.ParseFloat(fields[1], 64)
			if err == nil {
				return kilobytes * 1024
			}
		}
	}
	return 0
}
