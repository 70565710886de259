// The detailed basemap: what osm.lua took of OpenStreetMap, as quiet as the schematic one, in the same colours.
import { DARK, LIGHT } from './palette.mjs';
import { FONT, FONT_STRONG } from './schematic.mjs';

/** @typedef {import('./palette.mjs').Palette} Palette */

/** Name of the source; the map page gives its address. */
export const SOURCE = 'osm';

const rank = ['get', 'rank'];
const above = ['!', ['has', 'tunnel']];
const area = ['==', ['geometry-type'], 'Polygon'];
const line = ['==', ['geometry-type'], 'LineString'];
const point = ['==', ['geometry-type'], 'Point'];
const layer = (name) => ({ source: SOURCE, 'source-layer': name });

/** Line width by rank; `extra` px more for the edge. */
function width(extra) {
  const at = (first, second, third, fourth, fifth) => [
    'match',
    rank,
    1,
    first + extra,
    2,
    second + extra,
    3,
    third + extra,
    4,
    fourth + extra,
    fifth + extra,
  ];
  return [
    'interpolate',
    ['exponential', 1.4],
    ['zoom'],
    8,
    at(0.8, 0.5, 0.3, 0, 0),
    13,
    at(4, 2.8, 1.6, 0.6, 0.4),
    16,
    at(13, 10, 7.5, 4, 1.4),
    20,
    at(70, 56, 44, 24, 7),
  ];
}

/** @param {Palette} c */
function ground(c) {
  return [
    { id: 'osm-background', type: 'background', paint: { 'background-color': c.land } },
    { ...layer('green'), id: 'osm-green', type: 'fill', filter: area, paint: { 'fill-color': c.green } },
    {
      ...layer('water'),
      id: 'osm-water-line',
      type: 'line',
      filter: ['all', line, above],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': c.water,
        'line-width': [
          'interpolate',
          ['exponential', 1.4],
          ['zoom'],
          8,
          ['match', ['get', 'kind'], 'river', 1, 0.4],
          16,
          ['match', ['get', 'kind'], 'river', 8, 'canal', 6, 2],
        ],
      },
    },
    {
      ...layer('water'),
      id: 'osm-water',
      type: 'fill',
      filter: area,
      paint: { 'fill-color': c.water, 'fill-outline-color': c.waterLine },
    },
    {
      ...layer('buildings'),
      id: 'osm-buildings',
      type: 'fill',
      minzoom: 13.5,
      paint: {
        'fill-color': c.building,
        'fill-outline-color': c.buildingLine,
        'fill-opacity': ['interpolate', ['linear'], ['zoom'], 13.5, 0, 14.5, 1],
      },
    },
  ];
}

/** Edges below surfaces, so that crossings join; what goes through a tunnel only as a faint dashed line. @param {Palette} c */
function ways(c) {
  const edge = { 'line-cap': 'round', 'line-join': 'round' };
  const street = { ...layer('streets'), type: 'line' };
  const carriageway = ['all', line, above, ['<=', rank, 4]];
  const bridge = ['all', carriageway, ['has', 'bridge']];
  return [
    {
      ...layer('streets'),
      id: 'osm-square',
      type: 'fill',
      filter: area,
      paint: { 'fill-color': c.street, 'fill-outline-color': c.casing },
    },
    {
      ...street,
      id: 'osm-tunnel',
      filter: ['all', line, ['has', 'tunnel'], ['<=', rank, 2]],
      paint: { 'line-color': c.casing, 'line-width': width(0), 'line-dasharray': [1, 1], 'line-opacity': 0.6 },
    },
    {
      ...street,
      id: 'osm-path',
      minzoom: 14,
      filter: ['all', line, above, ['==', rank, 5]],
      paint: { 'line-color': c.casing, 'line-width': width(0), 'line-dasharray': [3, 1.5] },
    },
    {
      ...layer('rail'),
      id: 'osm-rail',
      type: 'line',
      filter: above,
      paint: {
        'line-color': c.rail,
        'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.6, 16, ['match', ['get', 'kind'], 'tram', 1.2, 2.6]],
      },
    },
    {
      ...layer('rail'),
      id: 'osm-rail-ties',
      type: 'line',
      minzoom: 13,
      filter: ['all', above, ['!=', ['get', 'kind'], 'tram']],
      paint: {
        'line-color': c.railTie,
        'line-dasharray': [4, 4],
        'line-width': ['interpolate', ['linear'], ['zoom'], 13, 0.7, 16, 1.5],
      },
    },
    {
      ...street,
      id: 'osm-street-casing',
      filter: carriageway,
      layout: edge,
      paint: { 'line-color': c.casing, 'line-width': width(1.4) },
    },
    {
      ...street,
      id: 'osm-street',
      filter: carriageway,
      layout: edge,
      paint: { 'line-color': c.street, 'line-width': width(0) },
    },
    {
      ...street,
      id: 'osm-bridge-casing',
      minzoom: 13,
      filter: bridge,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': c.bridge, 'line-width': width(2) },
    },
    {
      ...street,
      id: 'osm-bridge',
      minzoom: 13,
      filter: bridge,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': c.street, 'line-width': width(0) },
    },
  ];
}

