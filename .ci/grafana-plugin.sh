#!/usr/bin/env bash
# Builds dist/agner-callcentre-datasource-VERSION.zip: what Grafana unpacks into its plugins folder.
set -euo pipefail
cd "$(dirname "$0")/.."
export VERSION=${1:-0.1.0} GOFLAGS=-buildvcs=false CGO_ENABLED=0
bash .ci/setup.sh grafana
out=$PWD/dist
mkdir -p "$out"
cd grafana-plugin
rm -rf dist/bin dist/img
npm run check
npm run build
for arch in amd64 arm64; do
	GOOS=linux GOARCH=$arch go build -trimpath -ldflags '-s -w' -o dist/bin/gpx_agner_linux_$arch .
done
go run ./pack "$out/agner-callcentre-datasource-${VERSION#v}.zip" dist/module.js= dist/plugin.json= dist/README.md= dist/CHANGELOG.md= ../LICENSE= dist/img=img \
	dist/bin= dashboards=dashboards provisioning=provisioning
ls -l "$out/agner-callcentre-datasource-${VERSION#v}.zip"
