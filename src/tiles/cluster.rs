//! Points that lie too close to tell apart, joined zoom by zoom.
//!
//! The method is that of mapbox's supercluster: from [`MAX_ZOOM`] down, every point not yet joined gathers its neighbours
//! within the radius, and what results is the input of the next lower zoom. Points are taken in the order of their ids,
//! so the same rows always give the same clusters; none is ever left out, so the counts of any zoom add up to all.

use super::index::{Index, Rect};
use super::shape::Shape;
use super::snapshot::Snapshot;
use super::{ClusterSpec, IdSet};

/// Highest zoom with clusters; above it every feature is itself.
pub const MAX_ZOOM: u8 = 12;

/// Ids of features are below this, so that ids of clusters can never be mistaken for them.
pub const FEATURE_ID_LIMIT: u64 = 1 << 48;

/// Bit that every cluster's id has. With the zoom in four bits below it, and the smallest member's id in the rest, ids stay
/// below 2⁵³, the greatest whole number JavaScript holds exactly.
const CLUSTER_BIT: u64 = 1 << 52;

/// Width of the tile that [`ClusterSpec::radius_px`] is measured in.
const TILE_PX: f64 = 512.0;

/// A point of a zoom: one feature or several.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Position in the snapshot of the member with the smallest id.
    pub first: u32,
    /// Number of members.
    pub count: u32,
    /// Number of members that are [`super::Feature::counted`].
    pub counted: u32,
    /// Zoom at which it was joined; `MAX_ZOOM + 1` for a feature on its own.
    joined: u8,
    sum: [f64; 2],
}

impl Node {
    /// Mean of the members, in world coordinates.
    pub(super) fn position(&self) -> [f64; 2] {
        let count = f64::from(self.count);
        [self.sum[0] / count, self.sum[1] / count]
    }

    /// Zoom from which on it shows as more than one thing.
    pub(super) fn expansion_zoom(&self) -> u8 {
        self.joined + 1
    }

    /// Id of a cluster: the zoom it was joined at and its smallest member tell it from all others, and stay the same when
    /// something elsewhere changes.
    pub(super) fn cluster_id(&self, smallest_member: u64) -> u64 {
        CLUSTER_BIT | u64::from(self.joined) << 48 | smallest_member
    }
}

#[derive(Debug)]
struct Level {
    nodes: Box<[Node]>,
    index: Index,
}

/// Clusters of a layer's features that pass a filter, for the zooms 0 to [`MAX_ZOOM`].
#[derive(Debug)]
pub struct Clusters {
    levels: Vec<Level>,
}

impl Clusters {
    /// Joins the points of a snapshot that pass the filter. What is not a point is not looked at; a clustered layer has none.
    pub fn build(snapshot: &Snapshot, spec: ClusterSpec, filter: Option<&IdSet>) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        for (at, item) in (0u32..).zip(&snapshot.items) {
            if let Shape::Points(points) = &item.shape
                && filter.is_none_or(|ids| ids.contains(item.id))
            {
                let counted = u32::from(item.counted);
                nodes.push(Node { first: at, count: 1, counted, joined: MAX_ZOOM + 1, sum: points[0] });
            }
        }
        let mut levels = Vec::new();
        for zoom in (0..=MAX_ZOOM).rev() {
            // A radius of nothing would make the grid infinite; a billionth of the world is 4 cm.
            let radius = (spec.radius_px / (TILE_PX * f64::from(1u32 << zoom))).max(1e-9);
            nodes = join(&nodes, radius, zoom);
            let boxes: Vec<Rect> = nodes.iter().map(|node| node.position()).map(|[x, y]| [x, y, x, y]).collect();
            levels.push(Level { nodes: nodes.clone().into(), index: Index::new(&boxes) });
        }
        levels.reverse();
        Self { levels }
    }

    /// What lies in a box at a zoom, in the order of the smallest members' ids.
    pub(super) fn query(&self, zoom: u8, rect: &Rect) -> impl Iterator<Item = &Node> {
        let level = self.levels.get(usize::from(zoom));
        level.into_iter().flat_map(|level| level.index.query(rect).into_iter().map(|at| &level.nodes[at as usize]))
    }

    /// Approximate size in memory, in bytes.
    pub fn size(&self) -> usize {
        let node = size_of::<Node>() + size_of::<Rect>() + size_of::<u32>();
        self.levels.iter().map(|level| level.nodes.len() * node).sum::<usize>() + size_of::<Self>()
    }
}

