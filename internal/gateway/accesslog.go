package gateway

import (
	"io"
	"log/slog"
	"sync/atomic"
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
	accessLogQueue = 1024            // lines that wait for the writer
	accessLogChunk = 64 << 10        // bytes written at once
	accessLogGrace = 2 * time.Second // how long close waits for the writer
)

// accessLog writes lines in the background, so that a slow, blocked or failing
// writer delays no request.
type accessLog struct {
	format  []accessor
	w       io.Writer
	logger  *slog.Logger
	lines   chan []byte
	stop    chan struct{} // closed to end run
	done    chan struct{} // closed when run has ended
	dropped atomic.Int64  // lines lost since the last report
}

func newAccessLog(w io.Writer, format []accessor, logger *slog.Logger) *accessLog {
	l := &accessLog{
		format: format, w: w, logger: logger,
		lines: make(chan []byte, accessLogQueue), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go l.run()
	return l
}

// add logs one request, or drops its line when too many wait.
func (l *accessLog) add(x *exchange) {
	line := make([]byte, 0, 640)
	for _, part := range l.format {
		value, ok := part.read(x)
		if !ok {
			value = "-"
		}
		line = part.appendTo(line, value)
	}
	select {
	case l.lines <- append(line, '\n'):
	default:
		l.dropped.Add(1)
	}
}

// run writes lines until it is stopped and none waits.
func (l *accessLog) run() {
	defer close(l.done)
	chunk := make([]byte, 0, accessLogChunk)
	for {
		select {
		case line := <-l.lines:
			chunk = l.gather(append(chunk[:0], line...))
			l.write(chunk)
		case <-l.stop:
			for chunk = l.gather(chunk[:0]); len(chunk) > 0; chunk = l.gather(chunk[:0]) {
				l.write(chunk)
			}
			return
		}
	}
}

// gather appends the lines that wait now, as long as they fit.
func (l *accessLog) gather(chunk []byte) []byte {
	for len(chunk) < accessLogChunk {
		select {
		case line := <-l.lines:
			chunk = append(chunk, line...)
		default:
			return chunk
		}
	}
	return chunk
}

func (l *accessLog) write(chunk []byte) {
	if _, err := l.w.Write(chunk); err != nil {
		l.logger.Error("access log lines are lost", "bytes", len(chunk), "error", err)
	}
	if n := l.dropped.Swap(0); n > 0 {
		l.logger.Error("access log lines are lost, as the writer is too slow", "lines", n)
	}
}

// close writes what waits, for as long as the writer is given.
func (l *accessLog) close() {
	close(l.stop)
	select {
	case <-l.done:
	case <-time.After(accessLogGrace):
		l.logger.Error("access log lines are lost, as the writer is blocked", "lines", len(l.lines))
	}
}
