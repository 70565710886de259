// The state of the map page and its address. Pure: no browser objects, so that it can be tested as it is.

export const LAYERS = ['organisations', 'support', 'premises'] as const;
export type Layer = (typeof LAYERS)[number];

/** Parameters that choose what is shown; tiles, lists and the API know the same ones. */
export const FILTER_NAMES = [
  'q',
  'within',
  'near',
  'radius_m',
  'area',
  'legal_form',
  'activity',
  'has',
  'kind',
  'status',
  'use',
  'area_min',
  'area_max',
  'accessible',
  'administrator',
  'on',
] as const;

export type Filters = Readonly<Record<string, readonly string[]>>;

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

export interface State {
  /** Where the map looks; absent = the whole municipality. */
  view: View | null;
  layers: readonly Layer[];
  filters: Filters;
  /** Path of the open thing, `organizacje/{slug}`. */
  item: string | null;
  /** Several things in one place, `organisations:12,premises:5`. */
  ids: string | null;
  /** Id of the chosen basemap; absent = the schematic one. */
  basemap: string | null;
  /** West, south, east, north asked for by a link from a list; the map goes there once. */
  bbox: [number, number, number, number] | null;
  /** Language when the address names one. */
  lang: string | null;
}

const ITEM = /^(organizacje|wsparcie|lokale|oferty|zapotrzebowanie|sprzet)\/[a-z0-9]+(?:-[a-z0-9]+)*$/;
const IDS = /^(?:organisations|support|premises):\d+(?:,(?:organisations|support|premises):\d+)*$/;

/** A path of a thing that the panel can open, or nothing. */
export function itemPath(value: string | null | undefined): string | null {
  return value && ITEM.test(value) ? value : null;
}

export function parseSearch(search: string): State {
  const params = new URLSearchParams(search);
  const filters: Record<string, readonly string[]> = {};
  for (const name of FILTER_NAMES) {
    const values = params
      .getAll(name)
      .map((value) => value.trim())
      .filter((value) => value !== '');
    if (values.length > 0) filters[name] = [...new Set(values)];
  }
  const ids = params.get('ids');
  return {
    view: parseView(params.get('at')),
    layers: parseLayers(params.get('layers')),
    filters,
    item: itemPath(params.get('item')),
    ids: ids && IDS.test(ids) ? ids : null,
    basemap: params.get('basemap') || null,
    bbox: parseBbox(params.get('bbox')),
    lang: params.get('lang') || null,
  };
}

function parseView(value: string | null): View | null {
  const parts = value?.split('/').map(Number) ?? [];
  const [zoom, lat, lon] = parts;
  if (parts.length !== 3 || zoom === undefined || lat === undefined || lon === undefined) return null;
  if (!parts.every(Number.isFinite) || zoom < 0 || zoom > 24 || Math.abs(lat) > 85.06 || Math.abs(lon) > 180)
    return null;
  return { zoom, lat, lon };
}

function parseLayers(value: string | null): readonly Layer[] {
  if (value === null) return LAYERS;
  const wanted = value.split(',');
  return LAYERS.filter((layer) => wanted.includes(layer));
}

function parseBbox(value: string | null): State['bbox'] {
  const [west, south, east, north, ...rest] = value?.split(',').map(Number) ?? [];
  if (west === undefined || south === undefined || east === undefined || north === undefined || rest.length > 0)
    return null;
  const right = [west, south, east, north].every(Number.isFinite) && west < east && south < north;
  return right && west >= -180 && east <= 180 && south >= -90 && north <= 90 ? [west, south, east, north] : null;
}

/** Filters as a query string, always in the same order, so that equal filters give equal tile addresses. */
export function filterQuery(filters: Filters): string {
  const params = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    for (const value of [...(filters[name] ?? [])].sort()) params.append(name, value);
  }
  return params.toString();
}

/** Zoom and coordinates with as many digits as a pixel needs. */
export function formatView({ zoom, lat, lon }: View): string {
  const digits = Math.max(2, Math.min(6, Math.ceil(zoom / 3)));
  return `${Number(zoom.toFixed(2))}/${lat.toFixed(digits)}/${lon.toFixed(digits)}`;
}

/** The state as a query string with its question mark, or nothing for the plain map. */
export function toSearch(state: State): string {
  const parts: string[] = [];
  const query = filterQuery(state.filters);
  if (query) parts.push(query);
  if (state.layers.length < LAYERS.length) parts.push(`layers=${state.layers.join(',') || 'none'}`);
  if (state.view) parts.push(`at=${formatView(state.view)}`);
  if (state.item) parts.push(`item=${state.item}`);
  if (state.ids) parts.push(`ids=${state.ids}`);
  if (state.basemap) parts.push(`basemap=${encodeURIComponent(state.basemap)}`);
  if (state.lang) parts.push(`lang=${encodeURIComponent(state.lang)}`);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

/** Filters without one value, or without a whole name when the value is absent. */
export function withoutFilter(filters: Filters, name: string, value?: string): Filters {
  const rest = { ...filters };
  const kept = value === undefined ? [] : (filters[name] ?? []).filter((other) => other !== value);
  if (kept.length > 0) rest[name] = kept;
  else delete rest[name];
  // A radius is one around a place.
  if (!rest.near) delete rest.radius_m;
  return rest;
}

/** Filters of a form laid over those it has no field for (a district chosen by a link stays chosen). */
export function mergeFilters(current: Filters, form: Filters, formNames: ReadonlySet<string>): Filters {
  const others = Object.entries(current).filter(([name]) => !formNames.has(name));
  return { ...Object.fromEntries(others), ...form };
}

/** Address of the places' TileJSON for the filters: `template` is the address without any. */
export function placesUrl(template: string, filters: Filters): string {
  const query = filterQuery(filters);
  return query ? `${template}?${query}` : template;
}
