// Our places: organisations, support institutions and premises; single marks, clusters, labels, and what is lit.
import { ACTIVITY_GLYPHS } from './glyphs.mjs';
import { MARKS } from './palette.mjs';
import { FONT, FONT_STRONG } from './schematic.mjs';

/** @typedef {import('./palette.mjs').Palette} Palette */

const SPRITE = 'pestor:';
const PREMISES_STATUSES = ['free', 'open_call', 'reserved', 'occupied', 'renovation', 'withdrawn'];

/** In how many steps the ring of a premises cluster shows the share of free units. */
export const RING_STEPS = 12;

const single = ['!', ['has', 'point_count']];
const cluster = ['has', 'point_count'];
const nothing = ['==', ['id'], -1];

/** Image of an organisation: the glyph of its main activity, a plain circle when it has none. */
function organisationImage() {
  const byGlyph = new Map();
  for (const [activity, glyph] of Object.entries(ACTIVITY_GLYPHS))
    byGlyph.set(glyph, [...(byGlyph.get(glyph) ?? []), activity]);
  const cases = [...byGlyph].flatMap(([glyph, activities]) => [activities, `${SPRITE}organisation-${glyph}`]);
  return ['match', ['coalesce', ['get', 'activity'], ''], ...cases, `${SPRITE}organisation`];
}

const premisesImage = (property, unknown = `${SPRITE}premises-occupied`) => [
  'match',
  ['coalesce', ['get', property], ''],
  ...PREMISES_STATUSES.flatMap((status) => [status, `${SPRITE}premises-${status}`]),
  unknown,
];

const IMAGES = { organisations: organisationImage(), support: `${SPRITE}support`, premises: premisesImage('status') };

/**
 * Image of a cluster. The ring of premises shows the share of free ones in twelfths; one free unit among hundreds
 * still shows, and one occupied unit among hundreds of free ones does too.
 */
function clusterImage(layer) {
  if (layer !== 'premises') return `${SPRITE}cluster-${layer}`;
  const free = ['coalesce', ['get', 'free_count'], 0];
  const all = ['get', 'point_count'];
  const step = [
    'case',
    ['<=', free, 0],
    0,
    ['>=', free, all],
    RING_STEPS,
    ['max', 1, ['min', RING_STEPS - 1, ['round', ['/', ['*', RING_STEPS, free], all]]]],
  ];
  return ['concat', `${SPRITE}cluster-premises-`, ['to-string', step]];
}

const markSize = (factor) => [
  'interpolate',
  ['linear'],
  ['zoom'],
  10,
  0.72 * factor,
  13,
  0.8 * factor,
  15,
  factor,
  18,
  1.2 * factor,
];

