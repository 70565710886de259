import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nearest } from '../src/heights';
import { grouped } from '../src/search';

const read = (lang: string) => {
  const text = readFileSync(new URL(`../locales/${lang}/map.ftl`, import.meta.url), 'utf8');
  return new Map([...text.matchAll(/^map-(\S+) = (.+)$/gm)].map(([, key, words]) => [key ?? '', words ?? '']));
};
const [pl, en] = [read('pl'), read('en')];

it('has every word in both languages', () => {
  expect([...pl.keys()].sort()).toEqual([...en.keys()].sort());
});

it('has words for every key that the scripts name', () => {
  const sources = new URL('../src/', import.meta.url);
  const code = readdirSync(sources)
    .map((name) => readFileSync(new URL(name, sources), 'utf8'))
    .join('\n');
  const named = [...code.matchAll(/\bt\('([a-z-]+)'\)/g)].map(([, key]) => key ?? '');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((key) => !pl.has(key))).toEqual([]);
});

it('has a word for every status, layer and kind', () => {
  const families: Record<string, string[]> = {
    status: ['free', 'open-call', 'reserved', 'occupied', 'renovation', 'withdrawn'],
    layer: ['organisations', 'support', 'premises'],
    kind: ['organisation', 'support', 'premises', 'offer', 'demand', 'equipment', 'district', 'street', 'address'],
    sheet: ['peek', 'half', 'full'],
  };
  for (const [family, members] of Object.entries(families)) {
    for (const member of members) expect(pl.has(`${family}-${member}`), `${family}-${member}`).toBe(true);
  }
});

it('snaps the sheet to the nearest height', () => {
  expect([0.1, 0.35, 0.5, 0.9].map(nearest)).toEqual(['peek', 'half', 'half', 'full']);
});

it('groups suggestions by kind in the order of the best of each', () => {
  const of = (kind: string, label: string) => ({ kind, label });
  const mixed = [of('premises', 'a'), of('organisation', 'b'), of('premises', 'c')];
  expect(grouped(mixed).map(({ label }) => label)).toEqual(['a', 'c', 'b']);
});
