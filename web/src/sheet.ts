// On a phone the panel is a sheet at the bottom with three heights; its handle works by finger, mouse and keyboard.
import { required, type Words, wide } from './config';
import { HEIGHTS, type Height, nearest } from './heights';

/** A drag shorter than this is a press of the button. */
const DRAG_PX = 6;

export class Sheet {
  readonly #panel = required('panel');
  readonly #handle = document.createElement('button');
  readonly #t: Words;
  readonly #onMoved: () => void;

  constructor(t: Words, onMoved: () => void) {
    [this.#t, this.#onMoved] = [t, onMoved];
    this.#handle.type = 'button';
    this.#handle.className = 'sheet-handle';
    this.#handle.setAttribute('aria-controls', 'panel-body');
    this.#panel.prepend(this.#handle);
    this.set('peek');
    this.#drag();
    this.#handle.addEventListener('keydown', (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.set(HEIGHTS[Math.min(2, Math.max(0, HEIGHTS.indexOf(this.height) + step))] ?? 'peek');
    });
    wide.addEventListener('change', () => this.set(this.height));
  }

  get height(): Height {
    return HEIGHTS.find((height) => height === this.#panel.dataset.sheet) ?? 'peek';
  }

  set(height: Height): void {
    this.#panel.dataset.sheet = height;
    this.#panel.style.removeProperty('--sheet-height');
    document.documentElement.dataset.sheet = height;
    this.#handle.ariaExpanded = String(height !== 'peek');
    this.#handle.ariaLabel = this.#t(`sheet-${height}`);
    this.#onMoved();
  }

  /** At least half open, where there is a sheet at all. */
  raise(): void {
    if (!wide.matches && this.height === 'peek') this.set('half');
  }

  #drag(): void {
    let start: { y: number; height: number } | null = null;
    let moved = false;
    this.#handle.addEventListener('pointerdown', (event) => {
      start = { y: event.clientY, height: this.#panel.getBoundingClientRect().height };
      moved = false;
      this.#handle.setPointerCapture(event.pointerId);
    });
    this.#handle.addEventListener('pointermove', (event) => {
      if (!start) return;
      const dragged = start.y - event.clientY;
      if (!moved && Math.abs(dragged) < DRAG_PX) return;
      moved = true;
      this.#panel.dataset.dragging = '';
      this.#panel.style.setProperty(
        '--sheet-height',
        `${Math.max(72, Math.min(innerHeight - 56, start.height + dragged))}px`,
      );
    });
    const end = () => {
      if (start && moved) this.set(nearest(this.#panel.getBoundingClientRect().height / innerHeight));
      delete this.#panel.dataset.dragging;
      start = null;
    };
    this.#handle.addEventListener('pointerup', end);
    this.#handle.addEventListener('pointercancel', end);
    // The button's press goes up one height, and from the top down to the lowest.
    this.#handle.addEventListener('click', () => {
      if (moved) moved = false;
      else this.set(HEIGHTS[(HEIGHTS.indexOf(this.height) + 1) % HEIGHTS.length] ?? 'peek');
    });
  }
}
