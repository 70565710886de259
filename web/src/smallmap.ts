// A small map of the plain basemap, for pages of things and for forms.
import type { Feature } from 'geojson';
import {
  AttributionControl,
  Map as MapLibreMap,
  type MapOptions,
  type StyleSpecification,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { absoluteStyle } from './style';

/** Makes the map, with features drawn as selected; nothing where its style cannot be had. */
export async function smallMap(
  place: HTMLElement,
  features: Feature[],
  options: Omit<MapOptions, 'container' | 'style'>,
): Promise<MapLibreMap | undefined> {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const response = await fetch(dark ? '/style-dark.json' : '/style.json');
  if (!response.ok) return undefined;
  const style = absoluteStyle((await response.json()) as StyleSpecification, location.href);
  const { base, names, focus } = style.sources;
  if (!base || !names || focus?.type !== 'geojson') return undefined;
  // Only what a small map shows: the places of the town and where somebody looks are the large one's.
  const sources = { base, names, focus: { ...focus, data: { type: 'FeatureCollection' as const, features } } };
  setWorkerUrl(workerUrl);
  await Promise.allSettled(
    ['16px "Noto Sans"', '600 16px "Noto Sans SemiBold"'].map((face) => document.fonts.load(face, 'Łódź')),
  );
  const map = new MapLibreMap({
    container: place,
    style: {
      ...style,
      sources,
      layers: style.layers.filter((part) => !('source' in part) || part.source in sources),
    },
    zoomLevelsToOverscale: undefined,
    fadeDuration: 0,
    attributionControl: false,
    ...options,
  });
  map.addControl(new AttributionControl({ compact: false }));
  map.once('idle', () => {
    place.dataset.idle = 'true';
  });
  return map;
}
