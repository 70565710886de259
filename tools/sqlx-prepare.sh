#!/usr/bin/env bash
# Checks every query against a fresh schema in a passing PostGIS, and writes what the build without a database needs (.sqlx).
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)")
dir=$(mktemp -d /tmp/pestor-sqlx-XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
fi
(cd / && "${as[@]}" "$bin/initdb" -D "$dir/pg" -U pestor --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null)
(cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/pg" -w -l "$dir/log" -o "-c listen_addresses= -c fsync=off -k $dir" start >/dev/null)
trap '(cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/pg" -m immediate stop >/dev/null); rm -rf "$dir"' EXIT
"$bin/createdb" -h "$dir" -U pestor pestor
for step in migrations/*.sql; do
    "$bin/psql" -q -h "$dir" -U pestor -v ON_ERROR_STOP=1 -d pestor -1 -f "$step"
done
rm -rf .sqlx && mkdir .sqlx
touch src/lib.rs
DATABASE_URL="postgres://pestor@localhost/pestor?host=$dir" SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$PWD/.sqlx" cargo check --all-targets
echo "$(ls .sqlx | wc -l) queries written to .sqlx"