/** Names of single things. They lie under all marks and are placed after them, so no name ever covers a mark. */
function nameLayer(layer, c) {
  return {
    id: `${layer}-name`,
    type: 'symbol',
    source: 'places',
    'source-layer': layer,
    minzoom: 14.5,
    filter: single,
    metadata: place(layer),
    layout: {
      'text-field': ['get', 'name'],
      'text-font': FONT,
      'text-size': 12,
      'text-max-width': 9,
      'text-padding': 4,
      'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
      'text-radial-offset': 1.3,
      'text-justify': 'auto',
    },
    paint: { 'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 1.5 },
  };
}

/** A thing's own mark. */
function singleLayer(layer) {
  return {
    id: layer,
    type: 'symbol',
    source: 'places',
    'source-layer': layer,
    filter: single,
    metadata: place(layer),
    layout: {
      'icon-image': IMAGES[layer],
      'icon-size': markSize(1),
      'icon-allow-overlap': true,
      'icon-padding': 0,
    },
  };
}

/** To which side the rings of a layer stand aside, so that groups of two layers in one street do not hide each other. */
const CLUSTER_SIDE = { organisations: [-0.5, -0.9], support: [-1.1, 0.6], premises: [0.6, 0.8] };

/** The farther away the map, the more its groups crowd, and the less a few pixels matter. */
function clusterShift(layer) {
  const [x, y] = CLUSTER_SIDE[layer];
  const by = (pixels) => ['literal', [x * pixels, y * pixels]];
  return ['interpolate', ['linear'], ['zoom'], 9, by(27), 11, by(19), 13, by(14)];
}

/** The ring around a number of things; its shape tells the layer, its size how many. */
function clusterLayer(layer) {
  return {
    id: `${layer}-cluster`,
    type: 'symbol',
    source: 'places',
    'source-layer': layer,
    filter: cluster,
    metadata: place(layer),
    layout: {
      'icon-image': clusterImage(layer),
      'icon-allow-overlap': true,
      'icon-padding': 0,
      'icon-size': ['step', ['get', 'point_count'], 0.78, 10, 0.88, 50, 1, 200, 1.15, 1000, 1.3],
      // The bigger group lies on top where rings touch.
      'symbol-sort-key': ['get', 'point_count'],
    },
    paint: { 'icon-translate': clusterShift(layer) },
  };
}

/** The number in a ring. Numbers lie above all rings: they stay readable where groups of two layers meet. */
function countLayer(layer) {
  return {
    id: `${layer}-count`,
    type: 'symbol',
    source: 'places',
    'source-layer': layer,
    filter: cluster,
    metadata: place(layer),
    layout: {
      'text-field': ['to-string', ['get', 'point_count']],
      'text-font': FONT_STRONG,
      'text-allow-overlap': true,
      'text-size': ['step', ['get', 'point_count'], 12, 10, 13, 100, 14, 1000, 15],
      'text-padding': 0,
    },
    paint: {
      'text-color': MARKS.ink,
      'text-halo-color': MARKS.halo,
      'text-halo-width': 1.5,
      'text-translate': clusterShift(layer),
    },
  };
}

/** The open thing, larger and above all others; the map page sets the id in its filter. @param {Palette} c */
function selectedLayer(layer, c) {
  return {
    id: `${layer}-selected`,
    type: 'symbol',
    source: 'places',
    'source-layer': layer,
    filter: nothing,
    metadata: place(layer),
    layout: {
      'icon-image': IMAGES[layer],
      'icon-size': markSize(1.4),
      'icon-allow-overlap': true,
      'text-field': ['step', ['zoom'], '', 12, ['get', 'name']],
      'text-font': FONT_STRONG,
      'text-size': 13,
      'text-max-width': 10,
      'text-optional': true,
      'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
      'text-radial-offset': 2,
    },
    paint: { 'text-color': c.text, 'text-halo-color': c.halo, 'text-halo-width': 2 },
  };
}

const place = (layer) => ({ 'pestor:role': 'place', 'pestor:layer': layer });
const focus = { 'pestor:role': 'focus' };
const role = (name) => ['==', ['get', 'role'], name];

/** Outlines of the buildings that premises are in. */
function footprintLayers() {
  const colour = [
    'match',
    ['get', 'status'],
    ...PREMISES_STATUSES.flatMap((status) => [status, MARKS[status]]),
    MARKS.occupied,
  ];
  const shared = { source: 'places', 'source-layer': 'footprints', minzoom: 13, metadata: place('premises') };
  return [
    { ...shared, id: 'footprints', type: 'fill', paint: { 'fill-color': colour, 'fill-opacity': 0.25 } },
    { ...shared, id: 'footprints-outline', type: 'line', paint: { 'line-color': colour, 'line-width': 1.5 } },
  ];
}

/**
 * What the pointer or the list points at, and the open thing: drawn from a source of its own (`focus`), so that a
 * place inside a cluster is lit as well. @param {Palette} c
 */
function focusLayers(c) {
  const ring = (radius, fill) => ({
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, radius * 0.8, 15, radius, 18, radius * 1.2],
    'circle-color': c.ringHalo,
    'circle-opacity': fill,
    'circle-stroke-color': c.ring,
    'circle-stroke-width': 3,
  });
  return [
    { id: 'hover-ring', type: 'circle', source: 'focus', filter: role('hover'), metadata: focus, paint: ring(19, 0) },
    {
      id: 'hover-mark',
      type: 'symbol',
      source: 'focus',
      filter: role('hover'),
      metadata: focus,
      layout: { 'icon-image': focusImage, 'icon-size': markSize(1.1), 'icon-allow-overlap': true },
    },
    {
      id: 'selected-ring',
      type: 'circle',
      source: 'focus',
      filter: role('selected'),
      metadata: focus,
      paint: ring(25, 0.4),
    },
    {
      id: 'selected-mark',
      type: 'symbol',
      source: 'focus',
      filter: role('selected'),
      metadata: focus,
      layout: { 'icon-image': focusImage, 'icon-size': markSize(1.4), 'icon-allow-overlap': true },
    },
  ];
}

const focusImage = [
  'match',
  ['get', 'layer'],
  'support',
  `${SPRITE}support`,
  'premises',
  premisesImage('status', ''),
  // A place where something is needed: only the ring.
  'place',
  '',
  organisationImage(),
];

/** Where somebody looks: the area they drew, the circle around a place. From a source of its own (`where`). @param {Palette} c */
function whereLayers(c) {
  const shared = { source: 'where', metadata: focus };
  const ring = ['==', ['geometry-type'], 'Polygon'];
  return [
    { ...shared, id: 'where-area', type: 'fill', filter: ring, paint: { 'fill-color': c.where, 'fill-opacity': 0.08 } },
    {
      ...shared,
      id: 'where-outline',
      type: 'line',
      filter: ring,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': c.where, 'line-width': 2.5, 'line-dasharray': [3, 1.5] },
    },
    {
      ...shared,
      id: 'where-middle',
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 6,
        'circle-color': c.where,
        'circle-stroke-color': c.ringHalo,
        'circle-stroke-width': 2,
      },
    },
  ];
}

/** Everything above the basemap, bottom to top. @param {Palette} c */
export function placeLayers(c) {
  const layers = ['organisations', 'support', 'premises'];
  return [
    ...footprintLayers(),
    ...whereLayers(c),
    ...layers.map((layer) => nameLayer(layer, c)),
    ...layers.map(singleLayer),
    ...layers.map(clusterLayer),
    ...layers.map(countLayer),
    ...focusLayers(c),
    ...layers.map((layer) => selectedLayer(layer, c)),
  ];
}
