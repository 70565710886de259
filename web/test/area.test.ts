import { expect, it } from 'vitest';
import { boundsOf, circle, crossesItself, decodeArea, encodeArea, type Place, placeOf, whereabouts } from '../src/area';

it('writes areas as the server reads them', () => {
  // The example of the algorithm's description.
  const example: Place[] = [
    [38.5, -120.2],
    [40.7, -120.95],
    [43.252, -126.453],
  ];
  expect(encodeArea(example)).toBe('_p~iF~ps|U_ulLnnqC_mqNvxq`@');
  expect(decodeArea('_p~iF~ps|U_ulLnnqC_mqNvxq`@')).toEqual(example);
  for (const bad of ['', 'x', '_p~iF', 'ąę', '~~~~~~~~~~~~']) expect(decodeArea(bad)).toBeNull();
});

it('draws circles that are round on the ground', () => {
  const ring = circle([18.6, 53.01], 1000);
  const metres = ring.map(([lon, lat]) =>
    Math.hypot((lon - 18.6) * 111_195 * Math.cos((53.01 * Math.PI) / 180), (lat - 53.01) * 111_195),
  );
  for (const distance of metres) expect(Math.abs(distance - 1000)).toBeLessThan(2);
});

it('tells where the filters look', () => {
  const area = encodeArea([
    [18.5, 53],
    [18.7, 53],
    [18.6, 53.1],
  ]);
  expect(boundsOf(whereabouts({ area: [area] }))).toEqual([18.5, 53, 18.7, 53.1]);
  expect(whereabouts({ near: ['18.6,53.01'], radius_m: ['500'] })).toMatchObject({ middle: [18.6, 53.01] });
  expect(whereabouts({ near: ['18.6,53.01'] }).rings).toEqual([]);
  expect(boundsOf(whereabouts({ q: ['a'] }))).toBeNull();
  for (const bad of [undefined, '', '18.6', '18.6,', '181,53', '18,53,1', 'a,b']) expect(placeOf(bad)).toBeNull();
});

it('knows an area whose sides cross', () => {
  const square: Place[] = [
    [0, 0],
    [2, 0],
    [2, 2],
    [0, 2],
  ];
  expect(crossesItself(square)).toBe(false);
  expect(crossesItself([square[0], square[2], square[1], square[3]] as Place[])).toBe(true);
  expect(crossesItself(square.slice(0, 3))).toBe(false);
});
