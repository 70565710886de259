// A throw-away PostGIS cluster: under one folder, on 127.0.0.1 only, never as root, settled the same way for everybody.
import { spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, binaries, run } from "./postgres.mjs";

// One core a query, so that CPU times compare; safety against a crash is nothing here.
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  shared_buffers: "1GB",
  effective_cache_size: "8GB",
  work_mem: "32MB",
  maintenance_work_mem: "512MB",
  max_wal_size: "8GB",
  max_connections: "200",
  max_parallel_workers_per_gather: "0",
  random_page_cost: "1.1",
  jit: "off",
  fsync: "off",
  synchronous_commit: "off",
  autovacuum: "off",
};

/** The environment without anything that leads to somebody's database or changes our program. */
export function cleanEnv() {
  const ours = ([name]) => !/^(PG[A-Z]+|DATABASE_URL|PESTOR_.*|RUST_LOG)$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(ours));
}

/** A passing folder that other users can read; it goes with this process, also when that is interrupted. */
export function scratchFolder(name) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  const dir = mkdtempSync(join(tmpdir(), `pestor-${name}-`));
  chmodSync(dir, 0o755); // PostgreSQL and nginx's workers are other users
  process.once("exit", () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** A port that nobody has now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Words before a command that make it run as another user where we are root. */
async function unprivileged() {
  if (process.getuid() !== 0) return [];
  const id = async (flag) => (await run("id", [flag, "postgres"])).trim();
  return ["setpriv", `--reuid=${await id("-u")}`, `--regid=${await id("-g")}`, "--clear-groups", "--"];
}

/** Starts a cluster under `dir`; one that is there already is used again, with its data. */
export async function startCluster(dir) {
  const bin = binaries();
  if (!bin) throw new Error("PostgreSQL was not found: tools/install.sh postgis");
  const as = await unprivileged();
  const asUser = ([first, ...rest]) => [first, rest];
  mkdirSync(dir, { recursive: true });
  if (as.length) chownSync(dir, Number(as[1].split("=")[1]), Number(as[2].split("=")[1]));
  const data = join(dir, "data");
  if (!existsSync(join(data, "PG_VERSION"))) {
    const init = [
      join(bin, "initdb"),
      "-D",
      data,
      "-U",
      "postgres",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ];
    await run(...asUser([...as, ...init]), { cwd: "/" });
    const lines = Object.entries(SETTINGS).map(([name, value]) => `${name} = '${value}'\n`);
    appendFileSync(join(data, "postgresql.conf"), lines.join(""));
  }
  const port = await freePort();
  const [command, args] = asUser([...as, join(bin, "postgres"), "-D", data, "-p", String(port), "-k", dir]);
  const child = spawn(command, args, { cwd: "/", env: cleanEnv(), stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (log = (log + text).slice(-4000)));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const server = new Server({ ...cleanEnv(), PGHOST: "127.0.0.1", PGPORT: String(port), PGUSER: "postgres" });
  while (!(await server.rows("postgres", "select 1").catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL does not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // SIGINT: PostgreSQL ends in order. SIGQUIT, at once, where this process is interrupted.
  const kill = () => child.kill("SIGQUIT");
  process.prependOnceListener("exit", kill);
  const stop = () => (process.off("exit", kill), child.kill("SIGINT"), ended);
  return {
    server,
    port,
    pid: child.pid,
    stop,
    url: (database) => `postgresql://postgres@127.0.0.1:${port}/${database}`,
  };
}

/** Number of processor cores and its name, for the head of the report. */
export function machineName() {
  const text = readFileSync("/proc/cpuinfo", "utf8");
  const names = [...text.matchAll(/^model name\s*:\s*(.*)$/gm)].map((found) => found[1]);
  return `${names.length || "?"} × ${names[0] ?? "unknown processor"}`;
}
