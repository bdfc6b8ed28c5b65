package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// instruments are all recorders of a process.
type instruments struct {
	*telemetry.Metrics
	gateway    *telemetry.GatewayRecorder
	authorizer *telemetry.AuthorizerRecorder
	bookings   *telemetry.ServiceRecorder
	store      *telemetry.StoreRecorder
	userPool   *telemetry.UserPoolRecorder
	signIns    *telemetry.SignInRecorder
}

var (
	list   = telemetry.Operation{Method: "GET", Route: "/locations"}
	create = telemetry.Operation{Method: "PUT", Route: "/users/{userID}/bookings"}
	put    = telemetry.StoreOperation{Resource: "bookings", Method: "Put"}
)

func newInstruments() *instruments {
	m := telemetry.New("1.2.3")
	m.SQLite(func() telemetry.SQLiteStats {
		return telemetry.SQLiteStats{
			Writes: 10, FailedWrites: 1, Commits: 4, LargestBatch: 5, Queued: 2, WALBytes: 4096, CommitTime: 1500 * time.Millisecond,
		}
	})
	m.Log("access", func() int64 { return 7 })
	return &instruments{
		Metrics:    m,
		gateway:    m.Gateway([]telemetry.Operation{list, create}, []string{"THROTTLED", "UNAUTHORIZED"}),
		authorizer: m.Authorizer(),
		bookings:   m.Service("bookings", []telemetry.Operation{create}, map[string]int{"booking_conflict": 409, "internal_error": 500}),
		store:      m.Store([]telemetry.StoreOperation{put}, []string{"booking_conflict"}),
		signIns:    m.SignIns([]string{"ok", "locked"}),
		userPool:   m.UserPool([]string{"InitiateAuth"}, []string{"NotAuthorizedException"}),
	}
}

// work counts one of everything, some of it twice.
func (i *instruments) work() {
	i.gateway.Observe(telemetry.GatewayRequest{
		Operation: create, Status: 201, Latency: 30 * time.Millisecond, Called: true, Integration: 20 * time.Millisecond,
	})
	i.gateway.Observe(telemetry.GatewayRequest{Operation: create, Status: 429, ErrorType: "THROTTLED", Latency: time.Millisecond})
	i.gateway.Observe(telemetry.GatewayRequest{Operation: list, Status: 401, ErrorType: "UNAUTHORIZED"})
	i.authorizer.Observe(telemetry.OK, time.Millisecond)
	i.authorizer.Observe(telemetry.ResultUnauthorized, time.Millisecond)
	i.bookings.Observe(create, "", 3*time.Millisecond)
	i.bookings.Observe(create, "booking_conflict", 2*time.Millisecond)
	i.bookings.Observe(create, "internal_error", 2*time.Second)
	i.store.Observe(put, "", time.Millisecond)
	i.store.Observe(put, "booking_conflict", time.Millisecond)
	i.userPool.Observe("InitiateAuth", telemetry.OK)
	i.signIns.Observe("locked")
}

// scrape asks for the metrics as Prometheus does.
func scrape(t *testing.T, m *telemetry.Metrics, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: %d %s", w.Code, w.Body)
	}
	return w
}

func parse(t *testing.T, m *telemetry.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(scrape(t, m, "text/plain").Body)
	if err != nil {
		t.Fatalf("Prometheus cannot read the metrics: %v", err)
	}
	return families
}

