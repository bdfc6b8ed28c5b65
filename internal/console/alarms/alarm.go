package alarms

import (
	"time"

	"github.com/spacefinder/spacefinder/internal/console/history"
	"github.com/spacefinder/spacefinder/internal/console/series"
)

// Alarm is one condition that is watched.
type Alarm struct {
	Name       string        // that of the stack's alarm, without the stage
	Meaning    string        // what is wrong when it is on
	Unit       string        // of threshold and values
	Period     time.Duration // what one datapoint is of
	Periods    int           // datapoints that are looked at
	Datapoints int           // how many of them must be above the threshold
	Threshold  float64
	Runbook    string   // the section of docs/deploy.md about the stack's alarm
	Steps      []string // what to do about it on one machine

	measure series.Value
	enough  func(history.Interval) bool // whether a datapoint can be judged; nil: always
}

// Absent is an alarm of the stack that one machine does not have.
type Absent struct {
	Name    string `json:"name"`
	Reason  string `json:"reason"`
	Instead string `json:"instead"` // the alarm that stands for it; "" when none is needed
}

// Units.
const (
	unitPercent      = "%"
	unitMilliseconds = "ms"
	unitCount        = "count"
)

// Conditions that several alarms share, from deploy/.
const (
	periods    = 3
	datapoints = 2
)

// fewestForRate is how many requests a minute must have for its rate of errors
// to mean anything.
const fewestForRate = 20

// fewestForP99 is how many requests a period must have for its 99th percentile
// to mean anything, CloudWatch's 10/(1-percentile): with fewer the state stays
// as it is.
const fewestForP99 = 1000

// All returns the alarms, in the order in which they are shown.
func All() []Alarm {
	all := []Alarm{apiErrors(), apiLatency(), authorizerErrors(), cpu(), memory(), unhealthy()}
	for _, service := range series.Services() {
		all = append(all, throttles(service))
	}
	for i := range all {
		all[i].Periods, all[i].Datapoints = periods, datapoints
	}
	return all
}

func apiErrors() Alarm {
	return Alarm{
		Name: "api-errors", Runbook: "api-errors", Unit: unitPercent, Period: time.Minute, Threshold: 2,
		Meaning: "More than 2 of 100 requests are answered 5xx.",
		Steps: []string{
			"Traffic, status 5xx: which operations, and which response type?",
			"503 with the code unavailable: the disk is full, read-only or too slow. The program's log has the database's words.",
			"500: the program's log has the cause under the request's id.",
		},
		measure: func(i history.Interval) (float64, bool) {
			if i.Counters[series.APIRequests] < fewestForRate {
				return 0, i.Measured > 0
			}
			return series.Share(series.API5XX, series.APIRequests)(i)
		},
	}
}

func apiLatency() Alarm {
	return Alarm{
		Name: "api-latency", Runbook: "api-latency", Unit: unitMilliseconds, Period: 5 * time.Minute, Threshold: 1000,
		Meaning: "One of 100 requests takes longer than a second.",
		Steps: []string{
			"Is the time waiting for services high, too? If not, it is the authorizer: its duration is beside it.",
			"Commit time and queue of the store: a slow disk shows there first.",
			"CPU near 100 %: see the alarm cpu. Lists with a limit of 1000 are slow by nature.",
		},
		measure: series.Milliseconds(series.APILatency, 0.99),
		enough:  func(i history.Interval) bool { return i.Distributions[series.APILatency].Count() >= fewestForP99 },
	}
}

func authorizerErrors() Alarm {
	return Alarm{
		Name: "authorizer-errors", Runbook: "authorizer-errors", Unit: unitCount, Period: time.Minute, Threshold: 5,
		Meaning: "Tokens cannot be judged; those requests are answered 500. Bad tokens do not count here.",
		Steps: []string{
			"The program's log says why. For the issuer of this process the keys come from the database: see unhealthy.",
			"For another issuer (-issuer) they come over the network: can this machine reach its JWKS address?",
		},
		measure: sum(series.APIAuthorizerFailures),
	}
}

func cpu() Alarm {
	return Alarm{
		Name: "cpu", Runbook: "cpu", Unit: unitPercent, Period: 5 * time.Minute, Threshold: 85,
		Meaning: "The process uses more than 85 % of the CPUs that it may use.",
		Steps: []string{
			"Traffic: who sends that much? Lower -throttle-rate if it is abuse.",
			"If it is ordinary load, give the process more CPUs, or run the services as processes of their own.",
		},
		measure: series.CPU,
	}
}

func memory() Alarm {
	return Alarm{
		Name: "memory", Runbook: "memory", Unit: unitPercent, Period: time.Minute, Threshold: 80,
		Meaning: "The process uses more than 80 % of the memory that it may use; at 100 % the system ends it.",
		Steps: []string{
			"Growing steadily since the last update: go back to the version before, and keep the log of that time.",
			"Only under load: raise the memory limit of the container or of the machine.",
		},
		measure: series.Memory,
	}
}

func unhealthy() Alarm {
	return Alarm{
		Name: "unhealthy", Runbook: "unhealthy", Unit: unitCount, Period: time.Minute, Threshold: 0,
		Meaning: "The store does not answer, so GET /health says 503.",
		Steps: []string{
			"The program's log has the database's words: the disk may be full, read-only or gone.",
			"It works again by itself as soon as the disk does. Nothing acknowledged is lost.",
		},
		measure: series.Max(series.ProcessUnhealthy),
	}
}

func throttles(service string) Alarm {
	return Alarm{
		Name: service + "-throttles", Runbook: "throttles", Unit: unitCount, Period: time.Minute, Threshold: 10,
		Meaning: "The store refuses reads or writes of " + service + "; those requests are answered 503.",
		Steps: []string{
			"Queue and commit time of the store: more writes than the disk can flush, or a disk that hangs.",
			"Writes lost: the disk is full or fails. The program's log has the database's words.",
		},
		measure: sum(series.ServiceRefusals(service)),
	}
}

// sum returns by how much a counter grew in the period.
func sum(counter string) series.Value {
	return func(i history.Interval) (float64, bool) { return i.Counters[counter], i.Measured > 0 }
}

// Missing returns the alarms of the stack that are not among All.
func Missing() []Absent {
	absent := []Absent{{
		Name:   "authorizer-throttles",
		Reason: "The authorizer runs inside this process, where no quota of Lambda's can refuse it.",
	}}
	for _, service := range series.Services() {
		absent = append(absent,
			Absent{service + "-cpu", "The three services share one process.", "cpu"},
			Absent{service + "-memory", "The three services share one process.", "memory"},
			Absent{service + "-unhealthy", "The three services share one process and one health check.", "unhealthy"},
		)
	}
	return absent
}
