// The map in a form: a click, a drag or the arrow keys move the marker, and the two number fields follow; and the other way round.
import {
  type LngLatBoundsLike,
  type LngLatLike,
  type Map as MapLibreMap,
  Marker,
  NavigationControl,
} from 'maplibre-gl';
import { smallMap } from './smallmap';

const ZOOM = 15;
/** How far an arrow key moves the marker, pixels; with Shift the second. */
const STEPS = [6, 48] as const;
/** How near to the map's edge the marker may come before the map follows, pixels. */
const MARGIN = 40;

type Place = [number, number];

/** A coordinate as people write it; nothing where it is none. */
export function degrees(text: string, most: number): number | undefined {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() !== '' && Number.isFinite(value) && Math.abs(value) <= most ? value : undefined;
}

/** Where an arrow key leads, in pixels; nothing for other keys. */
export function step(key: string, far: boolean): Place | undefined {
  const size = STEPS[far ? 1 : 0];
  const steps: Record<string, Place> = {
    ArrowLeft: [-size, 0],
    ArrowRight: [size, 0],
    ArrowUp: [0, -size],
    ArrowDown: [0, size],
  };
  return steps[key];
}

export async function pick(picker: HTMLElement): Promise<void> {
  const form = picker.closest('form');
  const [lon, lat] = ['lon', 'lat'].map((name) => form?.elements.namedItem(name));
  const container = picker.querySelector<HTMLElement>('.picker-map');
  if (!(lon instanceof HTMLInputElement) || !(lat instanceof HTMLInputElement) || !container) return;
  const typed = (): Place | undefined => {
    const place = [degrees(lon.value, 180), degrees(lat.value, 85)];
    return place[0] === undefined || place[1] === undefined ? undefined : [place[0], place[1]];
  };
  picker.hidden = false;
  const words = picker.dataset;
  const start = typed();
  const map = await smallMap(container, [], {
    ...(start
      ? { center: start, zoom: ZOOM }
      : { bounds: (words.bounds ?? '').split(',').map(Number) as unknown as LngLatBoundsLike }),
    minZoom: 4,
    maxZoom: 20,
    maxPitch: 0,
    dragRotate: false,
    pitchWithRotate: false,
    // The page goes on scrolling where the map lies in its way.
    cooperativeGestures: true,
    locale: {
      'Map.Title': words.map ?? '',
      'NavigationControl.ZoomIn': words.zoomIn ?? '',
      'NavigationControl.ZoomOut': words.zoomOut ?? '',
      'CooperativeGesturesHandler.WindowsHelpText': words.scroll ?? '',
      'CooperativeGesturesHandler.MacHelpText': (words.scroll ?? '').replace('Ctrl', '⌘'),
      'CooperativeGesturesHandler.MobileHelpText': words.touch ?? '',
    },
  });
  if (!map) {
    picker.hidden = true;
    return;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'bottom-left');
  map.getCanvas().setAttribute('aria-describedby', 'picker-hint');
  Object.assign(container, { map });
  const marker = markerOf(map, words.marker ?? '', put);

  /** Puts the marker somewhere and writes it down. */
  function put(place: LngLatLike, follow: boolean): void {
    marker.setLngLat(place);
    if (!marker.getElement().isConnected && map) marker.addTo(map);
    const at = marker.getLngLat().wrap();
    for (const [input, value] of [[lon, at.lng] as const, [lat, at.lat] as const]) {
      (input as HTMLInputElement).value = value.toFixed(6);
    }
    if (follow && map && !isInside(map, at)) map.easeTo({ center: at, duration: 150 });
  }
  if (start) marker.setLngLat(start).addTo(map);
  map.on('click', ({ lngLat }) => put(lngLat, false));
  picker.querySelector('[data-middle]')?.addEventListener('click', () => {
    put(map.getCenter(), false);
    marker.getElement().focus();
  });
  for (const input of [lon, lat]) {
    input.addEventListener('input', () => {
      const place = typed();
      if (!place) {
        if (lon.value.trim() === '' && lat.value.trim() === '') marker.remove();
        return;
      }
      marker.setLngLat(place).addTo(map);
      if (!isInside(map, marker.getLngLat())) map.jumpTo({ center: place });
    });
  }
}

/** True where a place is to be seen well within the map. */
function isInside(map: MapLibreMap, place: LngLatLike): boolean {
  const { x, y } = map.project(place);
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  return x >= MARGIN && y >= MARGIN && x <= width - MARGIN && y <= height - MARGIN;
}

function markerOf(map: MapLibreMap, label: string, moved: (place: LngLatLike, follow: boolean) => void): Marker {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'picker-marker mark mark-organisations';
  element.ariaLabel = label;
  element.innerHTML = '<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-map-pin"></use></svg>';
  const marker = new Marker({ element, draggable: true });
  marker.on('dragend', () => moved(marker.getLngLat(), false));
  element.addEventListener('keydown', (event) => {
    const by = step(event.key, event.shiftKey);
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const { x, y } = map.project(marker.getLngLat());
    moved(map.unproject([x + by[0], y + by[1]]), true);
  });
  // A press on the marker is no press on the map under it.
  element.addEventListener('click', (event) => event.stopPropagation());
  return marker;
}
