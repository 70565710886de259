// What lies under the pointer: single things, clusters, things in one place.
import type { MapGeoJSONFeature, Map as MapLibreMap, PointLike } from 'maplibre-gl';
import { LAYERS, type Layer } from './state';

export interface Thing {
  layer: Layer;
  id: number;
  /** Public name in addresses. */
  slug: string;
  name: string;
  lon: number;
  lat: number;
  properties: Record<string, unknown>;
}

export interface Cluster {
  layer: Layer;
  count: number;
  /** Zoom from which the cluster falls apart; absent = the engine does not know one. */
  expansionZoom: number | null;
  lon: number;
  lat: number;
}

/** First part of the path of a thing's page. */
const PATHS: Record<Layer, string> = { organisations: 'organizacje', support: 'wsparcie', premises: 'lokale' };

export const itemOf = (thing: Thing): string => `${PATHS[thing.layer]}/${thing.slug}`;

/** Above this zoom every feature is itself. */
export const FIRST_ZOOM_WITHOUT_CLUSTERS = 13;

const asLayer = (name: string | undefined): Layer | null =>
  name === 'footprints' ? 'premises' : (LAYERS.find((layer) => layer === name) ?? null);

function read(feature: MapGeoJSONFeature, fallback: [number, number]): Thing | Cluster | null {
  const layer = asLayer(feature.sourceLayer);
  if (!layer || feature.source !== 'places') return null;
  const [lon, lat] = feature.geometry.type === 'Point' ? (feature.geometry.coordinates as [number, number]) : fallback;
  const { properties } = feature;
  if (typeof properties.point_count === 'number') {
    const zoom = properties.expansion_zoom;
    return { layer, count: properties.point_count, expansionZoom: typeof zoom === 'number' ? zoom : null, lon, lat };
  }
  if (typeof feature.id !== 'number') return null;
  return {
    layer,
    id: feature.id,
    slug: String(properties.id ?? ''),
    name: String(properties.name ?? ''),
    lon,
    lat,
    properties,
  };
}

export interface Found {
  things: Thing[];
  cluster: Cluster | null;
}

/** Topmost first; a building's outline counts as the premises in it, and no thing comes twice. */
export function featuresAt(map: MapLibreMap, point: { x: number; y: number }, tolerance: number): Found {
  const box: [PointLike, PointLike] = [
    [point.x - tolerance, point.y - tolerance],
    [point.x + tolerance, point.y + tolerance],
  ];
  const here = map.unproject([point.x, point.y]).toArray() as [number, number];
  // Things come in tiles; outlines that the page makes itself are none, and not always ready to be asked for.
  const layers = map.getStyle().layers.filter((layer) => 'source' in layer && layer.source === 'places');
  const found = map
    .queryRenderedFeatures(box, { layers: layers.map(({ id }) => id) })
    .map((feature) => read(feature, here))
    .filter((feature) => feature !== null);
  const [first] = found;
  if (first && 'count' in first) return { things: [], cluster: first };
  const things = new Map<string, Thing>();
  for (const feature of found) {
    if ('count' in feature) continue;
    const key = `${feature.layer}:${feature.id}`;
    if (!things.has(key)) things.set(key, feature);
  }
  return { things: [...things.values()], cluster: null };
}

/** `ids=` of the things, as the results fragment takes it. */
export const idsOf = (things: readonly Thing[]): string => things.map(({ layer, id }) => `${layer}:${id}`).join(',');
