// The map of what an import would change.
import type { FeatureCollection, Point } from 'geojson';
import { LngLatBounds, NavigationControl, Popup } from 'maplibre-gl';
import { smallMap } from './smallmap';

/** Colours of what happens to a record; the shapes differ, too: full, hollow, small. */
const LOOKS = {
  new: { colour: '#0072b2', radius: 6, fill: 1 },
  changed: { colour: '#8a3219', radius: 7, fill: 0.1 },
  deleted: { colour: '#5b6470', radius: 4, fill: 0.6 },
} as const;

/** Shows where the changes stand, in a section that is hidden until there is something to see. */
export async function show(place: HTMLElement): Promise<void> {
  const response = await fetch(place.dataset.places ?? '');
  if (!response.ok) return;
  const data = (await response.json()) as FeatureCollection<Point, { what: keyof typeof LOOKS; name: string }>;
  const bounds = new LngLatBounds();
  for (const { geometry } of data.features) bounds.extend(geometry.coordinates as [number, number]);
  if (bounds.isEmpty()) return;
  const section = place.closest('section');
  if (section) section.hidden = false;
  const map = await smallMap(place, [], { bounds, fitBoundsOptions: { padding: 40, maxZoom: 15 } });
  if (!map) {
    if (section) section.hidden = true;
    return;
  }
  map.getCanvas().ariaLabel = place.dataset.label ?? '';
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.once('load', () => {
    map.addSource('changes', { type: 'geojson', data });
    for (const [what, { colour, radius, fill }] of Object.entries(LOOKS)) {
      map.addLayer({
        id: `changes-${what}`,
        type: 'circle',
        source: 'changes',
        filter: ['==', ['get', 'what'], what],
        paint: {
          'circle-radius': radius,
          'circle-color': colour,
          'circle-opacity': fill,
          'circle-stroke-color': fill === 1 ? '#ffffff' : colour,
          'circle-stroke-width': 2,
        },
      });
      map.on('click', `changes-${what}`, ({ features, lngLat }) => {
        const names = [...new Set((features ?? []).map(({ properties }) => String(properties.name)))].slice(0, 5);
        new Popup({ closeButton: true }).setLngLat(lngLat).setText(names.join(', ')).addTo(map);
      });
    }
    place.dataset.places = String(data.features.length);
  });
}
