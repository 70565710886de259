// The style of the map as a pure function: variant and addresses in, MapLibre style out.
import { DARK, LIGHT } from './palette.mjs';
import { placeLayers } from './places.mjs';
import { schematicLayers } from './schematic.mjs';

/** Root-relative addresses; the server makes them absolute for programs that need it, the map page does so for itself. */
export const BASE_URL = '/tiles/municipalities,districts,schematic.json';
export const NAMES_URL = '/tiles/municipalities,districts.json';
export const PLACES_URL = '/tiles/organisations,support,premises,footprints.json';

/**
 * @param {'light' | 'dark'} variant
 * @param {string} sprite address of the sprite without its extension
 * @returns {any} a MapLibre style without `glyphs`: text is drawn with the page's own Noto Sans
 */
export function buildStyle(variant, sprite) {
  const colours = variant === 'dark' ? DARK : LIGHT;
  return {
    version: 8,
    name: `PES-TOR (${variant})`,
    sprite: [{ id: 'pestor', url: sprite }],
    sources: {
      base: { type: 'vector', url: BASE_URL },
      // A district cut by tile borders would get its name once in every piece. Zoom 8 tiles hold a whole town, so the
      // names are drawn from those at every zoom.
      names: { type: 'vector', url: NAMES_URL, maxzoom: 8 },
      places: { type: 'vector', url: PLACES_URL },
      where: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      focus: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    },
    layers: [...schematicLayers(colours), ...placeLayers(colours)],
  };
}

/** What the map page reads beside the style: tooltips, addresses of things, zoom of a cluster's end. */
const PAGE_PROPERTIES = {
  organisations: ['id', 'name', 'activity', 'expansion_zoom'],
  support: ['id', 'name', 'expansion_zoom'],
  premises: ['id', 'name', 'status', 'area_m2', 'expansion_zoom'],
  footprints: ['id', 'name', 'status'],
};

/**
 * Every source layer the style draws from our tiles, with the properties that the style and the map page read: the server's tests compare this
 * list with what the tiles really carry.
 * @param {any} style
 * @returns {Record<string, string[]>}
 */
export function usedProperties(style) {
  /** @type {Record<string, Set<string>>} */
  const used = Object.fromEntries(Object.entries(PAGE_PROPERTIES).map(([name, list]) => [name, new Set(list)]));
  for (const layer of style.layers) {
    if (!layer['source-layer']) continue;
    used[layer['source-layer']] ??= new Set();
    const found = used[layer['source-layer']];
    collect([layer.filter, layer.layout, layer.paint], found);
  }
  return Object.fromEntries(
    Object.entries(used)
      .sort()
      .map(([name, set]) => [name, [...set].sort()]),
  );
}

/** @param {any} value @param {Set<string>} found */
function collect(value, found) {
  if (Array.isArray(value)) {
    if ((value[0] === 'get' || value[0] === 'has') && typeof value[1] === 'string') found.add(value[1]);
    for (const part of value) collect(part, found);
  } else if (value && typeof value === 'object') {
    for (const part of Object.values(value)) collect(part, found);
  }
}
