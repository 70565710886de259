//! What one layer shows in one tile.

use super::cells::Cell;
use super::clip::{BUFFER, EXTENT, Vertex, clip_line, clip_rings};
use super::cluster::{self, Cluster, clusters};
use super::encode::{Drawn, LayerWriter};
use super::index::{Rect, meet};
use super::shape::{Kind, Outline};
use super::snapshot::{Item, Snapshot};
use super::{Filter, LayerSpec, Shows, SourceSpec};
use crate::geo::TileCoord;

/// What simplification may move, in tile units, below the layer's highest zoom: a quarter of a pixel of 512.
const TOLERANCE: f64 = 2.0;

/// Area, in square units, below which a piece of a polygon is not drawn there: a quarter by a quarter of a pixel.
const LEAST_AREA: u64 = 4;

/// Half the side, in units, of the square that stands for a polygon too small to see: the square is half a pixel wide.
const TINY: i32 = 2;

/// World coordinates to the units of one tile.
struct Window {
    /// Units in the width of the world.
    scale: f64,
    /// The tile's corner, in units.
    left: f64,
    top: f64,
}

impl Window {
    fn new(coord: TileCoord) -> Self {
        let extent = f64::from(EXTENT);
        Self {
            scale: f64::from(1u32 << coord.z()) * extent,
            left: f64::from(coord.x()) * extent,
            top: f64::from(coord.y()) * extent,
        }
    }

    /// The tile and its buffer in world coordinates, and a unit more for what rounding moves.
    fn world(&self) -> Rect {
        let (before, after) = (f64::from(-BUFFER - 1), f64::from(EXTENT + BUFFER + 1));
        [self.left + before, self.top + before, self.left + after, self.top + after].map(|edge| edge / self.scale)
    }

    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [x * self.scale - self.left, y * self.scale - self.top]
    }

    /// A point, if it is in the tile or its buffer. Points are rounded on the grid of the whole world, and the last column and
    /// row take what rounds up to the edge: so every point is in exactly one tile.
    fn point(&self, [x, y]: [f64; 2]) -> Option<Vertex> {
        let on_grid = |axis: f64, corner: f64| (axis * self.scale).round().clamp(0.0, self.scale - 1.0) - corner;
        let (x, y) = (on_grid(x, self.left) as i32, on_grid(y, self.top) as i32);
        in_buffer([x, y]).then_some([x, y])
    }

    /// Vertices that matter at this tolerance (in units).
    fn path(&self, xy: &[[f64; 2]], weight: &[f32], tolerance: f64) -> Vec<[f64; 2]> {
        let least = (tolerance / self.scale) as f32;
        let kept = xy.iter().zip(weight).filter(|(_, weight)| **weight >= least);
        kept.map(|(&xy, _)| self.place(xy)).collect()
    }
}

fn in_buffer(vertex: Vertex) -> bool {
    vertex.iter().all(|axis| (-BUFFER..=EXTENT + BUFFER).contains(axis))
}

/// A layer, and which of its source's fields it writes.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What is fixed about it.
    pub spec: LayerSpec,
    /// Positions of the fields in the source.
    fields: Vec<usize>,
    timed: bool,
}

impl Layer {
    /// The layer as it shows a source.
    pub fn new(spec: LayerSpec, source: &SourceSpec) -> Self {
        let at = |name: &&str| source.fields.iter().position(|(field, _)| field == name);
        let fields: Vec<usize> = spec.fields.iter().filter_map(at).collect();
        debug_assert_eq!(fields.len(), spec.fields.len(), "{}: a field that {} lacks", spec.name, source.name);
        Self { spec, fields, timed: source.timed.is_some() }
    }

    /// Whether what it shows depends on the day.
    pub fn is_timed(&self) -> bool {
        self.timed
    }

    /// Whether it shows clusters at a zoom.
    pub fn is_clustered(&self, zoom: u8) -> bool {
        matches!(self.spec.shows, Shows::Places { .. }) && zoom <= cluster::MAX_ZOOM
    }
}

