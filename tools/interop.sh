#!/usr/bin/env bash
# Installs owslib, pyshacl and schemathesis with pip into a folder of their own, once. Prints the folder.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${INTEROP_VENV:-${CARGO_TARGET_DIR:-target}/interop-venv}
if [ ! -x "$tools/bin/schemathesis" ] || [ ! -x "$tools/bin/pyshacl" ]; then
    python3 -m venv "$tools" >&2
    "$tools/bin/pip" install -q -r tests/interop/requirements.txt >&2
fi
echo "$tools"
