// The marks as SVG, drawn from numbers, and the sheet that holds them. Pure: text in, text out.
import { ACTIVITY_GLYPHS } from './glyphs.mjs';
import { MARKS } from './palette.mjs';
import { RING_STEPS } from './places.mjs';

/** @typedef {{ name: string, size: number, svg: string }} Mark `svg` is what stands inside a square of `size` px */

const GLYPH_BOX = 15;
const SQUARE = 26;
const RING = 46;

/** A Maki glyph (15 px box) centred in a mark. @param {string} paths */
function glyph(paths, size, scale = 0.86, colour = '#FFFFFF') {
  const offset = (size - GLYPH_BOX * scale) / 2;
  return `<g transform="translate(${offset} ${offset}) scale(${scale})" fill="${colour}">${paths}</g>`;
}

/** @param {string} name @param {string} inner */
function organisation(name, inner) {
  const size = 28;
  return {
    name,
    size,
    svg: `<circle cx="14" cy="14" r="13.5" fill="${MARKS.halo}"/><circle cx="14" cy="14" r="12" fill="${MARKS.organisation}"/>${inner}`,
  };
}

/** @param {string} information the Maki glyph */
function support(information) {
  const size = 32;
  const diamond = (r, fill) =>
    `<rect x="${16 - r}" y="${16 - r}" width="${2 * r}" height="${2 * r}" rx="3" transform="rotate(45 16 16)" fill="${fill}"/>`;
  return {
    name: 'support',
    size,
    svg: diamond(10.8, MARKS.halo) + diamond(9.5, MARKS.support) + glyph(information, size),
  };
}

const DOOR_OPEN =
  '<path d="M8 6.5h7.5v1.6H9.6v10.3h5.9V20H6.6v-1.6H8z" fill="#fff"/><path d="M11.2 8.1 17.4 6v14l-6.2-1.6z" fill="#fff"/><circle cx="12.9" cy="13.4" r=".95" fill="#009E73"/>';
const DOOR_CLOSED =
  '<path d="M8.2 6h9.6v12.4h1.6V20H6.6v-1.6h1.6z" fill="#fff"/><circle cx="15.6" cy="13.2" r="1.1" fill="#5B6470"/>';
const CLOCK = `<circle cx="13" cy="13" r="6.2" fill="none" stroke="${MARKS.ink}" stroke-width="1.9"/><path d="M13 9.4V13l2.6 1.9" fill="none" stroke="${MARKS.ink}" stroke-width="1.8" stroke-linecap="round"/>`;
const BOOKMARK = `<path d="M9.6 7h6.8v12L13 16.2 9.6 19z" fill="${MARKS.reserved}"/>`;
const CROSS = `<path d="M9 9l8 8M17 9l-8 8" stroke="${MARKS.withdrawn}" stroke-width="2.4" stroke-linecap="round"/>`;

/**
 * A premises mark: halo, square, what stands inside.
 * @param {string} status @param {{ fill: string, stroke?: string, strokeWidth?: number, inner: string }} look
 */
function premises(status, { fill, stroke = 'none', strokeWidth = 1.5, inner }) {
  const inset = 2 + strokeWidth / 2;
  const side = SQUARE - 2 * inset;
  return {
    name: `premises-${status}`,
    size: SQUARE,
    svg:
      `<rect x=".5" y=".5" width="25" height="25" rx="5.5" fill="${MARKS.halo}"/>` +
      `<rect x="${inset}" y="${inset}" width="${side}" height="${side}" rx="3.5" fill="${fill}" stroke="${stroke}" stroke-width="${strokeWidth}"/>${inner}`,
  };
}

function premisesMarks() {
  const hatch =
    '<clipPath id="h"><rect x="4" y="4" width="18" height="18" rx="2.5"/></clipPath>' +
    `<path clip-path="url(#h)" d="M-2 14 14-2M2 22 22 2M6 26 26 6M14 28 28 14" stroke="${MARKS.renovation}" stroke-width="3.2"/>`;
  return [
    premises('free', { fill: MARKS.free, stroke: MARKS.ink, inner: DOOR_OPEN }),
    premises('open_call', { fill: MARKS.open_call, stroke: MARKS.ink, inner: CLOCK }),
    premises('reserved', { fill: '#FFFFFF', stroke: MARKS.reserved, strokeWidth: 3, inner: BOOKMARK }),
    premises('occupied', { fill: MARKS.occupied, inner: DOOR_CLOSED }),
    premises('renovation', { fill: '#FFFFFF', stroke: MARKS.renovation, strokeWidth: 2.4, inner: hatch }),
    premises('withdrawn', { fill: '#FFFFFF', stroke: MARKS.withdrawn, strokeWidth: 2.4, inner: CROSS }),
  ];
}

