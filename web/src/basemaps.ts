// Basemaps other than the schematic one. Nothing is asked of anyone before `loadBasemap` is called.
import { addProtocol, type StyleSpecification } from 'maplibre-gl';
import type { Basemap } from './config';
import { absoluteStyle, type BasemapParts, foreignParts } from './style';

/** How long another basemap may take to answer before the schematic one stays. */
const PATIENCE_MS = 8000;

async function json<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

/**
 * Fetches what a basemap needs and proves that it answers.
 * @throws when it cannot be reached in time or is not a basemap
 */
export async function loadBasemap(
  basemap: Basemap,
  dark: boolean,
  lang: string,
  centre: [number, number],
): Promise<BasemapParts> {
  if (basemap.kind === 'style') return styleBasemap(basemap);
  if (basemap.kind === 'raster') return rasterBasemap(basemap, centre);
  if (basemap.kind === 'mbtiles') return ownBasemap(basemap, dark);
  return pmtilesBasemap(basemap, dark, lang);
}

async function styleBasemap(basemap: Basemap): Promise<BasemapParts> {
  const url = new URL(basemap.url ?? '', location.href).href;
  const style = absoluteStyle(await json<StyleSpecification>(url), url);
  // A style whose tiles are gone would leave an empty map: its TileJSON is asked for now, not later.
  const checks = Object.values(style.sources).map(async (source) => {
    if ('url' in source && source.url && /^https?:/.test(source.url)) await json(source.url);
  });
  await Promise.all(checks);
  return foreignParts(withAttribution(style, basemap));
}

async function rasterBasemap(basemap: Basemap, [lon, lat]: [number, number]): Promise<BasemapParts> {
  const tiles = (basemap.tiles ?? (basemap.url ? [basemap.url] : [])).map((url) =>
    decodeURI(new URL(url, location.href).href),
  );
  const [first] = tiles;
  if (!first) throw new Error(`${basemap.id}: no tiles`);
  await tileAnswers(first, lon, lat);
  return foreignParts({
    version: 8,
    sources: { raster: { type: 'raster', tiles, tileSize: 256, attribution: basemap.attribution } },
    layers: [{ id: 'raster', type: 'raster', source: 'raster' }],
  });
}

/** Asks for one tile in the middle of the map at a zoom every map has. */
async function tileAnswers(template: string, lon: number, lat: number): Promise<void> {
  const zoom = 10;
  const scale = 2 ** zoom;
  const x = Math.floor(((lon + 180) / 360) * scale);
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * scale);
  const url = template
    .replace('{z}', String(zoom))
    .replace('{x}', String(x))
    .replace('{y}', String(y))
    .replace('{ratio}', '');
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}

/** A file that `pestor basemap build` made, drawn in our own style. */
async function ownBasemap(basemap: Basemap, dark: boolean): Promise<BasemapParts> {
  const url = new URL(basemap.url ?? '', location.href).href;
  const { tiles, bounds, minzoom, maxzoom } = await json<TileJson>(url);
  // @ts-expect-error a plain module without declarations
  const { SOURCE, osmLayers } = await import('../../tiles-style/osm.mjs');
  return foreignParts({
    version: 8,
    sources: { [SOURCE]: { type: 'vector', tiles, bounds, minzoom, maxzoom, attribution: basemap.attribution } },
    layers: osmLayers(dark ? 'dark' : 'light') as StyleSpecification['layers'],
  });
}

interface TileJson {
  tiles: string[];
  bounds: [number, number, number, number];
  minzoom: number;
  maxzoom: number;
}

let protocol: Promise<typeof import('pmtiles')> | undefined;

/** Loads the PMTiles reader once, when it is first needed. */
function pmtilesReader(): Promise<typeof import('pmtiles')> {
  protocol ??= import('pmtiles').then((reader) => {
    addProtocol('pmtiles', new reader.Protocol().tile);
    return reader;
  });
  return protocol;
}

async function pmtilesBasemap(basemap: Basemap, dark: boolean, lang: string): Promise<BasemapParts> {
  const url = new URL(basemap.url ?? '', location.href).href;
  const { PMTiles, TileType } = await pmtilesReader();
  const header = await inTime(new PMTiles(url).getHeader());
  const source = `pmtiles://${url}`;
  const attribution = basemap.attribution;
  if (header.tileType !== TileType.Mvt) {
    return foreignParts({
      version: 8,
      sources: { raster: { type: 'raster', url: source, tileSize: 256, attribution } },
      layers: [{ id: 'raster', type: 'raster', source: 'raster' }],
    });
  }
  const { layers, namedFlavor } = await import('@protomaps/basemaps');
  return foreignParts({
    version: 8,
    sources: { protomaps: { type: 'vector', url: source, attribution } },
    layers: layers('protomaps', namedFlavor(dark ? 'dark' : 'light'), { lang }) as StyleSpecification['layers'],
  });
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS));
  return Promise.race([promise, late]);
}

/** The configured attribution, where the style's own sources name nobody. */
function withAttribution(style: StyleSpecification, basemap: Basemap): StyleSpecification {
  const [id, first] = Object.entries(style.sources)[0] ?? [];
  if (!basemap.attribution || !id || !first || !('tiles' in first || 'url' in first)) return style;
  if ('attribution' in first && first.attribution) return style;
  return {
    ...style,
    sources: { ...style.sources, [id]: { ...first, attribution: basemap.attribution } as typeof first },
  };
}
