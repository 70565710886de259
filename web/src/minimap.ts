// The small map on a thing's page: where it is, nothing to operate.
import { AttributionControl, Map as MapLibreMap, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { absoluteStyle } from './style';

const ZOOM = 14;

async function show(place: HTMLElement): Promise<void> {
  const { lon, lat, layer, status, activity } = place.dataset;
  const centre: [number, number] = [Number(lon), Number(lat)];
  if (!lon || !lat || !centre.every(Number.isFinite)) return;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const response = await fetch(dark ? '/style-dark.json' : '/style.json');
  if (!response.ok) return;
  const style = absoluteStyle((await response.json()) as StyleSpecification, location.href);
  const basemap = style.layers.filter((part) => !('source' in part) || part.source !== 'places');
  const { base, names, focus } = style.sources;
  if (!base || !names || focus?.type !== 'geojson') return;
  const feature = {
    type: 'Feature' as const,
    geometry: { type: 'Point' as const, coordinates: centre },
    properties: { role: 'selected', layer, status, activity },
  };
  setWorkerUrl(workerUrl);
  await Promise.allSettled(
    ['16px "Noto Sans"', '600 16px "Noto Sans SemiBold"'].map((face) => document.fonts.load(face, 'Łódź')),
  );
  const map = new MapLibreMap({
    container: place,
    style: {
      ...style,
      layers: basemap,
      sources: { base, names, focus: { ...focus, data: { type: 'FeatureCollection', features: [feature] } } },
    },
    center: centre,
    zoom: ZOOM,
    zoomLevelsToOverscale: undefined,
    interactive: false,
    fadeDuration: 0,
    attributionControl: false,
  });
  map.addControl(new AttributionControl({ compact: false }));
  // It shows what the address beside it says in words; only who made the map is for everyone to read and follow.
  map.getCanvas().removeAttribute('tabindex');
  map.getCanvas().ariaHidden = 'true';
  place.removeAttribute('aria-hidden');
  map.once('idle', () => {
    place.dataset.idle = 'true';
  });
}

for (const place of document.querySelectorAll<HTMLElement>('.minimap')) void show(place);
