# Agner: `make run` starts the platform, `make test` proves it. `make help` lists the rest.
SHELL      := /bin/bash
export GOFLAGS := -tags=duckdb_arrow -buildvcs=false -trimpath
export PATH    := $(CURDIR)/.tools/bin:$(PATH)
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS    := -s -w -X main.version=$(VERSION)
DATA       ?= data
OAPI       := v2.8.2
GOLANGCI   := v2.5.0

.PHONY: help run test test-fast test-long bench bench-switch lint web build release clean setup setup-web setup-peers generate e2e grafana-plugin

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup web build ## build everything and start it on loopback with the sample centre
	./bin/agner --data $(DATA) speech install || echo "recordings are not transcribed"
	./bin/agner --data $(DATA) serve --sample --demo

test: setup setup-web setup-peers ## the whole test suite (25 minutes warm)
	@bash .ci/test.sh

test-fast: ## Go tests only (4 minutes)
	go vet ./... && go test ./...

test-long: setup ## 200 kill rounds, long property runs
	AGNER_LONG=1 go test -timeout 120m -count=1 ./...

bench: ## benchmarks; AGNER_BENCH_ROWS=50000000 for the full size
	go test -run '^$$' -bench . -benchtime 1x -timeout 120m ./...

bench-switch: ## calls: set up through a menu, relayed, relayed and recorded; AGNER_BENCH_CALLS=400 for the full load
	go test ./telephony/b2bua -run '^$$' -bench MenuCalls -benchtime 1500x
	go test ./telephony/media -run '^$$' -bench 'Relay$$' -benchtime 1x
	AGNER_BENCH_CALLS=$$(( $${AGNER_BENCH_CALLS:-100} / 2 )) go test ./telephony/media -run '^$$' -bench RelayRecorded -benchtime 1x
	go test ./telephony/recording/seal -run '^$$' -bench Seal

lint: setup ## golangci-lint with the reasons in .golangci.yml
	@command -v golangci-lint >/dev/null || GOBIN=$(CURDIR)/.tools/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	golangci-lint run

generate: ## regenerate API code and metric documents
	@command -v oapi-codegen >/dev/null || GOFLAGS= GOBIN=$(CURDIR)/.tools/bin go install github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@$(OAPI)
	go generate ./...

setup: ## install what the build needs (says what it does)
	@bash .ci/setup.sh build

setup-peers:
	@bash .ci/setup.sh peers

setup-web:
	@bash .ci/setup.sh web

web: setup-web ## build the web pages into web/dist
	cd web && npm run build

build: ## build bin/agner
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/agner ./cmd/agner

release: setup web ## a tarball of the stripped binary with licence and docs in dist/
	@bash .ci/release.sh $(VERSION)

grafana-plugin: ## the Grafana data source as a zip in dist/ (linux amd64 and arm64)
	@bash .ci/grafana-plugin.sh $(VERSION)

clean: ## remove everything that was built (never the data directory)
	rm -rf bin dist .tools web/node_modules grafana-plugin/node_modules grafana-plugin/dist
	find web/dist -mindepth 1 ! -name placeholder.html -delete
