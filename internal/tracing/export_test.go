package tracing_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/spacefinder/spacefinder/internal/tracing"
)

// transport is an endpoint without a network, so that time can be the test's.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)),
		Header: header, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// hanging is an endpoint that never answers.
var hanging = transport(func(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
})

// newTracer returns a tracer over a transport, and its log.
func newTracer(t *testing.T, over http.RoundTripper, variables ...string) (*tracing.Tracer, *logs) {
	t.Helper()
	l := &logs{}
	return tracing.New(tracing.Config{
		Settings: settings(t, "http://collector:4318", variables...), Service: "test", Version: "1", Transport: over, Logger: l.logger(),
	}), l
}

func TestExport(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		t.Run(compression, func(t *testing.T) {
			c := newCollector(t)
			tracer := tracing.New(tracing.Config{
				Settings: settings(t, c.URL, "OTEL_EXPORTER_OTLP_COMPRESSION="+compression, "OTEL_EXPORTER_OTLP_HEADERS=api-key=secret",
					"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=staging,service.version=0"),
				Service: "spacefinder-bookings", Version: "1.2.3",
			})
			tracer.FrontDoor(observation())
			tracer.Close()
			if len(c.spans()) != 3 || len(c.requests) != 1 {
				t.Fatalf("got %d spans in %d requests, want 3 in 1", len(c.spans()), len(c.requests))
			}
			r := c.requests[0]
			if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Api-Key") != "secret" ||
				r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("User-Agent") != "spacefinder/1.2.3" {
				t.Errorf("got %s %s with %v", r.Method, r.URL, r.Header)
			}
			got := map[string]string{}
			for _, a := range c.data[0].GetResourceSpans()[0].GetResource().GetAttributes() {
				got[a.GetKey()] = a.GetValue().GetStringValue()
			}
			for name, want := range map[string]string{
				"service.name": "spacefinder-bookings", "service.version": "1.2.3", "deployment.environment.name": "staging",
				"telemetry.sdk.language": "go",
			} {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
		})
	}
}

func TestSpansLeaveAfterTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exported := make(chan time.Time, 1)
		tracer, _ := newTracer(t, transport(func(*http.Request) (*http.Response, error) {
			exported <- time.Now()
			return answer(200, nil, ""), nil
		}), "OTEL_BSP_SCHEDULE_DELAY=3000")
		defer tracer.Close()
		begin := time.Now()
		tracer.FrontDoor(observation())
		if got := (<-exported).Sub(begin); got != 3*time.Second {
			t.Errorf("the spans left after %v, want 3 s", got)
		}
	})
}

func TestExportIsRepeatedWhereThatMayHelp(t *testing.T) {
	tests := []struct {
		name     string
		statuses []int
		exports  int
		taken    bool
	}{
		{"taken", nil, 1, true},
		{"too many requests", []int{429}, 2, true},
		{"a gateway in between", []int{502, 503, 504}, 4, true},
		{"refused", []int{400}, 1, false},
		{"no right to", []int{403}, 1, false},
		{"a fault", []int{500}, 1, false},
		{"sent elsewhere", []int{307}, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var exports int
				var taken bool
				tracer, l := newTracer(t, transport(func(*http.Request) (*http.Response, error) {
					exports++
					if exports <= len(tt.statuses) {
						return answer(tt.statuses[exports-1], http.Header{"Location": {"http://elsewhere"}}, "no spans here"), nil
					}
					taken = true
					return answer(200, nil, ""), nil
				}))
				tracer.FrontDoor(observation())
				time.Sleep(time.Minute)
				synctest.Wait()
				if exports != tt.exports || taken != tt.taken {
					t.Errorf("got %d exports, taken: %t, want %d, %t", exports, taken, tt.exports, tt.taken)
				}
				lost := strings.Contains(l.String(), `msg="traces are lost" spans=3`)
				if lost == tt.taken || (lost && !strings.Contains(l.String(), "no spans here")) {
					t.Errorf("the log says %s", l)
				}
				tracer.Close()
			})
		})
	}
}

