#!/usr/bin/env bash
# The test suite, tier `make test`. Every step prints its name and how long it took;
# the closing lines of the Go test runner are printed as they are.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
step() { # name, command…
	local name=$1 start=$SECONDS
	shift
	printf '\n=== %s\n' "$name"
	"$@" || failed+=("$name")
	printf -- '--- %s: %d s\n' "$name" $((SECONDS - start))
}

unformatted() {
	local files
	files=$(git ls-files '*.go' | xargs -r gofmt -l)
	[ -z "$files" ] || { printf 'not formatted:\n%s\n' "$files"; return 1; }
}

generated() { # the code generator, so that the tests that regenerate and compare can run
	command -v oapi-codegen >/dev/null ||
		GOFLAGS= GOBIN="$PWD/.tools/bin" go install github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2
}

grafana_front() { # types, module.js and the editors in Chromium: only when their files have changed since they last passed
	local now
	now=$(cd grafana-plugin && cat package-lock.json tsconfig.json $(git ls-files src tests scripts dashboards) | sha256sum | cut -c1-64)
	if [ "$(cat grafana-plugin/dist/stamp 2>/dev/null)" = "$now" ]; then
		echo "the folder has not changed since its tests passed"
		return 0
	fi
	bash .ci/setup.sh grafana && (cd grafana-plugin && npm test) && echo "$now" >grafana-plugin/dist/stamp
}

step "gofmt" unformatted
step "code generator" generated
step "go vet" go vet ./...
step "pure Go build (switch, web, command line)" env CGO_ENABLED=0 go build -o bin/agner-pure ./cmd/agner
step "web: types, unit tests, build, size" bash -c 'cd web && npm run check && npm test && npm run build && npm run size'
step "agner" go build -trimpath -ldflags "-s -w" -o bin/agner ./cmd/agner
speech_models() { # a few tests recognise speech; without models they skip
	./bin/agner speech install --models .tools/models || printf 'tests that recognise speech are skipped\n'
}
step "speech models" speech_models
step "Grafana plugin against the platform" bash -c 'cd grafana-plugin && export GOFLAGS=-buildvcs=false CGO_ENABLED=0 AGNER_BIN=$PWD/../bin/agner AGNER_FRAMES=$PWD/dist/frames.json && go vet ./... && go test -count=1 ./...'
step "Grafana plugin: editors" grafana_front
step "notebooks" bash .ci/notebooks.sh
step "go test" go test -timeout 40m ./...
step "go test -race" go test -race -timeout 30m ${RACE_PKGS:-./internal/journal/... ./internal/httpapi/... ./internal/supervise/... ./internal/importer/... ./web/role ./telephony/acd/loop/... ./telephony/exchange/... ./telephony/media/...}
if command -v chromium >/dev/null; then
	step "pages in Chromium" bash -c 'cd web && npm run e2e'
	step "pages on the real platform" bash .ci/e2e.sh
else
	printf '\n=== pages: skipped, Chromium is not installed and could not be\n'
fi

printf '\n'
if [ ${#failed[@]} -gt 0 ]; then
	printf 'FAILED: %s\n' "${failed[@]}"
	exit 1
fi
printf 'every step passed in %d s\n' "$SECONDS"
