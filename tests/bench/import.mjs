// `make bench-import`: how long a big file takes to go in, again, and changed, and what memory the program needs for it.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { machineName, scratchFolder, startCluster } from "./cluster.mjs";
import { migrate, pestor } from "./data.mjs";
import { cpu, memory, ownCpu } from "./proc.mjs";
import { table } from "./report.mjs";

const ROWS = Number(process.env.BENCH_ROWS ?? 150_000);
const ADDRESSES = 160_000;
const STREETS = 2000;
const DATABASE = "pestor_import";
const demo = join(import.meta.dirname, "../../data-import/demo");
const tell = (text) => console.error(`[${new Date().toISOString().slice(11, 19)}] ${text}`);

const FORMS = ["foundation", "association", "social_cooperative", "sports_club", "cis", "wtz"];
const BEGINNINGS = ["Fundacja", "Stowarzyszenie", "Spółdzielnia Socjalna", "Klub", "Centrum", "Warsztat", "Towarzystwo"];
const WORDS = "Ogrody Wisła Most Nadzieja Pomoc Razem Sąsiedzi Kuchnia Rękodzieło Sport Młodzi Seniorzy Zieleń Kultura Dom".split(" ");
const GIVEN = "Jana Anny Józefa Marii Stefana Zofii Piotra Ewy".split(" ");
const ENDS = ["owska", "icza", "ackiego", "ana", "na", "eckiej", "ska", "aka"];

/** The same numbers in every run. */
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function write(path, rows) {
  const file = createWriteStream(path);
  for (const row of rows) if (!file.write(row.join(",") + "\n")) await new Promise((go) => file.once("drain", go));
  file.end();
  await finished(file);
  return path;
}

const letters = (n, length) => Array.from({ length }, (_, i) => "bdgklmnprst"[Math.floor(n / 11 ** i) % 11]).join("o");
const street = (n) => (n % 3 ? "" : `${GIVEN[n % GIVEN.length]} `) + letters(n, 4).replace(/^./, (c) => c.toUpperCase()) + ENDS[n % ENDS.length];
// Within the city's boundary, whatever is thrown.
const place = (of) => [(18.57 + of(60_000) / 1e6).toFixed(6), (53.012 + of(15_000) / 1e6).toFixed(6)];

function* addresses() {
  const of = dice(7);
  yield ["source_id", "city", "street", "house_number", "lon", "lat"];
  for (let n = 0; n < ADDRESSES; n++) yield [n, "Toruń", street(n % STREETS), Math.floor(n / STREETS) + 1, ...place(of)];
}

/** Organisations; `changed`: every tenth has another name and telephone number; `points`: whether they have some. */
function* organisations({ source = "", changed = false, points = true }) {
  const of = dice(11);
  yield ["source_id", "source", "name", "legal_form", "krs", "description", "street", "house_number", "postal_code", "city", "phone", ...(points ? ["lon", "lat"] : [])];
  for (let n = 0; n < ROWS; n++) {
    const words = [BEGINNINGS[of(BEGINNINGS.length)], WORDS[of(WORDS.length)], WORDS[of(WORDS.length)]].join(" ");
    const other = changed && n % 10 === 0;
    const [house, at] = [of(Math.floor(ADDRESSES / STREETS)) + 1, place(of)];
    const name = `${words} ${source}${n}${other ? " bis" : ""}`;
    const about = `Robimy to od lat i z sercem: ${WORDS[n % WORDS.length]}. Zapraszamy codziennie od rana do wieczora.`;
    const contact = [`ul. ${street(of(STREETS))}`, house, "87-100", "Toruń", other ? "56 100 00 00" : `56 ${n}`];
    yield [n, source || "a", name, FORMS[n % FORMS.length], String(n + 1 + (source ? ROWS : 0)).padStart(10, "0"), about, ...contact, ...(points ? at : [])];
  }
}

/** Runs an import: seconds, CPU seconds of program and database, the most memory, and what it said last. */
async function run({ server, pid }, kind, file, ...more) {
  const env = { RUST_LOG: "error", ...server.env, DATABASE_URL: `postgresql:///${DATABASE}` };
  const begun = performance.now();
  const spent = () => ownCpu() + cpu(pid);
  const before = spent();
  const child = spawn(pestor, ["import", kind, file, ...more], { env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-1000)));
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, memory(child.pid).peak)), 50);
  const status = await new Promise((done) => child.once("close", done));
  clearInterval(timer);
  const last = said.trim().split("\n").at(-1);
  if (status !== 0) throw new Error(`pestor import ended with status ${status}: ${last}`);
  const seconds = (performance.now() - begun) / 1000;
  return { seconds, busy: spent() - before, peak, said: last.replace(/^.*?: \d+ read, /, "") };
}

const dir = scratchFolder("import");
const cluster = await startCluster(process.env.BENCH_DIR ? resolve(process.env.BENCH_DIR) : join(dir, "postgres"));
try {
  await migrate(cluster.server, DATABASE);
  tell("files");
  const files = {
    addresses: await write(join(dir, "addresses.csv"), addresses()),
    first: await write(join(dir, "first.csv"), organisations({})),
    changed: await write(join(dir, "changed.csv"), organisations({ changed: true })),
    pointless: await write(join(dir, "pointless.csv"), organisations({ source: "b", points: false })),
  };
  for (const kind of ["municipalities", "districts"]) await run(cluster, kind, join(demo, `${kind}.geojson`));
  const steps = [
    ["first import", ROWS, "organisations", files.first],
    ["the same file again", ROWS, "organisations", files.first],
    ["every tenth row changed", ROWS, "organisations", files.changed],
    ["back, as a dry run", ROWS, "organisations", files.first, "--dry-run"],
    ["back, replacing", ROWS, "organisations", files.first, "--mode", "replace"],
    ["addresses", ADDRESSES, "addresses", files.addresses],
    ["another file, without points", ROWS, "organisations", files.pointless],
    ["that again", ROWS, "organisations", files.pointless],
  ];
  const rows = [];
  for (const [says, count, ...what] of steps) {
    tell(says);
    const { seconds, busy, peak, said } = await run(cluster, ...what);
    rows.push([says, count, seconds.toFixed(1), busy.toFixed(1), Math.round(count / seconds), Math.round(peak), said]);
    tell(`  ${seconds.toFixed(1)} s, ${busy.toFixed(1)} s of CPU: ${said}`);
  }
  console.log(`${machineName()}\n\n${table(["what", "rows", "s", "CPU s", "rows/s", "MiB at most", "what became of them"], rows)}`);
} finally {
  await cluster.stop();
}
