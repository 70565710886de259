// "Any tile": what the heaviest tile of the nation weighs and how long tiles take, without filters and with all kinds of them.
import { each, get, list } from "./tiles.mjs";
import { wrk } from "./wrk.mjs";

export const MUST = { kb: 150, p99_ms: 50 };
export const AIM = { kb: 60, p99_ms: 15 };

/** Filters of every layer, alone and combined, that let through much or little. */
export const FILTERS = [
  "legal_form=foundation",
  "legal_form=foundation&legal_form=association&activity=education",
  "activity=culture",
  "has=offers",
  "has=offers&has=demand&legal_form=social_cooperative",
  "kind=owes&kind=incubator",
  "status=free",
  "status=free&status=reserved&use=office&area_min=40&area_max=320.5",
  "status=occupied&accessible=true",
  "use=shop&use=services",
  "area_min=300",
  "on=2024-06-01",
  "on=2024-06-01&status=free&use=workshop",
  "q=fundacja",
  "q=mickiewicza&status=free",
  "bbox=18.4,52.9,18.8,53.2",
  "legal_form=sports_club&kind=other&status=free&use=storage",
];

const layers = "organisations,support,premises,footprints";

/** The tiles of the list, and below its zooms every tile of the country. */
function tiles() {
  const world = [];
  for (let z = 0; z < 6; z++) {
    const x = (lon) => Math.floor(((lon + 180) / 360) * 2 ** z);
    const y = (lat) => Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z);
    for (let i = x(14.1); i <= x(24.2); i++) for (let j = y(54.9); j <= y(49); j++) world.push([z, i, j]);
  }
  return [...world, ...list("nation")];
}

/** Every tile once under one filter: the heaviest, and the very first, which finds out what the filter lets through. */
async function sweep(server, filter) {
  const query = filter ? `?${filter}` : "";
  const paths = tiles().map(([z, x, y]) => `/tiles/${layers}/${z}/${x}/${y}.mvt${query}`);
  const first = await get(server.base + paths[0]);
  if (first.status === 400) return { filter, refused: first.sent.toString("utf8").slice(0, 200) };
  const found = { filter, first_ms: first.ms, bytes: 0, heaviest: "", paths };
  await each(paths, 4, async (path) => {
    const answer = await get(server.base + path);
    if (answer.status > 204) throw new Error(`${path}: status ${answer.status}`);
    if (answer.sent.length > found.bytes) Object.assign(found, { bytes: answer.sent.length, heaviest: path });
  });
  return found;
}

/** Takes the paths of several lists in turn, far from their order. */
function mixed(lists) {
  const all = lists.flat();
  // A step without a common divisor goes through all of them once.
  let step = Math.floor(all.length * 0.618) | 1;
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  while (divisor(step, all.length) !== 1) step += 2;
  return all.map((_, i) => all[(i * step) % all.length]);
}

/** `server`: ours without cache. Two rows: without filters, with filters. */
export async function anyTile(server, { seconds, repetitions, scratch, databasePid, tell }) {
  const rows = [];
  for (const [says, filters] of [
    ["unfiltered", [""]],
    ["filtered", FILTERS],
  ]) {
    tell(`any tile, ${says}`);
    const sweeps = [];
    for (const filter of filters) sweeps.push(await sweep(server, filter));
    const known = sweeps.filter((found) => !found.refused);
    const paths = mixed(known.map((found) => found.paths));
    const results = [];
    for (let round = 0; round < repetitions; round++) {
      const common = { base: server.base, paths, connections: 8, scratch, pids: [server.pid, databasePid] };
      results.push(await wrk({ ...common, seconds }));
    }
    rows.push({ says, results, sweeps: sweeps.map(({ paths: _, ...rest }) => rest) });
  }
  return rows;
}
