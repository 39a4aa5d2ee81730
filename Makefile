.PHONY: build test race lint fuzz crash copy failover doors soak bench bench-big bench-postgres ci
FUZZTIME ?= 1m
# On the disk to measure, and not in memory; large files stay there for the next run.
BENCHDIR ?= /var/tmp/boternity-bench
BENCHFLAGS ?=
SHELL = bash -o pipefail

build: ## bin/boternity
	go build -o bin/ ./cmd/boternity

test:
	go test -shuffle=on ./...

race:
	go test -race -shuffle=on ./...

lint: ## with the versions pinned in tools.mod
	go tool -modfile=tools.mod golangci-lint run ./...

fuzz: ## every fuzz target for FUZZTIME
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {name[n++] = $$1} /^ok/ {for (i = 0; i < n; i++) print $$2, name[i]; n = 0}' | \
	while read -r package target; do \
		go test "$$package" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

crash: ## the long form of the tests that kill programs at work and cut the log: 2,000 rounds of each, 200 of half-typed text
	BOTERNITY_CRASH_ROUNDS=200 go test -run HalfTyped -timeout 60m ./cmd/boternity
	BOTERNITY_CRASH_ROUNDS=2000 go test -run 'Killed|TestLog' -timeout 120m ./cmd/boternity ./sqlite

copy: ## the long form of the test that copies a store, killed twice on the way: 100,000 drafts with history, into a file, to PostgreSQL and back
	BOTERNITY_COPY_DRAFTS=100000 go test -run KilledWhileCopying -v -timeout 60m ./cmd/boternity

soak: ## 64 sessions saved at once for a minute, beside readers and a second program
	BOTERNITY_SOAK=60s go test -count=1 -v -run TestSoak -timeout 10m ./sqlite

failover: ## the test that kills a PostgreSQL server and promotes its standby, 20 times
	BOTERNITY_FAILOVER_ROUNDS=20 go test ./postgres -run 'TestFailover$$' -v -timeout 60m

doors: ## the long form of the properties of several doors on one session
	go test ./forge -run TestDoors -rapid.checks=10000 -timeout 180m

bench: ## the store against the budgets, up to 100,000 rows; in minutes. BENCHFLAGS='-page docs/performance.md' keeps the results
	go run ./bench -dir $(BENCHDIR) $(BENCHFLAGS)

bench-big: ## up to 1,000,000 rows: 7 GB and long to build the first time
	go run ./bench -dir $(BENCHDIR) -largest 1000000 $(BENCHFLAGS)

bench-postgres: ## the store on a private PostgreSQL server that syncs, against a plain loop on pgx
	go run ./bench -postgres $(BENCHFLAGS)

ci: ## all that a change has to pass
	.ci/run
