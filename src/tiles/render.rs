//! What one layer shows in one tile.

use super::IdSet;
use super::clip::{BUFFER, EXTENT, Vertex, clip_line, clip_rings};
use super::cluster::{self, Clusters};
use super::encode::{Drawn, LayerWriter};
use super::index::Rect;
use super::shape::{Path, Shape};
use super::snapshot::{Item, Snapshot};
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
    fn path(&self, path: &Path, tolerance: f64) -> Vec<[f64; 2]> {
        let least = (tolerance / self.scale) as f32;
        let kept = path.xy.iter().zip(&path.weight).filter(|(_, weight)| **weight >= least);
        kept.map(|(&xy, _)| self.place(xy)).collect()
    }
}

fn in_buffer(vertex: Vertex) -> bool {
    vertex.iter().all(|axis| (-BUFFER..=EXTENT + BUFFER).contains(axis))
}

/// Appends to `tile` what the layer shows there of the features that pass the filter; nothing, if nothing.
///
/// `clusters` are those of the same snapshot and filter; they are looked at only where [`is_clustered`] says so.
pub fn render(
    tile: &mut Vec<u8>,
    snapshot: &Snapshot,
    clusters: Option<&Clusters>,
    filter: Option<&IdSet>,
    coord: TileCoord,
) {
    let spec = &snapshot.spec;
    if coord.z() < spec.minzoom {
        return;
    }
    let window = Window::new(coord);
    let mut writer = LayerWriter::new(spec.name, &snapshot.keys, &snapshot.values);
    if let (Some(clusters), Some(cluster)) = (clusters.filter(|_| is_clustered(snapshot, coord.z())), spec.cluster) {
        for node in clusters.query(coord.z(), &window.world()) {
            let Some(vertex) = window.point(node.position()) else {
                continue;
            };
            let item = &snapshot.items[node.first as usize];
            if node.count == 1 {
                write_item(&mut writer, item, &Drawn::Points(vec![vertex]));
            } else {
                writer.number("point_count", node.count.into());
                writer.number("expansion_zoom", node.expansion_zoom().into());
                if let Some(name) = cluster.counted_as {
                    writer.number(name, node.counted.into());
                }
                writer.feature(node.cluster_id(item.id), &Drawn::Points(vec![vertex]));
            }
        }
    } else {
        let in_full = coord.z() >= spec.maxzoom;
        for at in snapshot.index.query(&window.world()) {
            let item = &snapshot.items[at as usize];
            if filter.is_none_or(|ids| ids.contains(item.id)) {
                write_item(&mut writer, item, &draw(&window, &item.shape, in_full, spec.keep_tiny));
            }
        }
    }
    writer.finish(tile);
}

/// Whether a layer shows clusters at a zoom.
pub fn is_clustered(snapshot: &Snapshot, zoom: u8) -> bool {
    snapshot.spec.cluster.is_some() && zoom <= cluster::MAX_ZOOM
}

fn write_item(writer: &mut LayerWriter<'_>, item: &Item, drawn: &Drawn) {
    if !drawn.is_empty() {
        item.tags.iter().for_each(|&(key, value)| writer.tag(key, value));
        writer.feature(item.id, drawn);
    }
}

fn draw(window: &Window, shape: &Shape, in_full: bool, keep_tiny: bool) -> Drawn {
    let (tolerance, least_area) = if in_full { (0.0, 0) } else { (TOLERANCE, LEAST_AREA) };
    match shape {
        Shape::Points(points) => Drawn::Points(points.iter().filter_map(|&xy| window.point(xy)).collect()),
        Shape::Lines(paths) => {
            Drawn::Lines(paths.iter().flat_map(|path| clip_line(&window.path(path, tolerance))).collect())
        }
        Shape::Rings(paths) => {
            let rings = clip_rings(paths.iter().map(|path| window.path(path, tolerance)), least_area);
            let first = paths.first().map(|path| window.place(path.xy[0]).map(|axis| axis.round() as i32));
            match first.filter(|&vertex| keep_tiny && rings.is_empty() && in_buffer(vertex)) {
                Some([x, y]) => Drawn::Polygons(vec![square(x, y)]),
                None => Drawn::Polygons(rings),
            }
        }
    }
}

/// A square around a place, moved inwards where it would leave the buffer.
fn square(x: i32, y: i32) -> Vec<Vertex> {
    let [x, y] = [x, y].map(|axis| axis.clamp(TINY - BUFFER, EXTENT + BUFFER - TINY));
    vec![[x - TINY, y - TINY], [x + TINY, y - TINY], [x + TINY, y + TINY], [x - TINY, y + TINY]]
}

#[cfg(test)]
mod tests;
