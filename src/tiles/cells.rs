//! Places counted by the cells of a grid: what clusters are made of.
//!
//! The grid of a zoom has 16 by 16 cells in every tile. What a cell holds is a sum over its places in whole numbers, so it is the
//! same in whatever order they came, and a change of one place changes one cell of each grid.

use super::index::{key_range, z_order, z_range};
use crate::geo::TileCoord;

/// A tile's side has 2⁴ cells.
pub(super) const CELL_BITS: u32 = 4;

/// Coarsest and finest grid of a [`Pyramid`], by the number of bits of each coordinate: those of the zooms 0 to 10. Tiles of higher
/// zooms hold few enough places to be counted when they are asked for.
const LEVELS: std::ops::RangeInclusive<u32> = CELL_BITS..=14;

/// Some places, counted. Coordinates are in units of 2⁻³² of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// Number of places.
    pub count: u32,
    /// Number of those that clusters count besides.
    pub counted: u32,
    sum: [u64; 2],
    min: [u32; 2],
    max: [u32; 2],
}

impl Cell {
    pub(super) const EMPTY: Self = Self { count: 0, counted: 0, sum: [0; 2], min: [u32::MAX; 2], max: [0; 2] };

    pub(super) fn of(place: [u32; 2], counted: bool) -> Self {
        Self { count: 1, counted: counted.into(), sum: place.map(u64::from), min: place, max: place }
    }

    /// Both together.
    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.counted += other.counted;
        for axis in [0, 1] {
            self.sum[axis] += other.sum[axis];
            self.min[axis] = self.min[axis].min(other.min[axis]);
            self.max[axis] = self.max[axis].max(other.max[axis]);
        }
    }

    /// Takes a place out again; `false` where the box around the rest is not known any more.
    fn leave(&mut self, place: [u32; 2], counted: bool) -> bool {
        self.count -= 1;
        self.counted -= u32::from(counted);
        for axis in [0, 1] {
            self.sum[axis] -= u64::from(place[axis]);
        }
        (0..2).all(|axis| self.min[axis] < place[axis] && place[axis] < self.max[axis])
    }

    /// Mean of the places.
    pub(super) fn mean(&self) -> [u32; 2] {
        // A mean of numbers below 2³² is one.
        self.sum.map(|sum| (sum / u64::from(self.count.max(1))) as u32)
    }

    /// Width or height of the box around the places, whichever is greater.
    pub(super) fn extent(&self) -> u32 {
        (0..2).map(|axis| self.max[axis].saturating_sub(self.min[axis])).max().unwrap_or(0)
    }
}

/// A place that joined or left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub place: [u32; 2],
    pub counted: bool,
    pub joined: bool,
}

/// Cells of the grids of the low zooms, those with places only, each grid along the Z-order curve.
#[derive(Debug, Clone)]
pub(super) struct Pyramid {
    levels: Vec<Vec<(u32, Cell)>>,
}

fn key(level: u32, place: [u32; 2]) -> u32 {
    // Two bits for each of at most 16 levels.
    (z_order(place) >> (64 - 2 * level)) as u32
}

impl Pyramid {
    /// Counts places, which come along the curve.
    pub(super) fn new(places: impl Iterator<Item = ([u32; 2], bool)>) -> Self {
        let mut finest: Vec<(u32, Cell)> = Vec::new();
        for (place, counted) in places {
            push(&mut finest, key(*LEVELS.end(), place), &Cell::of(place, counted));
        }
        let mut levels = vec![finest];
        for _ in LEVELS.skip(1) {
            let mut coarser = Vec::new();
            if let Some(finer) = levels.last() {
                finer.iter().for_each(|(key, cell)| push(&mut coarser, key >> 2, cell));
            }
            levels.push(coarser);
        }
        levels.reverse();
        levels.iter_mut().for_each(Vec::shrink_to_fit);
        Self { levels }
    }

