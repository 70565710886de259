// Drawing an area on the map. Loaded when somebody begins to draw.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { TerraDraw, TerraDrawPolygonMode, TerraDrawSelectMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import type { Place } from './area';

export interface Drawing {
  /** The corners as they are now, without the first one again; none while the area is not closed yet. */
  corners(): Place[];
  /** Begins anew. */
  restart(): void;
  stop(): void;
}

/** Corners are set by clicks; once the area is closed they can be dragged, and new ones pulled out of the sides. */
export function draw(
  map: MapLibreMap,
  colour: `#${string}`,
  start: readonly Place[] | null,
  onClosed: () => void,
): Drawing {
  const look = { fillColor: colour, outlineColor: colour, fillOpacity: 0.15, outlineWidth: 3 } as const;
  const corner = { width: 8, outlineColor: '#FFFFFF', outlineWidth: 2 } as const;
  const polygon = new TerraDrawPolygonMode({
    styles: {
      ...look,
      closingPointColor: colour,
      closingPointWidth: corner.width,
      closingPointOutlineColor: corner.outlineColor,
      closingPointOutlineWidth: corner.outlineWidth,
    },
  });
  const select = new TerraDrawSelectMode({
    flags: {
      polygon: { feature: { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } } },
    },
    styles: {
      selectedPolygonColor: colour,
      selectedPolygonOutlineColor: colour,
      selectedPolygonFillOpacity: 0.15,
      selectedPolygonOutlineWidth: 3,
      selectionPointColor: colour,
      selectionPointWidth: corner.width,
      selectionPointOutlineColor: corner.outlineColor,
      selectionPointOutlineWidth: corner.outlineWidth,
      midPointColor: colour,
      midPointWidth: 5,
      midPointOutlineColor: corner.outlineColor,
      midPointOutlineWidth: corner.outlineWidth,
    },
  });
  const tool = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 7 }),
    modes: [polygon, select],
  });
  let closed: string | number | null = null;
  const edit = (id: string | number) => {
    closed = id;
    tool.setMode('select');
    tool.selectFeature(id);
    onClosed();
  };
  tool.start();
  tool.on('finish', (id, { mode }) => {
    if (mode === 'polygon') setTimeout(edit, 0, id);
  });
  if (start) {
    const ring = [...start, start[0]].map((place) => [...(place ?? [0, 0])]);
    const [added] = tool.addFeatures([
      { type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: { mode: 'polygon' } },
    ]);
    if (added?.valid && added.id !== undefined) edit(added.id);
    else tool.setMode('polygon');
  } else {
    tool.setMode('polygon');
  }
  return {
    corners() {
      const feature = closed === null ? undefined : tool.getSnapshotFeature(closed);
      if (feature?.geometry.type !== 'Polygon') return [];
      return (feature.geometry.coordinates[0] ?? []).slice(0, -1).map(([lon = 0, lat = 0]) => [lon, lat] as const);
    },
    restart() {
      closed = null;
      tool.clear();
      tool.setMode('polygon');
    },
    stop: () => tool.stop(),
  };
}
