// The tables that `make bench` prints. What is measured is said; nothing here fails a build.
import { AIM as ANY_AIM, MUST as ANY_MUST } from "./any.mjs";
import { AIM as CHANGE_AIM, MUST as CHANGE_MUST } from "./changes.mjs";
import { CONNECTIONS, PASSES } from "./passes.mjs";
import { PEERS } from "./peers.mjs";

export const MEMORY = { must: { rss_mib: 350, ready_ms: 6000 }, aim: { rss_mib: 200, ready_ms: 3000 } };

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const spread = (values) => (50 * (Math.max(...values) - Math.min(...values))) / Math.max(median(values), 1e-9);
const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const range = (values) => `${digits(Math.min(...values))}–${digits(Math.max(...values))}`;
const kb = (bytes) => (bytes / 1000).toFixed(1);

/** A table as Markdown, its columns aligned. */
export function table(head, rows) {
  const cells = [head, ...rows.map((row) => row.map((cell) => String(cell ?? "")))];
  const width = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(width[i])).join(" | ")} |`;
  return [line(head), `|${width.map((n) => "-".repeat(n + 2)).join("|")}|`, ...cells.slice(1).map(line)].join("\n");
}

/** Reached or not; nothing where nothing is asked. `least`: more is better. */
const verdict = (value, asked, least) =>
  asked === undefined ? "" : (least ? value >= asked : value <= asked) ? "yes" : "NO";
const limit = (asked, least, unit = "") => (asked === undefined ? "" : `${least ? "≥" : "≤"} ${asked}${unit}`);

/** A line of the table: what, connections, the value in words, and both limits with their verdicts. */
const asked = (what, connections, said, value, must, aim, least, unit) => [
  ...[what, connections, said, limit(must, least, unit), verdict(value, must, least)],
  ...[limit(aim, least, unit), verdict(value, aim, least)],
];

/** Ratios to the other servers: in each round for itself, then the median of the rounds. */
function ratios(turns) {
  const rows = [];
  for (const { name, says, servers, against } of PASSES) {
    const own = servers.at(-1);
    for (const [other, { must, aim }] of Object.entries(against)) {
      for (const connections of CONNECTIONS) {
        const of = (server) =>
          turns.find((t) => t.pass === name && t.server === server && t.connections === connections);
        if (!of(own) || !of(other)) continue;
        const each = of(own).results.map((result, i) => result.per_s / of(other).results[i].per_s);
        rows.push(
          asked(
            `${says} ÷ ${other}`,
            connections,
            `${digits(median(each))} (${range(each)})`,
            median(each),
            must,
            aim,
            true,
          ),
        );
      }
    }
  }
  return rows;
}

function anyRows(any) {
  return any.flatMap(({ says, results, sweeps }) => {
    const known = sweeps.filter((found) => !found.refused);
    const heaviest = known.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const p99 = results.map((result) => result.p99_ms);
    const p50 = digits(median(results.map((result) => result.p50_ms)));
    return [
      asked(
        `heaviest tile, nation, ${says}`,
        "",
        `${kb(heaviest.bytes)} kB gzip`,
        heaviest.bytes / 1000,
        ANY_MUST.kb,
        ANY_AIM.kb,
        false,
        " kB",
      ),
      asked(
        `p99, nation, uncached, ${says}`,
        8,
        `${digits(median(p99))} ms (${range(p99)}), p50 ${p50}`,
        median(p99),
        ANY_MUST.p99_ms,
        ANY_AIM.p99_ms,
        false,
        " ms",
      ),
    ];
  });
}

function memoryRows({ starts, memory }) {
  const ready = starts.map((start) => start.ready_ms);
  const { must, aim } = MEMORY;
  return [
    asked(
      "nation, start to ready",
      "",
      `${digits(median(ready))} ms (${range(ready)})`,
      median(ready),
      must.ready_ms,
      aim.ready_ms,
      false,
      " ms",
    ),
    ...Object.entries(memory).map(([name, { start, end }]) => {
      const most = Math.max(start.rss, end.rss);
      const said = `${digits(start.rss)} MiB at the start, ${digits(end.rss)} after all (at most ${digits(end.peak)})`;
      return name.startsWith("ours")
        ? asked(`nation, memory, ${name}`, "", said, most, must.rss_mib, aim.rss_mib, false, " MiB")
        : asked(`nation, memory, ${name}`, "", said);
    }),
  ];
}

function changeRows({ latency, rates }) {
  const rows = Object.entries(latency).map(([name, found]) => {
    const shown = found.map((one) => one.shown_ms);
    const sql = digits(median(found.map((one) => one.sql_ms)));
    const said = `${digits(median(shown))} ms, at most ${digits(Math.max(...shown))} (the statement alone ${sql})`;
    return asked(
      `change on the tile, nation, ${name}`,
      "",
      said,
      Math.max(...shown),
      CHANGE_MUST.shown_ms,
      CHANGE_AIM.shown_ms,
      false,
      " ms",
    );
  });
  for (const [name, found] of Object.entries(rates)) {
    const each = found.map(({ peace, changes }) => changes.per_s / peace.per_s);
    const said = `${digits(median(each))} (${range(each)})`;
    rows.push(
      asked(`rate during changes ÷ in peace, ${name}`, 8, said, median(each), CHANGE_MUST.rate, undefined, true),
    );
  }
  return rows;
}

/** The passes in full. */
function passTable(turns) {
  const rows = turns.map(({ pass, server, connections, results }) => {
    const of = (key) => results.map((result) => result[key]);
    const cpu = (i) => digits(median(results.map((result) => result.cpu_ms[i])));
    const errors = of("errors").reduce((a, b) => a + b, 0);
    return [
      ...[
        pass,
        server,
        connections,
        digits(median(of("per_s"))),
        `${spread(of("per_s")).toFixed(0)} %`,
        digits(median(of("p50_ms"))),
      ],
      ...[digits(median(of("p99_ms"))), digits(median(of("mb_per_s"))), cpu(0), cpu(1)],
      ...[`${(100 * median(of("foreign"))).toFixed(0)} %`, errors || ""],
    ];
  });
  const head = [
    "pass",
    "server",
    "conn.",
    "tiles/s",
    "±",
    "p50 ms",
    "p99 ms",
    "MB/s",
    "server CPU ms",
    "database CPU ms",
    "foreign CPU",
    "errors",
  ];
  return table(head, rows);
}

function sizeTable(sizes) {
  const rows = sizes.map(({ scale, server, tile, raw, sent, features, ms }) => [
    ...[
      scale,
      tile,
      server,
      kb(raw),
      kb(sent),
      Object.entries(features)
        .map(([layer, n]) => `${n} ${layer}`)
        .join(", "),
    ],
    digits(ms),
  ]);
  return table(["scale", "tile", "server", "kB", "kB gzip", "features", "ms"], rows);
}

function filterTable(any) {
  const rows = any.flatMap(({ sweeps }) =>
    sweeps.map(({ filter, refused, first_ms, bytes, heaviest }) =>
      refused
        ? [filter, "refused", "", refused]
        : [filter || "(none)", digits(first_ms), kb(bytes), heaviest.split("/").slice(3).join("/").split(".")[0]],
    ),
  );
  return table(["filter", "first tile ms", "heaviest kB gzip", "which"], rows);
}

/** Everything that was measured; parts that were not are left out. */
export function report({ machine, settings, notes, turns = [], any, starts, memory, latency, rates, sizes }) {
  const rows = [
    ...ratios(turns),
    ...(any ? anyRows(any) : []),
    ...(starts ? memoryRows({ starts, memory }) : []),
    ...(latency ? changeRows({ latency, rates }) : []),
  ];
  const parts = [`# Benchmark\n\n${machine}; ${settings}`, ...notes.map((note) => `- ${note}`)];
  if (rows.length)
    parts.push(
      "\n## What is asked\n\n" + table(["what", "conn.", "median (range)", "must", "reached", "aim", "reached"], rows),
    );
  if (turns.length) {
    const names = [...new Set(turns.map((turn) => turn.server))];
    const legend = names.map((name) => `- ${name}: ${PEERS[name].says}`).join("\n");
    parts.push(`\n## Passes\n\nMedians of the rounds; CPU is for one tile.\n${legend}\n\n${passTable(turns)}`);
  }
  if (sizes?.length) parts.push("\n## Tiles over the largest centre\n\n" + sizeTable(sizes));
  if (any) parts.push("\n## Filters\n\n" + filterTable(any));
  return parts.join("\n");
}