func TestExportWaitsAsLongAsTheEndpointAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		tracer, _ := newTracer(t, transport(func(*http.Request) (*http.Response, error) {
			if times = append(times, time.Now()); len(times) == 1 {
				return answer(503, http.Header{"Retry-After": {"4"}}, ""), nil
			}
			return answer(200, nil, ""), nil
		}))
		tracer.FrontDoor(observation())
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(times) != 2 || times[1].Sub(times[0]) != 4*time.Second {
			t.Errorf("exports at %v, want two, 4 s apart", times)
		}
		tracer.Close()
	})
}

func TestSpansThatTheEndpointRejectsAreLogged(t *testing.T) {
	var partial []byte
	partial = protowire.AppendVarint(protowire.AppendTag(partial, 1, protowire.VarintType), 2)
	partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType), "too old")
	body := string(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial))
	tracer, l := newTracer(t, transport(func(*http.Request) (*http.Response, error) { return answer(200, nil, body), nil }))
	tracer.FrontDoor(observation())
	tracer.Close()
	if want := `rejects 2 spans of an export: \"too old\"`; !strings.Contains(l.String(), want) {
		t.Errorf("the log says %s, want %s", l, want)
	}
}

func TestLossesAreLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var exports atomic.Int64
		tracer, l := newTracer(t, transport(func(*http.Request) (*http.Response, error) {
			exports.Add(1)
			return nil, errors.New("connection refused")
		}), "OTEL_EXPORTER_OTLP_TIMEOUT=1000", "OTEL_BSP_SCHEDULE_DELAY=1000")
		for range 30 {
			tracer.FrontDoor(observation())
			time.Sleep(10 * time.Second)
		}
		if lines := strings.Count(l.String(), "\n"); lines != 5 || exports.Load() < 30 {
			t.Errorf("got %d lines for %d exports in five minutes, want one a minute:\n%s", lines, exports.Load(), l)
		}
		tracer.Close()
		if sum := lostSpans(t, l); sum != 90 {
			t.Errorf("the lines speak of %d spans in all, want 90:\n%s", sum, l)
		}
	})
}

// lostSpans returns how many spans the log says are lost.
func lostSpans(t *testing.T, l *logs) (sum int) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var n int
		_, rest, _ := strings.Cut(line, "spans=")
		if _, err := fmt.Sscan(rest, &n); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		sum += n
	}
	return sum
}

// A request never waits for an endpoint, however many spans wait; the end of
// the program does so for two seconds.
func TestEndpointThatDoesNotAnswer(t *testing.T) {
	for name, over := range map[string]transport{
		"hanging": hanging,
		"dead":    func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tracer, l := newTracer(t, over, "OTEL_BSP_MAX_QUEUE_SIZE=1000")
				begin := time.Now()
				for range 2000 {
					tracer.FrontDoor(observation())
					serve(tracer, "Root="+root+";Parent="+call+";Sampled=1", nil)
				}
				if waited := time.Since(begin); waited != 0 {
					t.Errorf("the requests waited for %v", waited)
				}
				begin = time.Now()
				tracer.Close()
				if waited := time.Since(begin); waited > 2*time.Second {
					t.Errorf("the end waited for %v, want at most 2 s", waited)
				}
				// 10,000 spans were made; those that found room are lost, and counted.
				if lost := lostSpans(t, l); lost < 1000 || lost > 2000 {
					t.Errorf("%d spans are lost, want those of the queue and of an export or two:\n%s", lost, l)
				}
			})
		})
	}
}

func TestSpansAfterTheEndAreDropped(t *testing.T) {
	c := newCollector(t)
	tracer := tracing.New(tracing.Config{Settings: settings(t, c.URL)})
	tracer.Close()
	tracer.FrontDoor(observation())
	tracer.Close()
	if got := c.spans(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
