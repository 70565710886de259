// `make bench`: our server beside nginx and martin, on the same rows, in one run. README.md says how to read it.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { anyTile } from "./any.mjs";
import { latency, rates } from "./changes.mjs";
import { machineName, scratchFolder, startCluster } from "./cluster.mjs";
import { pestor, prepared } from "./data.mjs";
import { PASSES, rounds, survey } from "./passes.mjs";
import { PEERS, missing, programs, start } from "./peers.mjs";
import { busy, memory } from "./proc.mjs";
import { report } from "./report.mjs";
import { ourTiles, peersTiles } from "./static.mjs";
import { decode, get, list } from "./tiles.mjs";

const seconds = Number(process.env.BENCH_SECS ?? 5);
const repetitions = Number(process.env.BENCH_REPS ?? 3);
// Names of passes, and: any, memory, changes, sizes. All without it.
const only = process.env.BENCH_ONLY?.split(",");
const parts = [...PASSES.map((pass) => pass.name), "any", "memory", "changes", "sizes"];
const wanted = (part) => !only || only.includes(part);
const tell = (text) => console.error(`[${new Date().toISOString().slice(11, 19)}] ${text}`);

/** Databases and ready files of one scale. */
async function prepare(cluster, scale, files) {
  await prepared(cluster.server, scale, tell);
  tell(`${scale}: ready files for nginx`);
  await peersTiles(cluster.server, scale, files);
}

/** Asks for the tiles over the largest centre: their weight and what is in them. */
async function weigh(server, scale) {
  const found = [];
  for (const tile of list(`fixed-${scale}`)) {
    const answer = await get(server.base + server.path(...tile, scale));
    const raw = answer.status === 200 ? answer.raw() : Buffer.alloc(0);
    const features = Object.fromEntries(Object.entries(decode(raw)).map(([layer, all]) => [layer, all.length]));
    const common = { scale, server: server.name, tile: tile.join("/"), features, ms: answer.ms };
    found.push({ ...common, raw: raw.length, sent: answer.sent.length });
  }
  return found.sort((a, b) => parseInt(a.tile) - parseInt(b.tile));
}

/** Three starts of the nation, one after another. */
async function coldStarts(where) {
  const found = [];
  for (let i = 0; i < 3; i++) {
    tell(`nation: start ${i + 1} of 3`);
    const server = await start("ours", where);
    found.push({ ready_ms: server.ready_ms, ...memory(server.pid) });
    await server.stop();
  }
  return found;
}

/** Everything about one scale: its servers run side by side from the first round to the last. */
async function measure(scale, cluster, scratch, results) {
  const passes = PASSES.filter((pass) => pass.scale === scale && wanted(pass.name));
  const nation = scale === "nation";
  const extras = ["sizes", ...(nation ? ["any", "memory"] : [])].filter(wanted);
  if (passes.length === 0 && extras.length === 0 && !(nation && wanted("changes"))) return;
  await prepare(cluster, scale, scratch.files);
  const common = { seconds, repetitions, scratch: scratch.dir, databasePid: cluster.pid, tell };
  const where = { scale, cluster, scratch: scratch.dir, tile: list(scale).find(([z]) => z === 14) };
  if (nation && wanted("memory")) results.starts = await coldStarts(where);

  const names = new Set(passes.flatMap((pass) => pass.servers));
  if (extras.length) ["ours", "ours-cache"].forEach((name) => names.add(name));
  if (wanted("sizes")) names.add("martin");
  const available = ({ kind }) => kind === "ours" || programs[kind];
  const [servers, atStart, tags] = [{}, {}, {}];
  try {
    for (const name of Object.keys(PEERS).filter((name) => names.has(name) && available(PEERS[name]))) {
      tell(`${scale}: ${name}`);
      servers[name] = await start(name, where);
      atStart[name] = memory(servers[name].pid);
      const { tags: given, sent } = await survey(servers[name], list(scale));
      tags[name] = given;
      if (name === "ours-cache") ourTiles(servers[name], sent, scratch.files); // for nginx-ours, which comes later
    }
    results.turns.push(...(await rounds(passes, { ...common, servers, tags })));
    if (wanted("sizes")) {
      for (const name of ["martin", "ours"].filter((name) => servers[name]))
        results.sizes.push(...(await weigh(servers[name], scale)));
    }
    if (nation && wanted("any")) results.any = await anyTile(servers.ours, common);
    if (nation && wanted("memory")) {
      const shown = Object.values(servers).filter(({ kind }) => kind !== "nginx");
      results.memory = Object.fromEntries(
        shown.map(({ name, pid }) => [name, { start: atStart[name], end: memory(pid) }]),
      );
    }
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
  if (nation && wanted("changes")) await measureChanges(cluster, where, common, results);
}

/** Each of ours alone: every server on the database would read what has changed, at the cost of the one that is looked at. */
async function measureChanges(cluster, where, common, results) {
  Object.assign(results, { latency: {}, rates: {} });
  for (const name of ["ours-cache", "ours"]) {
    const server = await start(name, where);
    try {
      const begin = memory(server.pid);
      await survey(server, list(server.scale));
      results.latency[name] = await latency(cluster, server, tell);
      results.rates[name] = await rates(cluster, server, common);
      if (results.memory) results.memory[`${name}, with changes`] = { start: begin, end: memory(server.pid) };
    } finally {
      await server.stop();
    }
  }
}

/** Share of this machine that somebody else uses now. */
async function otherPeople() {
  const before = busy();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return (busy() - before) / 2;
}

async function main() {
  const unknown = only?.filter((part) => !parts.includes(part)) ?? [];
  if (unknown.length) throw new Error(`BENCH_ONLY: ${unknown.join(", ")} is not one of ${parts.join(", ")}`);
  if (!programs.wrk) throw new Error("wrk was not found: tools/install.sh wrk, or WRK=path");
  if (!existsSync(pestor)) throw new Error(`${pestor} was not found: make build, or PESTOR=path`);
  const notes = missing();
  notes.forEach(tell);
  const cores = await otherPeople();
  if (cores > 0.1)
    notes.push(
      `before the runs other programs kept ${cores.toFixed(1)} cores busy: figures of this run are lower than they could be`,
    );

  const dir = scratchFolder("bench");
  const scratch = { dir, files: join(dir, "static") };
  mkdirSync(scratch.files);
  const kept = process.env.BENCH_DIR;
  const cluster = await startCluster(kept ? resolve(kept) : join(dir, "postgres"));
  const settings = `${repetitions} rounds of ${seconds} s, gzip asked for`;
  const results = { machine: machineName(), settings, notes, turns: [], sizes: [] };
  try {
    for (const scale of ["city", "nation"]) await measure(scale, cluster, scratch, results);
  } finally {
    await cluster.stop();
  }
  if (process.env.BENCH_OUT) writeFileSync(process.env.BENCH_OUT, JSON.stringify(results));
  console.log(report(results));
}

await main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
