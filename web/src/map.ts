// The map page: wires map, panel, search, forms and address together. Each part knows only its own piece.

import type { Suggestion } from './api';
import { BasemapSwitch, message } from './basemap-switch';
import { readConfig, words } from './config';
import { idsOf, itemOf, type Thing } from './features';
import { Controls } from './form';
import { followVersion, retryFailures } from './freshness';
import { Legend } from './legend';
import { type Lit, MapView } from './mapview';
import { Navigation } from './navigation';
import { Panel } from './panel';
import { watchPointer } from './pointer';
import { boundsOf, whereabouts } from './area';
import { Search } from './search';
import { Sheet } from './sheet';
import { Where } from './where';
import { filterQuery, formatView, itemPath, type State, type View, withoutFilter } from './state';

/** The map settles this long before results are asked for and the address follows. */
const SETTLE_MS = 220;

async function start(): Promise<void> {
  const config = readConfig();
  const t = words(config);
  const navigation = new Navigation();

  const open = (item: string, lit: Lit | null = null) => {
    if (lit) view?.light('selected', lit);
    if (item === navigation.state.item) void panel.showItem(item, true);
    else navigation.push({ item }, true);
    sheet.raise();
  };

  // Panel, forms and search work without the map: a browser that cannot draw it still has the list.
  let view: MapView | null = null;
  let resultsStale = true;
  // What was opened last; nothing while the page shows what its address named.
  let revealed: string | null = navigation.state.item === null ? '' : null;

  const panel = new Panel(t, config.lang, {
    bounds: () => view?.visibleBounds ?? navigation.state.bbox ?? config.municipality.bounds,
    onOpen: (item, lit) => open(item, lit),
    onBack: () => navigation.close(),
    onHover: (lit) => view?.light('hover', lit),
    onRemoveFilter: (name, value) => navigation.push({ filters: withoutFilter(navigation.state.filters, name, value) }),
    onClearFilters: () => navigation.push({ filters: {} }),
    onShown: (lit) => reveal(lit),
  });

  const reveal = (lit: Lit | null) => {
    view?.light('selected', lit);
    const { item, view: looking } = navigation.state;
    // On the first load the address already says where to look.
    if (lit && view && revealed !== item && (revealed !== null || !looking))
      view.reveal(lit.lon, lit.lat, looking ? 0 : 13);
    revealed = item ?? '';
  };

  const refreshResults = () => {
    resultsStale = true;
    if (navigation.state.item) return;
    resultsStale = false;
    void panel.showResults(navigation.state);
  };

  let timer: ReturnType<typeof setTimeout> | undefined;
  const settle = (moved = false) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!view) return;
      if (moved) navigation.replace({ view: view.view });
      if (!navigation.state.ids) refreshResults();
    }, SETTLE_MS);
  };

  const sheet = new Sheet(t, () => {
    view?.followSheet();
    settle();
  });
  const controls = new Controls({
    filters: () => navigation.state.filters,
    onFilters: (filters) => navigation.push({ filters, ids: null }),
    onLayers: (layers) => navigation.push({ layers, ids: null }),
  });
  const search = new Search(t, config.lang, {
    onPick: (suggestion) => pick(suggestion),
    onQuery: (q) => {
      const { q: before, ...rest } = navigation.state.filters;
      if ((before?.[0] ?? '') !== q)
        navigation.push({ filters: q ? { ...rest, q: [q] } : rest, item: null, ids: null });
      if (q) sheet.raise();
    },
  });

  const where = new Where(t, config.lang, {
    filters: () => navigation.state.filters,
    onFilters: (filters) => {
      navigation.push({ filters, item: null, ids: null });
      const bounds = boundsOf(whereabouts(filters));
      if (bounds) view?.fitFiltered(bounds);
    },
  });

  const pick = ({ item, lon, lat, bbox }: Suggestion) => {
    const path = itemPath(item);
    if (path) open(path);
    else if (bbox) {
      navigation.mark();
      view?.fit(bbox);
    } else if (typeof lon === 'number' && typeof lat === 'number') {
      navigation.mark();
      view?.reveal(lon, lat, 16);
    }
  };

  const showState = (state: State) => {
    controls.show(state.filters, state.layers);
    search.show(state.filters.q?.[0] ?? '');
    where.show(state.filters);
  };

  showState(navigation.state);
  try {
    view = await MapView.create(navigation.state, config, t);
  } catch (error) {
    console.error(error);
    message(t('map-failed'));
    refreshResults();
  }

  if (view) {
    const shown = view;
    const { map } = shown;
    const legend = new Legend(map, t);
    const basemaps = new BasemapSwitch(shown, config, t, legend.place, (basemap) => navigation.push({ basemap }));
    legend.show(navigation.state.layers);
    where.attach(shown);
    where.show(navigation.state.filters);
    const wanted = boundsOf(whereabouts(navigation.state.filters));
    if (wanted && !navigation.state.view && !navigation.state.bbox) shown.fit(wanted);
    map.once('load', () => basemaps.show(navigation.state.basemap));
    map.on('moveend', () => settle(true));
    retryFailures(shown, t);
    followVersion(shown, () => refreshResults());
    watchPointer(map, t, config.lang, {
      onHover: (thing) => {
        shown.light('hover', thing && litFrom(thing));
        panel.highlight(thing?.layer ?? null, thing?.id ?? -1);
      },
      onOpen: (thing) => open(itemOf(thing), litFrom(thing)),
      onSeveral: (things) => {
        navigation.push({ item: null, ids: idsOf(things) }, true);
        sheet.raise();
      },
      onCluster: (cluster) => shown.open(cluster),
    });
    navigation.onChange((state, before, cause) => {
      legend.show(state.layers);
      if (state.basemap !== before.basemap) basemaps.show(state.basemap);
      if (cause === 'history' && !sameView(state.view, before.view)) {
        if (state.view) shown.look(state.view);
        else shown.fit(config.municipality.bounds);
      }
    });
  }

  navigation.onChange((state, before, cause) => {
    const filtered =
      filterQuery(state.filters) !== filterQuery(before.filters) || state.layers.join() !== before.layers.join();
    if (filtered) view?.apply(state);
    if (filtered || cause === 'history') showState(state);
    if (state.item !== before.item) {
      if (!state.item) {
        view?.light('selected', null);
        revealed = '';
      }
      void panel.showItem(state.item, true);
    }
    const closed = !state.item && before.item !== null && resultsStale;
    if (filtered || closed || state.ids !== before.ids) refreshResults();
  });

  if (navigation.state.item) {
    void panel.showItem(navigation.state.item, false);
    sheet.raise();
  }
  if (view) settle();
}

const sameView = (one: View | null, other: View | null) => (one && formatView(one)) === (other && formatView(other));

const litFrom = ({ layer, id, lon, lat, properties }: Thing): Lit => ({
  layer,
  id,
  lon,
  lat,
  status: typeof properties.status === 'string' ? properties.status : undefined,
  activity: typeof properties.activity === 'string' ? properties.activity : undefined,
});

void start();
