package tracing

import (
	"context"
	"fmt"
	"strconv"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spacefinder/spacefinder/internal/xray"
)

// Sampler decides which requests make spans. The zero Sampler takes none.
type Sampler struct {
	follow bool             // what was decided before the request came here stays
	root   sdktrace.Sampler // for what is undecided; nil samples nothing
}

// samplers are the values of OTEL_TRACES_SAMPLER that are known, and whether
// they follow the client.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration
func samplers() map[string]bool {
	return map[string]bool{
		"always_on": false, "always_off": false, "traceidratio": false,
		"parentbased_always_on": true, "parentbased_always_off": true, "parentbased_traceidratio": true,
	}
}

// NewSampler returns the sampler of that name, with the argument of those that
// take one: a ratio from 0 to 1, by default 1. An empty name is
// parentbased_always_on.
func NewSampler(name, arg string) (Sampler, error) {
	if name == "" {
		name = "parentbased_always_on"
	}
	follow, known := samplers()[name]
	if !known {
		return Sampler{}, fmt.Errorf("no sampler is named %q", name)
	}
	switch name {
	case "always_on", "parentbased_always_on":
		return Sampler{follow, sdktrace.AlwaysSample()}, nil
	case "always_off", "parentbased_always_off":
		return Sampler{follow, nil}, nil
	}
	ratio := 1.0
	if arg != "" {
		var err error
		if ratio, err = strconv.ParseFloat(arg, 64); err != nil || !(ratio >= 0 && ratio <= 1) {
			return Sampler{}, fmt.Errorf("the argument of %s must be a number from 0 to 1, not %q", name, arg)
		}
	}
	return Sampler{follow, sdktrace.TraceIDRatioBased(ratio)}, nil
}

// sample decides about a request that belongs to the trace.
func (s Sampler) sample(in xray.Trace) bool {
	switch {
	case s.follow && in.Sampled != xray.Undecided:
		return in.Sampled == xray.Sampled
	case s.root == nil:
		return false
	}
	return s.root.ShouldSample(sdktrace.SamplingParameters{
		ParentContext: context.Background(), TraceID: traceID(in.Root),
	}).Decision == sdktrace.RecordAndSample
}
