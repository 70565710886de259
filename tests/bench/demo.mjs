// The figures of the demo data: start, memory, tiles made and tiles from the cache, the map page in a browser.
// Everything runs against the release build and a database of its own; figures of one run compare with each other only.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const here = import.meta.dirname;
const program = join(process.env.CARGO_TARGET_DIR ?? join(here, "../../target"), "release/pestor");
const dataDir = mkdtempSync(join(tmpdir(), "pestor-bench-"));

async function start(args, env = {}) {
  const begun = performance.now();
  const child = spawn(program, [...args, "--listen", "127.0.0.1:0"], {
    cwd: dataDir,
    env: { ...process.env, RUST_LOG: "warn", ...env },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const found = line.match(/^listening on (http:\S+)/);
      if (found) resolve(found[1]);
      else console.error(line);
    });
    ended.then((status) => reject(new Error(`pestor ended with status ${status}`)));
  });
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await new Promise((r) => setTimeout(r, 2));
  const ready_ms = performance.now() - begun;
  const stop = () => (child.kill("SIGTERM"), ended);
  const rss_mib = () => Number(readFileSync(`/proc/${child.pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024;
  return { url, ready_ms, rss_mib, stop };
}

/** Asks for every path, `connections` at a time; requests a second. */
async function rate(url, paths, connections) {
  let next = 0;
  let bytes = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < paths.length) {
        const answer = await fetch(url + paths[next++], { headers: { "accept-encoding": "gzip" } });
        if (answer.status > 204) throw new Error(`${answer.status} ${answer.url}`);
        bytes += (await answer.arrayBuffer()).byteLength;
      }
    }),
  );
  return { per_s: (paths.length / (performance.now() - begun)) * 1000, bytes };
}

/** Every tile of the city from its whole down to `deepest`. */
function walk([west, south, east, north], layers, deepest, query = "") {
  const x = (lon, n) => Math.floor(((lon + 180) / 360) * n);
  const y = (lat, n) => Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * n);
  const paths = [];
  for (let z = 8; z <= deepest; z++) {
    const n = 2 ** z;
    for (let i = x(west, n); i <= x(east, n); i++) {
      for (let j = y(north, n); j <= y(south, n); j++) paths.push(`/tiles/${layers}/${z}/${i}/${j}.mvt${query}`);
    }
  }
  return paths;
}

const rows = [];
const row = (what, value) => rows.push(`${what.padEnd(64)} ${value}`);
try {
  const first = await start(["demo", "--data-dir", "data"]);
  row("pestor demo, first start (cluster, schema, demo data) to ready", `${first.ready_ms.toFixed(0)} ms`);
  await first.stop();
  const demo = await start(["demo", "--data-dir", "data"]);
  row("pestor demo, later start to ready", `${demo.ready_ms.toFixed(0)} ms`);

  // A second server on the same database, as `pestor serve` runs.
  const database = `postgres://pestor@localhost:5432/pestor?host=${encodeURIComponent(join(dataDir, "data/run"))}`;
  const serve = await start(["serve"], { DATABASE_URL: database });
  row("pestor serve, start to ready", `${serve.ready_ms.toFixed(0)} ms`);
  row("pestor serve, resident memory when ready", `${serve.rss_mib().toFixed(1)} MiB`);

  const layers = "organisations,support,premises,footprints";
  const { bounds } = await (await fetch(`${serve.url}/tiles/organisations.json`)).json();
  const paths = walk(bounds, layers, 15);
  const made = await rate(serve.url, paths, 8);
  const kept = await rate(serve.url, paths, 8);
  const again = await rate(serve.url, paths, 8);
  row(`tiles made and compressed (${paths.length} tiles of the city, z8–15)`, `${made.per_s.toFixed(0)} /s`);
  row("the same from the cache", `${Math.max(kept.per_s, again.per_s).toFixed(0)} /s`);
  row("cache ÷ made", (Math.max(kept.per_s, again.per_s) / made.per_s).toFixed(1));
  const filtered = await rate(serve.url, walk(bounds, layers, 14, "?status=free&legal_form=foundation"), 8);
  row("filtered tiles made (z8–14)", `${filtered.per_s.toFixed(0)} /s`);
  for (const page of ["/", "/organizacje", "/lokale", "/api/v1/search?q=fundcja"]) {
    const { per_s } = await rate(serve.url, Array(100).fill(page), 4);
    row(`GET ${page}`, `${per_s.toFixed(0)} /s`);
  }
  row("pestor serve, resident memory after all this", `${serve.rss_mib().toFixed(1)} MiB`);

  const env = { ...process.env, PESTOR_URL: serve.url };
  const said = execFileSync(process.execPath, [join(here, "first-idle.mjs")], { env, encoding: "utf8" });
  said.trim().split("\n").forEach((line) => rows.push(line));
  await serve.stop();
  await demo.stop();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
console.log(rows.join("\n"));
