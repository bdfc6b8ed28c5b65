package main

import (
	"context"
	"testing"
	"time"
)

// BenchmarkColdStart is a new process each time: init-ms until it asks the
// runtime API for its first event, which Lambda calls the init phase, and
// first-ms for the answer to it, with the issuer's keys fetched.
func BenchmarkColdStart(b *testing.B) {
	file := build(b.Context(), b)
	var initialized, answered time.Duration
	for b.Loop() {
		service := newLambdaService(b) // an old one could hand the event to the process before
		event := tokenEvent("Bearer " + idToken(service.URL))
		ctx, kill := context.WithTimeout(b.Context(), time.Minute)
		begun := time.Now()
		ended := startFunction(ctx, b, file, service, environmentFor(service)...)
		service.offer(ctx, b, event)
		asked := time.Now()
		service.await(ctx, b)
		initialized += asked.Sub(begun)
		answered += time.Since(asked)
		kill()
		ended()
	}
	b.ReportMetric(float64(initialized.Microseconds())/1000/float64(b.N), "init-ms")
	b.ReportMetric(float64(answered.Microseconds())/1000/float64(b.N), "first-ms")
}

// BenchmarkWarm is a process that has the keys: the time from the event to the
// answer, over the runtime API.
func BenchmarkWarm(b *testing.B) {
	ctx, kill := context.WithTimeout(b.Context(), 10*time.Minute)
	service := newLambdaService(b)
	ended := startFunction(ctx, b, build(ctx, b), service, environmentFor(service)...)
	event := tokenEvent("Bearer " + idToken(service.URL))
	service.invoke(ctx, b, event)
	for b.Loop() {
		service.invoke(ctx, b, event)
	}
	kill()
	ended()
}

func environmentFor(service *lambdaService) []string {
	return []string{"ISSUER=" + service.URL, "JWKS_URL=" + service.URL + "/keys", "AUDIENCE=" + clientID}
}
