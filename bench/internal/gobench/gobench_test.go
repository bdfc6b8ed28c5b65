package gobench

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

func TestResultsAreReadByNameAndUnit(t *testing.T) {
	const output = `goos: linux
cpu: some processor
BenchmarkGood/token-2         	   30000	     41000 ns/op	    9000 B/op	      90 allocs/op
a line that a benchmark printed
BenchmarkGood/token-2         	   30000	     42000.5 ns/op	    9001 B/op	      91 allocs/op
BenchmarkStart                	       3	 120000000 ns/op	        14.5 init-ms
PASS
ok  	example.com/part	3.21s
`
	got, err := Parse("part", []byte(output))
	want := []report.Benchmark{
		{Name: "part.BenchmarkGood/token", Values: map[string][]float64{
			"ns/op": {41000, 42000.5}, "B/op": {9000, 9001}, "allocs/op": {90, 91},
		}},
		{Name: "part.BenchmarkStart", Values: map[string][]float64{"ns/op": {120000000}, "init-ms": {14.5}}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestAResultThatIsNoNumberIsAnError(t *testing.T) {
	if got, err := Parse("part", []byte("BenchmarkGood-2 100 many ns/op\n")); err == nil || !strings.Contains(err.Error(), "many") {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOnlyTheNumberOfProcessorsIsCutOff(t *testing.T) {
	for name, want := range map[string]string{
		"BenchmarkA-2": "BenchmarkA", "BenchmarkA": "BenchmarkA", "BenchmarkA/put-64-writers": "BenchmarkA/put-64-writers",
		"BenchmarkA/put-64-writers-16": "BenchmarkA/put-64-writers",
	} {
		if got := withoutProcs(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestASuiteThatDoesNotBuildSaysWhy(t *testing.T) {
	_, err := Suite{Package: "./no-such-package", Pattern: ".", Time: "1x", Count: 1}.Run(t.Context(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no-such-package") {
		t.Errorf("got %v", err)
	}
}
