# make        what there is to make
# make test   all the tests; this and `go run ./cmd/parley serve --demo` is all that a newcomer needs

GO ?= go

.PHONY: help test race check generate bench bench-diagnose soak

help:
	@echo "make test      all tests"
	@echo "make race      all tests with the race detector"
	@echo "make check     format, vet, staticcheck, tests, race, generated files; what CI runs"
	@echo "make generate  train and embed the model anew"
	@echo "make bench     speed and memory, as docs/benchmarks.md reports them; BENCH_ONLY=serve for one part"
	@echo "make bench-diagnose  the diagnosis beside fastText, scikit-learn and the limit"
	@echo "make soak      kill the server 20 times, import 100 MB, then every fuzz test for ten minutes"

test:
	@bash .ci/install
	$(GO) test -timeout 1h $(TESTFLAGS) ./...

# Left out: what only computes, and the C of SQLite in Go, which is not ours and takes five times as long when it is watched.
race:
	$(GO) test -race -short -gcflags='modernc.org/sqlite/lib=-race=false' -timeout 1h $(TESTFLAGS) ./...

check:
	bash .ci/run

generate:
	$(GO) generate ./...

# BENCH_GB is the size of the mailbox whose memory is measured; BENCH_ONLY one part alone: read, diagnose, reasons, train, mailbox, import or serve.
BENCH_GB ?= 2
BENCH_ONLY ?=
bench:
	@$(GO) run ./internal/bench -gb $(BENCH_GB) -only "$(BENCH_ONLY)"

# Beside fastText and scikit-learn, where they are installed (Debian: fasttext, python3-sklearn).
bench-diagnose:
	@$(GO) run ./internal/bench -only diagnose

FUZZTIME ?= 10m
soak:
	PARLEY_SOAK=1 $(GO) test -tags soak ./cmd/parley -count 1 -v -timeout 2h -run '^(TestKillOfTheServer|TestAnotherReplica|TestLargeMailbox)'
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test $$pkg -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
		done; \
	done
