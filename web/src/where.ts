// "Where?": around an address, around oneself, or within an area that somebody draws; the list has the same in a form.
import { fetchSuggestions, type Suggestion } from './api';
import { crossesItself, encodeArea, MOST_CORNERS, type Place, whereabouts } from './area';
import { required, type Words } from './config';
import type { Drawing } from './draw';
import type { MapView } from './mapview';
import { Search } from './search';
import { type Filters, withoutFilter } from './state';

/** Digits of a degree in an address: about a metre. */
const DIGITS = 5;
/** How long the browser may look for its position. */
const PATIENCE_MS = 15_000;

export interface WhereHandlers {
  filters(): Filters;
  /** New filters; the map goes to what they look at. */
  onFilters(filters: Filters): void;
}

export class Where {
  readonly #box = required<HTMLDetailsElement>('where');
  readonly #radius = required<HTMLSelectElement>('where-radius');
  readonly #input = required<HTMLInputElement>('where-input');
  readonly #message = required('where-message');
  readonly #here = required<HTMLButtonElement>('where-here');
  readonly #draw = required<HTMLButtonElement>('where-draw');
  readonly #sight = required<HTMLButtonElement>('where-sight');
  readonly #remove = required<HTMLButtonElement>('where-remove');
  readonly #used = required('where-used');
  readonly #t: Words;
  readonly #lang: string;
  readonly #handlers: WhereHandlers;
  #view: MapView | null = null;
  #drawing: Drawing | null = null;
  #bar: HTMLElement | null = null;