/** @param {Palette} c */
function names(c) {
  const text = { 'text-field': ['get', 'name'], 'text-font': FONT };
  const halo = { 'text-halo-color': c.halo, 'text-halo-width': 1.5 };
  const along = { ...text, 'symbol-placement': 'line', 'text-max-angle': 35, 'text-padding': 8 };
  return [
    {
      ...layer('streets'),
      id: 'osm-street-name',
      type: 'symbol',
      minzoom: 12,
      filter: ['all', line, ['has', 'name'], ['>=', ['zoom'], ['match', rank, 1, 12, 2, 13.5, 3, 14.5, 16]]],
      layout: {
        ...along,
        'symbol-spacing': 320,
        'symbol-sort-key': rank,
        'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10.5, 17, 13],
      },
      paint: { 'text-color': c.streetText, ...halo },
    },
    {
      ...layer('water'),
      id: 'osm-water-name-line',
      type: 'symbol',
      minzoom: 11,
      filter: ['all', line, above, ['has', 'name'], ['>=', ['zoom'], ['match', ['get', 'kind'], 'river', 11, 14]]],
      layout: { ...along, 'symbol-spacing': 420, 'text-letter-spacing': 0.12, 'text-size': 12 },
      paint: { 'text-color': c.waterText, 'text-halo-color': c.water, 'text-halo-width': 1 },
    },
    ...['water', 'green'].map((name) => ({
      ...layer(name),
      id: `osm-${name}-name`,
      type: 'symbol',
      minzoom: 12,
      filter: ['all', point, ['has', 'name']],
      layout: { ...text, 'text-max-width': 8, 'text-padding': 24, 'text-size': 11.5 },
      paint: {
        'text-color': name === 'water' ? c.waterText : c.greenText,
        'text-halo-color': name === 'water' ? c.water : c.green,
        'text-halo-width': 1,
      },
    })),
    {
      ...layer('places'),
      id: 'osm-place-name',
      type: 'symbol',
      // Inside a town the names of its parts give way to the streets' names.
      filter: ['any', ['<', ['zoom'], 15.5], ['!', ['in', ['get', 'kind'], ['literal', ['city', 'town', 'suburb']]]]],
      layout: {
        ...text,
        'text-font': FONT_STRONG,
        'text-max-width': 7,
        'text-padding': 6,
        'symbol-sort-key': ['-', 0, ['get', 'population']],
        'text-size': [
          'interpolate',
          ['linear'],
          ['zoom'],
          6,
          ['match', ['get', 'kind'], 'city', 13, 'town', 11, 10],
          14,
          ['match', ['get', 'kind'], 'city', 20, 'town', 17, 'suburb', 14, 'village', 14, 12],
        ],
      },
      paint: { 'text-color': c.districtText, ...halo, 'text-halo-color': c.land },
    },
  ];
}

/**
 * Layers of the detailed basemap, bottom to top.
 * @param {'light' | 'dark'} variant
 * @returns {any[]}
 */
export function osmLayers(variant) {
  const colours = variant === 'dark' ? DARK : LIGHT;
  return [...ground(colours), ...ways(colours), ...names(colours)];
}
