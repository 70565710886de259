// The one place that reads and writes the browser's address and history.
import { parseSearch, type State, toSearch } from './state';

/** What made the state change: something on the page, or the browser's back and forward. */
export type Cause = 'page' | 'history';

type Listener = (state: State, before: State, cause: Cause) => void;

interface Entry {
  /** True when the page itself opened this entry from the one before, so that its back button may go back. */
  opened?: boolean;
}

export class Navigation {
  #state: State;
  #listeners: Listener[] = [];

  constructor() {
    this.#state = parseSearch(location.search);
    addEventListener('popstate', () => this.#become(parseSearch(location.search), 'history'));
  }

  get state(): State {
    return this.#state;
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** A change that a person would want to go back from. */
  push(change: Partial<State>, opened = false): void {
    this.#write({ ...this.#state, bbox: null, ...change }, 'push', { opened });
  }

  /** A change that the back button should skip, such as panning. */
  replace(change: Partial<State>): void {
    this.#write({ ...this.#state, bbox: null, ...change }, 'replace', (history.state as Entry | null) ?? {});
  }

  /** Keeps the present address to come back to, before the map goes far away. */
  mark(): void {
    history.pushState({}, '', location.href);
  }

  /** Closes what is open: back to where it was opened from, or simply to the list. */
  close(): void {
    if ((history.state as Entry | null)?.opened) history.back();
    else this.push({ item: null, ids: null });
  }

  #write(state: State, how: 'push' | 'replace', entry: Entry): void {
    const address = `${location.pathname}${toSearch(state)}${location.hash}`;
    if (how === 'push' && toSearch(state) !== location.search) history.pushState(entry, '', address);
    else history.replaceState(entry, '', address);
    this.#become(state, 'page');
  }

  #become(state: State, cause: Cause): void {
    const before = this.#state;
    this.#state = state;
    for (const listener of this.#listeners) listener(state, before, cause);
  }
}
