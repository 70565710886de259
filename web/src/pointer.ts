// Pointer on the map: tooltip, hand, click on a thing, a cluster or several things in one place.
import { type Map as MapLibreMap, Popup } from 'maplibre-gl';
import type { Words } from './config';
import { type Cluster, FIRST_ZOOM_WITHOUT_CLUSTERS, featuresAt, type Thing } from './features';

export interface PointerHandlers {
  onHover(thing: Thing | null): void;
  onOpen(thing: Thing): void;
  onSeveral(things: Thing[]): void;
  onCluster(cluster: Cluster): void;
}

/** Radius in pixels around the pointer; a finger is less exact than a mouse. */
const MOUSE_TOLERANCE = 2;
const TOUCH_TOLERANCE = 10;

export function watchPointer(map: MapLibreMap, t: Words, lang: string, handlers: PointerHandlers): void {
  const tooltip = new Popup({
    closeButton: false,
    closeOnClick: false,
    className: 'map-tooltip',
    offset: 18,
    maxWidth: '20rem',
  });
  let shown = '';

  const hide = () => {
    if (!shown) return;
    shown = '';
    tooltip.remove();
    map.getCanvas().style.cursor = '';
    handlers.onHover(null);
  };

  // Whoever draws wants corners, not things.
  const drawing = () => map.getContainer().dataset.drawing !== undefined;

  map.on('mousemove', (event) => {
    if (event.originalEvent.buttons !== 0 || drawing()) return;
    const { things, cluster } = featuresAt(map, event.point, MOUSE_TOLERANCE);
    const [thing] = things;
    if (!thing && !cluster) return hide();
    const key = thing ? `${thing.layer}:${thing.id}:${things.length}` : `cluster:${cluster?.lon}:${cluster?.lat}`;
    if (key === shown) return;
    shown = key;
    map.getCanvas().style.cursor = 'pointer';
    handlers.onHover(thing ?? null);
    const content = thing ? thingTooltip(thing, things.length, t, lang) : cluster && clusterTooltip(cluster, t);
    const { lon, lat } = thing ?? cluster ?? { lon: 0, lat: 0 };
    if (content) tooltip.setLngLat([lon, lat]).setDOMContent(content).addTo(map);
  });
  map.getCanvas().addEventListener('pointerleave', hide);
  map.on('movestart', hide);

  map.on('click', (event) => {
    if (drawing()) return;
    const touch = 'pointerType' in event.originalEvent && event.originalEvent.pointerType === 'touch';
    const { things, cluster } = featuresAt(map, event.point, touch ? TOUCH_TOLERANCE : MOUSE_TOLERANCE);
    hide();
    const [thing] = things;
    if (cluster) handlers.onCluster(cluster);
    else if (things.length > 1 && map.getZoom() >= FIRST_ZOOM_WITHOUT_CLUSTERS) handlers.onSeveral(things);
    else if (thing) handlers.onOpen(thing);
  });
}

function lines(first: string, second: string): HTMLElement {
  const box = document.createElement('div');
  const name = document.createElement('strong');
  name.textContent = first;
  const detail = document.createElement('span');
  detail.textContent = second;
  box.append(name, detail);
  return box;
}

function thingTooltip(thing: Thing, count: number, t: Words, lang: string): HTMLElement {
  const { status, area_m2: area } = thing.properties;
  const facts: string[] = [];
  if (thing.layer === 'premises') {
    facts.push(t(`status-${String(status).replaceAll('_', '-')}`));
    if (typeof area === 'number') facts.push(`${area.toLocaleString(lang, { maximumFractionDigits: 2 })} m²`);
  } else {
    facts.push(t(`thing-${thing.layer}`));
  }
  if (count > 1) facts.push(`${t('and-others')} ${count - 1}`);
  return lines(thing.name, facts.join(' · '));
}

function clusterTooltip(cluster: Cluster, t: Words): HTMLElement {
  return lines(`${t(`layer-${cluster.layer}`)}: ${cluster.count}`, t('cluster-hint'));
}
