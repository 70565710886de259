// The layer switch and the filter form: what the inputs say becomes state, and state becomes what the inputs say.
import { type Filters, LAYERS, type Layer, mergeFilters, withoutFilter } from './state';

/** How long after the last keystroke a number or text counts as finished. */
const TYPING_MS = 450;

type Input = HTMLInputElement | HTMLSelectElement;

const inputsOf = (form: HTMLFormElement): Input[] =>
  [...form.elements].filter(
    (element): element is Input =>
      (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) && element.name !== '',
  );

/** Values of a form by name; empty ones are absent. */
export function readForm(form: HTMLFormElement): Filters {
  const filters: Record<string, string[]> = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string' || value.trim() === '') continue;
    filters[name] = [...(filters[name] ?? []), value.trim()];
  }
  return filters;
}

/** Sets every input of the form to the filters. */
export function writeForm(form: HTMLFormElement, filters: Filters): void {
  for (const input of inputsOf(form)) {
    const values = filters[input.name] ?? [];
    if (input instanceof HTMLSelectElement) {
      for (const option of input.options) option.selected = values.includes(option.value);
      if (!input.multiple && values.length === 0) input.value = '';
    } else if (input.type === 'checkbox' || input.type === 'radio') {
      input.checked = values.length > 0 ? values.includes(input.value) : input.type === 'radio' && input.value === '';
    } else if (input !== document.activeElement) {
      input.value = values[0] ?? '';
    }
  }
}

export interface FormHandlers {
  filters(): Filters;
  onFilters(filters: Filters): void;
  onLayers(layers: readonly Layer[]): void;
}

export class Controls {
  readonly #form = document.getElementById('filters') as HTMLFormElement | null;
  readonly #switches = [...document.querySelectorAll<HTMLInputElement>('#layers input[type=checkbox]')];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(handlers: FormHandlers) {
    const form = this.#form;
    const names = new Set(form ? inputsOf(form).map((input) => input.name) : []);
    const read = () => {
      clearTimeout(this.#timer);
      if (form?.checkValidity()) handlers.onFilters(mergeFilters(handlers.filters(), readForm(form), names));
      else form?.reportValidity();
    };
    // On the page, not on the form: the district stands elsewhere.
    document.addEventListener('input', (event) => {
      const input = event.target as HTMLInputElement;
      if (!form || input.form !== form) return;
      const typed = ['number', 'text', 'search', 'date'].includes(input.type);
      clearTimeout(this.#timer);
      if (typed) this.#timer = setTimeout(read, TYPING_MS);
      else read();
    });
    form?.addEventListener('submit', (event) => {
      event.preventDefault();
      read();
    });
    form?.addEventListener('reset', (event) => {
      event.preventDefault();
      let filters = handlers.filters();
      for (const name of names) filters = withoutFilter(filters, name);
      handlers.onFilters(filters);
    });
    for (const input of this.#switches) {
      input.addEventListener('change', () => {
        const on = new Set(this.#switches.filter(({ checked }) => checked).map(({ value }) => value));
        handlers.onLayers(LAYERS.filter((layer) => on.has(layer)));
      });
    }
  }

  /** Shows the state in the inputs; filters of a layer that is off are put aside. */
  show(filters: Filters, layers: readonly Layer[]): void {
    if (this.#form) writeForm(this.#form, filters);
    for (const input of this.#switches) input.checked = layers.includes(input.value as Layer);
    for (const group of this.#form?.querySelectorAll<HTMLElement>('[data-layer]') ?? []) {
      group.hidden = !layers.includes(group.dataset.layer as Layer);
    }
  }
}
