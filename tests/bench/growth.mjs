// `make bench-growth`: does a tile cost what it shows, or what the country holds? The nation stands 1, 2 and 4 times side by
// side, each copy so far from the first that every tile of the walk shows the same in all of them.
import { join, resolve } from "node:path";
import { machineName, scratchFolder, startCluster } from "./cluster.mjs";
import { SCALES, fill, migrate, seed, stage } from "./data.mjs";
import { programs, start } from "./peers.mjs";
import { memory } from "./proc.mjs";
import { median, table } from "./report.mjs";
import { decode, get, list } from "./tiles.mjs";
import { wrk } from "./wrk.mjs";

const seconds = Number(process.env.BENCH_SECS ?? 5);
const repetitions = Number(process.env.BENCH_REPS ?? 3);
const times = (process.env.BENCH_GROWTH ?? "1,2,4").split(",").map(Number);
const tell = (text) => console.error(`[${new Date().toISOString().slice(11, 19)}] ${text}`);

// Four tiles of zoom 6: a copy lies like the first in the grid of every deeper zoom, and shares no tile with it.
const STEP_DEGREES = (4 * 360) / 2 ** 6;

/** Adds copies of the staged rows to themselves, each further east, with identifiers of their own. */
function copies(server, database, n) {
  const one = (name, columns) => `
    insert into seed.${name} (id, ${columns}, geom)
    select md5(id || k)::uuid::text, ${columns}, st_translate(geom, k * ${STEP_DEGREES}, 0)
    from (select * from seed.${name} order by n) s, generate_series(1, ${n - 1}) k order by k, n;`;
  return server.psql(
    database,
    ["-f", "-"],
    [
      one("organisations", "name, legal_form, activity, accepts_orders, offers_count, demand_count"),
      one("support", "name, kind, url"),
      one("premises", "address, status, area_m2, use_type, rent, district"),
    ].join("\n"),
  );
}

const GROUPS = [
  { says: "clusters, z6–z12", has: ([z]) => z < 13 },
  { says: "features, z13 and deeper", has: ([z]) => z >= 13 },
];

/** How many features the tiles of a group show in all, a cluster counting once; equal for all sizes if the copies are right. */
async function shown(server, tiles) {
  let sum = 0;
  for (const tile of tiles) {
    const answer = await get(server.base + server.path(...tile, "nation"));
    if (answer.status === 200) sum += Object.values(decode(answer.raw())).reduce((n, all) => n + all.length, 0);
  }
  return sum;
}

async function main() {
  if (!programs.wrk) throw new Error("wrk was not found: tools/install.sh wrk, or WRK=path");
  const dir = scratchFolder("growth");
  const cluster = await startCluster(process.env.BENCH_DIR ? resolve(process.env.BENCH_DIR) : join(dir, "postgres"));
  const servers = [];
  try {
    tell("seed");
    await seed(cluster.server, "bench_growth", "nation", join(import.meta.dirname, "seed.sql"));
    for (const n of times) {
      tell(`loading ${n} ×`);
      const database = `pestor_growth_${n}`;
      await migrate(cluster.server, database);
      await stage(cluster.server, "bench_growth", database);
      if (n > 1) await copies(cluster.server, database, n);
      await fill(cluster.server, database, SCALES.nation);
    }
    const tile = list("nation").find(([z]) => z === 14);
    for (const n of times) {
      tell(`start ${n} ×`);
      const where = { scale: "nation", database: `pestor_growth_${n}`, cluster, scratch: dir, tile };
      const server = await start("ours", where);
      servers.push({ n, server, rss: memory(server.pid).rss });
    }
    const rows = [];
    for (const { says, has } of GROUPS) {
      const tiles = list("nation").filter(has);
      const turns = [];
      for (const { n, server } of servers) turns.push({ n, server, features: await shown(server, tiles), results: [] });
      for (let round = 0; round < repetitions; round++) {
        tell(`round ${round + 1} of ${repetitions}: ${says}`);
        for (const { server, results } of turns) {
          const paths = tiles.map((tile) => server.path(...tile, "nation"));
          results.push(
            await wrk({
              base: server.base,
              paths,
              connections: 8,
              seconds,
              scratch: dir,
              pids: [server.pid, cluster.pid],
            }),
          );
        }
      }
      const first = turns[0].results;
      for (const { n, features, results } of turns) {
        const ratio = results.map((result, i) => result.cpu_ms[0] / first[i].cpu_ms[0]);
        const of = (key) => median(results.map(key));
        const figures = [
          of((r) => r.per_s).toFixed(0),
          of((r) => r.cpu_ms[0]).toFixed(3),
          of((r) => r.p99_ms).toFixed(1),
        ];
        rows.push([
          says,
          `${n} ×`,
          features,
          ...figures,
          `${median(ratio).toFixed(2)} (${Math.min(...ratio).toFixed(2)}–${Math.max(...ratio).toFixed(2)})`,
        ]);
      }
    }
    console.log(
      `# Growth\n\n${machineName()}; ${repetitions} rounds of ${seconds} s, 8 connections, gzip asked for, no tile cache\n`,
    );
    console.log(
      table(["tiles", "country", "features in them", "tiles/s", "CPU ms a tile", "p99 ms", "CPU ÷ 1 × (range)"], rows),
    );
    const starts = servers.map(({ n, server, rss }) => [`${n} ×`, server.ready_ms.toFixed(0), rss.toFixed(0)]);
    console.log(`\n${table(["country", "start to ready ms", "memory MiB"], starts)}`);
  } finally {
    await Promise.all(servers.map(({ server }) => server.stop()));
    for (const database of ["bench_growth", ...times.map((n) => `pestor_growth_${n}`)])
      await cluster.server.drop(database);
    await cluster.stop();
  }
}

await main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
