import { expect, it, vi } from 'vitest';

vi.mock('../src/smallmap', () => ({ smallMap: () => undefined }));
vi.mock('maplibre-gl', () => ({}));
const { degrees, step } = await import('../src/picker');

it('reads degrees as people write them', () => {
  expect(degrees(' 53,01379 ', 85)).toBe(53.01379);
  expect(degrees('-18.5', 180)).toBe(-18.5);
  for (const text of ['', ' ', 'x', '1e999', '86']) expect(degrees(text, 85)).toBeUndefined();
});

it('moves by arrow keys, farther with Shift, and by no other key', () => {
  expect(step('ArrowUp', false)).toEqual([0, -6]);
  expect(step('ArrowRight', true)).toEqual([48, 0]);
  expect(step('Enter', false)).toBeUndefined();
});
