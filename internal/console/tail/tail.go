// Package tail keeps the newest lines of the access log in memory, so that
// they can be searched.
//
// A Log takes what the front door writes, stores the bytes and does nothing
// else: the lines are parsed when somebody asks. The oldest make room when the
// memory is used up.
package tail

import (
	"bytes"
	"io"
	"sync"

	"github.com/go-json-experiment/json"
)

// DefaultBytes is how much of the access log is kept: some six thousand lines.
const DefaultBytes = 4 << 20

// Entry is one line of the access log, under the names of its format
// (gateway.DefaultAccessLogFormat). A value that is not known is "-".
type Entry struct {
	Number             int64  `json:"number"` // 1 for the first line since the start
	RequestID          string `json:"requestId"`
	IP                 string `json:"ip"`
	RequestTime        string `json:"requestTime"` // 07/Jan/2030:08:00:00 +0000
	HTTPMethod         string `json:"httpMethod"`
	ResourcePath       string `json:"resourcePath"`
	Status             string `json:"status"`
	Protocol           string `json:"protocol"`
	ResponseLength     string `json:"responseLength"`     // bytes
	ResponseLatency    string `json:"responseLatency"`    // milliseconds
	IntegrationLatency string `json:"integrationLatency"` // milliseconds
	PrincipalID        string `json:"principalId"`        // the caller
	ResponseType       string `json:"responseType"`       // of an answer of the front door's own, such as THROTTLED
	TraceID            string `json:"xrayTraceId"`
}

// Log is the tail of an access log. Its methods may be called from any
// goroutine.
type Log struct {
	limit int

	mu     sync.Mutex
	chunks []chunk // oldest first; none of them ever changes
	bytes  int     // in all chunks
	lines  int64   // ever written
}

// chunk is what one Write brought.
type chunk struct {
	first int64 // number of its first line
	text  []byte
}

// New returns a log that keeps at most limit bytes.
func New(limit int) *Log { return &Log{limit: limit} }

// Write keeps a copy of whole lines. It never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.add(bytes.Clone(p))
	return len(p), nil
}

// Tee returns a writer of the access log that l keeps a copy of; next may be
// nil for none. A nil Log keeps nothing: what it returns is next.
func (l *Log) Tee(next io.Writer) io.Writer {
	switch {
	case l == nil:
		return next
	case next == nil:
		return l
	default:
		return io.MultiWriter(l, next) // l first, which never fails
	}
}

func (l *Log) add(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chunks = append(l.chunks, chunk{first: l.lines + 1, text: text})
	l.bytes += len(text)
	l.lines += int64(bytes.Count(text, []byte{'\n'}))
	for l.bytes > l.limit {
		l.bytes -= len(l.chunks[0].text)
		l.chunks[0] = chunk{} // the array behind the slice lives on
		l.chunks = l.chunks[1:]
	}
}

// snapshot returns the chunks and how many lines were ever written.
func (l *Log) snapshot() ([]chunk, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]chunk(nil), l.chunks...), l.lines
}

// parse returns the entry of a line, or false for one that is no JSON object
// of strings: another format was configured.
func parse(number int64, line []byte) (Entry, bool) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, false
	}
	e.Number = number
	return e, true
}
