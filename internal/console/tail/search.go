package tail

import (
	"bytes"
	"slices"
	"strings"
)

// MaxLimit is how many entries a search finds at most.
const MaxLimit = 500

// Query says which lines are wanted. Empty members let every line through.
type Query struct {
	After        int64  // newer than this number
	Text         string // anywhere in the line, whatever the case
	Status       string // the beginning of the status: "4" finds all 4xx, "404" those alone
	HTTPMethod   string // exactly
	ResourcePath string // exactly
	Caller       string // part of the caller's id or address, whatever the case
	Limit        int    // at most MaxLimit, which is the default
}

// Result is what a search found.
type Result struct {
	Entries  []Entry  `json:"entries"`  // newest first
	Last     int64    `json:"last"`     // number of the newest line there is: Query.After of the next search
	Kept     int      `json:"kept"`     // lines that were searched
	More     bool     `json:"more"`     // older lines match as well
	Routes   []string `json:"routes"`   // every ResourcePath among the lines that were searched
	Unparsed int      `json:"unparsed"` // lines that are not of the default format
}

// Search returns the newest entries that match.
func (l *Log) Search(q Query) Result {
	if q.Limit <= 0 || q.Limit > MaxLimit {
		q.Limit = MaxLimit
	}
	q.Text, q.Caller = strings.ToLower(q.Text), strings.ToLower(q.Caller)
	chunks, last := l.snapshot()
	found := Result{Entries: []Entry{}, Last: last}
	routes := map[string]bool{}
	for _, c := range slices.Backward(chunks) {
		for n, line := range slices.Backward(bytes.Split(bytes.TrimSuffix(c.text, []byte{'\n'}), []byte{'\n'})) {
			number := c.first + int64(n)
			if number <= q.After {
				found.finish(routes)
				return found
			}
			found.consider(q, number, line, routes)
		}
	}
	found.finish(routes)
	return found
}

// consider adds the entry of a line if it matches.
func (r *Result) consider(q Query, number int64, line []byte, routes map[string]bool) {
	r.Kept++
	e, ok := parse(number, line)
	if !ok {
		r.Unparsed++
		return
	}
	routes[e.ResourcePath] = true
	if !q.matches(e) || (q.Text != "" && !bytes.Contains(bytes.ToLower(line), []byte(q.Text))) {
		return
	}
	if len(r.Entries) == q.Limit {
		r.More = true
		return
	}
	r.Entries = append(r.Entries, e)
}

func (r *Result) finish(routes map[string]bool) {
	r.Routes = make([]string, 0, len(routes))
	for route := range routes {
		r.Routes = append(r.Routes, route)
	}
	slices.Sort(r.Routes)
}

func (q Query) matches(e Entry) bool {
	return strings.HasPrefix(e.Status, q.Status) &&
		(q.HTTPMethod == "" || e.HTTPMethod == q.HTTPMethod) &&
		(q.ResourcePath == "" || e.ResourcePath == q.ResourcePath) &&
		(q.Caller == "" || strings.Contains(strings.ToLower(e.PrincipalID), q.Caller) || strings.Contains(strings.ToLower(e.IP), q.Caller))
}
