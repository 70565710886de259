// One pass of wrk over a list of paths, and what it cost whom.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { programs } from "./peers.mjs";
import { busy, cpu, ownCpu } from "./proc.mjs";
import { run } from "./postgres.mjs";

const script = join(import.meta.dirname, "conf/cycle.lua");

/**
 * Asks `base` for the paths in turn, as fast as answers come. A path may be followed by a space and an entity tag, which is
 * then sent as If-None-Match. `pids`: whose CPU time is counted.
 */
export async function wrk({ base, paths, connections, seconds, scratch, pids }) {
  const list = join(scratch, "paths.txt");
  writeFileSync(list, `${paths.join("\n")}\n`);
  const before = { busy: busy(), own: ownCpu(), each: pids.map(cpu) };
  const args = ["-t2", `-c${connections}`, `-d${seconds}s`, "--timeout", "60s", "-s", script, base];
  const said = await run(programs.wrk, args, { env: { ...process.env, BENCH_PATHS: list } });
  const spent = pids.map((pid, i) => cpu(pid) - before.each[i]);
  const all = busy() - before.busy;
  const found = said.match(/^JSON (.*)$/m);
  if (!found) throw new Error(`wrk said no result:\n${said}`);
  const result = JSON.parse(found[1]);
  const known = spent.reduce((a, b) => a + b, 0) + ownCpu() - before.own;
  return {
    per_s: (result.requests / result.us) * 1e6,
    p50_ms: result.p50 / 1000,
    p99_ms: result.p99 / 1000,
    max_ms: result.max / 1000,
    mb_per_s: result.bytes / result.us,
    cpu_ms: spent.map((s) => (1000 * s) / Math.max(result.requests, 1)),
    // Busy time that is neither the server's, the database's nor wrk's: other programs, and the kernel for fast servers.
    foreign: Math.max(0, 1 - known / Math.max(all, 0.01)),
    errors: result.errors,
  };
}
