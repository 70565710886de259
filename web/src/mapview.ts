// The MapLibre map itself: made once, then kept equal to the state.
import {
  AttributionControl,
  type GeoJSONSource,
  GeolocateControl,
  type LngLatBoundsLike,
  Map as MapLibreMap,
  type MapSourceDataEvent,
  NavigationControl,
  ScaleControl,
  type StyleSpecification,
  setWorkerUrl,
  type VectorTileSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Bounds } from './api';
import type { Whereabouts } from './area';
import type { Cluster } from './features';
import { type MapConfig, required, stillness, type Words, wide } from './config';
import { type Filters, formatView, LAYERS, type Layer, placesUrl, type State, type View } from './state';
import { absoluteStyle, type BasemapParts, composeStyle, layerOf } from './style';

/** How long the map waits for the places' new address before it goes where the filters look. */
const READDRESS_MS = 1500;

const darkness = matchMedia('(prefers-color-scheme: dark)');

/** A thing to light on the map; codes choose its mark where its tile does not carry it itself. */
export interface Lit {
  layer: Layer;
  id: number;
  lon: number;
  lat: number;
  status?: string | undefined;
  activity?: string | undefined;
}

export class MapView {
  readonly map: MapLibreMap;
  #own: StyleSpecification;
  #basemap: BasemapParts | null = null;
  #filters: Filters;
  #layers: readonly Layer[];
  #ready = false;
  #lit: { hover: Lit | null; selected: Lit | null } = { hover: null, selected: null };

