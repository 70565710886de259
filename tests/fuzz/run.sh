#!/usr/bin/env bash
# Schemathesis over every route of a demo server, for each account of the demo: no answer may be a fault of ours.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
dir=$(mktemp -d)
export PESTOR_DEMO_PASSWORD="demo demo demo"
"$target/debug/pestor" demo --data-dir "$dir" --listen 127.0.0.1:0 2>"$dir/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$dir"' EXIT
until grep -q '^listening on' "$dir/log"; do sleep 0.2; done
url=$(sed -n 's/^listening on //p' "$dir/log")
until curl -sf "$url/readyz" >/dev/null; do sleep 0.2; done
for email in pes@demo.test admin@demo.test urzednik@demo.test; do
    jar=$dir/jar
    rm -f "$jar"
    token() { sed -n 's/.*name="csrf" value="\([^"]*\)".*/\1/p' | head -1; }
    csrf=$(curl -s -c "$jar" -b "$jar" "$url/logowanie" | token)
    curl -s -o /dev/null -c "$jar" -b "$jar" --data-urlencode "csrf=$csrf" --data-urlencode "email=$email" \
        --data-urlencode "password=$PESTOR_DEMO_PASSWORD" "$url/logowanie"
    cookie=$(awk '$6 == "session" { print $7 }' "$jar")
    PESTOR_CSRF=$(curl -s -b "$jar" "$url/konto" | token) "$target/debug/examples/routes" >"$dir/openapi.json"
    echo "== $email"
    "${SCHEMATHESIS:-schemathesis}" run "$dir/openapi.json" --url "$url" --checks not_a_server_error --max-examples "${EXAMPLES:-15}" \
        --header "Cookie: session=$cookie" --workers 2 --request-timeout 20
done