/// One step down: every node not yet taken takes its neighbours.
fn join(nodes: &[Node], radius: f64, zoom: u8) -> Vec<Node> {
    let positions: Vec<[f64; 2]> = nodes.iter().map(Node::position).collect();
    let cell = |at: usize| positions[at].map(|axis| (axis / radius) as i64);
    // Neighbours are in the nine cells around; sorted by row, three of them follow one another.
    let mut grid: Vec<(i64, i64, usize)> = (0..nodes.len()).map(|at| (cell(at)[1], cell(at)[0], at)).collect();
    grid.sort_unstable();
    let mut taken = vec![false; nodes.len()];
    let mut joined = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        if taken[at] {
            continue;
        }
        taken[at] = true;
        let mut whole = node.clone();
        let [column, row] = cell(at);
        for row in row - 1..=row + 1 {
            let start = grid.partition_point(|&(r, c, _)| (r, c) < (row, column - 1));
            for &(_, _, near) in grid[start..].iter().take_while(|&&(r, c, _)| r == row && c <= column + 1) {
                let [dx, dy] = [0, 1].map(|axis| positions[near][axis] - positions[at][axis]);
                if !taken[near] && dx * dx + dy * dy <= radius * radius {
                    taken[near] = true;
                    whole.count += nodes[near].count;
                    whole.counted += nodes[near].counted;
                    whole.sum = [0, 1].map(|axis| whole.sum[axis] + nodes[near].sum[axis]);
                    whole.joined = zoom;
                }
            }
        }
        joined.push(whole);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiles::{Feature, LayerSpec};
    use proptest::prelude::*;
    use std::collections::HashSet;

    const CLUSTER: ClusterSpec = ClusterSpec { radius_px: 50.0, counted_as: Some("free_count") };
    const SPEC: LayerSpec = LayerSpec {
        name: "points",
        description: "",
        minzoom: 0,
        maxzoom: 14,
        cluster: Some(CLUSTER),
        fields: &[],
        keep_tiny: false,
    };
    const WORLD: Rect = [0.0, 0.0, 1.0, 1.0];

    fn snapshot(points: &[(f64, f64, bool)]) -> Snapshot {
        let features = (1u64..).zip(points).map(|(id, &(x, y, counted))| Feature {
            id,
            geometry: geo::point!(x: x, y: y).into(),
            properties: vec![],
            counted,
        });
        Snapshot::build(SPEC, features).0
    }

    fn all(clusters: &Clusters, zoom: u8) -> Vec<Node> {
        clusters.query(zoom, &WORLD).cloned().collect()
    }

    #[test]
    fn points_in_one_place_break_up_last() {
        let clusters = Clusters::build(&snapshot(&[(18.6, 53.0, true), (18.6, 53.0, false)]), CLUSTER, None);
        for zoom in 0..=MAX_ZOOM {
            let nodes = all(&clusters, zoom);
            assert_eq!((nodes.len(), nodes[0].count, nodes[0].counted, nodes[0].expansion_zoom()), (1, 2, 1, 13));
        }
    }

    #[test]
    fn a_cluster_breaks_up_at_its_expansion_zoom() {
        // A degree apart: 512 · 2^z / 360 px, so within 50 px up to zoom 5.
        let clusters = Clusters::build(&snapshot(&[(18.0, 0.0, false), (19.0, 0.0, false)]), CLUSTER, None);
        assert_eq!((all(&clusters, 5).len(), all(&clusters, 6).len()), (1, 2));
        let node = &all(&clusters, 2)[0];
        assert_eq!(node.expansion_zoom(), 6);
        assert!((node.position()[0] - (18.5 / 360.0 + 0.5)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_ids_are_unique(
            points in prop::collection::vec((-180.0..180.0f64, -85.0..85.0f64, any::<bool>()), 0..300),
            chosen in prop::option::of(prop::collection::vec(1u64..320, 0..300)),
        ) {
            let snapshot = snapshot(&points);
            let filter = chosen.map(IdSet::new);
            let passes = |id: u64| filter.as_ref().is_none_or(|ids| ids.contains(id));
            let passing: Vec<_> = (1u64..).zip(&points).filter(|(id, _)| passes(*id)).collect();
            let clusters = Clusters::build(&snapshot, CLUSTER, filter.as_ref());
            for zoom in 0..=MAX_ZOOM {
                let nodes = all(&clusters, zoom);
                prop_assert_eq!(nodes.iter().map(|node| node.count as usize).sum::<usize>(), passing.len());
                let counted = passing.iter().filter(|(_, point)| point.2).count();
                prop_assert_eq!(nodes.iter().map(|node| node.counted as usize).sum::<usize>(), counted);
                let mut ids = HashSet::new();
                for node in nodes {
                    let first = snapshot.items[node.first as usize].id;
                    prop_assert!(passes(first));
                    if node.count > 1 {
                        prop_assert!(zoom < node.expansion_zoom() && node.expansion_zoom() <= 13);
                        prop_assert!(node.cluster_id(first) >= FEATURE_ID_LIMIT && node.cluster_id(first) < 1 << 53);
                        prop_assert!(ids.insert(node.cluster_id(first)));
                    }
                }
            }
        }
    }
}
