// Ready files for nginx: compressed once, at level 6, as a server that makes tiles would.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { list } from "./tiles.mjs";

function write(root, folder, [z, x, y], bytes) {
  const file = join(root, folder, String(z), String(x), `${y}.pbf.gz`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

/** The peers' tiles, made by ST_AsMVT in their database. */
export async function peersTiles(server, scale, root) {
  const tiles = [...list(scale), ...list(`fixed-${scale}`)];
  const values = tiles.map((tile) => `(${tile.join(",")})`).join(",");
  const rows = await server.rows(
    `bench_${scale}`,
    `select z, x, y, encode(tile3(z, x, y), 'hex') from (values ${values}) t(z, x, y)`,
  );
  for (const [z, x, y, hex] of rows)
    write(root, scale, [z, x, y], gzipSync(Buffer.from(hex ?? "", "hex"), { level: 6 }));
}

/** Our tiles, byte for byte as our server sends them. */
export function ourTiles(server, sent, root) {
  for (const tile of list(server.scale)) {
    const bytes = sent.get(server.path(...tile, server.scale));
    // An empty tile has no body; a file has to be one that gzip can read.
    write(root, `ours-${server.scale}`, tile, bytes.length ? bytes : gzipSync(""));
  }
}