  private constructor(own: StyleSpecification, state: State, config: MapConfig, t: Words) {
    this.#own = own;
    this.#filters = state.filters;
    this.#layers = state.layers;
    const container = required('map');
    const bounds = config.municipality.bounds;
    this.map = new MapLibreMap({
      container,
      style: this.#style(),
      ...(state.view
        ? { center: [state.view.lon, state.view.lat] as [number, number], zoom: state.view.zoom }
        : { bounds: (state.bbox ?? bounds) as LngLatBoundsLike, fitBoundsOptions: { padding: framePadding() } }),
      minZoom: 4,
      maxZoom: 20,
      // The source of names is one low tile drawn at every zoom; cut into pieces it would repeat each name.
      zoomLevelsToOverscale: undefined,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      fadeDuration: stillness() ? 0 : 150,
      locale: locale(t),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.#controls(config, t);
    this.map.getCanvas().setAttribute('aria-label', t('canvas-label'));
    // Marks named by other basemaps that nobody drew are left out quietly.
    this.map.on('styleimagemissing', ({ id }) => {
      if (!this.map.hasImage(id)) this.map.addImage(id, { width: 1, height: 1, data: new Uint8Array(4) });
    });
    this.map.on('styledata', () => {
      this.#light();
      this.#outline();
    });
    this.map.once('style.load', () => {
      this.#ready = true;
      this.#restyle();
    });
    Object.assign(container, { map: this.map });
    this.map.once('idle', () => {
      container.dataset.idle = 'true';
    });
  }

  /** Fetches the style and the font, then makes the map. */
  static async create(state: State, config: MapConfig, t: Words): Promise<MapView> {
    setWorkerUrl(workerUrl);
    const [own] = await Promise.all([fetchStyle(config.style), loadFonts()]);
    const view = new MapView(own, state, config, t);
    darkness.addEventListener('change', async () => {
      view.#own = await fetchStyle(config.style);
      view.#restyle();
    });
    return view;
  }

  static get dark(): boolean {
    return darkness.matches;
  }

  /** Makes layers and filters those of the state. */
  apply(state: State): void {
    const filtersBefore = placesUrl('', this.#filters);
    this.#filters = state.filters;
    this.#layers = state.layers;
    if (!this.#ready) return;
    for (const layer of this.map.getStyle().layers) {
      const belongs = layerOf(layer);
      if (belongs)
        this.map.setLayoutProperty(layer.id, 'visibility', state.layers.includes(belongs) ? 'visible' : 'none');
    }
    if (placesUrl('', state.filters) === filtersBefore) return;
    const places = this.#own.sources.places;
    if (places?.type === 'vector' && places.url) {
      this.#readdress(placesUrl(places.url, state.filters));
    }
  }

  /**
   * Takes the places from another address. MapLibre keeps tiles that are being loaded while the new address becomes known, and
   * a movement in between begins to load some: then the address is given once more, when they are there.
   */
  #readdress(url: string): void {
    const { map } = this;
    const source = map.getSource<VectorTileSource>('places');
    if (!source) return;
    const looked = formatView(this.view);
    const known = (event: MapSourceDataEvent) => {
      if (event.sourceId !== 'places' || event.sourceDataType !== 'content') return;
      map.off('sourcedata', known);
      const moved = map.isMoving() || formatView(this.view) !== looked;
      if (moved) map.once('idle', () => source.url === url && source.setUrl(url));
      this.#readdressed();
    };
    map.on('sourcedata', known);
    this.#readdressing = true;
    clearTimeout(this.#readdressTimer);
    this.#readdressTimer = setTimeout(() => this.#readdressed(), READDRESS_MS);
    source.setUrl(url);
  }
  #readdressing = false;
  #readdressTimer: ReturnType<typeof setTimeout> | undefined;
  #fitLater: Bounds | null = null;

  #readdressed(): void {
    this.#readdressing = false;
    clearTimeout(this.#readdressTimer);
    const bounds = this.#fitLater;
    this.#fitLater = null;
    if (bounds) this.fit(bounds);
  }

  /** Goes there once the places come from where the filters want them. */
  fitFiltered(bounds: Bounds): void {
    if (this.#readdressing) this.#fitLater = bounds;
    else this.fit(bounds);
  }

  /** Lays another basemap under our places, or the schematic one again. */
  setBasemap(parts: BasemapParts | null): void {
    this.#basemap = parts;
    this.#restyle();
  }

  get hasForeignBasemap(): boolean {
    return this.#basemap !== null;
  }

  /** Lights one thing, or nothing, as pointed at or as open. */
  light(role: 'hover' | 'selected', lit: Lit | null): void {
    const before = this.#lit[role];
    // What opened a thing may know more about it than its page says, and the other way round.
    const same = lit && before && lit.id === before.id && lit.layer === before.layer;
    this.#lit[role] = same
      ? { ...lit, status: lit.status ?? before.status, activity: lit.activity ?? before.activity }
      : lit;
    this.#light();
  }

  /** Outlines where the filters look. */
  setWhere(where: Whereabouts): void {
    this.#where = where;
    this.#outline();
  }
  #where: Whereabouts = { rings: [], middle: null };
  #whereSource: GeoJSONSource | null = null;
  #whereDrawn: Whereabouts | null = null;

  #outline(): void {
    const source = this.map.getSource<GeoJSONSource>('where');
    if (!source || (source === this.#whereSource && this.#where === this.#whereDrawn)) return;
    [this.#whereSource, this.#whereDrawn] = [source, this.#where];
    const { rings, middle } = this.#where;
    const polygons = rings.map((ring) => ({
      type: 'Polygon' as const,
      coordinates: [[...ring, ...ring.slice(0, 1)].map((place) => [...place])],
    }));
    const geometries = [...polygons, ...(middle ? [{ type: 'Point' as const, coordinates: [...middle] }] : [])];
    const features = geometries.map((geometry) => ({ type: 'Feature' as const, geometry, properties: {} }));
    source.setData({ type: 'FeatureCollection', features });
  }

  /** Colour of what is drawn, that of the outlines. */
  get outlineColour(): `#${string}` {
    return this.map.getPaintProperty('where-outline', 'line-color') as `#${string}`;
  }

  /** While somebody draws, clicks are corners. */
  beginDrawing(): void {
    this.map.getContainer().dataset.drawing = '';
    this.setWhere({ rings: [], middle: null });
    this.map.doubleClickZoom.disable();
  }

  endDrawing(): void {
    delete this.map.getContainer().dataset.drawing;
    this.map.doubleClickZoom.enable();
  }

  /** Where the map looks, for the address. */
  get view(): View {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lon: lng };
  }

  /** The part of the map that nothing covers. */
  get visibleBounds(): Bounds {
    const { width, height } = this.map.getContainer().getBoundingClientRect();
    const corners = [this.map.unproject([0, height - coveredBottom()]), this.map.unproject([width, 0])] as const;
    const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
    return [
      clamp(corners[0].lng, 180),
      clamp(corners[0].lat, 90),
      clamp(corners[1].lng, 180),
      clamp(corners[1].lat, 90),
    ];
  }

  /** Moves only as far as needed to bring a point into the uncovered part. */
  reveal(lon: number, lat: number, minZoom = 0): void {
    const { width, height } = this.map.getContainer().getBoundingClientRect();
    const margin = 72;
    const point = this.map.project([lon, lat]);
    const nearest = {
      x: Math.min(Math.max(point.x, margin), Math.max(margin, width - margin)),
      y: Math.min(
        Math.max(point.y, margin + coveredTop()),
        Math.max(margin + coveredTop(), height - coveredBottom() - margin),
      ),
    };
    const zoom = Math.max(this.map.getZoom(), minZoom);
    if (zoom > this.map.getZoom()) {
      this.map.easeTo({ center: [lon, lat], zoom, offset: [0, (coveredTop() - coveredBottom()) / 2], ...motion() });
    } else if (nearest.x !== point.x || nearest.y !== point.y) {
      this.map.panBy([point.x - nearest.x, point.y - nearest.y], motion());
    }
  }

  /** Keeps the middle of what is seen in the middle when the bottom sheet goes up or down. */
  followSheet(): void {
    const covered = coveredBottom();
    const change = covered - this.#covered;
    this.#covered = covered;
    if (change !== 0) this.map.panBy([0, change / 2], motion());
  }
  #covered = coveredBottom();

  fit(bounds: Bounds): void {
    this.map.fitBounds(bounds as LngLatBoundsLike, { padding: framePadding(), maxZoom: 17, ...motion() });
  }

  /** Zooms to where a cluster falls apart. */
  open(cluster: Cluster): void {
    const zoom = Math.max(cluster.expansionZoom ?? 0, this.map.getZoom() + 1);
    this.map.easeTo({ center: [cluster.lon, cluster.lat], zoom: Math.min(zoom, this.map.getMaxZoom()), ...motion() });
  }

  look(view: View): void {
    this.map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
  }

  #style(): StyleSpecification {
    return composeStyle(this.#own, { filters: this.#filters, layers: this.#layers, basemap: this.#basemap });
  }

  #restyle(): void {
    if (!this.#ready) return;
    this.map.setStyle(this.#style(), { diff: true });
    // The new style brings an empty source of lit things.
    this.#litKey = '';
    this.#light();
    this.#whereDrawn = null;
    this.#outline();
  }

  #light(): void {
    const source = this.map.getSource<GeoJSONSource>('focus');
    if (!source) return;
    const features = (['hover', 'selected'] as const).flatMap((role) => {
      const lit = this.#lit[role];
      if (!lit || (role === 'hover' && lit.id === this.#lit.selected?.id && lit.layer === this.#lit.selected.layer))
        return [];
      const { layer, status, activity } = lit;
      const geometry = { type: 'Point' as const, coordinates: [lit.lon, lit.lat] };
      return [{ type: 'Feature' as const, geometry, properties: { role, layer, status, activity } }];
    });
    const key = JSON.stringify(features);
    if (key === this.#litKey && source === this.#litSource) return;
    [this.#litKey, this.#litSource] = [key, source];
    source.setData({ type: 'FeatureCollection', features });
    for (const layer of LAYERS) {
      const id = this.#lit.selected?.layer === layer ? this.#lit.selected.id : -1;
      if (this.map.getLayer(`${layer}-selected`)) this.map.setFilter(`${layer}-selected`, ['==', ['id'], id]);
    }
  }
  #litKey = '';
  #litSource: GeoJSONSource | null = null;

  #controls(config: MapConfig, t: Words): void {
    const { map } = this;
    map.addControl(
      new AttributionControl({ compact: false, customAttribution: config.demo ? t('demo-data') : [] }),
      'bottom-right',
    );
    map.addControl(new ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-left');
    // A frame is not asked where its reader is.
    if (window === window.top)
      map.addControl(
        new GeolocateControl({ positionOptions: { enableHighAccuracy: true }, trackUserLocation: false }),
        'bottom-left',
      );
    map.addControl(new NavigationControl({ showCompass: false }), 'bottom-left');
  }
}

async function fetchStyle(address: string): Promise<StyleSpecification> {
  const url = new URL(darkness.matches ? address.replace(/\.json/, '-dark.json') : address, location.href);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return absoluteStyle((await response.json()) as StyleSpecification, url.href);
}

/** MapLibre draws text with the page's fonts, so they must be there first, Polish letters included. */
async function loadFonts(): Promise<unknown> {
  const faces = ['16px "Noto Sans"', '600 16px "Noto Sans SemiBold"'];
  // A font that fails to load leaves the system's own: a map with plainer letters is still a map.
  return Promise.allSettled(faces.map((face) => document.fonts.load(face, 'Łódź')));
}

/** How much of the map the bottom sheet covers, in pixels; a full sheet counts as half, as it hides the map anyway. */
function coveredBottom(): number {
  if (wide.matches || !document.documentElement.dataset.sheet) return 0;
  const peek = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--sheet-peek')) || 0;
  return document.documentElement.dataset.sheet === 'peek' ? peek : innerHeight / 2;
}

/** How much of the map the floating search covers, in pixels. */
function coveredTop(): number {
  return wide.matches || !document.documentElement.dataset.sheet ? 0 : 64;
}

/** Room to leave around what is fitted into the map. On a wide screen some of it lies under the legend. */
function framePadding() {
  const margin = 16;
  const legend = innerWidth >= 1200 ? 110 : 0;
  return { top: coveredTop() + margin, bottom: coveredBottom() + margin, left: margin, right: margin + legend };
}

/** Motion under 200 ms, and none when the system asks for none. */
export function motion(): { duration: number; animate: boolean } {
  return { duration: 190, animate: !stillness() };
}

function locale(t: Words): Record<string, string> {
  return {
    'GeolocateControl.FindMyLocation': t('find-me'),
    'GeolocateControl.LocationNotAvailable': t('location-unavailable'),
    'Map.Title': t('canvas-label'),
    'NavigationControl.ZoomIn': t('zoom-in'),
    'NavigationControl.ZoomOut': t('zoom-out'),
    'Popup.Close': t('close'),
    'ScaleControl.Meters': 'm',
    'ScaleControl.Kilometers': 'km',
    'AttributionControl.ToggleAttribution': t('toggle-attribution'),
  };
}