// value finds the one metric of a family that has these labels, names and
// values by turns: a counter's or gauge's value, or how many a histogram has.
func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	for _, metric := range families[name].GetMetric() {
		got := map[string]string{}
		for _, label := range metric.GetLabel() {
			got[label.GetName()] = label.GetValue()
		}
		matches := len(got) == len(labels)/2
		for i := 0; i < len(labels); i += 2 {
			matches = matches && got[labels[i]] == labels[i+1]
		}
		if matches {
			return metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	t.Errorf("there is no %s with the labels %q", name, labels)
	return -1
}

func TestPrometheusReadsWhatWasCounted(t *testing.T) {
	i := newInstruments()
	i.work()
	families := parse(t, i.Metrics)
	book := []string{"method", "PUT", "route", "/users/{userID}/bookings"}
	inBookings := append([]string{"service", "bookings"}, book...)
	with := func(labels []string, more ...string) []string {
		return append(labels[:len(labels):len(labels)], more...)
	}
	for _, want := range []struct {
		name   string
		labels []string
		value  float64
	}{
		{telemetry.GatewayRequests, with(book, "status", "2xx"), 1},
		{telemetry.GatewayRequests, with(book, "status", "4xx"), 1},
		{telemetry.GatewayRequests, with(book, "status", "5xx"), 0},
		{telemetry.GatewayDuration, book, 2},
		{telemetry.GatewayIntegration, book, 1},
		{telemetry.GatewayThrottled, book, 1},
		{telemetry.GatewayErrors, []string{"type", "THROTTLED"}, 1},
		{telemetry.GatewayErrors, []string{"type", "UNAUTHORIZED"}, 1},
		{telemetry.AuthorizerCalls, []string{"result", "ok"}, 1},
		{telemetry.AuthorizerCalls, []string{"result", "unauthorized"}, 1},
		{telemetry.AuthorizerCalls, []string{"result", "failed"}, 0},
		{telemetry.AuthorizerDuration, nil, 2},
		{telemetry.ServiceRequests, with(inBookings, "status", "2xx", "code", "ok"), 1},
		{telemetry.ServiceRequests, with(inBookings, "status", "4xx", "code", "booking_conflict"), 1},
		{telemetry.ServiceRequests, with(inBookings, "status", "5xx", "code", "internal_error"), 1},
		{telemetry.ServiceDuration, inBookings, 3},
		{telemetry.StoreOperations, []string{"operation", "bookings.Put", "code", "ok"}, 1},
		{telemetry.StoreOperations, []string{"operation", "bookings.Put", "code", "booking_conflict"}, 1},
		{telemetry.StoreDuration, []string{"operation", "bookings.Put"}, 2},
		{telemetry.SQLiteWrites, nil, 10},
		{telemetry.SQLiteFailedWrites, nil, 1},
		{telemetry.SQLiteCommits, nil, 4},
		{telemetry.SQLiteCommitTime, nil, 1.5},
		{telemetry.SQLiteLargestBatch, nil, 5},
		{telemetry.SQLiteQueued, nil, 2},
		{telemetry.SQLiteWALSize, nil, 4096},
		{telemetry.UserPoolRequests, []string{"operation", "InitiateAuth", "result", "ok"}, 1},
		{telemetry.UserPoolRequests, []string{"operation", "InitiateAuth", "result", "NotAuthorizedException"}, 0},
		{telemetry.UserPoolSignIns, []string{"result", "locked"}, 1},
		{telemetry.UserPoolSignIns, []string{"result", "ok"}, 0},
		{telemetry.LogLinesLost, []string{"log", "access"}, 7},
	} {
		if got := value(t, families, want.name, want.labels...); got != want.value {
			t.Errorf("%s %q: got %g, want %g", want.name, want.labels, got, want.value)
		}
	}
	for _, name := range []string{telemetry.BuildInfo, "go_goroutines", "process_cpu_seconds_total"} {
		if families[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestNamesFollowPrometheusConventions(t *testing.T) {
	i := newInstruments()
	i.work()
	problems, err := promlint.New(scrape(t, i.Metrics, "text/plain").Body).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestTheOperatorsGuideHasEveryMetric(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(spacefinder_\\w+)` \\| (\\w+) \\| ([^|]*)\\|")
	rows := map[string]string{}
	for _, row := range row.FindAllStringSubmatch(string(guide), -1) {
		rows[row[1]] = row[2] + " " + strings.NewReplacer("`", "", ",", "").Replace(strings.TrimSpace(row[3]))
	}
	i := newInstruments()
	i.work()
	for name, family := range parse(t, i.Metrics) {
		if !strings.HasPrefix(name, "spacefinder_") {
			continue
		}
		want := map[string]bool{}
		for _, label := range family.GetMetric()[0].GetLabel() {
			want[label.GetName()] = true
		}
		kind, labels, _ := strings.Cut(rows[name], " ")
		for _, label := range strings.Fields(labels) {
			if !want[label] {
				t.Errorf("%s has no label %s", name, label)
			}
			delete(want, label)
		}
		if kind != strings.ToLower(family.GetType().String()) || len(want) > 0 {
			t.Errorf("%s is a %s with the labels %v more; the guide says %q", name, family.GetType(), want, rows[name])
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("the guide has %s, which there is not", name)
	}
}

func TestOpenMetricsAreServedToWhoAsksForThem(t *testing.T) {
	w := scrape(t, newInstruments().Metrics, "application/openmetrics-text;version=1.0.0")
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/openmetrics-text") {
		t.Errorf("the content type is %s", got)
	}
	if !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Error("the text does not end as OpenMetrics does")
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the metrics may be cached")
	}
}

func TestMetricsAreOnlyRead(t *testing.T) {
	w := httptest.NewRecorder()
	newInstruments().Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/metrics", http.NoBody))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestWhatClientsChooseMakesNoMetrics(t *testing.T) {
	i := newInstruments()
	before := len(strings.Split(scrape(t, i.Metrics, "text/plain").Body.String(), "spacefinder_"))
	for _, word := range []string{"BREW", "eyJhbGciOi", "/etc/passwd"} {
		o := telemetry.Operation{Method: word, Route: word}
		i.gateway.Observe(telemetry.GatewayRequest{Operation: o, Status: 700, ErrorType: word, Latency: time.Second})
		i.gateway.Observe(telemetry.GatewayRequest{Operation: o, Status: -1, ErrorType: word, Latency: time.Second})
		i.bookings.Observe(o, word, time.Second)
		i.bookings.Observe(create, word, time.Second)
		i.store.Observe(telemetry.StoreOperation{Resource: word, Method: word}, word, time.Second)
		i.authorizer.Observe(word, time.Second)
		i.userPool.Observe(word, word)
		i.signIns.Observe(word)
	}
	text := scrape(t, i.Metrics, "text/plain").Body.String()
	if after := len(strings.Split(text, "spacefinder_")); after != before {
		t.Errorf("there are %d metrics, and were %d", after, before)
	}
	if strings.Contains(text, "BREW") {
		t.Error("a client's word is in the metrics")
	}
	families := parse(t, i.Metrics)
	if got := value(t, families, telemetry.GatewayRequests, "method", "other", "route", "other", "status", "other"); got != 6 {
		t.Errorf("%g requests count as other, want 6", got)
	}
	if got := value(t, families, telemetry.ServiceRequests,
		"service", "bookings", "method", "PUT", "route", "/users/{userID}/bookings", "status", "other", "code", "other"); got != 3 {
		t.Errorf("%g errors count as other, want 3", got)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	i := newInstruments()
	if n := testing.AllocsPerRun(100, i.work); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestConcurrentCountsAreAllThere(t *testing.T) {
	i := newInstruments()
	const workers, rounds = 4, 250
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range rounds {
				i.work()
			}
		})
	}
	group.Wait()
	s, err := i.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Sum(telemetry.ServiceRequests); got != 3*workers*rounds {
		t.Errorf("%g requests were counted, want %d", got, 3*workers*rounds)
	}
	if got := s.Histogram(telemetry.ServiceDuration).Count(); got != 3*workers*rounds {
		t.Errorf("%d durations were counted, want %d", got, 3*workers*rounds)
	}
}

func BenchmarkObserve(b *testing.B) {
	i := newInstruments()
	r := telemetry.GatewayRequest{
		Operation: create, Status: 201, Latency: 30 * time.Millisecond, Called: true, Integration: 20 * time.Millisecond,
	}
	b.ReportAllocs()
	for b.Loop() {
		i.gateway.Observe(r)
		i.bookings.Observe(create, "", 3*time.Millisecond)
		i.store.Observe(put, "", time.Millisecond)
	}
}
