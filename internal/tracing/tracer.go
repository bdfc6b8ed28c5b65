package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/spacefinder/spacefinder/internal/xray"
)

// Config says what is traced and where spans go.
type Config struct {
	Settings

	Service string // service.name where the settings have none
	Version string // service.version

	Transport http.RoundTripper // sends the exports; default one of its own
	Logger    *slog.Logger      // default discards
	Now       func() time.Time  // default time.Now
	Random    func() uint64     // for ids; default math/rand/v2
}

const (
	// maxBatch is how many spans one export has at most, far below the 10,000
	// spans and 5 MB that X-Ray takes.
	maxBatch = 512
	// closeTimeout bounds how long Close waits for the last exports.
	closeTimeout = 2 * time.Second
	// maxAttributeLength bounds an attribute, in characters.
	maxAttributeLength = 256
)

// Tracer makes spans of what it observes and exports them in the background.
// Spans that the endpoint does not take in time are dropped: a request never
// waits for them. It is safe for concurrent use.
type Tracer struct {
	sampler  Sampler
	ids      generator
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
	client   *client
}

// New returns a Tracer, to be ended by Close. The configuration is complete:
// nothing is read from the environment.
func New(cfg Config) *Tracer {
	cfg = withDefaults(cfg)
	t := &Tracer{sampler: cfg.Sampler, ids: generator{cfg.Random}, client: newClient(cfg)}
	limits := sdktrace.NewSpanLimits()
	limits.AttributeValueLengthLimit = maxAttributeLength
	t.provider = sdktrace.NewTracerProvider(
		sdktrace.WithResource(describe(cfg)),
		sdktrace.WithIDGenerator(t.ids),
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // what is not sampled makes no span to begin with
		sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithBatcher(otlptrace.NewUnstarted(t.client),
			sdktrace.WithMaxQueueSize(cfg.QueueSize),
			sdktrace.WithMaxExportBatchSize(min(maxBatch, cfg.QueueSize)),
			sdktrace.WithBatchTimeout(cfg.Delay),
			sdktrace.WithExportTimeout(cfg.Timeout)),
	)
	t.tracer = t.provider.Tracer("github.com/spacefinder/spacefinder/internal/tracing", trace.WithSchemaURL(semconv.SchemaURL))
	return t
}

func withDefaults(cfg Config) Config {
	if cfg.ServiceName == "" {
		cfg.ServiceName = cfg.Service
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Uint64
	}
	return cfg
}

// describe returns the attributes that all spans share.
func describe(cfg Config) *resource.Resource {
	var attributes []attribute.KeyValue
	for _, name := range slices.Sorted(maps.Keys(cfg.ResourceAttributes)) {
		attributes = append(attributes, attribute.String(name, cfg.ResourceAttributes[name]))
	}
	attributes = append(attributes, // the last of a name counts
		semconv.ServiceName(cfg.ServiceName), semconv.ServiceVersion(cfg.Version),
		semconv.TelemetrySDKName("opentelemetry"), semconv.TelemetrySDKLanguageGo)
	return resource.NewWithAttributes(semconv.SchemaURL, attributes...)
}

// Close exports what waits, for at most two seconds, and ends. An endpoint
// that does not answer is no error: what is lost then is logged.
func (t *Tracer) Close() {
	t.client.hurry()
	last := time.AfterFunc(closeTimeout, t.client.close) // whatever is exported then, or later, gives up at once
	defer last.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout+time.Second)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.client.losses.add(0, fmt.Errorf("end of the exports: %w", err))
	}
	t.client.close()
	t.client.losses.flush()
}

// Sample says whether spans of a request are recorded, given the trace that it
// belongs to. It fits gateway.Config.SampleTrace.
func (t *Tracer) Sample(in xray.Trace) bool { return t.sampler.sample(in) }

// enter returns a context whose spans belong to the trace.
func (t *Tracer) enter(ctx context.Context, in xray.Trace) context.Context {
	id := traceID(in.Root)
	if parent := spanID(in.Parent); parent.IsValid() {
		return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: id, SpanID: parent, TraceFlags: trace.FlagsSampled, Remote: true,
		}))
	}
	return withIDs(ctx, ids{trace: id})
}
