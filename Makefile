# make        what there is to make
# make test   all the tests; this and `go run ./cmd/parley read examples` is all that a newcomer needs

GO ?= go

.PHONY: help test race check generate bench soak

help:
	@echo "make test      all tests"
	@echo "make race      all tests with the race detector"
	@echo "make check     format, vet, staticcheck, tests, race, generated files; what CI runs"
	@echo "make generate  train and embed the model anew"
	@echo "make bench     speed and memory, as docs/benchmarks.md reports them"
	@echo "make soak      every fuzz test for ten minutes"

test:
	$(GO) test $(TESTFLAGS) ./...

race:
	$(GO) test -race ./...

check:
	bash .ci/run

generate:
	$(GO) generate ./...

# BENCH_GB is the size of the mailbox whose memory is measured.
BENCH_GB ?= 2
bench:
	$(GO) run ./internal/bench -gb $(BENCH_GB)

FUZZTIME ?= 10m
soak:
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test $$pkg -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
		done; \
	done
