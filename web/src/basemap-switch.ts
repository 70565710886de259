// The choice of a basemap. Someone else's map is asked for nothing before a person has read what that means and agreed.
import { loadBasemap } from './basemaps';
import { type Basemap, type MapConfig, required, type Words } from './config';
import { MapView } from './mapview';

const CONSENT = 'pestor-basemap-agreed';
/** Failed tiles of another basemap, without one success, after which it counts as unreachable. */
const FAILURES = 3;
/** How long a message that needs no answer stays. */
const READING_MS = 12_000;

export class BasemapSwitch {
  readonly #view: MapView;
  readonly #config: MapConfig;
  readonly #t: Words;
  readonly #onChoice: (id: string | null) => void;
  readonly #details = document.createElement('details');
  readonly #fieldset = document.createElement('fieldset');
  readonly #question = document.createElement('div');
  #shown: string | null = null;
  #wanted: string | null = null;

  constructor(view: MapView, config: MapConfig, t: Words, place: HTMLElement, onChoice: (id: string | null) => void) {
    [this.#view, this.#config, this.#t, this.#onChoice] = [view, config, t, onChoice];
    if (config.basemaps.length === 0) return;
    this.#fieldset.className = 'basemaps';
    const summary = document.createElement('summary');
    summary.textContent = t('basemap');
    this.#fieldset.ariaLabel = t('basemap');
    this.#question.className = 'basemap-question';
    this.#question.hidden = true;
    this.#fieldset.append(this.#radio('', t('basemap-schematic')));
    for (const basemap of config.basemaps) this.#fieldset.append(this.#radio(basemap.id, basemap.label));
    this.#fieldset.append(this.#question);
    this.#details.append(summary, this.#fieldset);
    place.append(this.#details);
    this.#mark('');
    this.#watchFailures();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      const basemap = this.#find(this.#shown);
      if (basemap?.kind === 'pmtiles' || basemap?.kind === 'mbtiles') void this.#load(basemap);
    });
  }

  /** Makes the map that of the state: an address alone never loads a third party's map that was not agreed to. */
  show(id: string | null): void {
    if (id === this.#wanted) return;
    this.#wanted = id;
    const basemap = this.#find(id);
    if (!basemap) {
      if (id) message(this.#t('basemap-unknown'));
      return this.#schematic();
    }
    if (basemap.third_party && !agreed(basemap.id)) this.#ask(basemap);
    else void this.#load(basemap);
  }

  #find(id: string | null): Basemap | undefined {
    return this.#config.basemaps.find((basemap) => basemap.id === id);
  }

  #radio(id: string, label: string): HTMLElement {
    const line = document.createElement('label');
    const input = document.createElement('input');
    input.type = 'radio';
    input.name = 'basemap';
    input.value = id;
    input.addEventListener('change', () => {
      message('');
      // Choosing again what the address already names must ask again too.
      this.#wanted = null;
      if (id === '') this.#schematic();
      this.#onChoice(id || null);
    });
    line.append(input, label);
    return line;
  }

  #mark(id: string): void {
    for (const input of this.#fieldset.querySelectorAll<HTMLInputElement>('input[type=radio]'))
      input.checked = input.value === id;
  }

  #ask(basemap: Basemap): void {
    const text = document.createElement('p');
    text.textContent = basemap.note || this.#t('basemap-note');
    const yes = document.createElement('button');
    const no = document.createElement('button');
    [yes.type, no.type] = ['button', 'button'];
    yes.textContent = this.#t('basemap-agree');
    no.textContent = this.#t('basemap-stay');
    yes.className = 'button-primary';
    yes.addEventListener('click', () => {
      agree(basemap.id);
      this.#question.hidden = true;
      void this.#load(basemap);
      this.#fieldset.querySelector<HTMLInputElement>(`input[value="${CSS.escape(basemap.id)}"]`)?.focus();
    });
    no.addEventListener('click', () => {
      this.#schematic();
      this.#onChoice(null);
      this.#fieldset.querySelector('input')?.focus();
    });
    this.#question.replaceChildren(text, yes, no);
    this.#question.hidden = false;
    this.#mark(basemap.id);
    this.#details.open = true;
  }

  #schematic(): void {
    this.#question.hidden = true;
    this.#wanted = null;
    this.#shown = null;
    this.#mark('');
    if (this.#view.hasForeignBasemap) this.#view.setBasemap(null);
  }

  async #load(basemap: Basemap): Promise<void> {
    this.#mark(basemap.id);
    message(this.#t('basemap-loading'));
    try {
      const { lon, lat } = this.#view.view;
      const parts = await loadBasemap(basemap, MapView.dark, this.#config.lang, [lon, lat]);
      if (this.#wanted !== basemap.id) return;
      this.#shown = basemap.id;
      this.#view.setBasemap(parts);
      message('');
    } catch {
      if (this.#wanted === basemap.id) this.#unreachable(basemap);
    }
  }

  #unreachable(basemap: Basemap): void {
    this.#schematic();
    // The address keeps the choice: a reload tries again.
    this.#wanted = basemap.id;
    message(`${basemap.label}: ${this.#t('basemap-unreachable')}`, READING_MS);
  }

  /** A basemap whose tiles all fail gives way to the schematic one. */
  #watchFailures(): void {
    let failures = 0;
    let successes = 0;
    const { map } = this.#view;
    map.on('sourcedata', (event) => {
      if (event.sourceId?.startsWith('basemap-') && event.tile) successes += 1;
    });
    map.on('error', (event) => {
      const source = (event as { sourceId?: string }).sourceId;
      if (!source?.startsWith('basemap-')) return;
      failures += 1;
      const basemap = this.#find(this.#shown);
      if (!basemap || successes > 0 || failures < FAILURES) return;
      [failures, successes] = [0, 0];
      this.#unreachable(basemap);
    });
  }
}

let vanishing: ReturnType<typeof setTimeout> | undefined;

/** Says something over the map, for a while or until the next word; nothing when empty. */
export function message(text: string, duration_ms = 0): void {
  const box = required('map-message');
  clearTimeout(vanishing);
  if (duration_ms > 0) vanishing = setTimeout(message, duration_ms, '');
  box.hidden = false;
  box.textContent = text;
}

function agreed(id: string): boolean {
  try {
    return (localStorage.getItem(CONSENT) ?? '').split(',').includes(id);
  } catch {
    return false;
  }
}

function agree(id: string): void {
  try {
    const known = (localStorage.getItem(CONSENT) ?? '').split(',').filter(Boolean);
    localStorage.setItem(CONSENT, [...new Set([...known, id])].join(','));
  } catch {
    // Without storage the question is simply asked again next time.
  }
}
