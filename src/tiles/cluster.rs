//! Points that lie too close to tell apart, joined.
//!
//! The places around a tile are counted by the cells of a grid. A cell that holds more than every cell near it gathers those cells;
//! among the cells that are left the same is done once more. What is left then, on slopes where every cell has a greater one beside it,
//! is joined by twos and twos of cells, so that marks do not stand as close as cells do. A cluster depends on nothing farther away
//! than half a tile, every tile finds the same ones without knowing of the others, and whatever the filter, each place is counted once.

use super::cells::{CELL_BITS, Cell, Grid, SIDE};
use super::index::z_order;

/// Highest zoom with clusters; above it every feature is itself.
pub const MAX_ZOOM: u8 = 12;

/// Ids of features are below this, so that ids of clusters can never be mistaken for them.
pub const FEATURE_ID_LIMIT: u64 = 1 << 48;

/// Bit that every cluster's id has. Below it stand the zoom and the gathering cell; ids stay below 2⁵³, the greatest whole number
/// JavaScript holds exactly.
const CLUSTER_BIT: u64 = 1 << 52;

/// Cells whose means are not farther apart are joined, in pixels of a tile 512 pixels wide.
const RADIUS_PX: u32 = 40;

/// How often cells gather others. After one time, chains of cells would be left that lie close together.
const ROUNDS: u32 = 2;

/// Half a tile is around the tile. From the edge of its buffer it is one radius to a gathering cell, or a block's width to the cells of
/// a block; whom that gathers, who else could, and whether those gather at all are a radius farther each; and so is, with every round
/// before, who was left, and why.
const _: () = assert!((2 * ROUNDS + 2) * RADIUS_PX + 10 <= 256 && 2 * CELL_PX + 2 * ROUNDS * RADIUS_PX + 10 <= 256);

/// Width of a cell.
const CELL_PX: u32 = 512 >> CELL_BITS;

/// Members farther apart than this, in the same pixels, are not all in one cluster: gathered cells are within the radius of the
/// gathering one, and their places within a cell's width (32 px) of their means.
const BREAK_PX: u32 = 2 * (RADIUS_PX + CELL_PX) + 1;

/// The same for a pair: in one block of cells, or their own means.
const PAIR_BREAK_PX: u32 = 2 * CELL_PX + 2;

/// Several features, or one on its own.
#[derive(Debug)]
pub(super) struct Cluster {
    /// Its members.
    pub members: Cell,
    /// Stays the same as long as the cell that gathers does, and is no other cluster's of the layer.
    pub id: u64,
    /// Zoom from which on it shows as more than one thing.
    pub expansion_zoom: u8,
}

/// Clusters of a grid whose mean lies in the tile or as near to it as its buffer reaches; some farther ones too, not all of them whole.
pub(super) fn clusters(grid: &Grid) -> Vec<Cluster> {
    let zoom = grid.coord().z();
    let nodes = Nodes::new(grid);
    let mut joined: Vec<Cell> = nodes.cells.clone();
    let mut gathered = vec![false; nodes.cells.len()];
    let mut open: Vec<usize> = (0..nodes.cells.len()).collect();
    let mut is_open = vec![true; nodes.cells.len()];
    for _ in 0..ROUNDS {
        let gathers = |at: usize| nodes.near(at).filter(|&near| is_open[near]).all(|near| nodes.before(at, near));
        let mut heads = vec![false; nodes.cells.len()];
        open.iter().filter(|&&at| gathers(at)).for_each(|&at| heads[at] = true);
        for &at in open.iter().filter(|&&at| !heads[at]) {
            let found = nodes.near(at).filter(|&near| heads[near]);
            if let Some(head) = found.reduce(|a, b| if nodes.before(a, b) { a } else { b }) {
                gathered[at] = true;
                joined[head].join(&nodes.cells[at]);
            }
        }
        open.retain(|&at| !heads[at] && !gathered[at]);
        is_open.fill(false);
        open.iter().for_each(|&at| is_open[at] = true);
    }
    let block = |at: usize| [nodes.spots[at] % SIDE / 2, nodes.spots[at] / SIDE / 2];
    open.sort_unstable_by_key(|&at| block(at));
    for together in open.chunk_by(|&a, &b| block(a) == block(b)) {
        let Some(head) = together.iter().copied().reduce(|a, b| if nodes.before(a, b) { a } else { b }) else {
            continue;
        };
        for &at in together.iter().filter(|&&at| at != head) {
            gathered[at] = true;
            joined[head].join(&nodes.cells[at]);
        }
    }
    let left = (0..nodes.cells.len()).filter(|&at| !gathered[at]);
    left.map(|at| Cluster {
        expansion_zoom: expansion_zoom(&joined[at], zoom),
        members: joined[at],
        id: CLUSTER_BIT | u64::from(zoom) << 40 | u64::from(nodes.keys[at]),
    })
    .collect()
}

