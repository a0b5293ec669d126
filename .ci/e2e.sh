#!/usr/bin/env bash
# Starts the real platform on a free loopback port with two months of the sample centre and runs
# the page tests against it.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$work"' EXIT
bin/agner --data "$work/data" serve --listen 127.0.0.1:0 --sip 127.0.0.1:0 >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 300); do
	grep -q 'runs: http' "$work/out" && break
	kill -0 "$pid" 2>/dev/null || { cat "$work/out" "$work/err"; exit 1; }
	sleep 0.1
done
url=$(sed -n 's/.*runs: \(http[^ ]*\).*/\1/p' "$work/out")
password=$(sed -n 's/.*password *\([^ ]*\).*/\1/p' "$work/out")
[ -n "$url" ] && [ -n "$password" ] || { echo "no address or password printed:"; cat "$work/out" "$work/err"; exit 1; }
bin/agner sample --months 2 --scale 0.3 -o "$work/sample.ndjson"
bin/agner --data "$work/data" import --format agner "$work/sample.ndjson"
bin/agner --data "$work/data" forecast run
next="page-tests-$RANDOM-$RANDOM"
(cd web && node scripts/firstpassword.mjs "$url" "$password" "$next")
if ! (cd web && AGNER_E2E_URL="$url" AGNER_E2E_PASSWORD="$next" npm run e2e -- ${E2E_ARGS:-}); then
	tail -n 50 "$work/err"
	exit 1
fi
