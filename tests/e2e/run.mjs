// Starts two real servers, each on demo data in a folder of its own, runs every *.test.mjs against one of them, and stops them.
// A server sends its mails to a mail server that runs here and puts each into a folder (mail.mjs reads them).
// PESTOR_URL and PESTOR_DATA_DIR point the tests at a demo server that already runs, and words choose files.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { SMTPServer } from "smtp-server";

const here = import.meta.dirname;
const target = process.env.CARGO_TARGET_DIR ?? join(here, "../../target");

/** A mail server that takes everything; each mail becomes a file once it is whole. */
async function mailServer(folder) {
  mkdirSync(folder, { recursive: true });
  let number = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, session, done) {
      const parts = [];
      stream.on("data", (part) => parts.push(part));
      stream.on("end", () => {
        const file = join(folder, `${String(number++).padStart(5, "0")}.eml`);
        writeFileSync(`${file}.part`, Buffer.concat(parts));
        renameSync(`${file}.part`, file);
        done();
      });
    },
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.server.address().port, stop: () => new Promise((resolve) => server.close(resolve)) };
}

/**
 * Settings beside the demo's: a detailed basemap made of OpenStreetMap data, where the data and tilemaker are there, and one whose file is gone.
 */
function settings(folder) {
  const osm = join(here, "../../../shared/data/basemap/helsinki_centre.osm.pbf");
  const own = (id, label, url) =>
    `[[basemaps]]\nid = "${id}"\nkind = "mbtiles"\nlabel_pl = "${label}"\nlabel_en = "${label}"\nurl = "${url}"\n`;
  const demo = readFileSync(join(here, "../../data-import/demo/pestor.toml"), "utf8");
  const parts = [demo.match(/^\[\[basemaps\]\]\n(?:\w.*\n)+/m)[0], own("gone", "Bez pliku", join(folder, "gone.mbtiles"))];
  if (existsSync(osm)) {
    const file = join(folder, "helsinki.mbtiles");
    const built = spawnSync(join(target, "debug/pestor"), ["basemap", "build", osm, "--output", file], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    parts.push(own("osm", "Helsinki", file));
  }
  writeFileSync(join(folder, "pestor.toml"), parts.join("\n"));
}

async function start() {
  const dataDir = mkdtempSync(join(tmpdir(), "pestor-e2e-"));
  settings(dataDir);
  const mail = await mailServer(join(dataDir, "received"));
  const server = spawn(join(target, "debug/pestor"), ["demo", "--data-dir", dataDir, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "inherit", "pipe"],
    cwd: dataDir,
    env: {
      ...process.env,
      PESTOR_DEMO_PASSWORD: "demo demo demo",
      PESTOR_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      PESTOR_MAIL_FROM: "PES-TOR <pes-tor@demo.test>",
    },
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const lines = createInterface({ input: server.stderr });
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const found = line.match(/^listening on (http:\S+)/);
      if (found) resolve(found[1]);
      else console.error(line);
    });
    ended.then((status) => reject(new Error(`the server ended with status ${status}`)));
  });
  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
    await mail.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, dataDir, stop };
}

async function ready(url) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the server does not become ready");
}

/** Runs one file of tests and prints what it says once it is through, so that two at a time do not mix. */
async function run(file, { url, dataDir }) {
  const tests = spawn(process.execPath, ["--test", "--test-reporter=spec", file], {
    cwd: here,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PESTOR_URL: url, PESTOR_DATA_DIR: resolve(dataDir) },
  });
  const said = [];
  tests.stdout.on("data", (part) => said.push(part));
  tests.stderr.on("data", (part) => said.push(part));
  const status = await new Promise((resolve) => tests.once("close", (code) => resolve(code ?? 1)));
  console.log(`\n# ${file}`);
  process.stdout.write(Buffer.concat(said));
  return status;
}

mkdirSync(join(here, "output"), { recursive: true });
const wanted = process.argv.slice(2);
const size = (name) => statSync(join(here, name)).size;
const waiting = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  // The long ones first, so that none is left alone at the end.
  .sort((one, other) => size(other) - size(one));
if (waiting.length === 0) throw new Error(`no file of tests has ${wanted.join(" or ")} in its name`);

/** Takes files from the list, one at a time, to a server of its own. */
async function lane() {
  const site = process.env.PESTOR_URL
    ? { url: process.env.PESTOR_URL, dataDir: process.env.PESTOR_DATA_DIR ?? ".pestor", stop: async () => {} }
    : await start();
  const failed = [];
  try {
    await ready(site.url);
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      if ((await run(file, site)) !== 0) failed.push(file);
    }
  } finally {
    await site.stop();
  }
  return failed;
}

const lanes = process.env.PESTOR_URL ? 1 : Math.min(2, waiting.length);
const failed = (await Promise.all(Array.from({ length: lanes }, lane))).flat();
if (failed.length > 0) console.log(`\nfailed: ${failed.join(", ")}`);
process.exit(failed.length > 0 ? 1 : 0);