  constructor(t: Words, lang: string, handlers: WhereHandlers) {
    [this.#t, this.#lang, this.#handlers] = [t, lang, handlers];
    this.#box.hidden = false;
    const parts = {
      form: required<HTMLFormElement>('where-form'),
      input: this.#input,
      list: required('where-suggestions'),
    };
    new Search(
      t,
      lang,
      { onPick: (suggestion) => this.#around(suggestion), onQuery: (q) => void this.#lookUp(q) },
      parts,
      isSomewhere,
    );
    this.#radius.addEventListener('change', () => {
      const { near } = handlers.filters();
      if (near) handlers.onFilters({ ...handlers.filters(), radius_m: [this.#radius.value] });
    });
    this.#here.addEventListener('click', () => this.#nearby());
    this.#remove.addEventListener('click', () => {
      const rest = ['near', 'area', 'within'].reduce<Filters>(
        (all, name) => withoutFilter(all, name),
        handlers.filters(),
      );
      this.#input.value = '';
      this.#say('removed');
      handlers.onFilters(rest);
      this.#input.focus();
    });
    const embed = required<HTMLAnchorElement>('where-embed');
    // The page that makes the snippet begins with what the map shows.
    for (const event of ['pointerdown', 'focus', 'click'])
      embed.addEventListener(event, () => {
        embed.href = `/osadz${location.search}`;
      });
    required('where-copy').addEventListener('click', () => void this.#copy());
    // Without a map there is nothing to draw on.
    for (const button of [this.#draw, this.#sight]) button.hidden = true;
  }

  /** The map is there: areas can be drawn. */
  attach(view: MapView): void {
    this.#view = view;
    for (const button of [this.#draw, this.#sight]) button.hidden = false;
    this.#draw.addEventListener('click', () => void this.#begin());
    this.#sight.addEventListener('click', () => {
      const [west, south, east, north] = view.visibleBounds;
      this.#take([
        [west, south],
        [east, south],
        [east, north],
        [west, north],
      ]);
    });
  }

  /** Shows the state. */
  show(filters: Filters): void {
    const used = ['near', 'area', 'within'].filter((name) => filters[name]).length;
    this.#used.textContent = String(used);
    this.#used.hidden = used === 0;
    this.#remove.hidden = used === 0;
    this.#draw.textContent = this.#t(filters.area ? 'where-redraw' : 'where-draw');
    const radius = filters.radius_m?.[0];
    if (radius && [...this.#radius.options].some(({ value }) => value === radius)) this.#radius.value = radius;
    if (!filters.near && this.#input !== document.activeElement) this.#input.value = '';
    if (!this.#drawing) this.#view?.setWhere(whereabouts(filters));
  }

  #say(key: string, words = ''): void {
    this.#message.textContent = key ? `${this.#t(`where-${key}`)}${words}` : '';
  }

  #near([lon, lat]: Place): void {
    const filters = withoutFilter(this.#handlers.filters(), 'near');
    const near = `${lon.toFixed(DIGITS)},${lat.toFixed(DIGITS)}`;
    this.#handlers.onFilters({ ...filters, near: [near], radius_m: [this.#radius.value] });
  }

  #around({ label, lon, lat }: Suggestion): void {
    if (typeof lon !== 'number' || typeof lat !== 'number') return;
    this.#input.value = label;
    this.#say('around', ` ${label}`);
    this.#near([lon, lat]);
  }

  /** Enter without a pick: the best place of that name. */
  async #lookUp(q: string): Promise<void> {
    if (q === '') return;
    try {
      const found = (await fetchSuggestions(q, this.#lang, new AbortController().signal)).filter(isSomewhere);
      const best = found.find(({ item }) => !item) ?? found[0];
      if (best) this.#around(best);
      else this.#say('unknown');
    } catch {
      this.#say('search-failed');
    }
  }

  /** Asks the browser where it is; only now, when somebody wants it. */
  #nearby(): void {
    if (!('geolocation' in navigator)) return this.#say('unavailable');
    this.#say('looking');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.#say('found');
        this.#input.value = '';
        this.#near([coords.longitude, coords.latitude]);
      },
      ({ code, PERMISSION_DENIED }) => this.#say(code === PERMISSION_DENIED ? 'refused' : 'unavailable'),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 60_000 },
    );
  }

  async #begin(): Promise<void> {
    const view = this.#view;
    if (!view || this.#drawing) return;
    const area = this.#handlers.filters().area ? (whereabouts(this.#handlers.filters()).rings[0] ?? null) : null;
    this.#say('drawing');
    try {
      const { draw } = await import('./draw');
      view.beginDrawing();
      const bar = this.#showBar(area !== null);
      this.#drawing = draw(view.map, view.outlineColour, area, () => this.#closed(bar));
    } catch (error) {
      console.error(error);
      this.#end();
      this.#say('draw-failed');
    }
  }

  #showBar(closed: boolean): HTMLElement {
    const bar = document.createElement('div');
    bar.id = 'draw-bar';
    bar.role = 'group';
    bar.ariaLabel = this.#t('where-drawing-label');
    const hint = document.createElement('p');
    hint.setAttribute('role', 'status');
    hint.textContent = this.#t(closed ? 'where-edit-hint' : 'where-draw-hint');
    const button = (key: string, press: () => void, main = false) => {
      const element = document.createElement('button');
      element.type = 'button';
      element.className = main ? 'button' : 'button button-quiet';
      element.textContent = this.#t(key);
      element.addEventListener('click', press);
      return element;
    };
    const done = button('where-done', () => this.#finish(hint), true);
    done.hidden = !closed;
    const again = button('where-again', () => {
      this.#drawing?.restart();
      done.hidden = true;
      again.hidden = true;
      hint.textContent = this.#t('where-draw-hint');
    });
    again.hidden = !closed;
    const cancel = button('where-cancel', () => {
      this.#end();
      this.#say('');
      this.#draw.focus();
    });
    bar.append(hint, done, again, cancel);
    bar.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      cancel.click();
    });
    required('map').after(bar);
    this.#bar = bar;
    cancel.focus();
    return bar;
  }

  #closed(bar: HTMLElement): void {
    const hint = bar.querySelector('p');
    if (hint) hint.textContent = this.#t('where-edit-hint');
    for (const button of bar.querySelectorAll('button')) button.hidden = false;
  }

  #finish(hint: HTMLElement): void {
    const corners = this.#drawing?.corners() ?? [];
    if (corners.length < 3 || corners.length > MOST_CORNERS || crossesItself(corners)) {
      hint.textContent = this.#t('where-crossing');
      return;
    }
    this.#end();
    this.#take(corners);
    this.#draw.focus();
  }

  #take(corners: Place[]): void {
    this.#say('drawn');
    this.#handlers.onFilters({ ...this.#handlers.filters(), area: [encodeArea(corners)] });
  }

  /** Leaves the drawing; what the filters say is shown again. */
  #end(): void {
    this.#drawing?.stop();
    this.#drawing = null;
    this.#bar?.remove();
    this.#bar = null;
    this.#view?.endDrawing();
    this.show(this.#handlers.filters());
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.#say('copied');
    } catch {
      this.#say('copy-yourself', ` ${location.href}`);
    }
  }
}

const isSomewhere = ({ lon, lat }: Suggestion) => typeof lon === 'number' && typeof lat === 'number';
