// The servers that are compared: how each is started, where its tiles are, when it is ready.
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cleanEnv, freePort } from "./cluster.mjs";
import { pestor } from "./data.mjs";

/** Finds a program in a variable, the PATH, or where Debian hides it from users. */
function find(name, variable) {
  const places = process.env.PATH.split(delimiter)
    .concat("/usr/sbin")
    .map((dir) => join(dir, name));
  return [process.env[variable], ...places].filter(Boolean).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return existsSync(file);
    } catch {
      return false;
    }
  });
}

export const programs = { nginx: find("nginx", "NGINX"), martin: find("martin", "MARTIN"), wrk: find("wrk", "WRK") };

const HOW = {
  nginx: "tools/install.sh nginx, or NGINX=path",
  martin: "cargo install martin --locked --no-default-features --features postgres,mbtiles,metrics, or MARTIN=path",
  wrk: "tools/install.sh wrk, or WRK=path",
};

/** A line for every program that is missing. */
export function missing() {
  return Object.keys(HOW)
    .filter((name) => !programs[name])
    .map((name) => `${name} was not found and is left out: ${HOW[name]}`);
}

/** The layers that a tile has: premises only from zoom 13. Ours calls their outlines footprints. */
const layers = (z, premises) => ["organisations", "support", ...(z >= 13 ? [premises] : [])].join(",");
const ours = (z, x, y) => `/tiles/${layers(z, "footprints")}/${z}/${x}/${y}.mvt`;
const martin = (z, x, y) => `/${layers(z, "premises")}/${z}/${x}/${y}`;

/** kind: what is started; path: of a tile. They are started in this order: nginx-ours needs files that ours-cache sends. */
export const PEERS = {
  nginx: {
    kind: "nginx",
    path: (z, x, y, scale) => `/${scale}/${z}/${x}/${y}.pbf`,
    says: "nginx, ready files made by ST_AsMVT",
  },
  "martin-cache": {
    kind: "martin",
    cache: "cache: { size_mb: 1024, tile_size_mb: 1024 }",
    path: martin,
    says: "martin with its cache",
  },
  martin: { kind: "martin", cache: "cache: disable", path: martin, says: "martin without cache" },
  "ours-cache": { kind: "ours", path: ours, says: "ours with its cache" },
  ours: { kind: "ours", env: { PESTOR_TILE_CACHE_MB: "0" }, path: ours, says: "ours without cache" },
  "nginx-ours": {
    kind: "nginx",
    path: (z, x, y, scale) => `/ours-${scale}/${z}/${x}/${y}.pbf`,
    says: "nginx, ready files with our tiles' bytes",
  },
};

/** Fills a file of conf/ in and leaves it in the scratch folder. */
function settings(file, values, scratch, name) {
  const text = readFileSync(join(import.meta.dirname, "conf", file), "utf8");
  const target = join(scratch, `${name}-${file}`);
  writeFileSync(
    target,
    text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole),
  );
  return target;
}

/** The command, its variables, and how to know that it is ready: an address that answers 200. */
function command(name, { scale, database, cluster, scratch, port, firstTile }) {
  const peer = PEERS[name];
  const values = {
    port,
    pgport: cluster.port,
    database: `bench_${scale}`,
    cache: peer.cache,
    static: join(scratch, "static"),
    scratch,
  };
  if (peer.kind === "nginx") {
    return [programs.nginx, ["-e", "/dev/null", "-c", settings("nginx.conf", values, scratch, name)], {}, firstTile];
  }
  if (peer.kind === "martin")
    return [programs.martin, ["--config", settings("martin.yaml", values, scratch, name)], {}, firstTile];
  const env = { DATABASE_URL: cluster.url(database ?? `pestor_${scale}`), RUST_LOG: "warn", ...peer.env };
  return [pestor, ["serve", "--listen", `127.0.0.1:${port}`], env, "/readyz"];
}

/**
 * Starts a peer and waits until it is ready. `tile`: one that has content, [z, x, y].
 * Its log stays in the scratch folder.
 */
export async function start(name, { scale, tile, patience_s = 120, ...where }) {
  const port = await freePort();
  const path = (z, x, y) => PEERS[name].path(z, x, y, scale);
  const [program, args, env, ready] = command(name, { ...where, scale, port, firstTile: path(...tile) });
  const log = join(where.scratch, `${name}-${scale}.log`);
  const out = openSync(log, "a");
  const begun = performance.now();
  const child = spawn(program, args, {
    cwd: where.scratch,
    env: { ...cleanEnv(), ...env },
    stdio: ["ignore", out, out],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const kill = () => child.kill("SIGTERM");
  process.prependOnceListener("exit", kill);
  const stop = () => (process.off("exit", kill), kill(), ended);
  const base = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(base + ready).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) break;
    const waited_s = (performance.now() - begun) / 1000;
    if (child.exitCode !== null || waited_s > patience_s) {
      await stop();
      throw new Error(
        `${name} is not ready after ${waited_s.toFixed(0)} s:\n${readFileSync(log, "utf8").slice(-1500)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { name, kind: PEERS[name].kind, scale, base, path, pid: child.pid, ready_ms: performance.now() - begun, stop };
}
