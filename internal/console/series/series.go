// Package series names what the operator's console records of a process, and
// derives from it what alarms and charts show. The names are kept in the
// history, so they do not change.
package series

import "github.com/spacefinder/spacefinder/internal/console/history"

// Counters.
const (
	APIRequests           = "api.requests"            // answered by the front door
	API4XX                = "api.4xx"                 // of those, with a status of 400 to 499
	API5XX                = "api.5xx"                 // of those, with a status of 500 to 599
	APIThrottled          = "api.throttled"           // of those, refused by the throttle
	APIAuthorizerFailures = "api.authorizer_failures" // of those, without a usable answer of the authorizer
	AuthorizerCalls       = "authorizer.calls"        // tokens judged
	AuthorizerRefused     = "authorizer.refused"      // of those, no good
	AuthorizerFailed      = "authorizer.failed"       // of those, could not be judged
	StoreWrites           = "store.writes"            // answered by the database's writer
	StoreFailedWrites     = "store.failed_writes"     // lost with a transaction that could not be committed
	StoreCommits          = "store.commits"           // transactions
	StoreCommitSeconds    = "store.commit_seconds"    // spent in commits
	ProcessCPUSeconds     = "process.cpu_seconds"     // used
	ProcessLogLinesLost   = "process.log_lines_lost"  // because a log's writer was blocked or failed
	UserPoolRequests      = "userpool.requests"       // to the user pool
	UserPoolRefused       = "userpool.refused"        // of those, refused or failed
)

// Gauges.
const (
	StoreQueued        = "store.queued"               // writes that wait
	StoreWALBytes      = "store.wal_bytes"            // size of the write-ahead log
	ProcessMemory      = "process.memory_bytes"       // resident
	ProcessMemoryLimit = "process.memory_limit_bytes" // what the process may use; missing where it is not known
	ProcessHeap        = "process.heap_bytes"         // in use by Go's heap
	ProcessGoroutines  = "process.goroutines"         // that exist
	ProcessCPUs        = "process.cpus"               // that the process may use
	ProcessUnhealthy   = "process.unhealthy"          // 1 when the health check fails, else 0
)

// Distributions, in seconds.
const (
	APILatency         = "api.latency"             // arrival to answer
	APIIntegration     = "api.integration_latency" // waiting for a service
	AuthorizerDuration = "authorizer.duration"     // to judge a token
	StoreDuration      = "store.duration"          // of an operation
)

// Services returns the names of the three services, in the order in which they
// are shown.
func Services() []string { return []string{"locations", "resources", "bookings"} }

// ServiceRequests returns the counter of the requests that a service processed.
func ServiceRequests(service string) string { return "service." + service + ".requests" }

// ServiceErrors returns the counter of those that it answered 5xx.
func ServiceErrors(service string) string { return "service." + service + ".errors" }

// ServiceRefusals returns the counter of those that it answered 503 because the
// store could not do its part.
func ServiceRefusals(service string) string { return "service." + service + ".refusals" }

// ServiceDuration returns the distribution of the time to process a request.
func ServiceDuration(service string) string { return "service." + service + ".duration" }

// Value derives a number from an interval; ok is false when there is nothing
// to derive it from.
type Value func(history.Interval) (value float64, ok bool)

// PerMinute returns how often a counter grew a minute.
func PerMinute(counter string) Value {
	return func(i history.Interval) (float64, bool) {
		rate, ok := i.Rate(counter)
		return 60 * rate, ok
	}
}

// Share returns one counter in per cent of another. It is 0 when neither grew.
func Share(part, whole string) Value {
	return func(i history.Interval) (float64, bool) {
		if i.Counters[whole] == 0 {
			return 0, i.Measured > 0
		}
		return 100 * i.Counters[part] / i.Counters[whole], true
	}
}

// Ratio returns by how much one counter grew for each step of another, times
// scale.
func Ratio(over, under string, scale float64) Value {
	return func(i history.Interval) (float64, bool) {
		if i.Counters[under] == 0 {
			return 0, false
		}
		return scale * i.Counters[over] / i.Counters[under], true
	}
}

// Milliseconds returns a quantile of a distribution of seconds.
func Milliseconds(distribution string, q float64) Value {
	return func(i history.Interval) (float64, bool) {
		seconds, ok := i.Distributions[distribution].Quantile(q)
		return 1000 * seconds, ok
	}
}

// Mean returns the mean reading of a gauge.
func Mean(gauge string) Value {
	return func(i history.Interval) (float64, bool) { return i.Gauges[gauge].Mean() }
}

// Max returns the highest reading of a gauge.
func Max(gauge string) Value {
	return func(i history.Interval) (float64, bool) {
		g := i.Gauges[gauge]
		return g.Max, g.Readings > 0
	}
}

// CPU returns how much of the CPUs that it may use the process used, in per
// cent.
func CPU(i history.Interval) (float64, bool) {
	perSecond, measured := i.Rate(ProcessCPUSeconds)
	cpus, known := i.Gauges[ProcessCPUs].Mean()
	if !measured || !known || cpus == 0 {
		return 0, false
	}
	return 100 * perSecond / cpus, true
}

// Memory returns how much of the memory that it may use the process used at
// most, in per cent.
func Memory(i history.Interval) (float64, bool) {
	limit := i.Gauges[ProcessMemoryLimit].Max
	used := i.Gauges[ProcessMemory]
	if limit == 0 || used.Readings == 0 {
		return 0, false
	}
	return 100 * used.Max / limit, true
}
