// The benchmark's data: runs a seed file and loads the rows it makes through our own schema.
// Alone (`make bench-data SEED=FILE`): makes pestor_city and pestor_nation anew on the server that PGHOST, PGPORT and PGUSER name.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Server, run } from "./postgres.mjs";

const here = import.meta.dirname;

/** The release build, or the program that PESTOR names. */
export const pestor = resolve(
  process.env.PESTOR ?? join(process.env.CARGO_TARGET_DIR ?? join(here, "../../target"), "release/pestor"),
);

/** The two sizes. The nation is no real territory: one invented municipality with a code that nobody has. */
export const SCALES = {
  city: { teryt: "0463011", municipality: "Toruń" },
  nation: { teryt: "9900011", municipality: "Kraj" },
};

/** The columns that are read from a seed's tables. Identifiers stay text: they become our slugs. */
const TABLES = {
  organisations:
    "id text, name text, legal_form text, activity text, accepts_orders boolean, offers_count int, demand_count int, geom geometry(Point, 4326)",
  support: "id text, name text, kind text, url text, geom geometry(Point, 4326)",
  premises:
    "id text, address text, status text, area_m2 numeric, use_type text, rent numeric, district text, geom geometry(Polygon, 4326)",
};
const columns = (table) =>
  TABLES[table]
    .replace(/geometry\([^)]*\)/g, "geometry")
    .split(", ")
    .map((c) => c.split(" ")[0])
    .join(", ");

/** Runs a seed file in a database of its own, so that no name in it can meet one of ours. */
export async function seed(server, database, scale, file) {
  await server.recreate(database);
  await server.psql(database, ["-v", `scale=${scale}`, "-f", file]);
}

/** Brings a database to our schema, empty. */
export async function migrate(server, database) {
  await server.recreate(database);
  // The host, port and user are left to the PG… variables, as with psql.
  await run(pestor, ["migrate"], {
    env: { RUST_LOG: "error", ...server.env, DATABASE_URL: `postgresql:///${database}` },
  });
}

/** Copies a seed's rows beside our tables, in their order on disk (the seed sorts them by place). */
export async function stage(server, from, database) {
  const make = Object.keys(TABLES).map(
    (table) => `create unlogged table seed.${table} (n bigint generated always as identity, ${TABLES[table]});`,
  );
  await server.psql(database, ["-f", "-"], `create schema seed;\n${make.join("\n")}`);
  await Promise.all(
    Object.keys(TABLES).map((table) =>
      server.copy(from, `select ${columns(table)} from ${table}`, database, `seed.${table} (${columns(table)})`),
    ),
  );
}

/** From the staged rows to ours. Throws when one is missing or differs; how many there are of each. */
export async function fill(server, database, { teryt, municipality }) {
  await server.psql(database, ["-c", "analyze"]);
  await server.psql(database, [
    "-1",
    "-v",
    `teryt=${teryt}`,
    "-v",
    `municipality=${municipality}`,
    "-f",
    join(here, "data.sql"),
  ]);
  await server.psql(database, ["-c", "analyze"]);
  const counts = await server.rows(database, `\\i ${join(here, "compare.sql")}`);
  for (const [what, seeded, ours, same] of counts) {
    if (seeded !== ours || ours !== same)
      throw new Error(`${database}: ${what}: ${seeded} seeded, ${ours} stored, ${same} of them the same`);
  }
  await server.psql(database, ["-c", "set client_min_messages = warning", "-c", "drop schema seed cascade"]);
  await server.psql(database, ["-c", "vacuum analyze"]);
  return counts.map(([what, , ours]) => [what, Number(ours)]);
}

/** The database `pestor_{scale}` with the rows of a seeded database. */
export async function load(server, scale, from) {
  const database = `pestor_${scale}`;
  await migrate(server, database);
  await stage(server, from, database);
  return fill(server, database, SCALES[scale]);
}

/** Makes bench_{scale} (for the peers) and pestor_{scale} of the project's own seed, unless they are there as they should be. */
export async function prepared(server, scale, tell) {
  const [bench, pestor] = [`bench_${scale}`, `pestor_${scale}`];
  const made = createHash("sha256");
  const migrations = join(here, "../../migrations");
  for (const file of [
    ...["seed.sql", "data.sql"].map((name) => join(here, name)),
    ...readdirSync(migrations)
      .sort()
      .map((name) => join(migrations, name)),
  ]) {
    made.update(readFileSync(file));
  }
  const mark = made.digest("hex");
  const marks = await server.rows(
    "postgres",
    `select shobj_description(oid, 'pg_database') from pg_database where datname = '${pestor}'`,
  );
  if (marks[0]?.[0] === mark) return;
  tell(`${scale}: seed`);
  await seed(server, bench, scale, join(here, "seed.sql"));
  tell(`${scale}: loading through our schema`);
  await load(server, scale, bench);
  await server.psql("postgres", ["-c", `comment on database ${pestor} is '${mark}'`]);
}

async function main([file]) {
  if (!file) throw new Error("which seed file? make bench-data SEED=FILE");
  const server = new Server();
  for (const scale of Object.keys(SCALES)) {
    const begun = performance.now();
    const scratch = `pestor_seed_${scale}`;
    try {
      await seed(server, scratch, scale, resolve(file));
      const seeded = performance.now();
      const counts = await load(server, scale, scratch);
      const s = (from, to) => ((to - from) / 1000).toFixed(1);
      console.log(`pestor_${scale}: ${counts.map(([what, n]) => `${n} ${what}`).join(", ")}; every row as seeded`);
      console.log(`  seed ${s(begun, seeded)} s, loading ${s(seeded, performance.now())} s`);
    } finally {
      await server.drop(scratch);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
