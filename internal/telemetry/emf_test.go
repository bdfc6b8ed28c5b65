package telemetry_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// maxEMFBytes is CloudWatch's limit on a log event.
const maxEMFBytes = 1 << 20

// logGroup takes lines as CloudWatch Logs does.
type logGroup struct {
	mu    sync.Mutex
	lines [][]byte
	err   error
}

func (g *logGroup) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	g.lines = append(g.lines, bytes.Clone(p))
	return len(p), nil
}

// take returns the documents that have come since the last call, by service.
// Each of them is checked against the format.
func (g *logGroup) take(t *testing.T) map[string]map[string]any {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	documents := map[string]map[string]any{}
	for _, line := range g.lines {
		document := checkEMF(t, line)
		service, _ := document["Service"].(string)
		if documents[service] != nil {
			t.Errorf("two lines for %s in one interval", service)
		}
		documents[service] = document
	}
	g.lines = nil
	return documents
}

var emfSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	f, err := os.Open("testdata/emf.schema.json")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	document, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("emf.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("emf.json")
})

// checkEMF holds a line against the schema and against what a schema cannot
// say: one line, the size, and that what is referred to is there.
func checkEMF(t *testing.T, line []byte) map[string]any {
	t.Helper()
	schema, err := emfSchema()
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("%v: %s", err, line)
	}
	if bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' || len(line) > maxEMFBytes {
		t.Errorf("not one line of at most %d bytes: %s", maxEMFBytes, line)
	}
	var document map[string]any
	var meta struct {
		AWS struct {
			CloudWatchMetrics []struct {
				Dimensions [][]string
				Metrics    []struct{ Name string }
			}
		} `json:"_aws"`
	}
	if err := errors.Join(json.Unmarshal(line, &document), json.Unmarshal(line, &meta)); err != nil {
		t.Fatal(err)
	}
	for _, directive := range meta.AWS.CloudWatchMetrics {
		referred := slices.Concat(directive.Dimensions...)
		for _, metric := range directive.Metrics {
			referred = append(referred, metric.Name)
		}
		for _, name := range referred {
			if document[name] == nil {
				t.Errorf("%s is referred to and not there: %s", name, line)
			}
		}
	}
	return document
}

func startEMF(i *instruments, g *logGroup, logger *slog.Logger) *telemetry.EMF {
	return i.StartEMF(telemetry.EMFConfig{Namespace: "SpaceFinder/prod", Writer: g, Now: time.Now, Logger: logger})
}

// sleepInterval lets fake time pass until the next lines have been written.
func sleepInterval() {
	time.Sleep(telemetry.DefaultEMFInterval)
	synctest.Wait()
}

func number(t *testing.T, document map[string]any, name string) float64 {
	t.Helper()
	n, ok := document[name].(float64)
	if !ok {
		t.Errorf("%s is %v, want a number", name, document[name])
	}
	return n
}

func TestEMFTellsWhatAMinuteBrought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, g := newInstruments(), &logGroup{}
		e := startEMF(i, g, slog.New(slog.DiscardHandler))
		defer e.Close()
		i.work()
		sleepInterval()
		documents := g.take(t)
		if len(documents) != 2 {
			t.Fatalf("lines for %d services, want those of bookings and gateway", len(documents))
		}
		for _, want := range []struct {
			service, name string
			value         float64
		}{
			{"bookings", "ProcessedBookings", 3},
			{"bookings", "ProcessedBookingsErrors", 1},
			{"bookings", "ProcessedBookingsClientErrors", 1},
			{"gateway", "Count", 3},
			{"gateway", "4XXError", 2},
			{"gateway", "5XXError", 0},
			{"gateway", "Throttles", 1},
			{"gateway", "AuthorizerCalls", 2},
			{"gateway", "AuthorizerFailures", 0},
		} {
			if got := number(t, documents[want.service], want.name); got != want.value {
				t.Errorf("%s: %s is %g, want %g", want.service, want.name, got, want.value)
			}
		}
		latency, _ := documents["bookings"]["ProcessedBookingsLatency"].(map[string]any)
		if sum := number(t, latency, "Sum"); math.Abs(sum-2005) > 1e-6 || number(t, latency, "Count") != 3 {
			t.Errorf("the latency is %v, want 3 values with the sum 2005 ms", latency)
		}
		meta, _ := documents["bookings"]["_aws"].(map[string]any)
		if got := number(t, meta, "Timestamp"); got != float64(time.Now().UnixMilli()) {
			t.Errorf("the timestamp is %f", got)
		}
	})
}

func TestEMFCountsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, g := newInstruments(), &logGroup{}
		e := startEMF(i, g, slog.New(slog.DiscardHandler))
		i.work()
		sleepInterval()
		g.take(t)
		sleepInterval()
		if documents := g.take(t); len(documents) != 0 {
			t.Errorf("a minute without requests brought %v", documents)
		}
		i.bookings.Observe(create, "", time.Millisecond)
		e.Close()
		documents := g.take(t)
		if len(documents) != 1 || number(t, documents["bookings"], "ProcessedBookings") != 1 {
			t.Errorf("the end brought %v, want the one request since", documents)
		}
		e.Close() // again, which does nothing
	})
}

func TestEMFSaysHowValuesAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, g := newInstruments(), &logGroup{}
		e := startEMF(i, g, slog.New(slog.DiscardHandler))
		for _, d := range []time.Duration{3 * time.Millisecond, 4 * time.Millisecond, 700 * time.Millisecond, time.Minute} {
			i.bookings.Observe(create, "", d)
		}
		e.Close()
		text, err := json.Marshal(g.take(t)["bookings"]["ProcessedBookingsLatency"], json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"Count":4,"Counts":[2,1,1],"Max":30000,"Min":2.5,"Sum":60707,"Values":[3.75,750,30000]}`
		if string(text) != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	})
}

func TestEMFReportsLinesThatAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		i, g := newInstruments(), &logGroup{err: errors.New("the pipe is closed")}
		e := startEMF(i, g, slog.New(slog.NewTextHandler(&log, nil)))
		i.bookings.Observe(create, "", time.Millisecond)
		e.Close()
		if !strings.Contains(log.String(), "the pipe is closed") {
			t.Errorf("the log says %q", log.String())
		}
	})
}

func TestEMFSchemaRefusesWhatCloudWatchWould(t *testing.T) {
	schema, err := emfSchema()
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["S"]],"Metrics":[{"Name":"M"`
	const tail = `}]}]},"S":"s","M":1}`
	for name, text := range map[string]string{
		"no metadata":       `{"M":1}`,
		"no timestamp":      `{"_aws":{"CloudWatchMetrics":[]}}`,
		"an unknown unit":   head + `,"Unit":"Parsecs"` + tail,
		"an unknown member": head + `,"Extra":1` + tail,
		"too many values":   head + `}]}]},"S":"s","M":[` + strings.Repeat("1,", 100) + `1]}`,
		"no namespace":      strings.Replace(head+tail, `"Namespace":"N",`, "", 1),
	} {
		instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if schema.Validate(instance) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(head + tail))
	if err != nil || schema.Validate(instance) != nil {
		t.Error("the document without a fault is refused")
	}
}

func TestBusinessMetrics(t *testing.T) {
	want := []string{"ProcessedBookings", "ProcessedBookingsErrors", "ProcessedBookingsClientErrors", "ProcessedBookingsLatency"}
	if got := telemetry.BusinessMetrics("bookings"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
