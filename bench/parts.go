package main

import (
	"context"

	"github.com/spacefinder/spacefinder/bench/internal/gobench"
	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// Benchmarks of which targets speak.
const (
	benchmarkToken     = "authorizer.BenchmarkAuthorize/good"
	benchmarkGrant     = "gateway.BenchmarkKnownToken"
	benchmarkColdStart = "authorizer.BenchmarkColdStart"
)

// parts measures parts of the program by themselves, with the benchmarks that
// stand beside their code.
func (l *lab) parts(ctx context.Context) ([]report.Benchmark, error) {
	if l.skip.has(partParts) {
		l.note("Left out: %s.", partParts)
		return nil, nil
	}
	duration := l.phase.String()
	var all []report.Benchmark
	for _, suite := range []gobench.Suite{
		{Package: "./internal/authorizer", Pattern: "^BenchmarkAuthorize$/^good$", Time: duration},
		{Package: "./internal/iampolicy", Pattern: "^BenchmarkEvaluate$", Time: duration},
		{Package: "./internal/gateway", Pattern: "^Benchmark(Read|Write|KnownToken)$", Time: duration},
		{Package: "./cmd/spacefinder", Pattern: "^BenchmarkReadOne$", Time: duration},
		{Package: "./cmd/authorizer", Pattern: "^BenchmarkWarm$", Time: duration},
		{Package: "./cmd/authorizer", Pattern: "^BenchmarkColdStart$", Time: "3x"},
	} {
		l.say("benchmarks of %s", suite.Package)
		suite.Count = l.rounds
		results, err := suite.Run(ctx, l.root)
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	return all, nil
}
