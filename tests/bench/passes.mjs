// The passes under wrk, and what is asked of ours in each: `must` and `aim` are multiples of the other server's rate.
// In a round every server of a pass has its turn, and the rounds are repeated: a machine that grows slower or faster while
// the benchmark runs meets them all alike.
import { each, get, list } from "./tiles.mjs";
import { wrk } from "./wrk.mjs";

export const CONNECTIONS = [8, 32];

const cached = ["nginx", "nginx-ours", "martin-cache", "ours-cache"];
export const PASSES = [
  {
    name: "cached-city",
    says: "cached, city",
    scale: "city",
    servers: cached,
    against: { nginx: { must: 0.7, aim: 1 }, "martin-cache": { must: 4 }, "nginx-ours": {} },
  },
  {
    name: "cached-nation",
    says: "cached, nation",
    scale: "nation",
    servers: cached,
    against: { nginx: { must: 0.5, aim: 0.8 }, "martin-cache": { must: 50 }, "nginx-ours": {} },
  },
  {
    name: "uncached-z13",
    says: "uncached, nation, z13 and deeper",
    scale: "nation",
    servers: ["martin", "ours"],
    against: { martin: { must: 4, aim: 6 } },
    zmin: 13,
  },
  {
    name: "uncached-nation",
    says: "uncached, nation, whole walk",
    scale: "nation",
    servers: ["martin", "ours"],
    against: { martin: { must: 10, aim: 20 } },
  },
  {
    name: "uncached-city",
    says: "uncached, city",
    scale: "city",
    servers: ["martin", "ours"],
    against: { martin: { must: 5, aim: 8 } },
  },
  ...["city", "nation"].map((scale) => ({
    name: `304-${scale}`,
    says: `304, ${scale}`,
    scale,
    servers: ["nginx", "ours-cache"],
    against: { nginx: { must: 0.8, aim: 1 } },
    tags: true,
  })),
];

/** Asks a server for every tile once: that it answers, what it weighs, its entity tag. Warms caches. */
export async function survey(server, tiles) {
  const found = { tags: new Map(), sent: new Map(), bytes: 0, empty: 0 };
  await each(tiles, 4, async (tile) => {
    const path = server.path(...tile, server.scale);
    const answer = await get(server.base + path);
    if (answer.status !== 200 && answer.status !== 204)
      throw new Error(`${server.name}: ${path}: status ${answer.status}`);
    found.bytes += answer.sent.length;
    found.empty += answer.sent.length === 0;
    found.sent.set(path, answer.sent);
    if (answer.headers.etag) found.tags.set(path, answer.headers.etag);
  });
  return found;
}

/** The lines for wrk: paths, with entity tags where the pass is about 304. A tag that does not bring a 304 is an error. */
async function lines(pass, server, tags) {
  const tiles = list(pass.scale).filter(([z]) => z >= (pass.zmin ?? 0));
  const paths = tiles.map((tile) => server.path(...tile, pass.scale));
  if (!pass.tags) return paths;
  const tagged = paths.filter((path) => tags.has(path)); // an empty tile (204) has no tag
  await each(tagged, 4, async (path) => {
    const answer = await get(server.base + path, { "if-none-match": tags.get(path) });
    if (answer.status !== 304)
      throw new Error(`${server.name}: ${path}: If-None-Match brings ${answer.status}, not 304`);
  });
  return tagged.map((path) => `${path} ${tags.get(path)}`);
}

/** All rounds of some passes of one scale. `servers`: running ones by name; `tags`: entity tags by name and path. */
export async function rounds(passes, { servers, tags, seconds, repetitions, scratch, databasePid, tell }) {
  const turns = [];
  for (const pass of passes) {
    for (const name of pass.servers.filter((name) => servers[name])) {
      const server = servers[name];
      const paths = await lines(pass, server, tags[name]);
      for (const connections of CONNECTIONS) turns.push({ pass, server, paths, connections, results: [] });
    }
  }
  // By pass and connections, so that the servers that are compared follow each other.
  const groups = passes.flatMap((pass) =>
    CONNECTIONS.map((c) => turns.filter((t) => t.pass === pass && t.connections === c)),
  );
  for (let round = 0; round < repetitions; round++) {
    for (const group of groups) {
      tell(`round ${round + 1} of ${repetitions}: ${group[0].pass.says}, ${group[0].connections} connections`);
      // Another one begins in every round.
      const order = [...group.slice(round % group.length), ...group.slice(0, round % group.length)];
      for (const { server, paths, connections, results } of order) {
        const common = { base: server.base, paths, connections, scratch, pids: [server.pid, databasePid] };
        if (round === 0) await wrk({ ...common, seconds: 1 }); // connections, pools and caches get warm
        results.push(await wrk({ ...common, seconds }));
      }
    }
  }
  return turns.map(({ pass, server, connections, results }) => ({
    pass: pass.name,
    server: server.name,
    connections,
    results,
  }));
}