    /// The same after some places moved; `recount` counts a range of the curve as it is now.
    pub(super) fn moved(&self, moves: &[Moved], recount: impl Fn(std::ops::RangeInclusive<u64>) -> Cell) -> Self {
        let mut levels = self.levels.clone();
        for (level, cells) in LEVELS.zip(&mut levels) {
            let mut moves: Vec<(u32, &Moved)> = moves.iter().map(|moved| (key(level, moved.place), moved)).collect();
            moves.sort_by_key(|(key, _)| *key);
            for group in moves.chunk_by(|a, b| a.0 == b.0) {
                let key = group[0].0;
                let found = cells.binary_search_by_key(&key, |(key, _)| *key);
                let mut cell = found.map_or(Cell::EMPTY, |at| cells[at].1);
                for (_, moved) in group.iter().filter(|(_, moved)| moved.joined) {
                    cell.join(&Cell::of(moved.place, moved.counted));
                }
                let mut known = true;
                for (_, moved) in group.iter().filter(|(_, moved)| !moved.joined) {
                    known &= cell.leave(moved.place, moved.counted);
                }
                if !known && cell.count > 0 {
                    cell = recount(key_range(level, key.into()));
                }
                match (found, cell.count) {
                    (Ok(at), 0) => drop(cells.remove(at)),
                    (Ok(at), _) => cells[at].1 = cell,
                    (Err(_), 0) => {}
                    (Err(at), _) => cells.insert(at, (key, cell)),
                }
            }
        }
        Self { levels }
    }

    /// Cells of the grid with this many bits that lie in a range of the curve; nothing for a grid that is not kept.
    fn get(&self, level: u32, range: &std::ops::RangeInclusive<u64>) -> Option<&[(u32, Cell)]> {
        let cells = self.levels.get(level.checked_sub(*LEVELS.start())? as usize)?;
        let shift = 64 - 2 * level;
        let start = cells.partition_point(|(key, _)| u64::from(*key) < range.start() >> shift);
        let end = start + cells[start..].partition_point(|(key, _)| u64::from(*key) <= range.end() >> shift);
        Some(&cells[start..end])
    }

    /// Size in memory, bytes.
    pub(super) fn size(&self) -> usize {
        self.levels.iter().map(|cells| cells.capacity() * size_of::<(u32, Cell)>()).sum()
    }
}

/// Adds to the last cell, if it is the one meant, or starts the next.
fn push(cells: &mut Vec<(u32, Cell)>, key: u32, cell: &Cell) {
    match cells.last_mut() {
        Some((last, sum)) if *last == key => sum.join(cell),
        _ => cells.push((key, *cell)),
    }
}

/// Side of a [`Grid`], in cells: a tile and half a tile more on each side.
pub(super) const SIDE: usize = 2 << CELL_BITS;

/// The cells in and around a tile.
#[derive(Debug)]
pub(super) struct Grid {
    coord: TileCoord,
    /// Row by row.
    cells: Vec<Cell>,
}

impl Grid {
    /// No places yet.
    pub(super) fn new(coord: TileCoord) -> Self {
        Self { coord, cells: vec![Cell::EMPTY; SIDE * SIDE] }
    }

    /// Bits of a coordinate that name a cell.
    pub(super) fn level(&self) -> u32 {
        u32::from(self.coord.z()) + CELL_BITS
    }

    pub(super) fn coord(&self) -> TileCoord {
        self.coord
    }

    /// Coordinates of the first cell; those of the world's begin at 0.
    pub(super) fn origin(&self) -> [i64; 2] {
        let half = 1 << (CELL_BITS - 1);
        [self.coord.x(), self.coord.y()].map(|axis| i64::from(axis) * 2 * half - half)
    }

