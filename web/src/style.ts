// The style the map shows = our own style + the chosen basemap + what the state asks for. Pure.
import type { LayerSpecification, SourceSpecification, SpriteSpecification, StyleSpecification } from 'maplibre-gl';
import { type Filters, type Layer, placesUrl } from './state';

/** Someone else's map as parts to lay under ours; all ids are prefixed already. */
export interface BasemapParts {
  sources: Record<string, SourceSpecification>;
  layers: LayerSpecification[];
  sprite?: SpriteSpecification;
}

/** Prefix of everything that comes from another basemap. */
export const FOREIGN = 'basemap-';

const metadata = (layer: LayerSpecification) => (layer.metadata ?? {}) as Record<string, string | undefined>;

/** Which of our layers a style layer belongs to, if any. */
export const layerOf = (layer: LayerSpecification) => metadata(layer)['pestor:layer'] as Layer | undefined;

/**
 * Lays our places on a basemap: another basemap replaces the schematic one, the borders and the places stay on top.
 */
export function composeStyle(
  own: StyleSpecification,
  options: { filters: Filters; layers: readonly Layer[]; basemap: BasemapParts | null },
): StyleSpecification {
  const { filters, layers, basemap } = options;
  const kept = basemap ? own.layers.filter((layer) => metadata(layer)['pestor:role'] !== 'schematic') : own.layers;
  const shown = kept.map((layer) => {
    const belongs = layerOf(layer);
    if (!belongs || layers.includes(belongs)) return layer;
    return { ...layer, layout: { ...layer.layout, visibility: 'none' } } as LayerSpecification;
  });
  const places = own.sources.places;
  const sources: Record<string, SourceSpecification> = { ...basemap?.sources, ...own.sources };
  if (places?.type === 'vector' && places.url) sources.places = { ...places, url: placesUrl(places.url, filters) };
  return {
    ...own,
    sources,
    layers: [...(basemap?.layers ?? []), ...shown],
    sprite: [...sprites(basemap?.sprite), ...sprites(own.sprite)],
  };
}

function sprites(sprite: SpriteSpecification | undefined): { id: string; url: string }[] {
  if (!sprite) return [];
  return typeof sprite === 'string' ? [{ id: 'default', url: sprite }] : sprite;
}

/** Makes the root-relative addresses of a style absolute, as MapLibre wants them. */
export function absoluteStyle(style: StyleSpecification, base: string): StyleSpecification {
  const absolute = (url: string) => decodeURI(new URL(url, base).href);
  const sources = Object.entries(style.sources).map(([id, source]) => {
    const copy = { ...source } as { url?: string; tiles?: string[] };
    if (copy.url) copy.url = absolute(copy.url);
    if (copy.tiles) copy.tiles = copy.tiles.map(absolute);
    return [id, copy as SourceSpecification];
  });
  const result = { ...style, sources: Object.fromEntries(sources) };
  if (style.sprite) result.sprite = sprites(style.sprite).map(({ id, url }) => ({ id, url: absolute(url) }));
  return result;
}

/**
 * Another style's sources and layers, renamed so that they cannot meet ours, with their text set in the page's own
 * font: no glyph file is asked of anyone.
 */
export function foreignParts(style: StyleSpecification): BasemapParts {
  const sources = Object.entries(style.sources).map(([id, source]) => [FOREIGN + id, source]);
  const layers = style.layers.map((layer) => {
    const copy = { ...layer, id: FOREIGN + layer.id } as LayerSpecification & {
      source?: string;
      layout?: Record<string, unknown>;
    };
    if (copy.source) copy.source = FOREIGN + copy.source;
    if (copy.layout && 'text-field' in copy.layout) {
      const strong = /bold|medium/i.test(JSON.stringify(copy.layout['text-font'] ?? ''));
      copy.layout = { ...copy.layout, 'text-font': [strong ? 'Noto Sans SemiBold' : 'Noto Sans'] };
    }
    if (!style.sprite && copy.layout && 'icon-image' in copy.layout) {
      const { 'icon-image': _, ...rest } = copy.layout;
      copy.layout = rest;
    }
    return copy as LayerSpecification;
  });
  return { sources: Object.fromEntries(sources), layers, sprite: style.sprite };
}