/// Appends to `tile` what the layer shows there of the features that pass the filter; nothing, if nothing.
pub fn render(tile: &mut Vec<u8>, layer: &Layer, snapshot: &Snapshot, filter: Option<&Filter>, coord: TileCoord) {
    if coord.z() < layer.spec.minzoom {
        return;
    }
    let window = Window::new(coord);
    let day = snapshot.day(filter);
    let clustered = layer.is_clustered(coord.z());
    let mut writer = LayerWriter::new(layer.spec.name, !clustered && !snapshot.is_apart());
    let write = |writer: &mut LayerWriter<'_>, item: Item<'_>, drawn: &Drawn| {
        if !drawn.is_empty() {
            let value = snapshot.value_on(item, day);
            for &field in &layer.fields {
                let key = snapshot.spec().fields[field].0;
                writer.tag(key, item.part, item.packed, item.packed.tag(item.at, field, value));
            }
            writer.feature(item.packed.id(item.at), drawn);
        }
    };
    match layer.spec.shows {
        Shows::Places { counted_as } if clustered => {
            let mut shown: Vec<(Cluster, Vertex)> = clusters(&snapshot.grid(coord, filter))
                .into_iter()
                .filter_map(|cluster| window.point(middle(&cluster.members)).map(|vertex| (cluster, vertex)))
                .collect();
            shown.sort_unstable_by_key(|(cluster, _)| cluster.id);
            for (cluster, vertex) in shown {
                if cluster.members.count > 1 {
                    writer.number("point_count", cluster.members.count.into());
                    writer.number("expansion_zoom", cluster.expansion_zoom.into());
                    if let Some((name, _)) = counted_as {
                        writer.number(name, cluster.members.counted.into());
                    }
                    writer.feature(cluster.id, &Drawn::Point(vertex));
                } else if let Some(item) = snapshot.alone_at(cluster.members.mean(), filter) {
                    write(&mut writer, item, &Drawn::Point(vertex));
                }
            }
        }
        Shows::Places { .. } => {
            let mut shown: Vec<(Item<'_>, Vertex)> = Vec::new();
            snapshot.places_near(&window.world(), |item| {
                let vertex = window.point(item.packed.place(item.at));
                shown.extend(vertex.filter(|_| snapshot.passes(item, filter)).map(|vertex| (item, vertex)));
            });
            shown.sort_unstable_by_key(|(item, _)| item.packed.id(item.at));
            shown.iter().for_each(|(item, vertex)| write(&mut writer, *item, &Drawn::Point(*vertex)));
        }
        Shows::Outlines { keep_tiny } => {
            let (rect, in_full) = (window.world(), coord.z() >= layer.spec.maxzoom);
            let mut shown: Vec<Item<'_>> = Vec::new();
            snapshot.outlines_near(&rect, |item| {
                let meets = item.packed.outline_bounds(item.at).is_some_and(|bounds| meet(&bounds, &rect));
                shown.extend((meets && snapshot.passes(item, filter)).then_some(item));
            });
            shown.sort_unstable_by_key(|item| item.packed.id(item.at));
            for item in shown {
                if let Some(outline) = item.packed.outline(item.at) {
                    write(&mut writer, item, &draw(&window, outline, in_full, keep_tiny));
                }
            }
        }
    }
    writer.finish(tile);
}

/// Where a cluster is drawn, in world coordinates.
fn middle(members: &Cell) -> [f64; 2] {
    members.mean().map(|axis| f64::from(axis) / 4_294_967_296.0)
}

fn draw(window: &Window, outline: Outline<'_>, in_full: bool, keep_tiny: bool) -> Drawn {
    let (tolerance, least_area) = if in_full { (0.0, 0) } else { (TOLERANCE, LEAST_AREA) };
    let paths = outline.paths().map(|(xy, weight)| window.path(xy, weight, tolerance));
    match outline.kind {
        Kind::Rings => {
            let rings = clip_rings(paths, least_area);
            let first = outline.paths().next().map(|(xy, _)| window.place(xy[0]).map(|axis| axis.round() as i32));
            match first.filter(|&vertex| keep_tiny && rings.is_empty() && in_buffer(vertex)) {
                Some([x, y]) => Drawn::Polygons(vec![square(x, y)]),
                None => Drawn::Polygons(rings),
            }
        }
        Kind::Lines | Kind::None => Drawn::Lines(paths.flat_map(|path| clip_line(&path)).collect()),
    }
}

/// A square around a place, moved inwards where it would leave the buffer.
fn square(x: i32, y: i32) -> Vec<Vertex> {
    let [x, y] = [x, y].map(|axis| axis.clamp(TINY - BUFFER, EXTENT + BUFFER - TINY));
    vec![[x - TINY, y - TINY], [x + TINY, y - TINY], [x + TINY, y + TINY], [x - TINY, y + TINY]]
}

#[cfg(test)]
mod tests;
