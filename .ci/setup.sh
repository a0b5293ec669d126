#!/usr/bin/env bash
# Installs what a fresh Debian machine with Go, Node and gcc still lacks, and says so.
#   setup.sh build   what building needs
#   setup.sh peers   SIP software of others, for tests against real peers
#   setup.sh grafana npm packages of the Grafana data source
#   setup.sh web     npm packages; Chromium for the page tests
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '[setup] %s\n' "$*"; }

need() { # command, what to do about it
	command -v "$1" >/dev/null || { say "missing: $1 – $2"; exit 1; }
}

apt_install() { # command, package
	command -v "$1" >/dev/null && return 0
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		say "missing: $1 – install the package $2 (not root, so not done here)"
		return 1
	fi
	say "installing system package $2"
	[ -n "${APT_FRESH:-}" ] || { apt-get update -qq; APT_FRESH=1; }
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

case "${1:-build}" in
build)
	need go "install Go 1.26 or later"
	need gcc "install gcc and g++ (DuckDB is linked through cgo)"
	need git "install git"
	;;
peers) # other people's phones, callers and attackers, and a speech engine: tests skip without them
	for p in sipp:sip-tester baresip:baresip-core svmap:sipvicious espeak-ng:espeak-ng; do
		apt_install "${p%%:*}" "${p##*:}" || say "tests against ${p##*:} will be skipped"
	done
	;;
grafana) # npm packages of the data source's editors: 700 MB, of which Grafana's own are the most
	need node "install Node.js 20 or later"
	need npm "install npm"
	if [ ! -e grafana-plugin/node_modules/.package-lock.json ] || [ grafana-plugin/package-lock.json -nt grafana-plugin/node_modules/.package-lock.json ]; then
		say "installing npm packages of grafana-plugin/"
		(cd grafana-plugin && npm ci --no-audit --no-fund --loglevel=error)
	fi
	apt_install chromium chromium || say "the editors' tests will be skipped without Chromium"
	;;
web)
	need node "install Node.js 20 or later"
	need npm "install npm"
	if [ ! -e web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
		say "installing npm packages of web/"
		(cd web && npm ci --no-audit --no-fund --loglevel=error)
	fi
	apt_install chromium chromium || say "page tests will be skipped without Chromium"
	;;
esac
