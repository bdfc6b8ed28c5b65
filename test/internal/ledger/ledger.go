// Package ledger keeps account of what a system owes its clients: the state of
// every item as the system acknowledged it, and for a request without an
// answer the states that it may have left. After a crash Settle holds the
// system to it (invariant I2).
package ledger

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Absent is the state of an item that does not exist.
const Absent = ""

// Outcome is what a client knows of its request.
type Outcome int

// The outcomes.
const (
	Acknowledged Outcome = iota // 2xx: it is done, for good
	Refused                     // 4xx: it changed nothing
	Unknown                     // no answer, or an error of the server: done or not
)

// Ledger is the account of items by name. It is safe for concurrent use; the
// requests for one item must come one after the other.
type Ledger struct {
	mu    sync.Mutex
	items map[string]*account
	count [Unknown + 1]int
}

type account struct {
	state   string
	pending []string // states that requests without an answer may have left
}

// New returns an empty ledger.
func New() *Ledger { return &Ledger{items: map[string]*account{}} }

// Record notes the outcome of a request that asked for a state of an item.
func (l *Ledger) Record(name, wanted string, outcome Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count[outcome]++
	item := l.items[name]
	if item == nil {
		item = &account{state: Absent}
		l.items[name] = item
	}
	switch outcome {
	case Acknowledged:
		item.state, item.pending = wanted, nil
	case Unknown:
		item.pending = append(item.pending, wanted)
	case Refused:
	}
}

// Count returns how many requests had the outcome.
func (l *Ledger) Count(outcome Outcome) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count[outcome]
}

// Settle compares the ledger with the whole of what the system has now, by
// name, and goes on from there. The error lists every broken promise.
func (l *Ledger) Settle(now map[string]string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for name, item := range l.items {
		if actual := now[name]; actual != item.state && !slices.Contains(item.pending, actual) {
			errs = append(errs, fmt.Errorf("%s: acknowledged as %q, unanswered %q, found %q", name, item.state, item.pending, actual))
		}
		item.state, item.pending = now[name], nil
	}
	for name, actual := range now {
		if l.items[name] == nil {
			errs = append(errs, fmt.Errorf("%s: nobody asked for it, found %q", name, actual))
		}
	}
	return errors.Join(errs...)
}