/// Cells with places, and who is near whom.
struct Nodes {
    cells: Vec<Cell>,
    /// Position of each in the grid.
    spots: Vec<usize>,
    /// Position of each on the curve.
    keys: Vec<u32>,
    means: Vec<[i64; 2]>,
    /// By spot, position in the lists; `NONE` where the cell is empty.
    at_spot: Vec<u16>,
    radius: i64,
}

const NONE: u16 = u16::MAX;

/// How many cells away a mean within the radius can be.
const REACH: i64 = (RADIUS_PX as i64 + 31) / 32;

impl Nodes {
    fn new(grid: &Grid) -> Self {
        let mut nodes = Self {
            cells: Vec::new(),
            spots: Vec::new(),
            keys: Vec::new(),
            means: Vec::new(),
            at_spot: vec![NONE; SIDE * SIDE],
            // A tile is 2^(32 - zoom) units wide, and 2⁹ pixels.
            radius: i64::from(RADIUS_PX) << (23 - grid.coord().z()),
        };
        let origin = grid.origin();
        for (spot, cell) in grid.cells().iter().enumerate().filter(|(_, cell)| cell.count > 0) {
            nodes.at_spot[spot] = nodes.cells.len() as u16;
            nodes.cells.push(*cell);
            nodes.spots.push(spot);
            let place = [spot % SIDE, spot / SIDE];
            let cell_at = [0, 1].map(|axis| (origin[axis] + place[axis] as i64) as u32);
            nodes.keys.push(z_order(cell_at) as u32);
            nodes.means.push(cell.mean().map(i64::from));
        }
        debug_assert!(grid.level() <= 16);
        nodes
    }

    /// Those whose means are within the radius.
    fn near(&self, at: usize) -> impl Iterator<Item = usize> {
        let (column, row) = ((self.spots[at] % SIDE) as i64, (self.spots[at] / SIDE) as i64);
        let clip = |from: i64| from.max(0)..(from + 2 * REACH + 1).min(SIDE as i64);
        clip(row - REACH).flat_map(move |row| clip(column - REACH).map(move |column| (row, column))).filter_map(
            move |(row, column)| {
                let near = self.at_spot[row as usize * SIDE + column as usize];
                let near = (near != NONE && usize::from(near) != at).then_some(usize::from(near))?;
                let [dx, dy] = [0, 1].map(|axis| (self.means[near][axis] - self.means[at][axis]).abs());
                let within = dx <= self.radius && dy <= self.radius && dx * dx + dy * dy <= self.radius * self.radius;
                within.then_some(near)
            },
        )
    }

    /// Whether one gathers the other, if they are near: the greater, then the one first on the curve.
    fn before(&self, a: usize, b: usize) -> bool {
        (std::cmp::Reverse(self.cells[a].count), self.keys[a]) < (std::cmp::Reverse(self.cells[b].count), self.keys[b])
    }
}

