import { layers, namedFlavor } from '@protomaps/basemaps';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import type { StyleSpecification } from 'maplibre-gl';
import { expect, it } from 'vitest';
// @ts-expect-error plain modules without declarations
import { buildStyle } from '../../tiles-style/style.mjs';
import { absoluteStyle, composeStyle, foreignParts } from '../src/style';

it.each(['light', 'dark'])('makes a valid style of a Protomaps archive: %s', (flavour) => {
  const basemap = foreignParts({
    version: 8,
    sources: { protomaps: { type: 'vector', url: 'pmtiles://https://example.org/town.pmtiles' } },
    layers: layers('protomaps', namedFlavor(flavour), { lang: 'pl' }) as StyleSpecification['layers'],
  });
  const own: StyleSpecification = buildStyle('light', '/assets/sprite-x');
  const style = absoluteStyle(composeStyle(own, { filters: {}, layers: ['premises'], basemap }), 'http://localhost/');
  expect(validateStyleMin(style)).toEqual([]);
  // Without a sprite of its own no layer may ask for an image that nobody has.
  const images = style.layers.filter(({ id, layout }) => id.startsWith('basemap-') && layout && 'icon-image' in layout);
  expect(images).toEqual([]);
});
