#!/usr/bin/env bash
# Fetches the HiGHS WebAssembly module that the solver embeds (3.5 MB, MIT).
# Needs npm; without it the build works and the solver uses its own methods.
set -euo pipefail
cd "$(dirname "$0")"
version=1.15.3
integrity=5rzjBlAkqRxr7FOv+iZjxF8nNfKsEt8uOaP3S6gls6yRf4+Jv4BqBIE3iPFsgfOHutQBMNxRE9jWhxRAM7Oycw==
sha256=528be4365bea1d4188988646b244263f50320df55782e14d6af5bce7cd45c840
if [ -f wasm/highs.wasm ] && echo "$sha256  wasm/highs.wasm" | sha256sum --check --status; then
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && npm pack --silent "highs@$version" >/dev/null)
got=$(openssl dgst -sha512 -binary "$tmp/highs-$version.tgz" | base64 -w0)
[ "$got" = "$integrity" ] || { echo "highs@$version: integrity sha512-$got is not the pinned one" >&2; exit 1; }
tar -xzf "$tmp/highs-$version.tgz" -C "$tmp" package/build/highs.wasm package/LICENSE
echo "$sha256  $tmp/package/build/highs.wasm" | sha256sum --check --status || { echo "highs.wasm: hash is not the pinned one" >&2; exit 1; }
install -m 0644 "$tmp/package/build/highs.wasm" wasm/highs.wasm
install -m 0644 "$tmp/package/LICENSE" wasm/LICENSE
