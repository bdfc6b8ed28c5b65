package tracing_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/spacefinder/spacefinder/internal/tracing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector is an OTLP endpoint that keeps what it gets.
type collector struct {
	*httptest.Server

	mu       sync.Mutex
	requests []*http.Request
	data     []*tracepb.TracesData
}

// newCollector answers the exports with the statuses, one after the other, and
// then with 200.
func newCollector(t *testing.T, statuses ...int) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := decode(r)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.requests = append(c.requests, r)
		switch {
		case err != nil:
			t.Errorf("the export cannot be read: %v", err)
			w.WriteHeader(http.StatusBadRequest)
		case len(statuses) > 0:
			w.WriteHeader(statuses[0])
			fmt.Fprint(w, "reason")
			statuses = statuses[1:]
		default:
			c.data = append(c.data, data)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func decode(r *http.Request) (*tracepb.TracesData, error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(r.Body); err != nil {
			return nil, err
		}
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	data := &tracepb.TracesData{}
	return data, proto.Unmarshal(raw, data)
}

// span is an exported span in a form that tests can compare.
type span struct {
	name, kind, status string
	trace, id, parent  string
	attributes         map[string]string
	seconds            uint64 // how long it lasted
}

// spans returns what has arrived, by name.
func (c *collector) spans() map[string]span {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]span{}
	for _, data := range c.data {
		for _, s := range data.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans() {
			one := span{
				name:       s.GetName(),
				kind:       strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_"),
				status:     strings.TrimPrefix(s.GetStatus().GetCode().String(), "STATUS_CODE_"),
				trace:      hex.EncodeToString(s.GetTraceId()),
				id:         hex.EncodeToString(s.GetSpanId()),
				parent:     hex.EncodeToString(s.GetParentSpanId()),
				attributes: map[string]string{},
				seconds:    (s.GetEndTimeUnixNano() - s.GetStartTimeUnixNano()) / 1e9,
			}
			for _, a := range s.GetAttributes() {
				one.attributes[a.GetKey()] = a.GetValue().GetStringValue()
				if n := a.GetValue().GetIntValue(); n != 0 {
					one.attributes[a.GetKey()] = fmt.Sprint(n)
				}
			}
			found[one.kind+" "+one.name] = one
		}
	}
	return found
}

// settings are those of a tracer that samples everything.
func settings(t *testing.T, endpoint string, change ...string) tracing.Settings {
	t.Helper()
	environment := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
	for _, variable := range change {
		name, value, _ := strings.Cut(variable, "=")
		environment[name] = value
	}
	s, on, err := tracing.Read(func(name string) string { return environment[name] })
	if err != nil || !on {
		t.Fatalf("the settings are on: %t, %v", on, err)
	}
	return s
}

// logs is a buffer that a logger may write to at any time.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logs) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
