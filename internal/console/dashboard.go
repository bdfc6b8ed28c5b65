package console

import (
	"github.com/spacefinder/spacefinder/internal/console/series"
)

// Units of a chart, which the page knows how to write.
const (
	unitPerMinute    = "perMinute"
	unitMilliseconds = "milliseconds"
	unitPercent      = "percent"
	unitBytes        = "bytes"
	unitCount        = "count"
)

// section is a heading with charts below it.
type section struct {
	title  string
	charts []chart
}

type chart struct {
	id, title, unit string
	help            string // what is shown, in a sentence
	lines           []line
}

type line struct {
	label string
	value series.Value
	bad   bool // the less the better: drawn as a warning
}

func good(label string, value series.Value) line { return line{label: label, value: value} }
func bad(label string, value series.Value) line  { return line{label: label, value: value, bad: true} }

// dashboard is that of the AWS stack, as far as one machine has the same parts.
func dashboard() []section {
	return []section{
		{"Business", businessCharts()},
		{"Front door", frontDoorCharts()},
		{"Authorizer and user pool", identityCharts()},
		{"Services", serviceCharts()},
		{"Store", storeCharts()},
		{"Process", processCharts()},
	}
}

// title returns a service's name as a title.
func title(service string) string {
	return string(service[0]-'a'+'A') + service[1:]
}

func businessCharts() []chart {
	var charts []chart
	for _, service := range series.Services() {
		name := title(service)
		charts = append(charts, chart{
			id: service, title: name, unit: unitPerMinute,
			help: "Requests that the " + service + " service processed, and those that it answered 5xx.",
			lines: []line{
				good("Processed"+name, series.PerMinute(series.ServiceRequests(service))),
				bad("Processed"+name+"Errors", series.PerMinute(series.ServiceErrors(service))),
			},
		})
	}
	return charts
}

func frontDoorCharts() []chart {
	return []chart{
		{"api-requests", "Requests", unitPerMinute, "Everything that the front door answered.", []line{
			good("All", series.PerMinute(series.APIRequests)),
			good("4XX", series.PerMinute(series.API4XX)),
			bad("5XX", series.PerMinute(series.API5XX)),
		}},
		{"api-latency", "Latency", unitMilliseconds, "From a request's arrival to its answer, and what services took of it.", []line{
			good("p50", series.Milliseconds(series.APILatency, 0.5)),
			good("p90", series.Milliseconds(series.APILatency, 0.9)),
			good("p99", series.Milliseconds(series.APILatency, 0.99)),
			good("Services p99", series.Milliseconds(series.APIIntegration, 0.99)),
		}},
		{"api-failures", "Failures", unitPercent, "Answers of 5xx among all, and what the throttle refused.", []line{
			bad("5XX", series.Share(series.API5XX, series.APIRequests)),
			good("Throttled", series.Share(series.APIThrottled, series.APIRequests)),
		}},
	}
}

func identityCharts() []chart {
	return []chart{
		{"authorizer-calls", "Authorizer: calls", unitPerMinute, "Tokens that were judged. A token is judged once in five minutes.", []line{
			good("Calls", series.PerMinute(series.AuthorizerCalls)),
			good("Bad tokens", series.PerMinute(series.AuthorizerRefused)),
			bad("Failures", series.PerMinute(series.AuthorizerFailed)),
		}},
		{"authorizer-duration", "Authorizer: duration", unitMilliseconds, "How long it took to judge a token.", []line{
			good("p50", series.Milliseconds(series.AuthorizerDuration, 0.5)),
			good("p99", series.Milliseconds(series.AuthorizerDuration, 0.99)),
		}},
		{"userpool", "User pool: requests", unitPerMinute, "Sign-ins, sign-ups and everything else that the user pool was asked.", []line{
			good("All", series.PerMinute(series.UserPoolRequests)),
			good("Refused", series.PerMinute(series.UserPoolRefused)),
		}},
	}
}

func serviceCharts() []chart {
	failures := chart{id: "service-failures", title: "Failures", unit: unitPercent, help: "Answers of 5xx among all of a service."}
	duration := chart{id: "service-duration", title: "Duration, p99", unit: unitMilliseconds, help: "Time to process a request, 99 of 100."}
	refusals := chart{
		id: "service-refusals", title: "Refused by the store", unit: unitPerMinute,
		help: "Requests answered 503 because the store could not do its part.",
	}
	for _, service := range series.Services() {
		name := title(service)
		failures.lines = append(failures.lines, good(name, series.Share(series.ServiceErrors(service), series.ServiceRequests(service))))
		duration.lines = append(duration.lines, good(name, series.Milliseconds(series.ServiceDuration(service), 0.99)))
		refusals.lines = append(refusals.lines, good(name, series.PerMinute(series.ServiceRefusals(service))))
	}
	return []chart{failures, duration, refusals}
}

func storeCharts() []chart {
	return []chart{
		{"store-writes", "Writes", unitPerMinute, "Writes, the commits that they shared, and those that were lost with a failed commit.", []line{
			good("Writes", series.PerMinute(series.StoreWrites)),
			good("Commits", series.PerMinute(series.StoreCommits)),
			bad("Lost", series.PerMinute(series.StoreFailedWrites)),
		}},
		{"store-batch", "Writes in a commit", unitCount, "How many writes shared one flush of the disk, on average.", []line{
			good("Mean", series.Ratio(series.StoreWrites, series.StoreCommits, 1)),
		}},
		{"store-commit", "Time", unitMilliseconds, "A commit, nearly all of it flushing the disk, and an operation of a service.", []line{
			good("Commit, mean", series.Ratio(series.StoreCommitSeconds, series.StoreCommits, 1000)),
			good("Operation p50", series.Milliseconds(series.StoreDuration, 0.5)),
			good("Operation p99", series.Milliseconds(series.StoreDuration, 0.99)),
		}},
		{"store-queue", "Queue", unitCount, "Writes that waited for the disk, at most.", []line{
			good("Waiting", series.Max(series.StoreQueued)),
		}},
		{"store-wal", "Write-ahead log", unitBytes, "Size of the file beside the database.", []line{
			good("Size", series.Max(series.StoreWALBytes)),
		}},
	}
}

func processCharts() []chart {
	return []chart{
		{"process-cpu", "CPU", unitPercent, "Of all CPUs that the process may use.", []line{good("CPU", series.CPU)}},
		{"process-memory", "Memory", unitBytes, "What the process holds, and what of it is in use by the program's data.", []line{
			good("Resident", series.Max(series.ProcessMemory)),
			good("Heap", series.Max(series.ProcessHeap)),
		}},
		{"process-goroutines", "Goroutines", unitCount, "Tasks inside the program; steady growth is a leak.", []line{
			good("Goroutines", series.Max(series.ProcessGoroutines)),
		}},
		{"process-log", "Log lines lost", unitPerMinute, "Lines that a log's reader or disk was too slow for, or failed.", []line{
			bad("Lost", series.PerMinute(series.ProcessLogLinesLost)),
		}},
	}
}
