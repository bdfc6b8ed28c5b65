// Package gobench runs benchmarks of Go's testing package and reads what they
// print (https://go.dev/design/14313-benchmark-format).
package gobench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path"
	"strconv"
	"strings"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// Suite is benchmarks of one package.
type Suite struct {
	Package string // import path, or one relative to the folder
	Pattern string // of the benchmarks, as -bench has it
	Time    string // of each repetition, as -benchtime has it
	Count   int    // repetitions
}

// Run runs the suite in a folder of the module, and returns a benchmark for each
// name in the order in which they ran, with a value a repetition.
func (s Suite) Run(ctx context.Context, dir string) ([]report.Benchmark, error) {
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", s.Pattern, "-benchmem", //nolint:gosec // the arguments are ours
		"-benchtime", s.Time, "-count", strconv.Itoa(s.Count), s.Package)
	command.Dir = dir
	output, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, output)
	}
	return Parse(path.Base(s.Package), output)
}

// Parse reads the output of go test -bench on one package. The names that it
// returns begin with the prefix.
func Parse(prefix string, output []byte) ([]report.Benchmark, error) {
	var all []report.Benchmark
	index := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue // what is no result: the environment, the verdict, what a benchmark prints
		}
		name := prefix + "." + withoutProcs(fields[0])
		at, known := index[name]
		if !known {
			at = len(all)
			index[name] = at
			all = append(all, report.Benchmark{Name: name, Values: map[string][]float64{}})
		}
		for i := 2; i+1 < len(fields); i += 2 { // after the name and the number of iterations: value and unit
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("the result %q: %w", lines.Text(), err)
			}
			all[at].Values[fields[i+1]] = append(all[at].Values[fields[i+1]], value)
		}
	}
	return all, lines.Err()
}

// withoutProcs removes what go test appends to a name: GOMAXPROCS, unless it is 1.
func withoutProcs(name string) string {
	if at := strings.LastIndexByte(name, '-'); at > 0 {
		if _, err := strconv.Atoi(name[at+1:]); err == nil {
			return name[:at]
		}
	}
	return name
}
