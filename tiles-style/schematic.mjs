// The schematic basemap: the city, its water, greenery, rail, main axes and bridges, all from our own data.

/** @typedef {import('./palette.mjs').Palette} Palette */

const BASE = 'base';
export const FONT = ['Noto Sans'];
export const FONT_STRONG = ['Noto Sans SemiBold'];

/** Metadata by which the map page tells what a third-party basemap replaces and what it must keep. */
const schematic = { 'pestor:role': 'schematic' };
const boundary = { 'pestor:role': 'boundary' };

const kind = (name) => ['==', ['get', 'kind'], name];
const line = ['==', ['geometry-type'], 'LineString'];
const polygon = ['==', ['geometry-type'], 'Polygon'];

/** Line width for the three ranks of a street or bridge, `extra` px wider for its casing. */
function width(extra) {
  const at = (first, second, third) => ['match', ['get', 'rank'], 1, first + extra, 2, second + extra, third + extra];
  return [
    'interpolate',
    ['exponential', 1.4],
    ['zoom'],
    10,
    at(1.2, 0.7, 0.4),
    13,
    at(4, 2.6, 1.6),
    16,
    at(13, 9, 6),
    19,
    at(40, 30, 20),
  ];
}

/** A road's edge and its surface, drawn separately so that crossings join. @param {Palette} c */
function roads(c) {
  const edge = { 'line-cap': 'round', 'line-join': 'round' };
  const shared = { type: 'line', source: BASE, 'source-layer': 'schematic', metadata: schematic };
  // Small streets come in later, so that the overview shows the main axes only.
  const visible = ['>=', ['zoom'], ['match', ['get', 'rank'], 1, 0, 2, 10.5, 12]];
  const street = ['all', kind('street'), line, visible];
  const bridge = ['all', kind('bridge'), line];
  return [
    {
      ...shared,
      id: 'street-casing',
      filter: street,
      layout: edge,
      paint: { 'line-color': c.casing, 'line-width': width(1.6) },
    },
    {
      ...shared,
      id: 'street',
      filter: street,
      layout: edge,
      paint: { 'line-color': c.street, 'line-width': width(0) },
    },
    {
      ...shared,
      id: 'bridge-casing',
      filter: bridge,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': c.bridge, 'line-width': width(3) },
    },
    {
      ...shared,
      id: 'bridge',
      filter: bridge,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': c.street, 'line-width': width(0) },
    },
    {
      ...shared,
      id: 'rail',
      filter: ['all', kind('rail'), line],
      paint: { 'line-color': c.rail, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 1, 16, 3] },
    },
    {
      ...shared,
      id: 'rail-ties',
      minzoom: 12,
      filter: ['all', kind('rail'), line],
      paint: {
        'line-color': c.railTie,
        'line-dasharray': [4, 4],
        'line-width': ['interpolate', ['linear'], ['zoom'], 12, 0.8, 16, 1.8],
      },
    },
  ];
}

