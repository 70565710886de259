// The legend: the same marks as on the map, with words.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { required, type Words, wide } from './config';
import { LAYERS, type Layer } from './state';

const ROWS: Record<Layer, readonly (readonly [mark: string, words: string])[]> = {
  organisations: [['organisation', 'legend-organisation']],
  support: [['support', 'legend-support']],
  premises: [
    ['premises-free', 'status-free'],
    ['premises-open_call', 'status-open-call'],
    ['premises-reserved', 'status-reserved'],
    ['premises-occupied', 'status-occupied'],
    ['premises-renovation', 'status-renovation'],
    ['premises-withdrawn', 'status-withdrawn'],
  ],
};

export class Legend {
  readonly #rows = new Map<Layer, HTMLElement>();
  /** The box on the map, to which the choice of a basemap is added. */
  readonly place = required('legend');

  constructor(map: MapLibreMap, t: Words) {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = t('legend');
    const body = document.createElement('div');
    body.className = 'legend-body';
    details.open = wide.matches;
    wide.addEventListener('change', () => {
      details.open = wide.matches;
    });
    details.append(summary, body);
    this.place.replaceChildren(details);
    this.place.hidden = false;
    for (const layer of LAYERS) {
      const list = document.createElement('ul');
      list.className = `legend-${layer}`;
      if (layer === 'premises') {
        const heading = document.createElement('li');
        heading.className = 'legend-heading';
        heading.textContent = t('layer-premises');
        list.append(heading);
      }
      for (const [mark, words] of ROWS[layer]) list.append(row(map, mark, t(words)));
      this.#rows.set(layer, list);
      body.append(list);
    }
    const hint = document.createElement('ul');
    hint.append(row(map, 'cluster-premises-4', t('legend-cluster')));
    body.append(hint);
  }

  /** Explains only what the map shows. */
  show(layers: readonly Layer[]): void {
    for (const [layer, list] of this.#rows) list.hidden = !layers.includes(layer);
  }
}

function row(map: MapLibreMap, mark: string, words: string): HTMLElement {
  const item = document.createElement('li');
  const canvas = document.createElement('canvas');
  canvas.ariaHidden = 'true';
  const text = document.createElement('span');
  text.textContent = words;
  item.append(canvas, text);
  draw(map, `pestor:${mark}`, canvas);
  return item;
}

/** Paints a mark of the map's own sprite, so that legend and map cannot differ. */
function draw(map: MapLibreMap, name: string, canvas: HTMLCanvasElement): void {
  const image = map.getImage(name);
  if (!image?.data) {
    map.once('idle', () => map.getImage(name)?.data && draw(map, name, canvas));
    return;
  }
  const { width, height, data } = image.data;
  [canvas.width, canvas.height] = [width, height];
  const size = Math.min(24, width / image.pixelRatio);
  canvas.style.width = `${size}px`;
  canvas.style.height = `${size}px`;
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}
