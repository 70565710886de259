// The side panel: results for what the map shows, and the detail of one thing over them.

import type { Bounds } from './api';
import { fetchDetail, fetchResults, RequestError } from './api';
import { required, type Words } from './config';
import type { Lit } from './mapview';
import { itemPath, LAYERS, type State } from './state';

/** What to say for the status of a failed request; 0 = the server was not reached. */
const ERRORS: Record<number, string> = {
  0: 'error-offline',
  400: 'error-filter',
  404: 'error-gone',
  503: 'error-busy',
};

export interface PanelHandlers {
  bounds(): Bounds;
  /** `lit` is the place of the link, where it says one. */
  onOpen(item: string, lit: Lit | null): void;
  onBack(): void;
  onHover(lit: Lit | null): void;
  onRemoveFilter(name: string, value: string): void;
  onClearFilters(): void;
  /** The detail has arrived; `lit` is absent for things without a place. */
  onShown(lit: Lit | null): void;
}

export class Panel {
  readonly #panel = required('panel');
  readonly #body = required('panel-body');
  readonly #status = required('result-status');
  readonly #list = document.createElement('div');
  readonly #detail = document.createElement('div');
  readonly #t: Words;
  readonly #lang: string;
  readonly #handlers: PanelHandlers;
  #listRequest = new AbortController();
  #detailRequest = new AbortController();
  #openedFrom: string | null = null;
  #listScroll = 0;
  readonly #title = document.title;