/** Names of streets, bridges, water and greenery. @param {Palette} c */
function names(c) {
  const shared = { type: 'symbol', source: BASE, 'source-layer': 'schematic', metadata: schematic };
  const along = {
    'symbol-placement': 'line',
    'text-field': ['get', 'name'],
    'text-font': FONT,
    'text-max-angle': 35,
    'text-padding': 8,
  };
  const halo = { 'text-halo-color': c.halo, 'text-halo-width': 1.5 };
  return [
    {
      ...shared,
      id: 'street-name',
      minzoom: 12.5,
      filter: [
        'all',
        kind('street'),
        line,
        ['has', 'name'],
        ['>=', ['zoom'], ['match', ['get', 'rank'], 1, 12.5, 2, 13.5, 14.5]],
      ],
      layout: { ...along, 'symbol-spacing': 320, 'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10.5, 16, 13] },
      paint: { 'text-color': c.streetText, ...halo },
    },
    {
      ...shared,
      id: 'bridge-name',
      minzoom: 12.5,
      filter: ['all', kind('bridge'), line, ['has', 'name']],
      layout: { ...along, 'symbol-spacing': 600, 'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10.5, 16, 13] },
      paint: { 'text-color': c.text, ...halo },
    },
    {
      ...shared,
      id: 'water-name-line',
      filter: ['all', kind('water'), line, ['has', 'name']],
      layout: {
        ...along,
        'symbol-spacing': 420,
        'text-letter-spacing': 0.12,
        'text-size': ['interpolate', ['linear'], ['zoom'], 10, 11, 15, 15],
      },
      paint: { 'text-color': c.waterText, 'text-halo-color': c.water, 'text-halo-width': 1 },
    },
    {
      ...shared,
      id: 'area-name',
      minzoom: 12.5,
      filter: ['all', ['match', ['get', 'kind'], ['water', 'green'], true, false], polygon, ['has', 'name']],
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONT,
        'text-max-width': 8,
        'text-padding': 24,
        'text-size': 11.5,
      },
      paint: {
        'text-color': ['match', ['get', 'kind'], 'water', c.waterText, c.greenText],
        'text-halo-color': ['match', ['get', 'kind'], 'water', c.water, c.green],
        'text-halo-width': 1,
      },
    },
  ];
}

/** Borders and quiet names of districts, and the city's outline. @param {Palette} c */
function borders(c) {
  return [
    {
      id: 'district-border',
      type: 'line',
      source: BASE,
      'source-layer': 'districts',
      metadata: boundary,
      paint: {
        'line-color': c.district,
        'line-dasharray': [3, 2.5],
        'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.7, 15, 1.6],
      },
    },
    {
      id: 'municipality-outline',
      type: 'line',
      source: BASE,
      'source-layer': 'municipalities',
      metadata: boundary,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': c.boundary,
        'line-opacity': 0.75,
        'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 12, 2, 16, 3],
      },
    },
  ];
}

/** @param {Palette} c */
function placeNames(c) {
  const halo = { 'text-halo-color': c.land, 'text-halo-width': 1.5 };
  return [
    {
      id: 'district-name',
      type: 'symbol',
      source: 'names',
      'source-layer': 'districts',
      metadata: schematic,
      minzoom: 10.7,
      maxzoom: 15.5,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONT_STRONG,
        'text-max-width': 7,
        'text-padding': 3,
        'text-variable-anchor': ['center', 'bottom', 'top', 'left', 'right'],
        'text-radial-offset': 1.6,
        'text-size': ['interpolate', ['linear'], ['zoom'], 11, 10.5, 15, 15],
      },
      paint: { 'text-color': c.districtText, ...halo },
    },
    {
      id: 'municipality-name',
      type: 'symbol',
      source: 'names',
      'source-layer': 'municipalities',
      metadata: schematic,
      maxzoom: 11,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONT_STRONG,
        'text-padding': 20,
        'text-size': ['interpolate', ['linear'], ['zoom'], 7, 11, 11, 16],
      },
      paint: { 'text-color': c.text, ...halo },
    },
  ];
}

/** The whole schematic basemap, bottom to top. @param {Palette} c */
export function schematicLayers(c) {
  const area = { source: BASE, 'source-layer': 'schematic', metadata: schematic };
  return [
    { id: 'background', type: 'background', metadata: schematic, paint: { 'background-color': c.outside } },
    {
      id: 'municipality',
      type: 'fill',
      source: BASE,
      'source-layer': 'municipalities',
      metadata: schematic,
      paint: { 'fill-color': c.land },
    },
    { ...area, id: 'green', type: 'fill', filter: ['all', kind('green'), polygon], paint: { 'fill-color': c.green } },
    {
      ...area,
      id: 'water',
      type: 'fill',
      filter: ['all', kind('water'), polygon],
      paint: { 'fill-color': c.water, 'fill-outline-color': c.waterLine },
    },
    {
      ...area,
      id: 'water-line',
      type: 'line',
      filter: ['all', kind('water'), line],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': c.water, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 1, 16, 6] },
    },
    ...roads(c),
    ...borders(c),
    ...names(c),
    ...placeNames(c),
  ];
}
