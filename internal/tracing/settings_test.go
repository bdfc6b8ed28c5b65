package tracing_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/tracing"
	"github.com/spacefinder/spacefinder/internal/xray"
)

// read reads the variables, given as NAME=value.
func read(variables ...string) (tracing.Settings, bool, error) {
	return tracing.Read(func(name string) string {
		for _, v := range variables {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	})
}

func TestTracesAreOffUntilAsked(t *testing.T) {
	tests := []struct {
		name      string
		variables []string
		on        bool
	}{
		{"nothing is set", nil, false},
		{"only what describes the service", []string{"OTEL_SERVICE_NAME=a", "OTEL_TRACES_SAMPLER=always_on"}, false},
		{"an endpoint", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318"}, true},
		{"an endpoint for traces", []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces"}, true},
		{"the exporter", []string{"OTEL_TRACES_EXPORTER=otlp"}, true},
		{"no exporter", []string{"OTEL_TRACES_EXPORTER=none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318"}, false},
		{"disabled", []string{"OTEL_SDK_DISABLED=TRUE", "OTEL_TRACES_EXPORTER=otlp"}, false},
		{"not disabled", []string{"OTEL_SDK_DISABLED=false", "OTEL_TRACES_EXPORTER=otlp"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, on, err := read(tt.variables...); on != tt.on || err != nil {
				t.Errorf("got on: %t, %v, want %t", on, err, tt.on)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	got, _, err := read("OTEL_TRACES_EXPORTER=otlp")
	sampler, _ := tracing.NewSampler("parentbased_always_on", "")
	want := tracing.Settings{
		Endpoint: "http://localhost:4318/v1/traces", Headers: map[string]string{}, Timeout: 10 * time.Second,
		ResourceAttributes: map[string]string{}, Sampler: sampler, QueueSize: 2048, Delay: 5 * time.Second,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	got, _, err := read(
		"OTEL_EXPORTER_OTLP_ENDPOINT=https://collector.example.com/base/",
		"OTEL_EXPORTER_OTLP_HEADERS=api-key=a%2Cb=, other = 1 ,",
		"OTEL_EXPORTER_OTLP_COMPRESSION=gzip",
		"OTEL_EXPORTER_OTLP_TIMEOUT=2500",
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_SERVICE_NAME=rooms",
		"OTEL_RESOURCE_ATTRIBUTES=service.name=other,deployment.environment.name=staging",
		"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.25",
		"OTEL_BSP_MAX_QUEUE_SIZE=100", "OTEL_BSP_SCHEDULE_DELAY=200",
	)
	sampler, _ := tracing.NewSampler("traceidratio", "0.25")
	want := tracing.Settings{
		Endpoint: "https://collector.example.com/base/v1/traces", Headers: map[string]string{"api-key": "a,b=", "other": "1"},
		Gzip: true, Timeout: 2500 * time.Millisecond, ServiceName: "rooms",
		ResourceAttributes: map[string]string{"service.name": "other", "deployment.environment.name": "staging"},
		Sampler:            sampler, QueueSize: 100, Delay: 200 * time.Millisecond,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestSettingsForTracesComeFirst(t *testing.T) {
	got, _, err := read(
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://all", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces/as-it-is",
		"OTEL_EXPORTER_OTLP_HEADERS=for=all", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=for=traces",
		"OTEL_EXPORTER_OTLP_COMPRESSION=none", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=gzip",
		"OTEL_EXPORTER_OTLP_TIMEOUT=1", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=2",
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf",
	)
	if err != nil || got.Endpoint != "http://traces/as-it-is" || got.Headers["for"] != "traces" || !got.Gzip ||
		got.Timeout != 2*time.Millisecond {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestServiceNameMayBeAResourceAttribute(t *testing.T) {
	if got, _, err := read("OTEL_TRACES_EXPORTER=otlp", "OTEL_RESOURCE_ATTRIBUTES=service.name=rooms"); got.ServiceName != "rooms" {
		t.Errorf("got %q, %v, want rooms", got.ServiceName, err)
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	const secret = "s3cret"
	mistakes := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=ftp://collector",
		"OTEL_EXPORTER_OTLP_HEADERS=" + secret,
		"OTEL_EXPORTER_OTLP_COMPRESSION=brotli",
		"OTEL_EXPORTER_OTLP_TIMEOUT=soon",
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
		"OTEL_RESOURCE_ATTRIBUTES=a=%zz",
		"OTEL_TRACES_SAMPLER=xray",
		"OTEL_BSP_MAX_QUEUE_SIZE=0",
		"OTEL_BSP_SCHEDULE_DELAY=99999999",
	}
	_, on, err := read(mistakes...)
	if !on || err == nil {
		t.Fatalf("got on: %t, %v", on, err)
	}
	lines := strings.Split(err.Error(), "\n")
	for _, mistake := range mistakes {
		name, _, _ := strings.Cut(mistake, "=")
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, name) }) {
			t.Errorf("%s is not reported", mistake)
		}
	}
	if len(lines) != len(mistakes) || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
	if _, on, err := read("OTEL_TRACES_EXPORTER=zipkin"); on || err == nil {
		t.Errorf("another exporter: got on: %t, %v, want an error", on, err)
	}
}

func TestEndpointsThatALogMustNotShow(t *testing.T) {
	for _, endpoint := range []string{"http://user:s3cret@collector", "http://collector?key=s3cret", "http://collector#s3cret", "s3cret:"} {
		if _, _, err := read("OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want an error without the secret", endpoint, err)
		}
	}
}

// What Variables lists is all that is read: documents and templates are checked
// against it.
func TestVariablesAreThoseThatAreRead(t *testing.T) {
	asked := map[string]bool{}
	for _, exporter := range []string{"otlp", "none", ""} {
		_, _, _ = tracing.Read(func(name string) string {
			asked[name] = true
			if name == "OTEL_TRACES_EXPORTER" {
				return exporter
			}
			return ""
		})
	}
	for _, name := range tracing.Variables() {
		if !asked[name] {
			t.Errorf("%s is listed and not read", name)
		}
		delete(asked, name)
	}
	for name := range asked {
		t.Errorf("%s is read and not listed", name)
	}
}

func TestSamplers(t *testing.T) {
	low, high := "1-5759e988-bd862e3f0000000000000001", "1-5759e988-bd862e3ffffffffffffffff0" // the second half decides
	tests := []struct {
		name, arg              string
		undecided, yes, no     bool // for a trace that the ratio takes
		undecidedHigh, yesHigh bool // for one that it does not take
	}{
		{"", "", true, true, false, true, true},
		{"parentbased_always_on", "", true, true, false, true, true},
		{"parentbased_always_off", "", false, true, false, false, true},
		{"parentbased_traceidratio", "0.5", true, true, false, false, true},
		{"parentbased_traceidratio", "", true, true, false, true, true},
		{"always_on", "", true, true, true, true, true},
		{"always_off", "", false, false, false, false, false},
		{"traceidratio", "0.5", true, true, true, false, false},
		{"traceidratio", "0", false, false, false, false, false},
		{"traceidratio", "1", true, true, true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.arg, func(t *testing.T) {
			sampler, err := tracing.NewSampler(tt.name, tt.arg)
			if err != nil {
				t.Fatal(err)
			}
			tracer := tracing.New(tracing.Config{Settings: tracing.Settings{Sampler: sampler, QueueSize: 1, Delay: time.Hour, Timeout: time.Second}})
			defer tracer.Close()
			for _, each := range []struct {
				in   xray.Trace
				want bool
			}{
				{xray.Trace{Root: low}, tt.undecided},
				{xray.Trace{Root: low, Sampled: xray.Sampled}, tt.yes},
				{xray.Trace{Root: low, Sampled: xray.NotSampled}, tt.no},
				{xray.Trace{Root: high}, tt.undecidedHigh},
				{xray.Trace{Root: high, Sampled: xray.Sampled}, tt.yesHigh},
			} {
				if got := tracer.Sample(each.in); got != each.want {
					t.Errorf("%s: got %t, want %t", each.in, got, each.want)
				}
			}
		})
	}
}

func TestSamplersThatAreNone(t *testing.T) {
	for _, tt := range [][2]string{{"xray", ""}, {"jaeger_remote", ""}, {"traceidratio", "2"}, {"traceidratio", "-1"}, {"traceidratio", "NaN"}, {"traceidratio", "a"}} {
		if _, err := tracing.NewSampler(tt[0], tt[1]); err == nil {
			t.Errorf("%v is accepted", tt)
		}
	}
}