  constructor(t: Words, lang: string, handlers: PanelHandlers) {
    [this.#t, this.#lang, this.#handlers] = [t, lang, handlers];
    this.#list.className = 'panel-list';
    this.#detail.className = 'panel-detail';
    this.#detail.hidden = true;
    this.#list.append(...this.#body.childNodes);
    this.#body.replaceChildren(this.#list, this.#detail);
    this.#panel.dataset.view = 'list';
    this.#body.addEventListener('click', (event) => this.#click(event));
    this.#body.addEventListener('keydown', (event) => this.#walk(event));
    document.addEventListener('keydown', (event) => this.#escape(event));
    for (const [enter, leave] of [
      ['pointerover', 'pointerout'],
      ['focusin', 'focusout'],
    ] as const) {
      this.#list.addEventListener(enter, (event) => this.#handlers.onHover(litOf(resultOf(event.target))));
      this.#list.addEventListener(leave, () => this.#handlers.onHover(null));
    }
  }

  /** Fetches the results again, keeping the old ones in sight until the new ones are there. */
  async showResults(state: State): Promise<void> {
    this.#listRequest.abort();
    const request = new AbortController();
    this.#listRequest = request;
    this.#list.ariaBusy = 'true';
    try {
      const nodes = await fetchResults(state, this.#handlers.bounds(), this.#lang, request.signal);
      const focused = resultOf(document.activeElement)?.dataset.item;
      this.#list.replaceChildren(nodes);
      // A list of things in one place is a step aside, with a way back to everything in sight.
      if (state.ids && !this.#list.querySelector('[data-back]')) this.#list.prepend(this.#backButton());
      if (focused) this.#result(`[data-item="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      const results = this.#list.querySelector<HTMLElement>('[data-status]');
      this.#status.textContent = results?.dataset.status ?? '';
    } catch (error) {
      if (request.signal.aborted) return;
      this.#fail(this.#list, error, () => this.showResults(state));
    }
    if (this.#listRequest === request) this.#list.ariaBusy = null;
  }

  /** Opens a thing, or goes back to the list with nothing. `moveFocus` is false only for the first page load. */
  async showItem(item: string | null, moveFocus: boolean): Promise<void> {
    this.#detailRequest.abort();
    if (!item) return this.#backToList(moveFocus);
    const request = new AbortController();
    this.#detailRequest = request;
    if (this.#panel.dataset.view === 'list') this.#listScroll = this.#panel.scrollTop;
    this.#openedFrom ??= item;
    this.#panel.dataset.view = 'detail';
    this.#list.hidden = true;
    this.#detail.hidden = false;
    this.#detail.ariaBusy = 'true';
    if (!this.#detail.hasChildNodes()) this.#detail.append(note('p', this.#t('loading')));
    try {
      const nodes = await fetchDetail(item, this.#lang, request.signal);
      this.#detail.replaceChildren(nodes);
      const article = this.#detail.querySelector<HTMLElement>('[data-item]');
      if (article?.dataset.title) document.title = `${article.dataset.title} · ${this.#title}`;
      if (!this.#detail.querySelector('[data-back]')) this.#detail.prepend(this.#backButton());
      this.#handlers.onShown(litOf(article));
      if (moveFocus) this.#focusHeading();
    } catch (error) {
      if (request.signal.aborted) return;
      this.#fail(this.#detail, error, () => this.showItem(item, moveFocus));
      this.#detail.prepend(this.#backButton());
      this.#handlers.onShown(null);
    }
    this.#detail.ariaBusy = null;
    this.#panel.scrollTop = 0;
  }

  /** Lights the result of a thing that the pointer is on, on the map. */
  highlight(layer: string | null, id: number): void {
    for (const lit of this.#list.querySelectorAll('.is-lit')) lit.classList.remove('is-lit');
    if (!layer) return;
    const result = this.#result(`[data-layer="${layer}"][data-feature-id="${id}"]`);
    result?.classList.add('is-lit');
  }

  #backToList(moveFocus: boolean): void {
    const item = this.#openedFrom;
    this.#openedFrom = null;
    this.#panel.dataset.view = 'list';
    this.#detail.hidden = true;
    this.#detail.replaceChildren();
    this.#list.hidden = false;
    this.#panel.scrollTop = this.#listScroll;
    document.title = this.#title;
    if (!moveFocus) return;
    const link = item ? this.#result(`[data-item="${CSS.escape(item)}"]`) : null;
    if (link) link.focus({ preventScroll: true });
    else this.#focusStatus();
  }

  #focusHeading(): void {
    const heading = this.#detail.querySelector<HTMLElement>('h1, h2, h3');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  #focusStatus(): void {
    this.#status.tabIndex = -1;
    this.#status.focus({ preventScroll: true });
  }

  #result(selector: string): HTMLElement | null {
    return this.#list.querySelector<HTMLElement>(`a.result${selector}`);
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('a, button') : null;
    if (!target || event.defaultPrevented) return;
    // A click meant for another tab or window stays a plain link.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const item = target.closest('a') && itemPath(target.dataset.item);
    const filter = target.dataset.removeFilter;
    if (target.hasAttribute('data-back')) this.#handlers.onBack();
    else if (item) this.#handlers.onOpen(item, litOf(target));
    else if (filter)
      this.#handlers.onRemoveFilter(filter.split('=', 1)[0] ?? '', filter.slice(filter.indexOf('=') + 1));
    else if (target.hasAttribute('data-clear-filters')) this.#handlers.onClearFilters();
    else return;
    event.preventDefault();
  }

  /** Escape closes the detail, wherever on the page the focus is. */
  #escape(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented || this.#panel.dataset.view !== 'detail') return;
    event.preventDefault();
    this.#handlers.onBack();
  }

  /** Arrows walk through the results. */
  #walk(event: KeyboardEvent): void {
    const result = resultOf(event.target);
    if (!result || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    const results = [...this.#list.querySelectorAll<HTMLElement>('a.result')];
    const next = results[results.indexOf(result) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  #backButton(): HTMLButtonElement {
    const button = note('button', this.#t('back'));
    button.type = 'button';
    button.className = 'detail-back';
    button.dataset.back = '';
    return button;
  }

  #fail(where: HTMLElement, error: unknown, again: () => void): void {
    const status = error instanceof RequestError ? error.status : 0;
    const box = document.createElement('div');
    box.className = 'panel-error';
    box.role = 'alert';
    // What the server refuses once it refuses again: the way on is to drop the filter, not to repeat it.
    const refused = status === 400;
    const button = note('button', this.#t(refused ? 'clear-filters' : 'retry'));
    button.type = 'button';
    button.addEventListener('click', refused ? () => this.#handlers.onClearFilters() : again);
    box.append(note('p', this.#t(ERRORS[status] ?? 'error-server')), button);
    where.replaceChildren(box);
  }
}

function note<K extends keyof HTMLElementTagNameMap>(tag: K, text: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function resultOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('a.result') : null;
}

/** The place that an element of a fragment stands for. */
function litOf(element: HTMLElement | null): Lit | null {
  if (!element) return null;
  const { layer: name, featureId, lon, lat, status, activity } = element.dataset;
  const layer = LAYERS.find((known) => known === name);
  if (!layer || !lon || !lat || !featureId) return null;
  const lit = { layer, id: Number(featureId), lon: Number(lon), lat: Number(lat), status, activity };
  return [lit.id, lit.lon, lit.lat].every(Number.isFinite) ? lit : null;
}
