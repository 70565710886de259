#!/usr/bin/env bash
# Other people's programs against a demo server: owslib reads OGC API – Features, pyshacl checks the catalogue by the shapes of DCAT-AP,
# schemathesis sends what both OpenAPI documents allow. They are installed with pip into a folder of their own.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
tools=$(tools/interop.sh)
dir=$(mktemp -d)
"$target/debug/pestor" demo --data-dir "$dir" --listen 127.0.0.1:0 2>"$dir/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$dir"' EXIT
until grep -q '^listening on' "$dir/log"; do sleep 0.2; done
url=$(sed -n 's/^listening on //p' "$dir/log")
until curl -sf "$url/readyz" >/dev/null; do sleep 0.2; done

echo "== owslib"
"$tools/bin/python" tests/interop/features.py "$url/ogc/"

echo "== pyshacl"
shapes=../shared/data/fixtures/dcat-ap/dcat-ap-3.0.1-SHACL.ttl
if [ -f "$shapes" ]; then
    for form in ttl rdf jsonld; do
        curl -sf "$url/dane/katalog.$form" -o "$dir/katalog.$form"
    done
    "$tools/bin/python" tests/interop/catalogue.py "$shapes" "$dir"/katalog.{ttl,rdf,jsonld}
else
    echo "SKIPPED: test data $shapes is absent"
fi

export PYTHONPATH=tests/interop SCHEMATHESIS_HOOKS=limit PYTHONDONTWRITEBYTECODE=1
for document in api/v1/openapi.json ogc/api; do
    echo "== schemathesis, /$document"
    # All its checks but one: a schema cannot say that a radius needs a place, which corner of a box is the lower one, or which districts
    # there are, so not every request that it allows can be answered. What the schema forbids has to be refused.
    "$tools/bin/schemathesis" run "$url/$document" --url "$url" --max-examples "${EXAMPLES:-15}" --workers 2 --request-timeout 20 \
        --exclude-checks positive_data_acceptance
done
