// Leaves a brotli and a gzip twin beside every text file of the build: compressed once here, never while serving.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
/** Smaller files gain nothing. */
const SMALLEST = 1024;

for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|css|json|svg)$/.test(name) || name.startsWith('.vite')) continue;
  const file = join(dist, name);
  const content = readFileSync(file);
  if (content.length < SMALLEST) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}
