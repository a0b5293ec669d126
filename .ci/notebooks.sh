#!/usr/bin/env bash
# Runs every notebook top to bottom on half a year of the sample centre; each asserts what it claims. Skips, saying why,
# where Python's packages cannot be installed. RENDER=1 writes the results to docs/notebooks.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() { printf 'notebooks: skipped, %s\n' "$1"; exit 0; }
venv=.tools/notebooks
command -v python3 >/dev/null || skip "python3 is not installed"
if [ ! -e "$venv/installed" ] || [ notebooks/requirements.txt -nt "$venv/installed" ]; then
	rm -rf "$venv"
	python3 -m venv "$venv" 2>/dev/null || skip "python3 cannot make a virtual environment (Debian: python3-venv)"
	"$venv/bin/pip" install -q --disable-pip-version-check -r notebooks/requirements.txt 2>"$venv/pip.log" || skip "the packages of notebooks/requirements.txt cannot be installed: $(tail -1 "$venv/pip.log")"
	touch "$venv/installed"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AGNER_BIN=$PWD/bin/agner AGNER_DATA=$work/data
"$AGNER_BIN" sample --months 6 --scale 0.2 -o "$work/sample.ndjson"
"$AGNER_BIN" --data "$AGNER_DATA" import --format agner "$work/sample.ndjson" >"$work/import.log" 2>&1 || { cat "$work/import.log"; exit 1; }
out=$work
[ -z "${RENDER:-}" ] || { out=docs/notebooks; mkdir -p "$out"; }
failed=0
for book in notebooks/*.ipynb; do
	start=$SECONDS
	if "$venv/bin/python" -m nbconvert --to html --template basic --execute "$book" --output-dir "$out" >"$work/log" 2>&1; then
		printf '  ok: %s (%d s)\n' "$book" $((SECONDS - start))
	else
		failed=1
		printf '  FAILED: %s\n' "$book"
		tail -25 "$work/log"
	fi
done
exit $failed