    /// The quarters of tiles that the grid is made of, as ranges of the curve: each is one.
    pub(super) fn ranges(&self) -> impl Iterator<Item = std::ops::RangeInclusive<u64>> + use<> {
        let level = u32::from(self.coord.z()) + 1;
        let [x, y] = [self.coord.x(), self.coord.y()].map(|axis| 2 * i64::from(axis) - 1);
        let blocks = (0..4).flat_map(move |row| (0..4).map(move |column| [x + column, y + row]));
        let inside = move |block: &[i64; 2]| block.iter().all(|axis| (0..1i64 << level).contains(axis));
        blocks.filter(inside).map(move |block| z_range(level, block.map(|axis| axis as u32)))
    }

    /// Counts a place of one of the ranges.
    pub(super) fn add(&mut self, place: [u32; 2], counted: bool) {
        self.join(place, &Cell::of(place, counted));
    }

    /// Takes the cells of a range from a pyramid, if it has them.
    pub(super) fn take(&mut self, pyramid: &Pyramid, range: &std::ops::RangeInclusive<u64>) -> bool {
        let Some(cells) = pyramid.get(self.level(), range) else { return false };
        for (_, cell) in cells {
            // Any of its places says which cell it is.
            self.join(cell.min, cell);
        }
        true
    }

    fn join(&mut self, place: [u32; 2], cell: &Cell) {
        let shift = 32 - self.level();
        let origin = self.origin();
        let [column, row] = [0, 1].map(|axis| (i64::from(place[axis] >> shift) - origin[axis]) as usize);
        self.cells[row * SIDE + column].join(cell);
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(mut places: Vec<([u32; 2], bool)>) -> Vec<([u32; 2], bool)> {
        places.sort_by_key(|(place, _)| z_order(*place));
        places
    }

    proptest! {
        /// Taking changes one by one comes to the same as counting anew.
        #[test]
        fn changes_come_to_the_same(
            mut places in prop::collection::vec((prop::array::uniform2(any::<u32>()), any::<bool>()), 1..60),
            crowd in prop::collection::vec((prop::array::uniform2(0u32..99), any::<bool>()), 0..40),
            steps in prop::collection::vec((any::<prop::sample::Index>(), prop::array::uniform2(any::<u32>()), any::<bool>()), 1..12),
        ) {
            places.extend(crowd);
            let mut pyramid = Pyramid::new(sorted(places.clone()).into_iter());
            for (at, place, counted) in steps {
                let (old, old_counted) = places.swap_remove(at.index(places.len()));
                places.push((place, counted));
                let moves = [
                    Moved { place: old, counted: old_counted, joined: false },
                    Moved { place, counted, joined: true },
                ];
                pyramid = pyramid.moved(&moves, |range| {
                    let mut cell = Cell::EMPTY;
                    let inside = places.iter().filter(|(place, _)| range.contains(&z_order(*place)));
                    inside.for_each(|(place, counted)| cell.join(&Cell::of(*place, *counted)));
                    cell
                });
                let anew = Pyramid::new(sorted(places.clone()).into_iter());
                prop_assert_eq!(&pyramid.levels, &anew.levels);
            }
        }

        /// A grid is the same from a pyramid and from the places.
        #[test]
        fn a_grid_holds_its_surroundings(
            places in prop::collection::vec((prop::array::uniform2(any::<u32>()), any::<bool>()), 0..60),
            z in 0u8..=10, x in any::<u32>(), y in any::<u32>(),
        ) {
            let coord = TileCoord::new(z, x % (1 << z), y % (1 << z)).unwrap();
            let places = sorted(places);
            let pyramid = Pyramid::new(places.iter().copied());
            let (mut taken, mut counted) = (Grid::new(coord), Grid::new(coord));
            for range in counted.ranges() {
                prop_assert!(taken.take(&pyramid, &range));
                places.iter().filter(|(place, _)| range.contains(&z_order(*place))).for_each(|(place, c)| counted.add(*place, *c));
            }
            prop_assert_eq!(&taken.cells, &counted.cells);
        }
    }
}
