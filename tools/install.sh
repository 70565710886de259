#!/usr/bin/env bash
# Installs what is missing, with apt. Usage: tools/install.sh postgis|chromium|gdal|tilemaker|python|nginx|wrk …
set -eu
missing=()
for what in "$@"; do
    case "$what" in
        postgis) ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
            || missing+=(postgresql-postgis) ;;
        chromium) command -v chromium >/dev/null || missing+=(chromium) ;;
        tilemaker) command -v tilemaker >/dev/null || missing+=(tilemaker)
            command -v osmium >/dev/null || missing+=(osmium-tool) ;;
        gdal) command -v ogrinfo >/dev/null || missing+=(gdal-bin) ;;
        python) python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv) ;;
        # Debian keeps nginx where only root looks.
        nginx) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light) ;;
        wrk) command -v wrk >/dev/null || missing+=(wrk) ;;
        *) echo "install.sh: unknown: $what" >&2; exit 2 ;;
    esac
done
for command in cargo node npm; do
    command -v "$command" >/dev/null || { echo "$command is missing: install Rust (rustup) and Node.js 20 or newer first" >&2; exit 1; }
done
[ ${#missing[@]} = 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]} (Debian's package names); install them and try again" >&2
    exit 1
fi
sudo=(); [ "$(id -u)" = 0 ] || sudo=(sudo)
echo "installing ${missing[*]}"
"${sudo[@]}" apt-get update -q
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
