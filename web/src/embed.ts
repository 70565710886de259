// The map in a frame of another site: to look at and to move; everything that is opened opens on our site.
import { boundsOf, whereabouts } from './area';
import { message } from './basemap-switch';
import { loadBasemap } from './basemaps';
import { readConfig, required, words } from './config';
import { idsOf, itemOf } from './features';
import { followVersion, retryFailures } from './freshness';
import { Legend } from './legend';
import { MapView } from './mapview';
import { watchPointer } from './pointer';
import { parseSearch, type State, toSearch } from './state';

async function start(): Promise<void> {
  const config = readConfig();
  const t = words(config);
  const state = parseSearch(location.search);
  const link = required<HTMLAnchorElement>('embed-open');
  let view: MapView;
  try {
    view = await MapView.create(state, config, t);
  } catch (error) {
    console.error(error);
    return message(t('map-failed'));
  }
  const { map } = view;
  const address = (change: Partial<State>) => `/${toSearch({ ...state, view: view.view, bbox: null, ...change })}`;
  const open = (change: Partial<State>) => window.open(address(change), '_blank', 'noopener');

  const legend = new Legend(map, t);
  legend.show(state.layers);
  const where = whereabouts(state.filters);
  view.setWhere(where);
  const bounds = boundsOf(where);
  if (bounds && !state.view && !state.bbox) view.fit(bounds);
  map.on('moveend', () => {
    link.href = address({});
  });
  retryFailures(view, t);
  followVersion(view, () => {});
  watchPointer(map, t, config.lang, {
    onHover: (thing) => view.light('hover', thing && { ...thing, status: undefined, activity: undefined }),
    onOpen: (thing) => open({ item: itemOf(thing) }),
    onSeveral: (things) => open({ ids: idsOf(things) }),
    onCluster: (cluster) => view.open(cluster),
  });
  // Only a map of our own: nobody in somebody else's page is asked whether a third party may know.
  const basemap = config.basemaps.find(({ id, third_party }) => id === state.basemap && !third_party);
  if (!basemap) return;
  const show = async () => {
    try {
      view.setBasemap(await loadBasemap(basemap, MapView.dark, config.lang, [view.view.lon, view.view.lat]));
    } catch {
      message(`${basemap.label}: ${t('basemap-unreachable')}`, 12_000);
    }
  };
  map.once('load', show);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
}

void start();