fn expansion_zoom(members: &Cell, zoom: u8) -> u8 {
    let apart = if members.count == 2 { PAIR_BREAK_PX } else { BREAK_PX };
    let breaks = |zoom: &u8| u64::from(members.extent()) >= u64::from(apart) << (23 - zoom);
    (zoom + 1..=MAX_ZOOM).find(breaks).unwrap_or(MAX_ZOOM + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::TileCoord;
    use crate::tiles::cells::Grid;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// All clusters of a zoom that a tile of it shows, by id, with the number of tiles that have them.
    fn of_zoom(places: &[([u32; 2], bool)], zoom: u8) -> BTreeMap<u64, (Cell, u8, u32)> {
        let mut found = BTreeMap::new();
        for coord in (0..1 << zoom).flat_map(|x| (0..1 << zoom).map(move |y| TileCoord::new(zoom, x, y).unwrap())) {
            let mut grid = Grid::new(coord);
            for range in grid.ranges() {
                let inside = places.iter().filter(|(place, _)| range.contains(&z_order(*place)));
                inside.for_each(|(place, counted)| grid.add(*place, *counted));
            }
            for cluster in clusters(&grid) {
                let home = cluster.members.mean().map(|axis| (u64::from(axis) << zoom >> 32) as u32);
                if home == [coord.x(), coord.y()] {
                    let known = found.entry(cluster.id).or_insert((cluster.members, cluster.expansion_zoom, 0));
                    known.2 += 1;
                }
            }
        }
        found
    }

    /// A place by its pixels at zoom 3.
    fn at(x: u32, y: u32) -> [u32; 2] {
        [x << 20, y << 20]
    }

    #[test]
    fn near_ones_join_and_break_up_later() {
        // Either side of a tile's edge.
        let pair = [(at(500, 300), true), (at(530, 300), false)];
        let found: Vec<_> = of_zoom(&pair, 3).into_values().collect();
        assert_eq!((found.len(), found[0].0.count, found[0].0.counted, found[0].2), (1, 2, 1, 1));
        // 30 px apart; 60 px one zoom on, where they stand alone already, and 120 px two zooms on, where they certainly do.
        assert_eq!(found[0].1, 5);
        assert_eq!(of_zoom(&pair, 4).len(), 2);
        let same = of_zoom(&[(at(500, 300), true), (at(500, 300), true)], 2).into_values().next().unwrap();
        assert_eq!((same.0.count, same.1), (2, 13));
    }

    #[test]
    fn the_greatest_gathers() {
        // A great one in the middle, two small ones near it on either side, one more beyond.
        let places = [
            (at(900, 900), false),
            (at(901, 900), false),
            (at(861, 900), false),
            (at(940, 900), false),
            (at(980, 900), false),
        ];
        let mut counts: Vec<u32> = of_zoom(&places, 3).into_values().map(|(cell, _, _)| cell.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 4]);
    }

    fn crowd() -> impl Strategy<Value = Vec<([u32; 2], bool)>> {
        let place = prop::array::uniform2(any::<u32>());
        let near = (prop::array::uniform2(0u32..4096), prop::array::uniform2(0u32..300)).prop_map(|(near, step)| {
            [0, 1].map(|axis| (near[axis] % 8).wrapping_mul(1 << 29).wrapping_add(step[axis] << 20))
        });
        prop::collection::vec((prop_oneof![place, near], any::<bool>()), 0..150)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Every place is counted once, in one tile, whatever the tiles know of each other; and a cluster is broken up where it says.
        #[test]
        fn nothing_is_lost(places in crowd(), zoom in 0u8..=3) {
            let found = of_zoom(&places, zoom);
            prop_assert!(found.values().all(|(_, _, tiles)| *tiles == 1));
            let sum = |count: fn(&Cell) -> u32| found.values().map(|(cell, _, _)| count(cell)).sum::<u32>();
            prop_assert_eq!(sum(|cell| cell.count), places.len() as u32);
            prop_assert_eq!(sum(|cell| cell.counted), places.iter().filter(|(_, counted)| *counted).count() as u32);
            let next = of_zoom(&places, zoom + 1);
            for (id, (cell, expansion, _)) in &found {
                prop_assert!(*id >= FEATURE_ID_LIMIT && *id < 1 << 53 && *expansion > zoom && *expansion <= MAX_ZOOM + 1);
                if cell.count > 1 && *expansion == zoom + 1 {
                    let whole = next.values().any(|(other, _, _)| other == cell);
                    prop_assert!(!whole, "{cell:?} is still whole at {expansion}");
                }
            }
        }
    }
}
