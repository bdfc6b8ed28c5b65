package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/spacefinder/spacefinder/internal/sigv4"
)

// processWith is a process with these variables, NAME=value.
func processWith(variables ...string) process {
	return process{stdout: io.Discard, stderr: io.Discard, getenv: func(name string) string {
		for _, v := range variables {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	}}
}

// tracesWith starts traces, which end with the test.
func tracesWith(tb testing.TB, variables ...string) (*traces, error) {
	tb.Helper()
	var open closers
	tb.Cleanup(func() {
		var err error
		open.closeInto(&err)
		if err != nil {
			tb.Error(err)
		}
	})
	return startTraces(tb.Context(), processWith(variables...), "spacefinder", systemSQLite, slog.New(slog.DiscardHandler), &open)
}

func TestTracesAreOffByDefault(t *testing.T) {
	got, err := tracesWith(t)
	if got != nil || err != nil {
		t.Fatalf("got %v, %v, want none", got, err)
	}
	if got.service() != nil || got.stores() != nil {
		t.Error("traces that are off observe something")
	}
}

func TestWrongVariablesOfTracesAreAMistakeInUsage(t *testing.T) {
	_, err := tracesWith(t, "OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=sometimes", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
	if _, usage := errors.AsType[usageError](err); !usage || !strings.Contains(err.Error(), "OTEL_TRACES_SAMPLER") ||
		!strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_PROTOCOL") {
		t.Errorf("got %v, want both mistakes", err)
	}
}

func TestOnlyExportsToXRayAreSigned(t *testing.T) {
	tests := []struct{ endpoint, region string }{
		{"https://xray.eu-central-1.amazonaws.com/v1/traces", "eu-central-1"},
		{"https://xray.cn-north-1.amazonaws.com.cn/v1/traces", "cn-north-1"},
		{"https://xray.us-east-1.api.aws/v1/traces", "us-east-1"},
		{"https://xray-fips.us-gov-west-1.amazonaws.com/v1/traces", "us-gov-west-1"},
		{"https://vpce-0a1b-c2d3.xray.us-east-1.vpce.amazonaws.com/v1/traces", "us-east-1"},
		{"http://localhost:4318/v1/traces", ""},
		{"https://otlp.example.com/v1/traces", ""},
		{"https://xray.us-east-1.amazonaws.com.example.com/v1/traces", ""},
		{"https://example.com/xray.us-east-1.amazonaws.com", ""},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			transport, err := exportTransport(t.Context(), tt.endpoint)
			if err != nil {
				t.Fatal(err)
			}
			signs, ok := transport.(*signedTransport)
			if ok != (tt.region != "") || (ok && signs.region != tt.region) {
				t.Errorf("got %T %+v, want the region %q", transport, transport, tt.region)
			}
		})
	}
}

// The signature is checked by the same rules as AWS's.
func TestSignedTransport(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	verifier := &sigv4.Verifier{
		Region: "eu-central-1", Service: "xray", Now: func() time.Time { return now },
		Secret: func(id string) (string, bool) { return "secret", id == "AKIATEST" },
	}
	checked := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = verifier.Verify(r, body)
		}
		if err == nil && string(body) != "spans" {
			err = errors.New("the body is " + string(body))
		}
		checked <- err
	}))
	defer server.Close()
	keys := aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}
	client := http.Client{Transport: &signedTransport{
		next: http.DefaultTransport, signer: v4.NewSigner(), region: "eu-central-1", now: verifier.Now,
		credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil }),
	}}
	response, err := client.Post(server.URL+"/v1/traces", "application/x-protobuf", strings.NewReader("spans"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if err := <-checked; err != nil {
		t.Error(err)
	}
}

// BenchmarkTracing compares a read with traces, of all requests, of one in
// twenty and of none, with one without, by turns: the median of the ratios is
// what traces cost, the mean what they cost with the exports between the turns.
// The endpoint takes what it gets.
func BenchmarkTracing(b *testing.B) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer endpoint.Close()
	read := func(variables ...string) func() {
		on, err := tracesWith(b, variables...)
		if err != nil {
			b.Fatal(err)
		}
		return newRead(b, &instruments{traces: on})
	}
	off := read()
	for name, ratio := range map[string]string{"every-request": "1", "one-in-twenty": "0.05", "no-request": "0"} {
		b.Run(name, func(b *testing.B) {
			on := read("OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint.URL, "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG="+ratio)
			var ratios []float64
			var sumOn, sumOff float64
			for b.Loop() {
				before, measured, after := timed(off), timed(on), timed(off)
				ratios = append(ratios, 2*measured/(before+after))
				sumOn, sumOff = sumOn+2*measured, sumOff+before+after
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "median-on/off")
			b.ReportMetric(sumOn/sumOff, "mean-on/off")
		})
	}
}
