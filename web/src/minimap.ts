// The small map on a thing's page: where it is, nothing to operate. And the one in a form, where the place is chosen.
import { pick } from './picker';
import { smallMap } from './smallmap';

const ZOOM = 14;

async function show(place: HTMLElement): Promise<void> {
  const { lon, lat, layer, status, activity } = place.dataset;
  const centre: [number, number] = [Number(lon), Number(lat)];
  if (!lon || !lat || !centre.every(Number.isFinite)) return;
  const feature = {
    type: 'Feature' as const,
    geometry: { type: 'Point' as const, coordinates: centre },
    properties: { role: 'selected', layer, status, activity },
  };
  const map = await smallMap(place, [feature], { center: centre, zoom: ZOOM, interactive: false });
  if (!map) return;
  // It shows what the address beside it says in words; only who made the map is for everyone to read and follow.
  map.getCanvas().removeAttribute('tabindex');
  map.getCanvas().ariaHidden = 'true';
  place.removeAttribute('aria-hidden');
}

for (const picker of document.querySelectorAll<HTMLElement>('[data-picker]')) void pick(picker);
for (const place of document.querySelectorAll<HTMLElement>('.minimap[data-lon]')) void show(place);
