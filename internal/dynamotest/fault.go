package dynamotest

import (
	"math/rand/v2"
	"sync/atomic"
)

// A Fault is what happens to one request on its way to the server and back.
type Fault string

// The faults. Those that end in After let the server carry the request out
// first, so that the client must not take silence for failure.
const (
	None          Fault = ""
	Throttle      Fault = "throttle"       // refused: too many requests
	Conflict      Fault = "conflict"       // refused: another transaction is at an item
	InProgress    Fault = "in progress"    // refused: the same transaction is still under way
	Error         Fault = "error"          // answered with 500
	ErrorAfter    Fault = "error after"    // carried out, then answered with 500
	Hang          Fault = "hang"           // never answered
	HangAfter     Fault = "hang after"     // carried out, then never answered
	Reset         Fault = "reset"          // the connection is reset
	ResetAfter    Fault = "reset after"    // carried out, then the connection is reset
	TruncateAfter Fault = "truncate after" // carried out, then only half of the answer arrives
	Slow          Fault = "slow"           // answered late, but in time
	Unprocessed   Fault = "unprocessed"    // a batch is answered without having been read
)

// Faults returns every fault.
func Faults() []Fault {
	return []Fault{
		Throttle, Conflict, InProgress, Error, ErrorAfter, Hang, HangAfter, Reset, ResetAfter, TruncateAfter, Slow, Unprocessed,
	}
}

// possible reports whether DynamoDB can answer the operation like that.
func (f Fault) possible(operation string) bool {
	switch f {
	case Conflict:
		return operation == "TransactWriteItems" || operation == "TransactGetItems"
	case InProgress:
		return operation == "TransactWriteItems"
	case Unprocessed:
		return operation == "BatchGetItem"
	default:
		return true
	}
}

// A Rule says what happens to a request of the operation, such as GetItem. It is
// called by several goroutines at once.
type Rule func(operation string) Fault

// Never lets every request pass.
func Never() Rule { return func(string) Fault { return None } }

// Always does the same to every request of the operation; "" means all
// operations.
func Always(operation string, fault Fault) Rule {
	return func(op string) Fault {
		if operation == "" || operation == op {
			return fault
		}
		return None
	}
}

// Once does it to the first request of the operation only.
func Once(operation string, fault Fault) Rule {
	var done atomic.Bool
	return func(op string) Fault {
		if operation == op && done.CompareAndSwap(false, true) {
			return fault
		}
		return None
	}
}

// Random does one of the faults to a share of the requests, from 0 to 1. Which
// request of the sequence meets which fault depends on the seed alone.
func Random(seed uint64, share float64, faults ...Fault) Rule {
	var requests atomic.Uint64
	return func(string) Fault {
		rng := rand.New(rand.NewPCG(seed, requests.Add(1)))
		if rng.Float64() >= share {
			return None
		}
		return faults[rng.IntN(len(faults))]
	}
}
