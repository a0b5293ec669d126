#!/usr/bin/env bash
# Builds dist/agner-VERSION-OS-ARCH.tar.gz with the binary, licence, read-me and docs, and its SHA-256.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?version}
name="agner-$version-$(go env GOOS)-$(go env GOARCH)"
rm -rf "dist/$name" && mkdir -p "dist/$name"
go build -trimpath -ldflags "-s -w -X main.version=$version" -o "dist/$name/agner" ./cmd/agner
cp -r LICENSE README.md CHANGELOG.md docs "dist/$name/"
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner -czf "dist/$name.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
"dist/$name/agner" version
