// The search box with suggestions: an ARIA 1.2 combobox with a list, groups by kind.
import { fetchSuggestions, type Suggestion } from './api';
import type { Words } from './config';

const TYPING_MS = 180;
const SHORTEST = 2;

export interface SearchHandlers {
  onPick(suggestion: Suggestion): void;
  /** Enter without a pick: the words become a filter; empty words remove it. */
  onQuery(q: string): void;
}

/** The elements of a search box. */
export interface SearchParts {
  form: HTMLFormElement;
  input: HTMLInputElement;
  list: HTMLElement;
}

const pageSearch = (): SearchParts => ({
  form: document.getElementById('search') as HTMLFormElement,
  input: document.getElementById('search-input') as HTMLInputElement,
  list: document.getElementById('search-suggestions') as HTMLElement,
});

export class Search {
  readonly #form: HTMLFormElement;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #t: Words;
  readonly #lang: string;
  readonly #handlers: SearchHandlers;
  #suggestions: Suggestion[] = [];
  #active = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request = new AbortController();

  readonly #wanted: (suggestion: Suggestion) => boolean;

  /** `wanted` tells which suggestions are of any use here. */
  constructor(
    t: Words,
    lang: string,
    handlers: SearchHandlers,
    parts = pageSearch(),
    wanted: (suggestion: Suggestion) => boolean = () => true,
  ) {
    [this.#t, this.#lang, this.#handlers, this.#wanted] = [t, lang, handlers, wanted];
    [this.#form, this.#input, this.#list] = [parts.form, parts.input, parts.list];
    const input = this.#input;
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-controls', this.#list.id);
    input.setAttribute('aria-expanded', 'false');
    input.autocomplete = 'off';
    if (!this.#list.ariaLabel && !this.#list.hasAttribute('aria-labelledby')) this.#list.ariaLabel = t('suggestions');
    input.addEventListener('input', () => this.#typed());
    input.addEventListener('keydown', (event) => this.#keydown(event));
    input.addEventListener('blur', () => this.#close());
    // The list must not take the focus from the input before the click arrives.
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('click', (event) => {
      const option = event.target instanceof Element ? event.target.closest<HTMLElement>('[role=option]') : null;
      if (option) this.#pick(Number(option.dataset.index));
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Shows the words of the state. */
  show(q: string): void {
    if (this.#input !== document.activeElement) this.#input.value = q;
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#request.abort();
    const q = this.#input.value.trim();
    if (q === '') this.#handlers.onQuery('');
    if (q.length < SHORTEST) return this.#close();
    this.#timer = setTimeout(() => this.#suggest(q), TYPING_MS);
  }

  async #suggest(q: string): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    try {
      this.#suggestions = grouped((await fetchSuggestions(q, this.#lang, request.signal)).filter(this.#wanted));
      if (document.activeElement === this.#input) this.#open();
    } catch {
      if (!request.signal.aborted) this.#message(this.#t('search-failed'));
    }
  }

  #open(): void {
    if (this.#suggestions.length === 0) return this.#message(this.#t('search-nothing'));
    this.#active = -1;
    this.#list.replaceChildren();
    let group: HTMLElement | null = null;
    this.#suggestions.forEach((suggestion, index) => {
      if (suggestion.kind !== this.#suggestions[index - 1]?.kind) group = this.#group(suggestion.kind);
      group?.append(option(suggestion, index, this.#list.id));
    });
    this.#expand(true);
  }

  #group(kind: string): HTMLElement {
    const group = document.createElement('li');
    group.role = 'presentation';
    const list = document.createElement('ul');
    const heading = document.createElement('span');
    list.role = 'group';
    heading.id = `${this.#list.id}-${kind}`;
    heading.className = 'suggestion-kind';
    heading.textContent = this.#t(`kind-${kind}`);
    list.setAttribute('aria-labelledby', heading.id);
    group.append(heading, list);
    this.#list.append(group);
    return list;
  }

  #message(text: string): void {
    this.#suggestions = [];
    const item = document.createElement('li');
    item.role = 'option';
    item.ariaDisabled = 'true';
    item.className = 'suggestion-none';
    item.textContent = text;
    this.#list.replaceChildren(item);
    this.#expand(true);
  }

  #expand(open: boolean): void {
    this.#list.hidden = !open;
    this.#input.setAttribute('aria-expanded', String(open));
    if (!open) this.#input.removeAttribute('aria-activedescendant');
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#active = -1;
    this.#expand(false);
  }

  #keydown(event: KeyboardEvent): void {
    const count = this.#suggestions.length;
    if (event.key === 'Escape') {
      if (this.#list.hidden) return;
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (this.#list.hidden) return this.#typed();
      if (count === 0) return;
      // One step past either end is the input itself.
      const places = count + 1;
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.#activate(((this.#active + 1 + step + places) % places) - 1);
    }
  }

  #activate(index: number): void {
    this.#active = index;
    for (const element of this.#list.querySelectorAll<HTMLElement>('[role=option]')) {
      const active = Number(element.dataset.index) === index;
      element.ariaSelected = String(active);
      if (active) {
        this.#input.setAttribute('aria-activedescendant', element.id);
        element.scrollIntoView({ block: 'nearest' });
      }
    }
    if (index < 0) this.#input.removeAttribute('aria-activedescendant');
  }

  #submit(): void {
    if (!this.#list.hidden && this.#active >= 0) return this.#pick(this.#active);
    this.#request.abort();
    this.#close();
    this.#handlers.onQuery(this.#input.value.trim());
  }

  #pick(index: number): void {
    const suggestion = this.#suggestions[index];
    this.#close();
    if (!suggestion) return;
    this.#input.value = suggestion.label;
    this.#handlers.onPick(suggestion);
  }
}

function option(suggestion: Suggestion, index: number, list: string): HTMLElement {
  const element = document.createElement('li');
  element.id = `${list}-${index}`;
  element.role = 'option';
  element.ariaSelected = 'false';
  element.dataset.index = String(index);
  const label = document.createElement('span');
  label.className = 'suggestion-label';
  label.textContent = suggestion.label;
  element.append(label);
  if (suggestion.detail) {
    const detail = document.createElement('span');
    detail.className = 'suggestion-detail';
    detail.textContent = suggestion.detail;
    element.append(detail);
  }
  return element;
}

/** Suggestions of one kind together, kinds in the order in which the best of each came. */
export function grouped(suggestions: readonly Suggestion[]): Suggestion[] {
  const kinds = [...new Set(suggestions.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => suggestions.filter((suggestion) => suggestion.kind === kind));
}
