// Lists of tiles, asking for tiles, and what is in them.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** The tiles of a list in urls/: [z, x, y] each. */
export function list(name) {
  const lines = readFileSync(join(import.meta.dirname, "urls", `${name}.txt`), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => line.split("/").map(Number));
}

/** Asks for a path: status, headers, the bytes as they were sent, and how long it took. */
export function get(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    request(url, { agent, headers: { "accept-encoding": "gzip", ...headers } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const sent = Buffer.concat(parts);
        const raw = () => (answer.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent);
        resolve({ status: answer.statusCode, headers: answer.headers, sent, raw, ms: performance.now() - begun });
      });
    })
      .on("error", reject)
      .end();
  });
}

/** Does something for every item, `width` at a time. */
export async function each(items, width, work) {
  let next = 0;
  const one = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: width }, one));
}

/** A protobuf number at a place: the number and the place after it. */
function varint(bytes, at) {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}

/** The fields of a protobuf message: [number, value]; a value is a number, or bytes. */
function* fields(bytes) {
  for (let at = 0, key, content; at < bytes.length;) {
    [key, at] = varint(bytes, at);
    const kind = key & 7;
    if (kind === 0 || kind === 2) [content, at] = varint(bytes, at);
    if (kind !== 0) {
      const length = kind === 2 ? content : kind === 1 ? 8 : 4;
      content = bytes.subarray(at, at + length);
      at += length;
    }
    yield [key >> 3, content];
  }
}

function* packed(bytes) {
  for (let at = 0, value; at < bytes.length;) {
    [value, at] = varint(bytes, at);
    yield value;
  }
}

function property(bytes) {
  for (const [field, content] of fields(bytes)) {
    if (field === 1) return content.toString("utf8");
    if (field === 2) return content.readFloatLE();
    if (field === 3) return content.readDoubleLE();
    if (field === 6) return content % 2 ? -(content + 1) / 2 : content / 2;
    return field === 7 ? content === 1 : content;
  }
}

/** An MVT tile: the features' properties, by layer. Enough to find a feature by its name, and to count. */
export function decode(tile) {
  const found = {};
  for (const [field, layer] of fields(tile)) {
    if (field !== 3) continue;
    const [keys, values, features] = [[], [], []];
    let name;
    for (const [part, content] of fields(layer)) {
      if (part === 1) name = content.toString("utf8");
      if (part === 2) features.push([...packed([...fields(content)].find(([number]) => number === 2)?.[1] ?? [])]);
      if (part === 3) keys.push(content.toString("utf8"));
      if (part === 4) values.push(property(content));
    }
    found[name] = features.map((tags) => {
      const pairs = tags.map((key, i) => [keys[key], values[tags[i + 1]]]).filter((_, i) => i % 2 === 0);
      return Object.fromEntries(pairs);
    });
  }
  return found;
}