/**
 * The outline of a cluster drawn from the top clockwise: circle, diamond or square by layer.
 * A path of its own rather than a basic shape, because the ring's parts are laid along it from its start.
 */
const OUTLINES = {
  organisations: 'M23 5a18 18 0 1 1 0 36a18 18 0 1 1 0-36z',
  support: 'M23 3.5 42.5 23 23 42.5 3.5 23z',
  premises:
    'M23 6.5h13a3.5 3.5 0 0 1 3.5 3.5v26a3.5 3.5 0 0 1-3.5 3.5H10A3.5 3.5 0 0 1 6.5 36V10A3.5 3.5 0 0 1 10 6.5z',
};
/** Length of the premises outline: sides of 26 and four quarter circles of radius 3.5. */
const PREMISES_LENGTH = 4 * 26 + 2 * Math.PI * 3.5;

/** @param {keyof typeof OUTLINES} layer @param {string} name @param {string} ring */
function cluster(layer, name, ring) {
  const d = OUTLINES[layer];
  return {
    name,
    size: RING,
    svg:
      `<path d="${d}" fill="${MARKS.halo}" stroke="${MARKS.halo}" stroke-width="9" stroke-linejoin="round"/>` +
      `<path d="${d}" fill="none" stroke="${MARKS.ink}" stroke-width="6.6" stroke-linejoin="round"/>${ring}`,
  };
}

/** @param {string} d @param {string} colour */
const stroke = (d, colour, extra = '') =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="5" stroke-linejoin="round"${extra}/>`;

function clusterMarks() {
  const marks = [
    cluster('organisations', 'cluster-organisations', stroke(OUTLINES.organisations, MARKS.organisation)),
    cluster('support', 'cluster-support', stroke(OUTLINES.support, MARKS.support)),
  ];
  for (let step = 0; step <= RING_STEPS; step += 1) {
    const part = (PREMISES_LENGTH * step) / RING_STEPS;
    const dash = (length) => ` stroke-dasharray="${length.toFixed(2)} 1000"`;
    // A white edge divides the parts for eyes that do not tell green from grey.
    const start = `<path d="M22 4v5" stroke="${MARKS.halo}" stroke-width="2"/>`;
    const edge = step === 0 || step === RING_STEPS ? '' : stroke(OUTLINES.premises, MARKS.halo, dash(part + 2)) + start;
    const free = step === 0 ? '' : stroke(OUTLINES.premises, MARKS.free, dash(part));
    marks.push(
      cluster('premises', `cluster-premises-${step}`, stroke(OUTLINES.premises, MARKS.occupied) + edge + free),
    );
  }
  return marks;
}

/** Names of the glyphs the marks need from Maki. */
export const GLYPHS = [...new Set([...Object.values(ACTIVITY_GLYPHS), 'information'])].sort();

/**
 * All marks of the map.
 * @param {Record<string, string>} glyphs the inside of each Maki SVG by name
 * @returns {Mark[]}
 */
export function allMarks(glyphs) {
  const plain = '<circle cx="14" cy="14" r="4" fill="#fff"/>';
  return [
    organisation('organisation', plain),
    ...GLYPHS.filter((name) => name !== 'information').map((name) =>
      organisation(`organisation-${name}`, glyph(glyphs[name], 28)),
    ),
    support(glyphs.information),
    ...premisesMarks(),
    ...clusterMarks(),
  ];
}

const SHEET_COLUMNS = 10;
const CELL = 48;

/**
 * The sprite sheet as one SVG and its index, both for `ratio` pixels a point.
 * @param {Mark[]} marks @param {number} ratio
 */
export function spriteSheet(marks, ratio) {
  const rows = Math.ceil(marks.length / SHEET_COLUMNS);
  /** @type {Record<string, { x: number, y: number, width: number, height: number, pixelRatio: number }>} */
  const index = {};
  let body = '';
  marks.forEach((mark, i) => {
    const x = (i % SHEET_COLUMNS) * CELL;
    const y = Math.floor(i / SHEET_COLUMNS) * CELL;
    // Ids inside a mark (clip paths) are made unique to the cell.
    const svg = mark.svg.replaceAll('id="h"', `id="h${i}"`).replaceAll('url(#h)', `url(#h${i})`);
    body += `<svg x="${x}" y="${y}" width="${mark.size}" height="${mark.size}" viewBox="0 0 ${mark.size} ${mark.size}">${svg}</svg>`;
    index[mark.name] = {
      x: x * ratio,
      y: y * ratio,
      width: mark.size * ratio,
      height: mark.size * ratio,
      pixelRatio: ratio,
    };
  });
  const width = SHEET_COLUMNS * CELL;
  const height = rows * CELL;
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`,
    index,
  };
}
