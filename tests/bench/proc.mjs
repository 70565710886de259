// What processes cost, read from /proc: CPU time and memory of a process with all its children.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // the process has ended meanwhile
  }
}

/** The fields of /proc/…/stat after the name: state, parent, … */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** A process and everything below it. */
function tree(root) {
  const children = new Map();
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = Number(stat(name)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** CPU seconds of a process, its children and the children that have ended. */
export function cpu(root) {
  let sum = 0;
  for (const pid of tree(root)) {
    const fields = stat(pid);
    // utime, stime; for the root also those of children it has waited for.
    if (fields) sum += fields.slice(11, pid === root ? 15 : 13).reduce((a, b) => a + Number(b), 0);
  }
  return sum / ticks;
}

/** CPU seconds of this process and of the children it has waited for (wrk, psql). */
export function ownCpu() {
  return (
    stat("self")
      .slice(11, 15)
      .reduce((a, b) => a + Number(b), 0) / ticks
  );
}

/** MiB of a process with its children: in memory now, and the most there was. */
export function memory(root) {
  const sum = { rss: 0, peak: 0 };
  for (const pid of tree(root)) {
    const text = read(`/proc/${pid}/status`) ?? "";
    sum.rss += Number(text.match(/VmRSS:\s+(\d+)/)?.[1] ?? 0) / 1024;
    sum.peak += Number(text.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1024;
  }
  return sum;
}

/** Seconds in which a core of this machine was busy. */
export function busy() {
  const fields = readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/).slice(1, 9).map(Number);
  return (fields.reduce((a, b) => a + b, 0) - fields[3] - fields[4]) / ticks;
}
