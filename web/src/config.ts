// What the server tells the map page about itself, in the `#map-config` element.

export interface Basemap {
  id: string;
  kind: 'style' | 'pmtiles' | 'mbtiles' | 'raster';
  label: string;
  url?: string;
  tiles?: string[];
  attribution?: string;
  /** A word about what switching to it tells whom, shown before anything is loaded. */
  note?: string;
  third_party?: boolean;
}

export interface MapConfig {
  municipality: { name: string; teryt?: string; bounds: [number, number, number, number] };
  style: string;
  lang: string;
  strings: Record<string, string>;
  basemaps: Basemap[];
  /** True when the data is made up; the map says so in its corner. */
  demo?: boolean;
}

export function readConfig(): MapConfig {
  const text = document.getElementById('map-config')?.textContent;
  if (!text) throw new Error('the page has no #map-config');
  const config = JSON.parse(text) as Partial<MapConfig>;
  return {
    municipality: config.municipality ?? { name: '', bounds: [14.07, 49.0, 24.15, 54.84] },
    style: config.style ?? '/style.json',
    lang: config.lang ?? document.documentElement.lang ?? 'pl',
    strings: config.strings ?? {},
    basemaps: config.basemaps ?? [],
    demo: config.demo ?? false,
  };
}

/** Words by key; a key without words shows itself, so that a gap is seen. */
export function words(config: MapConfig): (key: string) => string {
  return (key) => config.strings[key] ?? `[${key}]`;
}

export type Words = ReturnType<typeof words>;

/** An element of the page that must be there. */
export function required<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** True when the system asks for no motion. */
export const stillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The width from which the panel stands beside the map. */
export const wide = matchMedia('(min-width: 900px)');
