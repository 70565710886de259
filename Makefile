# make help lists the targets. Everything a machine needs beyond Rust, Node.js, git, make and apt is installed by them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CARGO ?= cargo

WEB_SOURCES := $(shell find web/src web/styles web/public web/locales tiles-style -type f -not -path '*/node_modules/*' 2>/dev/null) \
	web/package-lock.json web/vite.config.ts

.PHONY: help demo test build lint unit e2e bench bench-data bench-growth bench-demo bench-import bench-sign-ins fuzz interop sqlx install-demo install-test install-bench
help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

# --- what the machine needs ---------------------------------------------------------------------------------------
install-demo:
	@tools/install.sh postgis

install-test:
	@tools/install.sh postgis chromium gdal tilemaker python
	@tools/interop.sh >/dev/null || echo "pip cannot be asked: the catalogue is not held against the shapes of DCAT-AP"

install-bench:
	@tools/install.sh postgis nginx wrk

# --- building -----------------------------------------------------------------------------------------------------
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/.vite/manifest.json: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

build: web/dist/.vite/manifest.json ## build the web part and the server (target/release/pestor)
	SQLX_OFFLINE=true $(CARGO) build --release --locked

# --- running ------------------------------------------------------------------------------------------------------
demo: install-demo build ## the whole thing on this machine: http://127.0.0.1:8080
	exec $${CARGO_TARGET_DIR:-target}/release/pestor demo

# --- checking -----------------------------------------------------------------------------------------------------
test: install-test lint unit e2e ## every check there is

lint: web/dist/.vite/manifest.json ## format, lints, documentation, unused dependencies, web checks
	$(CARGO) fmt --all --check
	SQLX_OFFLINE=true $(CARGO) clippy --locked --all-targets -- -D warnings
	SQLX_OFFLINE=true RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --document-private-items
	tools/unused-dependencies.sh
	cd web && npm run lint && npm test

unit: web/dist/.vite/manifest.json ## unit and integration tests (real PostGIS, a fresh database each)
	SQLX_OFFLINE=true $(CARGO) test --locked

e2e: web/dist/.vite/manifest.json tests/e2e/node_modules/.package-lock.json ## tests in a real browser
	SQLX_OFFLINE=true $(CARGO) build --locked
	cd tests/e2e && npm test

tests/e2e/node_modules/.package-lock.json: tests/e2e/package-lock.json
	cd tests/e2e && npm ci --no-audit --no-fund
	@touch $@

# --- measuring: tests/bench/README.md -----------------------------------------------------------------------------
bench: install-bench build ## tiles of a city and of a nation beside nginx and martin: ratios, sizes, memory, start, changes
	node tests/bench/run.mjs

bench-growth: install-bench build ## what a tile costs when the country holds 1, 2 and 4 times as much
	node tests/bench/growth.mjs

SEED ?= tests/bench/seed.sql
bench-data: install-demo build ## load a seed file (SEED=) into pestor_city and pestor_nation at PGHOST, PGPORT, PGUSER
	node tests/bench/data.mjs "$(SEED)"

bench-demo: install-test build tests/e2e/node_modules/.package-lock.json ## figures of the demo data: start, memory, tiles, first idle
	node tests/bench/demo.mjs

bench-import: install-demo build ## how long a file of 150,000 organisations takes to go in, again, changed, and without points
	node tests/bench/import.mjs

bench-sign-ins: install-test install-bench build ## what fifty sign-ins a second cost the map
	node tests/bench/sign-ins.mjs

fuzz: install-demo web/dist/.vite/manifest.json ## schemathesis over every route (pip install schemathesis)
	SQLX_OFFLINE=true $(CARGO) build --locked --bins --example routes
	tests/fuzz/run.sh

interop: install-test web/dist/.vite/manifest.json ## owslib, pyshacl (DCAT-AP) and schemathesis against a demo server (installed with pip)
	SQLX_OFFLINE=true $(CARGO) build --locked --bins
	tests/interop/run.sh

sqlx: ## check the SQL against a real schema and write .sqlx (after any change to a query or a migration)
	tools/sqlx-prepare.sh
