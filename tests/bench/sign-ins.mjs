// Fifty sign-ins a second beside the map: what they cost it. Rounds with and without them take turns in one run; the ratios compare.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const here = import.meta.dirname;
const program = join(process.env.CARGO_TARGET_DIR ?? join(here, "../../target"), "release/pestor");
const seconds = Number(process.env.BENCH_SECS ?? 5);
const rounds = Number(process.env.BENCH_REPS ?? 3);
const PER_SECOND = 50;
const PASSWORD = "demo demo demo";
const TILE = "/tiles/organisations,support,premises/13/4519/2668.mvt";

const dataDir = mkdtempSync(join(tmpdir(), "pestor-bench-"));
// Every sign-in comes from an address of its own: one address would be stopped by the throttle, and cost nothing.
writeFileSync(join(dataDir, "pestor.toml"), `trusted_proxies = ["127.0.0.1"]\ntile_cache_mb = ${process.env.BENCH_CACHE_MB ?? 64}\n`);
const server = spawn(program, ["demo", "--listen", "127.0.0.1:0"], {
  cwd: dataDir,
  env: { ...process.env, RUST_LOG: "warn", PESTOR_DEMO_PASSWORD: PASSWORD },
  stdio: ["ignore", "inherit", "pipe"],
});
const ended = new Promise((resolve) => server.once("exit", resolve));
process.once("exit", () => server.kill("SIGTERM"));
const url = await new Promise((resolve) => {
  createInterface({ input: server.stderr }).on("line", (line) => {
    const found = line.match(/^listening on (http:\S+)/);
    if (found) resolve(found[1]);
  });
});
while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await new Promise((r) => setTimeout(r, 20));

const page = await fetch(`${url}/logowanie`);
const cookie = page.headers.get("set-cookie").split(";")[0];
const csrf = (await page.text()).match(/name="csrf" value="([^"]+)"/)[1];
let number = 0;

async function signIn(outcome) {
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number++ & 255}`;
  const begun = performance.now();
  const answer = await fetch(`${url}/logowanie`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie, "x-forwarded-for": address, "content-type": "application/x-www-form-urlencoded" },
    // Nobody's address: the same work as for somebody's, and no account is throttled.
    body: new URLSearchParams({ csrf, email: `nobody${number}@example.org`, password: "to nie to hasło" }),
  });
  await answer.arrayBuffer();
  outcome.push({ status: answer.status, ms: performance.now() - begun });
}

/** Requests a second for a tile, and the slowest hundredth, as wrk counts them; this process stays free to sign in. */
function tiles(connections) {
  const child = spawn("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-H", "accept-encoding: gzip", url + TILE]);
  let text = "";
  child.stdout.on("data", (part) => (text += part));
  return new Promise((resolve) =>
    child.once("exit", () => {
      const unit = { us: 0.001, ms: 1, s: 1000 };
      const [, value, name] = text.match(/99%\s+([\d.]+)(us|ms|s)/);
      resolve({ perS: Number(text.match(/Requests\/sec:\s+([\d.]+)/)[1]), p99Ms: Number(value) * unit[name] });
    }),
  );
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// One connection asks as fast as it is answered: far more than a town does. Eight leave no processor free for anything else.
for (const connections of [1, 8]) {
  const [peace, busy, outcome] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    peace.push(await tiles(connections));
    const timer = setInterval(() => signIn(outcome).catch(() => outcome.push({ status: 0, ms: 0 })), 1000 / PER_SECOND);
    busy.push(await tiles(connections));
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
  const counts = new Map();
  for (const { status } of outcome) counts.set(status, (counts.get(status) ?? 0) + 1);
  const statuses = [...counts].map(([status, count]) => `${count} × ${status}`);
  const [rate, slow] = [(r) => r.perS, (r) => r.p99Ms].map((of) => [median(peace.map(of)), median(busy.map(of))]);
  const ratio = ([before, after]) => (after / before).toFixed(2);
  console.log(`${connections} connections for tiles, ${PER_SECOND} sign-ins a second:`);
  console.log(`  tiles a second ${rate.map(Math.round).join(" → ")}: ratio ${ratio(rate)}`);
  console.log(`  slowest hundredth of tiles ${slow.map((ms) => ms.toFixed(2)).join(" → ")} ms: ratio ${ratio(slow)}`);
  console.log(`  sign-ins: ${statuses.join(", ")}; median ${Math.round(median(outcome.map(({ ms }) => ms)))} ms`);
}
server.kill("SIGTERM");
await ended;
rmSync(dataDir, { recursive: true, force: true });
