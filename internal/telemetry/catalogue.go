package telemetry

// Names of the metrics. docs/operations.md explains each of them; a test
// compares.
const (
	BuildInfo = "spacefinder_build_info"

	GatewayRequests    = "spacefinder_gateway_requests_total"
	GatewayDuration    = "spacefinder_gateway_request_duration_seconds"
	GatewayIntegration = "spacefinder_gateway_integration_duration_seconds"
	GatewayThrottled   = "spacefinder_gateway_throttled_requests_total"
	GatewayErrors      = "spacefinder_gateway_errors_total"

	AuthorizerCalls    = "spacefinder_authorizer_calls_total"
	AuthorizerDuration = "spacefinder_authorizer_call_duration_seconds"

	ServiceRequests = "spacefinder_service_requests_total"
	ServiceDuration = "spacefinder_service_request_duration_seconds"

	StoreOperations = "spacefinder_store_operations_total"
	StoreDuration   = "spacefinder_store_operation_duration_seconds"

	SQLiteWrites       = "spacefinder_sqlite_writes_total"
	SQLiteFailedWrites = "spacefinder_sqlite_failed_writes_total"
	SQLiteCommits      = "spacefinder_sqlite_commits_total"
	SQLiteCommitTime   = "spacefinder_sqlite_commit_seconds_total"
	SQLiteLargestBatch = "spacefinder_sqlite_largest_batch_writes"
	SQLiteQueued       = "spacefinder_sqlite_queued_writes"
	SQLiteWALSize      = "spacefinder_sqlite_wal_bytes"

	UserPoolRequests = "spacefinder_userpool_requests_total"
	UserPoolSignIns  = "spacefinder_userpool_sign_ins_total"

	LogLinesLost = "spacefinder_log_lines_lost_total"
)

type kind int

const (
	counter kind = iota
	timing       // a histogram of seconds
	read         // counters and gauges that are kept elsewhere and read when asked for
)

// description is a family of metrics.
type description struct {
	name   string
	kind   kind
	help   string
	labels []string
}

// Labels.
const (
	labelMethod    = "method"
	labelRoute     = "route"
	labelStatus    = "status"
	labelType      = "type"
	labelResult    = "result"
	labelService   = "service"
	labelCode      = "code"
	labelOperation = "operation"
	labelLog       = "log"
)

// catalogue lists every family but those of the Go runtime and the process,
// whose names client_golang gives, and BuildInfo.
func catalogue() []description {
	operation := []string{labelMethod, labelRoute}
	return []description{
		{GatewayRequests, counter, "Requests answered by the front door, by class of the status.", append(operation, labelStatus)},
		{GatewayDuration, timing, "Time from a request's arrival at the front door to its answer.", operation},
		{GatewayIntegration, timing, "Time that the front door waited for a service.", operation},
		{GatewayThrottled, counter, "Requests answered 429 by the front door's throttle.", operation},
		{GatewayErrors, counter, "Requests answered by the front door itself, by type of API Gateway's gateway response.", []string{labelType}},

		{AuthorizerCalls, counter, "Tokens judged by the authorizer; those whose policy was cached are not.", []string{labelResult}},
		{AuthorizerDuration, timing, "Time to judge a token.", nil},

		{ServiceRequests, counter, "Requests processed by a service, by class of the status, and error code or ok.",
			[]string{labelService, labelMethod, labelRoute, labelStatus, labelCode}},
		{ServiceDuration, timing, "Time to process a request.", []string{labelService, labelMethod, labelRoute}},

		{StoreOperations, counter, "Operations of the store, by error code or ok.", []string{labelOperation, labelCode}},
		{StoreDuration, timing, "Time of an operation of the store.", []string{labelOperation}},

		{SQLiteWrites, read, "Writes answered by the database's writer.", nil},
		{SQLiteFailedWrites, read, "Writes lost with a transaction that could not be committed.", nil},
		{SQLiteCommits, read, "Transactions committed; writes/commits is the mean batch.", nil},
		{SQLiteCommitTime, read, "Time in COMMIT, nearly all of it flushing the disk.", nil},
		{SQLiteLargestBatch, read, "Most writes in one commit since the start.", nil},
		{SQLiteQueued, read, "Writes that wait for the writer now.", nil},
		{SQLiteWALSize, read, "Size of the write-ahead log now.", nil},

		{UserPoolRequests, counter, "Requests to the user pool, by operation and outcome.", []string{labelOperation, labelResult}},
		{UserPoolSignIns, counter, "Attempts to sign in with a password, by outcome.", []string{labelResult}},

		{LogLinesLost, read, "Log lines lost because a writer was blocked or failed.", []string{labelLog}},
	}
}

// describe returns the description of a family of the catalogue.
func describe(name string) description {
	for _, d := range catalogue() {
		if d.name == name {
			return d
		}
	}
	panic("metric " + name + " is not in the catalogue")
}

// buckets are the upper bounds, in seconds, of all histograms: from a cached
// read in one process to the front door's longest wait.
func buckets() []float64 {
	return []float64{
		50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30,
	}
}
