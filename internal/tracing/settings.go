package tracing

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Settings are what OpenTelemetry's environment variables say.
type Settings struct {
	Endpoint string            // address that exports are posted to, with the path
	Headers  map[string]string // of the exports; may hold keys
	Gzip     bool
	Timeout  time.Duration // of an export with its repetitions

	ServiceName        string // "" when none is given
	ResourceAttributes map[string]string
	Sampler            Sampler

	QueueSize int           // spans that wait for export at most
	Delay     time.Duration // how long the first of them waits at most
}

// Variables are the environment variables that Read reads.
//
// Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
// and https://opentelemetry.io/docs/specs/otel/protocol/exporter/
func Variables() []string {
	return []string{
		"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER",
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
		"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
		"OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
		"OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
		"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES",
		"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
		"OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_SCHEDULE_DELAY",
	}
}

const (
	defaultEndpoint = "http://localhost:4318"
	tracesPath      = "/v1/traces" // below an endpoint of all signals
)

// Read reads the variables through getenv. Traces are on when
// OTEL_TRACES_EXPORTER is otlp, or an endpoint is set; OTEL_TRACES_EXPORTER=none
// and OTEL_SDK_DISABLED=true turn them off. Everything that is wrong or not
// supported is in the error; values of headers, which may be keys, are not.
func Read(getenv func(string) string) (settings Settings, on bool, err error) {
	r := reader{getenv: getenv}
	if on = r.isOn(); !on {
		return Settings{}, false, r.err()
	}
	s := Settings{
		Endpoint:           r.endpoint(),
		Headers:            r.pairs(r.otlp("HEADERS")),
		Gzip:               r.gzip(),
		Timeout:            r.milliseconds(10*time.Second, r.otlp("TIMEOUT")),
		ServiceName:        getenv("OTEL_SERVICE_NAME"),
		ResourceAttributes: r.pairs("OTEL_RESOURCE_ATTRIBUTES"),
		QueueSize:          r.number(2048, "OTEL_BSP_MAX_QUEUE_SIZE"),
		Delay:              r.milliseconds(5*time.Second, "OTEL_BSP_SCHEDULE_DELAY"),
	}
	if s.ServiceName == "" {
		s.ServiceName = s.ResourceAttributes["service.name"]
	}
	if s.Sampler, err = NewSampler(getenv("OTEL_TRACES_SAMPLER"), getenv("OTEL_TRACES_SAMPLER_ARG")); err != nil {
		r.addf("OTEL_TRACES_SAMPLER: %w", err)
	}
	if name := r.otlp("PROTOCOL"); getenv(name) != "" && getenv(name) != "http/protobuf" {
		r.addf("%s: only http/protobuf is supported, not %q", name, getenv(name))
	}
	return s, true, r.err()
}

// reader gathers what is wrong.
type reader struct {
	getenv   func(string) string
	problems []error
}

func (r *reader) addf(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

func (r *reader) err() error { return errors.Join(r.problems...) }

// otlp returns the name of the exporter's setting: the one for traces if it is
// set, else the one for all signals.
func (r *reader) otlp(setting string) string {
	if name := "OTEL_EXPORTER_OTLP_TRACES_" + setting; r.getenv(name) != "" {
		return name
	}
	return "OTEL_EXPORTER_OTLP_" + setting
}

func (r *reader) isOn() bool {
	if strings.EqualFold(r.getenv("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	switch exporter := r.getenv("OTEL_TRACES_EXPORTER"); exporter {
	case "":
		return r.getenv(r.otlp("ENDPOINT")) != ""
	case "none":
		return false
	case "otlp":
		return true
	default:
		r.addf("OTEL_TRACES_EXPORTER: only otlp and none are supported, not %q", exporter)
		return false
	}
}

// endpoint returns the address to post to. Parts that a log must not show, as a
// failed request names its address, are refused.
func (r *reader) endpoint() string {
	name := r.otlp("ENDPOINT")
	value := r.getenv(name)
	if value == "" {
		value = defaultEndpoint
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		r.addf("%s is not an http or https address", name)
		return ""
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.addf("%s must hold no user, query or fragment; keys belong in OTEL_EXPORTER_OTLP_HEADERS", name)
		return ""
	}
	if name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
		return strings.TrimSuffix(u.String(), "/") + tracesPath
	}
	return u.String()
}

func (r *reader) gzip() bool {
	name := r.otlp("COMPRESSION")
	switch value := r.getenv(name); value {
	case "gzip":
		return true
	case "", "none":
		return false
	default:
		r.addf("%s: only gzip and none are supported, not %q", name, value)
		return false
	}
}

func (r *reader) milliseconds(standard time.Duration, name string) time.Duration {
	return time.Duration(r.number(int(standard/time.Millisecond), name)) * time.Millisecond
}

// maxNumber bounds numbers: a million spans, or a quarter of an hour.
const maxNumber = 1_000_000

func (r *reader) number(standard int, name string) int {
	value := r.getenv(name)
	if value == "" {
		return standard
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxNumber {
		r.addf("%s must be a whole number from 1 to %d", name, maxNumber)
		return standard
	}
	return n
}

// pairs reads a list such as "a=1,b=2", in which a percent sign escapes.
func (r *reader) pairs(name string) map[string]string {
	pairs := map[string]string{}
	for pair := range strings.SplitSeq(r.getenv(name), ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || key == "" || err != nil {
			r.addf("%s must be a list such as name=value,name=value", name)
			break
		}
		pairs[key] = value
	}
	return pairs
}
