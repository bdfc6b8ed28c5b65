// Package tracing turns requests into OpenTelemetry spans and exports them by
// OTLP over HTTP. It observes the front door, the services and the stores from
// outside: none of them knows of it.
//
// The ids are such as AWS X-Ray's: a trace passes from the client to the front
// door and from there to a service in X-Amzn-Trace-Id, as through API Gateway.
package tracing
