package dynamodb

import (
	"testing"
	"time"
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
