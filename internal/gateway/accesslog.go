package gateway

import (
	"io"
	"log/slog"
	"sync"
	"time"
)

// DefaultAccessLogFormat is the JSON format that API Gateway's documentation
// suggests, with the latencies.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
const DefaultAccessLogFormat = `{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId",` +
	`"ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user",` +
	`"requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath",` +
	`"status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength",` +
	`"responseLatency":"$context.responseLatency","integrationLatency":"$context.integrationLatency",` +
	`"principalId":"$context.authorizer.principalId","responseType":"$context.error.responseType",` +
	`"xrayTraceId":"$context.xrayTraceId"}`

const (
	accessLogLimit = 512 << 10            // bytes that wait for the writer
	accessLogPause = 5 * time.Millisecond // between two writes, so that lines gather instead of waking the writer one by one
	accessLogGrace = 2 * time.Second      // how long close waits for the writer
)

// accessLog writes lines in the background, so that a slow, blocked or failing
// writer delays no request.
type accessLog struct {
	format []accessor
	w      io.Writer
	logger *slog.Logger
	wake   chan struct{} // holds a value while lines wait
	stop   chan struct{} // closed to end run
	done   chan struct{} // closed when run has ended

	mu      sync.Mutex
	waiting []byte // whole lines
	dropped int    // lines lost since the last report
}

func newAccessLog(w io.Writer, format []accessor, logger *slog.Logger) *accessLog {
	l := &accessLog{
		format: format, w: w, logger: logger,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go l.run()
	return l
}

// add logs one request, or drops its line when too many wait.
func (l *accessLog) add(x *exchange) {
	line := make([]byte, 0, 1024) // on the stack, unless it is longer
	for _, part := range l.format {
		value, ok := part.read(x)
		if !ok {
			value = "-"
		}
		line = part.appendTo(line, value)
	}
	l.mu.Lock()
	if len(l.waiting)+len(line) < accessLogLimit {
		l.waiting = append(append(l.waiting, line...), '\n')
	} else {
		l.dropped++
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // it is awake, or about to be
	}
}

// run writes lines until it is stopped and none waits.
func (l *accessLog) run() {
	defer close(l.done)
	var written []byte // the memory of the last lines, for the next
	for {
		select {
		case <-l.wake:
			written = l.flush(written)
		case <-l.stop:
			l.flush(written)
			return
		}
		select {
		case <-time.After(accessLogPause):
		case <-l.stop:
		}
	}
}

// flush writes the lines that wait and returns their memory. Others gather in
// the memory that it is given.
func (l *accessLog) flush(memory []byte) []byte {
	l.mu.Lock()
	lines, dropped := l.waiting, l.dropped
	l.waiting, l.dropped = memory[:0], 0
	l.mu.Unlock()
	if len(lines) > 0 {
		if _, err := l.w.Write(lines); err != nil {
			l.logger.Error("access log lines are lost", "bytes", len(lines), "error", err)
		}
	}
	if dropped > 0 {
		l.logger.Error("access log lines are lost, as the writer is too slow", "lines", dropped)
	}
	return lines
}

// close writes what waits, for as long as the writer is given.
func (l *accessLog) close() {
	close(l.stop)
	select {
	case <-l.done:
	case <-time.After(accessLogGrace):
		l.logger.Error("access log lines are lost, as the writer is blocked")
	}
}
