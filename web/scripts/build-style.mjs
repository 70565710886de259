// Builds the map style and its sprite from tiles-style/ into dist/, and the list of properties the style reads.
// Fails when the style validator finds anything.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { Resvg } from '@resvg/resvg-js';
import { osmLayers, SOURCE } from '../../tiles-style/osm.mjs';
import { allMarks, GLYPHS, spriteSheet } from '../../tiles-style/marks.mjs';
import { buildStyle, usedProperties } from '../../tiles-style/style.mjs';

const require = createRequire(import.meta.url);
const out = new URL('../dist/', import.meta.url);
const assets = new URL('assets/', out);
mkdirSync(assets, { recursive: true });

/** The inside of a Maki SVG file. */
function makiGlyph(name) {
  const svg = readFileSync(require.resolve(`@mapbox/maki/icons/${name}.svg`), 'utf8');
  return svg
    .replace(/^[\s\S]*?<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .trim();
}

const marks = allMarks(Object.fromEntries(GLYPHS.map((name) => [name, makiGlyph(name)])));

// The name carries a hash of the content, so that the sprite can be cached for ever like every other asset.
const hash = createHash('sha256').update(JSON.stringify(marks)).digest('base64url').slice(0, 8);
for (const ratio of [1, 2]) {
  const { svg, index } = spriteSheet(marks, ratio);
  const suffix = ratio === 1 ? '' : `@${ratio}x`;
  writeFileSync(
    new URL(`sprite-${hash}${suffix}.png`, assets),
    new Resvg(svg, { fitTo: { mode: 'zoom', value: ratio } }).render().asPng(),
  );
  writeFileSync(new URL(`sprite-${hash}${suffix}.json`, assets), JSON.stringify(index));
}

const known = new Set(marks.map((mark) => `pestor:${mark.name}`));
for (const [variant, file] of [
  ['light', 'style.json'],
  ['dark', 'style-dark.json'],
]) {
  const style = buildStyle(variant, `/assets/sprite-${hash}`);
  const problems = validateStyleMin(style).map((problem) => problem.message);
  for (const [, name] of JSON.stringify(style.layers).matchAll(/"(pestor:[a-z0-9_-]+[a-z0-9])"/g)) {
    if (!known.has(name) && !/^pestor:(role|layer)$/.test(name)) problems.push(`no mark is called ${name}`);
  }
  if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}`);
  writeFileSync(new URL(file, out), JSON.stringify(style));
}

// The detailed basemap is laid under that style in the browser.
for (const variant of /** @type {const} */ (['light', 'dark'])) {
  const sources = { [SOURCE]: { type: 'vector', tiles: ['https://example.org/{z}/{x}/{y}'] } };
  const problems = validateStyleMin({ version: 8, sources, layers: osmLayers(variant) });
  if (problems.length > 0) throw new Error(`osm.mjs: ${problems.map((problem) => problem.message).join('; ')}`);
}

// One line a layer, as the formatter leaves it.
const lines = Object.entries(usedProperties(buildStyle('light', '/sprite'))).map(
  ([layer, names]) => `  "${layer}": [${names.map((name) => `"${name}"`).join(', ')}]`,
);
writeFileSync(new URL('../../tiles-style/properties.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`);
console.log(`style: ${marks.length} marks, sprite-${hash}`);
