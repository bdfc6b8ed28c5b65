package gateway

import (
	"io"
	"log/slog"

	"github.com/spacefinder/spacefinder/internal/logqueue"
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

// accessLog writes lines in the background, so that a slow, blocked or failing
// writer delays no request.
type accessLog struct {
	format []accessor
	queue  *logqueue.Queue
	logger *slog.Logger
}

func newAccessLog(w io.Writer, format []accessor, logger *slog.Logger) *accessLog {
	report := func(lines int64, err error) {
		logger.Error("access log lines are lost", "lines", lines, "error", err)
	}
	return &accessLog{format: format, logger: logger, queue: logqueue.New(w, logqueue.Config{Report: report})}
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
	_, _ = l.queue.Write(append(line, '\n')) // never fails
}

// close writes what waits, for as long as the writer is given.
func (l *accessLog) close() {
	if err := l.queue.Close(); err != nil {
		l.logger.Error("access log lines are lost", "error", err)
	}
}

// AccessLogLinesLost returns how many lines of the access log have been lost
// because its writer was blocked or failed.
func (g *Gateway) AccessLogLinesLost() int64 {
	if g.accessLog == nil {
		return 0
	}
	return g.accessLog.queue.Lost()
}
