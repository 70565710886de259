// Areas and circles: how they are written in the address, and their outlines. Pure.
import type { Bounds } from './api';
import type { Filters } from './state';

export type Place = readonly [lon: number, lat: number];

/** Units to a degree in an encoded area: about a metre. The server reads the same (`area`). */
const PRECISION = 1e5;
export const MOST_CORNERS = 100;
/** Mean radius of the earth, metres. */
const EARTH_M = 6_371_008.8;
const CIRCLE_CORNERS = 72;

/** Corners as an encoded polyline, longitude first. */
export function encodeArea(corners: readonly Place[]): string {
  let text = '';
  const before = [0, 0];
  for (const corner of corners) {
    for (const axis of [0, 1] as const) {
      const now = Math.round(corner[axis] * PRECISION);
      const step = now - (before[axis] ?? 0);
      before[axis] = now;
      let left = step < 0 ? -step * 2 - 1 : step * 2;
      while (left >= 32) {
        text += String.fromCharCode(32 + (left % 32) + 63);
        left = Math.floor(left / 32);
      }
      text += String.fromCharCode(left + 63);
    }
  }
  return text;
}

/** The corners of an encoded polyline; nothing where the text is none. */
export function decodeArea(text: string): Place[] | null {
  const numbers: number[] = [];
  let [value, factor] = [0, 1];
  for (const character of text) {
    const bits = (character.codePointAt(0) ?? 0) - 63;
    if (bits < 0 || bits > 63 || factor > 2 ** 30) return null;
    value += (bits % 32) * factor;
    factor *= 32;
    if (bits >= 32) continue;
    numbers.push(value % 2 === 1 ? -(value + 1) / 2 : value / 2);
    [value, factor] = [0, 1];
  }
  if (factor !== 1 || numbers.length % 2 !== 0 || numbers.length < 6) return null;
  const corners: Place[] = [];
  let [lon, lat] = [0, 0];
  for (let i = 0; i < numbers.length; i += 2) {
    lon += numbers[i] ?? 0;
    lat += numbers[i + 1] ?? 0;
    corners.push([lon / PRECISION, lat / PRECISION]);
  }
  return corners;
}

/** A circle on the sphere as a ring of corners. */
export function circle([lon, lat]: Place, radius_m: number): Place[] {
  const [angle, north] = [radius_m / EARTH_M, (lat * Math.PI) / 180];
  return Array.from({ length: CIRCLE_CORNERS }, (_, i) => {
    const bearing = (i / CIRCLE_CORNERS) * 2 * Math.PI;
    const to = Math.asin(Math.sin(north) * Math.cos(angle) + Math.cos(north) * Math.sin(angle) * Math.cos(bearing));
    const turned = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(north),
      Math.cos(angle) - Math.sin(north) * Math.sin(to),
    );
    return [lon + (turned * 180) / Math.PI, (to * 180) / Math.PI];
  });
}

/** Where the filters look: outlines, and the middle of the circle. */
export interface Whereabouts {
  rings: Place[][];
  middle: Place | null;
}

export function whereabouts(filters: Filters): Whereabouts {
  const rings: Place[][] = [];
  const drawn = filters.area?.[0] ? decodeArea(filters.area[0]) : null;
  if (drawn) rings.push(drawn);
  const middle = placeOf(filters.near?.[0]);
  const radius_m = Number(filters.radius_m?.[0]);
  if (middle && radius_m > 0) rings.push(circle(middle, radius_m));
  return { rings, middle };
}

/** `lon,lat` as a place; nothing where it is none. */
export function placeOf(text: string | undefined): Place | null {
  const [lon, lat, ...rest] = (text ?? '').split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (lon === undefined || lat === undefined || rest.length > 0) return null;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85.05 ? [lon, lat] : null;
}

/** The box around everything; nothing where there is nothing. */
export function boundsOf({ rings, middle }: Whereabouts): Bounds | null {
  const places = [...rings.flat(), ...(middle ? [middle] : [])];
  if (places.length === 0) return null;
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** Whether a ring meets itself, which is no area: which part of it would be inside? */
export function crossesItself(corners: readonly Place[]): boolean {
  const sides = corners.map((corner, i) => [corner, corners[(i + 1) % corners.length] ?? corner] as const);
  const turn = (a: Place, b: Place, c: Place) =>
    Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  return sides.some(([a, b], i) =>
    sides.some(([c, d], j) => {
      const neighbours = j <= i + 1 || (i === 0 && j === sides.length - 1);
      return !neighbours && turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
    }),
  );
}
