package tracing_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/tracing"
	"github.com/spacefinder/spacefinder/internal/xray"
)

// request does what a request causes in the tracer: the sampling, the spans of
// the service and of one operation of the store, and those of the front door.
func request(tracer *tracing.Tracer) func() {
	service, store := tracer.Service(), tracer.Store("sqlite")
	header := func(sampled string) http.Header {
		return http.Header{"X-Amzn-Trace-Id": {"Root=" + root + ";Parent=" + call + ";Sampled=" + sampled}}
	}
	headers := map[bool]http.Header{true: header("1"), false: header("0")}
	o := observation()
	operation := observed.Operation{Resource: "bookings", Method: "Put"}
	return func() {
		o.Trace = gateway.Trace{Root: root, Span: call, Sampled: tracer.Sample(xray.Trace{Root: root})}
		ctx, end := service.Begin(context.Background(), rest.Call{
			RequestID: requestID, Method: http.MethodPut, Route: "/users/{userID}/bookings", Header: headers[o.Trace.Sampled],
		})
		_, endStore := store.Begin(ctx, operation)
		endStore(nil)
		end(rest.Outcome{Status: http.StatusCreated})
		tracer.FrontDoor(o)
	}
}

func TestWhatIsNotSampledCostsNoMemory(t *testing.T) {
	for _, sampler := range []string{"OTEL_TRACES_SAMPLER=parentbased_always_off", "OTEL_TRACES_SAMPLER=parentbased_traceidratio"} {
		tracer, _ := newTracer(t, hanging, sampler, "OTEL_TRACES_SAMPLER_ARG=0")
		if n := testing.AllocsPerRun(100, request(tracer)); n != 0 {
			t.Errorf("%s: %v allocations a request, want none", sampler, n)
		}
		tracer.Close()
	}
}

func BenchmarkRequest(b *testing.B) {
	taken := transport(func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, nil, ""), nil })
	for _, ratio := range []string{"1", "0"} {
		b.Run("sampled "+ratio, func(b *testing.B) {
			environment := map[string]string{
				"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": ratio,
			}
			s, _, err := tracing.Read(func(name string) string { return environment[name] })
			if err != nil {
				b.Fatal(err)
			}
			tracer := tracing.New(tracing.Config{Settings: s, Transport: taken})
			defer tracer.Close()
			work := request(tracer)
			b.ReportAllocs()
			for b.Loop() {
				work()
			}
		})
	}
}
