#!/usr/bin/env bash
# Fails when a dependency named in Cargo.toml is named nowhere in the code.
set -eu
cd "$(dirname "$0")/.."
status=0
while read -r name; do
    if ! grep -rqE "\b${name//-/_}\b" --include='*.rs' src tests build.rs; then
        echo "Cargo.toml: $name is not used" >&2
        status=1
    fi
done < <(awk '/^\[/ { in_deps = /dependencies\]$/ } in_deps && /^[a-z0-9_-]+ *=/ { print $1 }' Cargo.toml)
exit $status
