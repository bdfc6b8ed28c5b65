# What is long to type. Everything else is in scripts/, and needs no make.

.PHONY: bench bench-quick bench-soak bench-compare

# Every figure of docs/performance.md, some twelve minutes on a quiet machine.
bench:
	go run ./bench

# A first look, which writes nothing.
bench-quick:
	go run ./bench -quick

# Ten minutes under one load: does anything grow?
bench-soak:
	go run ./bench -soak 10m

# Benchmarks of two commits: make bench-compare BASE=rev [HEAD=rev]. Without HEAD
# the files as they are now; scripts/bench-compare says what else can be set.
bench-compare:
	scripts/bench-compare "$(BASE)" $(HEAD)
