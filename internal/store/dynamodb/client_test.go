package dynamodb

import (
	"bytes"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/smithy-go/logging"
)

func TestOpen(t *testing.T) {
	tables := Tables{Locations: "l", Resources: "r", Bookings: "b"}
	for name, c := range map[string]struct {
		cfg     Config
		region  string // of the environment
		refused bool
	}{
		"all is given":                     {Config{Region: "eu-central-1", Endpoint: "http://127.0.0.1:1", Tables: tables}, "", false},
		"the region is in the environment": {Config{Tables: tables}, "eu-central-1", false},
		"no region":                        {Config{Tables: tables}, "", true},
		"no tables":                        {Config{Region: "eu-central-1"}, "", true},
		"through the AWS SDK":              {Config{Region: "eu-central-1", Client: ClientSDK, Tables: tables}, "", false},
		"a client that there is not":       {Config{Region: "eu-central-1", Client: "boto", Tables: tables}, "", true},
		"an endpoint that is no URL":       {Config{Region: "eu-central-1", Endpoint: "127.0.0.1:8000", Tables: tables}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_REGION", c.region)
			t.Setenv("AWS_DEFAULT_REGION", "")
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			s, err := Open(t.Context(), c.cfg)
			if (err != nil) != c.refused || (s == nil) != c.refused {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
}

// What the SDK has to say becomes lines of the log like all others, and only
// where somebody wants to know it all.
func TestRemarksOfTheSDK(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: `{"level":"DEBUG","msg":"AWS SDK","classification":"WARN","remark":"failed to close: EOF"}` + "\n",
		slog.LevelInfo:  "",
	} {
		var log bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime}))
		remarks(logger).Logf(logging.Warn, "failed to close: %v", io.EOF)
		if log.String() != want {
			t.Errorf("at %s the log is %q, want %q", level, &log, want)
		}
	}
	remarks(nil).Logf(logging.Warn, "to nobody")
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func TestBackoffGrowsToItsBound(t *testing.T) {
	for attempts, want := range []int64{50, 100, 200, 400, 500, 500} {
		if got := growing(50*time.Millisecond, 500*time.Millisecond, attempts).Milliseconds(); got != want {
			t.Errorf("after %d: %d ms, want %d", attempts, got, want)
		}
	}
	if got := growing(time.Millisecond, time.Second, 1000); got != time.Second {
		t.Errorf("after 1000: %s", got)
	}
}
