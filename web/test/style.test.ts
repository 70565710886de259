import { readFileSync } from 'node:fs';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import type { StyleSpecification } from 'maplibre-gl';
import { describe, expect, it } from 'vitest';
// @ts-expect-error plain modules without declarations
import { DARK, LIGHT } from '../../tiles-style/palette.mjs';
// @ts-expect-error plain modules without declarations
import { buildStyle, usedProperties } from '../../tiles-style/style.mjs';
import { absoluteStyle, composeStyle, foreignParts, layerOf } from '../src/style';

const own: StyleSpecification = buildStyle('light', '/assets/sprite-x');
const everything = { filters: {}, layers: ['organisations', 'support', 'premises'] as const, basemap: null };

describe('our style', () => {
  it.each(['light', 'dark'] as const)('passes the validator: %s', (variant) => {
    expect(validateStyleMin(buildStyle(variant, '/assets/sprite-x'))).toEqual([]);
  });

  it('reads exactly the properties on the list', () => {
    const list = JSON.parse(readFileSync(new URL('../../tiles-style/properties.json', import.meta.url), 'utf8'));
    expect(usedProperties(own)).toEqual(list);
  });

  it('has both variants complete', () => {
    expect(Object.keys(DARK)).toEqual(Object.keys(LIGHT));
  });

  it('asks nobody for fonts', () => {
    expect(own.glyphs).toBeUndefined();
  });
});

describe('the style on the page', () => {
  it('hides layers that are off and filters the places', () => {
    const style = composeStyle(own, { ...everything, layers: ['premises'], filters: { status: ['free'] } });
    for (const layer of style.layers) {
      const hidden = 'layout' in layer && layer.layout?.visibility === 'none';
      expect(hidden, layer.id).toBe(['organisations', 'support'].includes(layerOf(layer) ?? ''));
    }
    expect(style.sources.places).toMatchObject({
      url: '/tiles/organisations,support,premises,footprints.json?status=free',
    });
  });

  it('lays places and borders on another basemap and sets its text in our font', () => {
    const basemap = foreignParts({
      version: 8,
      glyphs: 'https://example.org/{fontstack}/{range}.pbf',
      sprite: 'https://example.org/sprite',
      sources: { places: { type: 'vector', url: 'https://example.org/tiles.json' } },
      layers: [
        { id: 'water', type: 'fill', source: 'places', 'source-layer': 'water' },
        {
          id: 'label',
          type: 'symbol',
          source: 'places',
          'source-layer': 'name',
          layout: { 'text-field': 'x', 'text-font': ['Open Sans Bold'] },
        },
      ],
    });
    const style = composeStyle(own, { ...everything, basemap });
    const ids = style.layers.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 2)).toEqual(['basemap-water', 'basemap-label']);
    expect(ids).not.toContain('background');
    expect(ids).toContain('municipality-outline');
    expect(style.glyphs).toBeUndefined();
    expect(style.layers[1]).toMatchObject({ layout: { 'text-font': ['Noto Sans SemiBold'] } });
    expect(style.sprite).toEqual([
      { id: 'default', url: 'https://example.org/sprite' },
      { id: 'pestor', url: '/assets/sprite-x' },
    ]);
    expect(validateStyleMin(absoluteStyle(style, 'http://localhost/'))).toEqual([]);
  });

  it('makes addresses absolute and keeps tile templates as they are', () => {
    const style = absoluteStyle(
      { version: 8, sources: { a: { type: 'vector', tiles: ['/t/{z}/{x}/{y}.mvt'] } }, layers: [], sprite: '/s' },
      'https://example.org/style.json',
    );
    expect(style.sources.a).toMatchObject({ tiles: ['https://example.org/t/{z}/{x}/{y}.mvt'] });
    expect(style.sprite).toEqual([{ id: 'default', url: 'https://example.org/s' }]);
  });
});
