// Keeps the map's own data coming: tries again after failures, and notices when the data has changed.
import type { VectorTileSource } from 'maplibre-gl';
import { message } from './basemap-switch';
import type { Words } from './config';
import type { MapView } from './mapview';

const OWN_SOURCES = ['base', 'names', 'places'];
const FIRST_RETRY_MS = 3000;
const LONGEST_RETRY_MS = 30_000;

/** Says so when our own tiles do not come, tries again, and takes it back when they do. */
export function retryFailures({ map }: MapView, t: Words): void {
  let delay = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  map.on('error', (event) => {
    const source = (event as { sourceId?: string }).sourceId;
    if (source?.startsWith('basemap-')) return;
    if (!source || !OWN_SOURCES.includes(source)) return console.error(event.error);
    message(t('tiles-failed'));
    if (timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      delay = Math.min(delay * 2, LONGEST_RETRY_MS);
      for (const id of OWN_SOURCES) reload(map.getSource<VectorTileSource>(id));
    }, delay);
  });
  map.on('sourcedata', (event) => {
    if (timer || delay === FIRST_RETRY_MS || !event.tile || event.sourceId !== 'places') return;
    delay = FIRST_RETRY_MS;
    message('');
  });
}

/** Tile addresses carry the data's version: when they change, tiles and results are fetched anew. */
export function followVersion({ map }: MapView, onChange: () => void): void {
  const check = async () => {
    const source = map.getSource<VectorTileSource>('places');
    if (document.hidden || !source?.url || !map.isSourceLoaded('places')) return;
    try {
      const response = await fetch(source.url);
      if (!response.ok) return;
      const { tiles } = (await response.json()) as { tiles?: string[] };
      if (!tiles || tiles[0] === source.tiles[0]) return;
      reload(source);
      onChange();
    } catch {
      // The network is away: the next check comes soon enough.
    }
  };
  // The server announces changes; after a lost connection the browser asks again and hears the version at once. A hidden
  // page lets go: a browser keeps only a few connections to one host.
  let announcements: EventSource | undefined;
  const listen = () => {
    announcements?.close();
    announcements = document.hidden ? undefined : new EventSource('/changes');
    announcements?.addEventListener('message', check);
  };
  document.addEventListener('visibilitychange', listen);
  listen();
}

function reload(source: VectorTileSource | undefined): void {
  if (source?.url) source.setUrl(source.url);
}
