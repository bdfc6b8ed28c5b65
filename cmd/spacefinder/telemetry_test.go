package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// metric returns the sum of a family's values as Prometheus reads it, of the
// metrics that have these labels, names and values by turns.
func metric(t *testing.T, text, family string, labels ...string) float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("Prometheus cannot read the metrics: %v", err)
	}
	if families[family] == nil {
		t.Fatalf("there is no %s", family)
	}
	sum := 0.0
	for _, m := range families[family].GetMetric() {
		has := map[string]string{}
		for _, label := range m.GetLabel() {
			has[label.GetName()] = label.GetValue()
		}
		matches := true
		for i := 0; i < len(labels); i += 2 {
			matches = matches && has[labels[i]] == labels[i+1]
		}
		if matches {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func (s *server) metrics(token string) string {
	s.t.Helper()
	status, text := s.call(http.MethodGet, metricsPath, token, "")
	if status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", metricsPath, status, text)
	}
	return text
}

func TestMetricsTellWhatTheSystemDid(t *testing.T) {
	s := startServer(t, &lockedBuffer{}, "-access-log", "off")
	admin := s.admin().IdToken
	s.signIn("admin@example.com", "wrong")
	s.call(http.MethodPut, "/locations/munich", admin, `{"name":"Munich office"}`)
	s.call(http.MethodPut, "/locations/munich/resources/isar", admin, `{"name":"Isar","type":"room"}`)
	s.call(http.MethodGet, "/locations/nowhere", admin, "")
	s.call(http.MethodGet, "/no/such/path", admin, "")
	s.call(http.MethodGet, "/locations", "no-token", "")
	text := s.metrics(admin)
	for _, want := range []struct {
		family string
		labels []string
		value  float64
	}{
		{telemetry.GatewayRequests, []string{"method", "PUT", "route", "/locations/{locationID}", "status", "2xx"}, 1},
		{telemetry.GatewayDuration, []string{"method", "PUT", "route", "/locations/{locationID}"}, 1},
		{telemetry.GatewayIntegration, []string{"method", "GET", "route", "/locations/{locationID}"}, 1},
		{telemetry.GatewayRequests, []string{"method", "other", "route", "other", "status", "4xx"}, 1},
		{telemetry.GatewayErrors, []string{"type", "MISSING_AUTHENTICATION_TOKEN"}, 1},
		{telemetry.GatewayErrors, []string{"type", "UNAUTHORIZED"}, 1},
		{telemetry.AuthorizerCalls, []string{"result", "ok"}, 1},
		{telemetry.ServiceRequests, []string{"service", "locations", "code", "ok"}, 1},
		{telemetry.ServiceRequests, []string{"service", "locations", "code", "not_found", "status", "4xx"}, 1},
		{telemetry.ServiceRequests, []string{"service", "resources", "code", "ok"}, 1},
		{telemetry.ServiceRequests, []string{"service", "bookings"}, 0},
		{telemetry.ServiceDuration, []string{"service", "locations"}, 2},
		{telemetry.StoreOperations, []string{"operation", "locations.Put", "code", "ok"}, 1},
		{telemetry.StoreOperations, []string{"operation", "locations.Get", "code", "not_found"}, 1},
		{telemetry.StoreDuration, []string{"operation", "resources.Put"}, 1},
		{telemetry.UserPoolRequests, []string{"operation", "InitiateAuth", "result", "ok"}, 1},
		{telemetry.UserPoolRequests, []string{"operation", "InitiateAuth", "result", "NotAuthorizedException"}, 1},
		{telemetry.UserPoolSignIns, []string{"result", "ok"}, 1},
		{telemetry.UserPoolSignIns, []string{"result", "refused"}, 1},
		{telemetry.BuildInfo, []string{"version", version()}, 1},
	} {
		if got := metric(t, text, want.family, want.labels...); got != want.value {
			t.Errorf("%s %q: got %g, want %g", want.family, want.labels, got, want.value)
		}
	}
	for _, family := range []string{
		telemetry.SQLiteWrites, telemetry.SQLiteCommits, telemetry.SQLiteCommitTime, telemetry.SQLiteWALSize,
	} {
		if metric(t, text, family) <= 0 {
			t.Errorf("%s is zero after writes", family)
		}
	}
}

func TestMetricsAreForAdministrators(t *testing.T) {
	s := startServer(t, &lockedBuffer{}, "-access-log", "off")
	for name, test := range map[string]struct {
		token  string
		status int
	}{
		"an administrator": {s.admin().IdToken, http.StatusOK},
		"an access token":  {s.admin().AccessToken, http.StatusUnauthorized},
		"nobody":           {"", http.StatusUnauthorized},
	} {
		if status, text := s.call(http.MethodGet, metricsPath, test.token, ""); status != test.status {
			t.Errorf("%s: %d %s, want %d", name, status, text, test.status)
		}
	}
}

func TestMetricsOnAnAddressOfTheirOwnNeedNoSignIn(t *testing.T) {
	var log lockedBuffer
	s := startServer(t, &log, "-metrics-addr", "127.0.0.1:0", "-access-log", "off")
	var address string
	await(t, "the log tells the address", func() bool {
		found := regexp.MustCompile(`"address":"(http://[^"]+)/metrics"`).FindStringSubmatch(log.String())
		if found != nil {
			address = found[1]
		}
		return found != nil
	})
	status, text := s.request(http.MethodGet, address+"/metrics", "")
	if status != http.StatusOK || !strings.Contains(text, telemetry.BuildInfo) {
		t.Errorf("GET /metrics: %d %s", status, text)
	}
	if status, _ := s.request(http.MethodGet, address+"/locations", ""); status != http.StatusNotFound {
		t.Errorf("GET /locations: %d, want 404: metrics alone are served there", status)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestMetricsForCloudWatchAreOnStdout(t *testing.T) {
	s := startServer(t, &lockedBuffer{}, "-emf-namespace", "SpaceFinder/test", "-access-log", "off")
	s.call(http.MethodPut, "/locations/munich", s.admin().IdToken, `{"name":"Munich office"}`)
	if code := s.stop(); code != exitOK { // which writes what the minute has brought so far
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		`"Namespace":"SpaceFinder/test"`, `"ProcessedLocations":1`, `"ProcessedLocationsErrors":0`, `"Service":"locations"`,
		`"Service":"gateway"`, `"Count":1`,
	} {
		if !strings.Contains(s.stdout.String(), want) {
			t.Errorf("stdout does not have %s:\n%s", want, s.stdout)
		}
	}
}

func TestMistakesInTheSettingsOfMetrics(t *testing.T) {
	for _, command := range [][]string{{"serve"}, {"gateway"}, {"service", "bookings"}, {"userpool"}} {
		args := append(command, "-metrics-addr", "9090", "-emf-namespace", "no spaces")
		runCommand(t.Context(), args...).wants(t, exitUsage,
			`-metrics-addr: "9090" is not HOST:PORT`, `-emf-namespace: "no spaces" is not a namespace`)
	}
}

func TestMetricsAddressThatIsTaken(t *testing.T) {
	s := startServer(t, &lockedBuffer{}, "-access-log", "off")
	taken := strings.TrimPrefix(s.outputs.APIEndpoint, "http://")
	runCommand(t.Context(), "serve", "-addr", "127.0.0.1:0", "-data", t.TempDir(), "-metrics-addr", taken).
		wants(t, exitFailed, "cannot serve metrics on "+taken)
}

// stuck is a reader of the log that takes nothing until it is released.
type stuck struct{ released chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	<-s.released
	return len(p), nil
}

func TestBlockedLogReaderHoldsNoRequestUp(t *testing.T) {
	reader := stuck{make(chan struct{})}
	defer close(reader.released)
	s := startServer(t, reader, "-log-level", "debug", "-access-log", "stderr")
	admin := s.admin().IdToken
	lost := func() float64 { return metric(t, s.metrics(admin), telemetry.LogLinesLost, "log", "stderr") }
	await(t, "more lines wait than may", func() bool {
		for range 200 {
			if status, _ := s.call(http.MethodGet, "/locations", admin, ""); status != http.StatusOK {
				t.Fatalf("GET: %d", status)
			}
		}
		return lost() > 0
	})
	if status, text := s.call(http.MethodPut, "/locations/munich", admin, `{"name":"Munich office"}`); status != http.StatusCreated {
		t.Errorf("PUT: %d %s", status, text)
	}
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestLogsOnAFullDiskHoldNoRequestUp(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = full.Close() }()
	s := startServer(t, full, "-access-log", "/dev/full")
	admin := s.admin().IdToken
	await(t, "lines of both logs are lost", func() bool {
		if status, text := s.call(http.MethodGet, "/locations", admin, ""); status != http.StatusOK {
			t.Fatalf("GET: %d %s", status, text)
		}
		text := s.metrics(admin)
		lost := func(log string) bool { return metric(t, text, telemetry.LogLinesLost, "log", log) > 0 }
		return lost("access") && lost("stderr")
	})
	if code := s.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestFatalErrorWaitsForNobody(t *testing.T) {
	reader := stuck{make(chan struct{})}
	defer close(reader.released)
	code := run(t.Context(), process{
		args: []string{"serve", "-metrics-addr", "x"}, getenv: func(string) string { return "" }, stdout: &lockedBuffer{}, stderr: reader,
	})
	if code != exitUsage {
		t.Errorf("exit code %d", code)
	}
}

func TestLostLogLinesAreReportedInTheLog(t *testing.T) {
	var open closers
	var log lockedBuffer
	queue := queueLines(&log, &open)
	await(t, "more lines wait than may", func() bool {
		for range 20 {
			_, _ = fmt.Fprintln(queue, strings.Repeat("x", 100<<10))
		}
		return queue.Lost() > 0
	})
	await(t, "the loss is reported", func() bool { return strings.Contains(log.String(), `"msg":"log lines are lost"`) })
	var err error
	if open.closeInto(&err); err != nil {
		t.Error(err)
	}
}
