// PostgreSQL's own client programs, told where the server is by PGHOST, PGPORT, PGUSER (and what else libpq reads).
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The folder with the newest installed PostgreSQL's programs, or nothing where only the PATH knows them. */
export function binaries() {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((dir) => existsSync(join(dir, "initdb")));
}

/** Full name of one of its programs. */
export function program(name) {
  const dir = binaries();
  return dir && existsSync(join(dir, name)) ? join(dir, name) : name;
}

/** Runs a program to its end; what it wrote to stdout. Throws with its stderr when it fails. */
export function run(command, args, { input, ...options } = {}) {
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return finished(child, command);
}

async function finished(child, name) {
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) {
    child[stream]?.setEncoding("utf8").on("data", (text) => (texts[stream] += text));
  }
  const status = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new Error(`${name} ended with status ${status}\n${texts.stderr.trim()}`);
  return texts.stdout;
}

/** A server; `env` holds the PG… variables that lead to it. */
export class Server {
  constructor(env = process.env) {
    this.env = env;
  }

  psqlArgs(database, args) {
    return ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, ...args];
  }

  /** Runs psql on a database. */
  psql(database, args, input) {
    return run(program("psql"), this.psqlArgs(database, args), { env: this.env, input });
  }

  /** Rows of a query, each an array of texts. */
  async rows(database, sql) {
    const text = await this.psql(database, ["-At", "-F", "\t", "-f", "-"], sql);
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split("\t"));
  }

  /** Makes a database anew; whoever uses the old one is thrown out. */
  recreate(database) {
    return this.psql("postgres", [
      ...["-c", "set client_min_messages = warning"],
      ...[
        "-c",
        `drop database if exists ${database} with (force)`,
        "-c",
        `create database ${database} template template0 encoding 'UTF8'`,
      ],
    ]);
  }

  drop(database) {
    return this.psql("postgres", [
      "-c",
      "set client_min_messages = warning",
      "-c",
      `drop database if exists ${database} with (force)`,
    ]);
  }

  /** Copies the rows of a query in one database to a table in another. */
  async copy(from, query, to, table) {
    const options = { env: this.env };
    const source = spawn(program("psql"), this.psqlArgs(from, ["-c", `copy (${query}) to stdout`]), {
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const sink = spawn(program("psql"), this.psqlArgs(to, ["-c", `copy ${table} from stdin`]), {
      ...options,
      stdio: [source.stdout, "pipe", "pipe"],
    });
    source.stdout.destroy();
    const [, said] = await Promise.all([finished(source, `psql ${from}`), finished(sink, `psql ${to}`)]);
    return said;
  }
}
