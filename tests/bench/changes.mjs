// One feature changes: how soon its tile shows it, and what changes cost those who only look.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { program } from "./postgres.mjs";
import { cpu } from "./proc.mjs";
import { decode, get, list } from "./tiles.mjs";
import { wrk } from "./wrk.mjs";

export const MUST = { shown_ms: 1000, rate: 0.5 };
export const AIM = { shown_ms: 100 };

const ZOOM = 14; // every feature is itself
const PERIOD_MS = 250;
const PATIENCE_MS = 120_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One psql that stays, so that a statement costs no new connection. */
class Session {
  constructor(server, database) {
    const args = server.psqlArgs(database, ["-At", "-F", "\t"]);
    this.child = spawn(program("psql"), args, { env: server.env, stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Runs a statement; its rows, when it is committed. */
  async run(sql) {
    this.child.stdin.write(`${sql};\n\\echo done\n`);
    const rows = [];
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`psql has ended at: ${sql}`);
      if (value === "done") return rows;
      rows.push(value.split("\t"));
    }
  }

  close() {
    this.child.stdin.end();
  }
}

/** What is changed and changed back: names of organisations and states of premises, all over the country. */
async function targets(session) {
  const place = (x, y, from) => `st_x(${x}), st_y(${y}) from ${from} order by md5(slug) limit 5`;
  const organisations = await session.run(`select slug, name, ${place("point", "point", "organisation")}`);
  const premises = await session.run(
    `select slug, status, ${place("point", "point", "premises p join premises_period d on d.premises_id = p.id and valid @> current_date")}`,
  );
  const tile = (lon, lat) => {
    const n = 2 ** ZOOM;
    const y = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
    return [ZOOM, Math.floor(((Number(lon) + 180) / 360) * n), Math.floor(y * n)];
  };
  return [
    ...organisations.map(([slug, name, lon, lat]) => ({
      ...{ slug, tile: tile(lon, lat), layer: "organisations", property: "name", values: [name, `${name} (zmiana)`] },
      set: (value) => `update organisation set name = '${value.replaceAll("'", "''")}' where slug = '${slug}'`,
    })),
    ...premises.map(([slug, status, lon, lat]) => ({
      ...{
        slug,
        tile: tile(lon, lat),
        layer: "footprints",
        property: "status",
        values: [status, status === "renovation" ? "free" : "renovation"],
      },
      set: (value) => `update premises_period set status = '${value}' from premises p
        where p.id = premises_id and valid @> current_date and p.slug = '${slug}'`,
    })),
  ];
}

/** From the moment the statement is sent until a tile with the new value is there; and the statement alone. */
async function change(session, server, target, value) {
  const url = server.base + server.path(...target.tile, server.scale);
  const begun = performance.now();
  const sql = session.run(target.set(value)).then(() => performance.now() - begun);
  for (;;) {
    const answer = await get(url);
    const shown_ms = performance.now() - begun;
    const features = answer.status === 200 ? (decode(answer.raw())[target.layer] ?? []) : [];
    if (features.find(({ id }) => id === target.slug)?.[target.property] === value)
      return { shown_ms, sql_ms: await sql };
    if (shown_ms > PATIENCE_MS) throw new Error(`${target.layer} ${target.slug}: ${url} does not show “${value}”`);
    await pause(2);
  }
}

/** Twenty changes on a server, one after another. */
export async function latency(cluster, server, tell) {
  tell(`changes: ${server.name}, how soon they show`);
  const session = new Session(cluster.server, `pestor_${server.scale}`);
  try {
    const found = [];
    const all = await targets(session);
    for (const step of [1, 0]) {
      for (const target of all) {
        found.push(await change(session, server, target, target.values[step]));
        await pause(100);
      }
    }
    return found;
  } finally {
    session.close();
  }
}

/** The rate of a server in peace and while something changes four times a second, in turns. */
export async function rates(cluster, server, { seconds, repetitions, scratch, tell }) {
  const session = new Session(cluster.server, `pestor_${server.scale}`);
  const paths = list(server.scale).map((tile) => server.path(...tile, server.scale));
  const pass = () =>
    wrk({ base: server.base, paths, connections: 8, seconds, scratch, pids: [server.pid, cluster.pid] });
  try {
    const all = await targets(session);
    const found = [];
    for (let round = 0; round < repetitions; round++) {
      tell(`changes: ${server.name}, round ${round + 1} of ${repetitions}`);
      const peace = await pass();
      let busy = true;
      let n = 0;
      const changing = (async () => {
        // Ends with everything as it was: the second half of the turns changes back.
        for (; busy || n % (2 * all.length); n++) {
          const begun = performance.now();
          const target = all[n % all.length];
          await session.run(target.set(target.values[n % (2 * all.length) < all.length ? 1 : 0]));
          if (busy) await pause(Math.max(0, PERIOD_MS - (performance.now() - begun)));
        }
      })();
      const changes = await pass();
      busy = false;
      const made = n;
      await changing;
      found.push({ peace, changes, made });
      await settled(server);
    }
    return found;
  } finally {
    session.close();
  }
}

/** Waits until the server does nothing: it may still read what was changed. */
async function settled(server) {
  for (let calm = 0; calm < 3;) {
    const before = cpu(server.pid);
    await pause(300);
    calm = cpu(server.pid) - before < 0.03 ? calm + 1 : 0;
  }
}
