package process

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestCPUTimeIsReadPastAnyProcessName(t *testing.T) {
	const after = " S 1 2 3 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 12345 1000 200"
	for _, name := range []string{"(server)", "(a b)", "(a) (b)", "())"} {
		got, err := parseCPU("42 " + name + after)
		if err != nil || got != 3*time.Second {
			t.Errorf("process %s: got %s, %v, want 3 s", name, got, err)
		}
	}
}

func TestMalformedStatIsAnError(t *testing.T) {
	for _, stat := range []string{"", "42 (server)", "42 (server) S 1 2 3 0 -1 4194560 100 0 0 0 many 50 0"} {
		if got, err := parseCPU(stat); err == nil {
			t.Errorf("%q was read as %s", stat, got)
		}
	}
}

func TestResidentMemoryIsReadInBytes(t *testing.T) {
	got, err := parseRSS("Name:\tserver\nVmHWM:\t  900 kB\nVmRSS:\t  512 kB\n")
	if err != nil || got != 512<<10 {
		t.Errorf("got %d, %v, want 512 KiB", got, err)
	}
	for _, status := range []string{"", "Name:\tserver\nState:\tZ (zombie)\n", "VmRSS:\tmuch kB\n"} {
		if got, err := parseRSS(status); err == nil {
			t.Errorf("%q was read as %d", status, got)
		}
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	got, err := ReadUsage(os.Getpid())
	if errors.Is(err, ErrNotMeasured) {
		t.Skip(err)
	}
	if err != nil || got.RSS < 1<<20 || got.Files < 3 {
		t.Errorf("got %+v, %v, want at least 1 MiB and the three standard streams", got, err)
	}
}
