import { describe, expect, it } from 'vitest';
import {
  filterQuery,
  formatView,
  itemPath,
  LAYERS,
  mergeFilters,
  parseSearch,
  placesUrl,
  toSearch,
  withoutFilter,
} from '../src/state';

describe('the address of the map', () => {
  it('is empty for the plain map', () => {
    expect(toSearch(parseSearch(''))).toBe('');
    expect(parseSearch('').layers).toEqual(LAYERS);
  });

  it('says the whole state and reads it back', () => {
    const search =
      '?q=%C5%BC%C3%B3%C5%82w&status=free&status=open_call&area_min=20&layers=premises&at=14.5/53.01370/18.60400' +
      '&item=lokale/mickiewicza-60&basemap=openfreemap&lang=en';
    const state = parseSearch(search);
    expect(state.filters).toEqual({ q: ['żółw'], status: ['free', 'open_call'], area_min: ['20'] });
    expect(state.view).toEqual({ zoom: 14.5, lat: 53.0137, lon: 18.604 });
    expect(toSearch(state)).toBe(search);
  });

  it('keeps an empty choice of layers', () => {
    const state = parseSearch('?layers=none');
    expect(state.layers).toEqual([]);
    expect(toSearch(state)).toBe('?layers=none');
  });

  it('drops what it does not know, so that trackers never reach the tiles', () => {
    expect(filterQuery(parseSearch('?utm_source=x&status=free&page=2&sort=name').filters)).toBe('status=free');
  });

  it.each([
    'at=abc',
    'at=12/53',
    'at=12/99/18',
    'at=99/53/18',
    'at=12/53/18/0',
    'at=/53/18/',
    'bbox=1,2,3',
    'bbox=3,2,1,4',
    'bbox=a,b,c,d',
    'item=../../etc',
    'item=organizacje/A%20b',
    'item=https://example.org',
    'ids=organisations:x',
    'ids=buildings:1',
  ])('ignores %s', (search) => {
    const { view, bbox, item, ids } = parseSearch(`?${search}`);
    expect([view, bbox, item, ids]).toEqual([null, null, null, null]);
  });

  it('takes a box from a link', () => {
    expect(parseSearch('?bbox=18.4,52.9,18.8,53.1').bbox).toEqual([18.4, 52.9, 18.8, 53.1]);
  });

  it('names a view no finer than a pixel', () => {
    expect(formatView({ zoom: 11.456789, lat: 53.0137123456, lon: 18.6 })).toBe('11.46/53.0137/18.6000');
    expect(formatView({ zoom: 18, lat: 53.0137123456, lon: 18.6 })).toBe('18/53.013712/18.600000');
  });
});

describe('paths of things', () => {
  it.each(['organizacje/fundacja-most', 'oferty/a1', 'sprzet/namiot-3x3'])('opens %s', (path) => {
    expect(itemPath(path)).toBe(path);
  });
  it.each(['', null, undefined, 'panel/x', 'organizacje/', '/organizacje/x', 'organizacje/x/y'])(
    'refuses %s',
    (path) => {
      expect(itemPath(path)).toBeNull();
    },
  );
});

describe('filters', () => {
  it('give the same tile address whatever their order', () => {
    const one = placesUrl('/tiles/x.json', { status: ['occupied', 'free'], q: ['a b'] });
    const other = placesUrl('/tiles/x.json', { q: ['a b'], status: ['free', 'occupied'] });
    expect(one).toBe('/tiles/x.json?q=a+b&status=free&status=occupied');
    expect(other).toBe(one);
    expect(placesUrl('/tiles/x.json', {})).toBe('/tiles/x.json');
  });

  it('lose one value or all of a name', () => {
    const filters = { status: ['free', 'occupied'], use: ['office'] };
    expect(withoutFilter(filters, 'status', 'free')).toEqual({ status: ['occupied'], use: ['office'] });
    expect(withoutFilter(filters, 'use', 'office')).toEqual({ status: ['free', 'occupied'] });
    expect(withoutFilter(filters, 'status')).toEqual({ use: ['office'] });
  });

  it('of a form leave alone what the form has no field for', () => {
    const current = { within: ['mokre'], status: ['free'] };
    expect(mergeFilters(current, { use: ['shop'] }, new Set(['status', 'use']))).toEqual({
      within: ['mokre'],
      use: ['shop'],
    });
  });
});
