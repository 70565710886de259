//! Order and index of what is packed: features follow a Z-order curve, so that every cell of every zoom is one range of them.

/// Features that a box of the lowest level covers, and boxes of a level that one of the next covers.
const NODE: usize = 16;

/// Features between two marks.
const STRIDE: usize = 64;

/// Least x, least y, greatest x, greatest y, in world coordinates.
pub(super) type Rect = [f64; 4];

/// The box around nothing.
pub(super) const NOWHERE: Rect = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// A world coordinate in units of 2⁻³² (1 cm at the equator): whole numbers add up to the same whatever their order.
pub(super) fn fixed(axis: f64) -> u32 {
    // Saturates: 1.0 is the last unit.
    (axis * 4_294_967_296.0) as u32
}

/// Both coordinates of a place in such units.
pub(super) fn fixed_place(place: [f64; 2]) -> [u32; 2] {
    place.map(fixed)
}

/// Position on the Z-order curve: the bits of both coordinates in turn, those of y first.
pub(super) fn z_order([x, y]: [u32; 2]) -> u64 {
    fn spread(axis: u32) -> u64 {
        let mut bits = u64::from(axis);
        for (shift, mask) in [
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555),
        ] {
            bits = (bits | bits << shift) & mask;
        }
        bits
    }
    spread(x) | spread(y) << 1
}

/// Positions on the curve of all places in a cell: `level` bits of each coordinate are given.
pub(super) fn z_range(level: u32, cell: [u32; 2]) -> std::ops::RangeInclusive<u64> {
    key_range(level, z_order(cell))
}

/// The same for a cell that is named by its position among the cells along the curve.
pub(super) fn key_range(level: u32, key: u64) -> std::ops::RangeInclusive<u64> {
    if level == 0 {
        return 0..=u64::MAX;
    }
    let shift = 64 - 2 * level;
    let first = key << shift;
    first..=first + ((1 << shift) - 1)
}

/// Where in a list sorted along the curve a cell begins and ends.
#[derive(Debug, Default)]
pub(super) struct Marks(Box<[u64]>);

impl Marks {
    pub(super) fn new(places: &[[f64; 2]]) -> Self {
        Self(places.iter().step_by(STRIDE).map(|&place| z_order(fixed_place(place))).collect())
    }

    /// Positions of the places that lie in this range of the curve.
    pub(super) fn range(&self, places: &[[f64; 2]], wanted: &std::ops::RangeInclusive<u64>) -> std::ops::Range<usize> {
        let find = |before: &dyn Fn(u64) -> bool| {
            let block = self.0.partition_point(|&mark| before(mark)).saturating_sub(1) * STRIDE;
            let end = (block + STRIDE).min(places.len());
            block + places[block..end].partition_point(|&place| before(z_order(fixed_place(place))))
        };
        find(&|at| at < *wanted.start())..find(&|at| at <= *wanted.end())
    }
}

/// Finds boxes that meet a box: a packed R-tree over an order that is given. It holds no box of its own for the features, only for
/// every sixteen of them.
#[derive(Debug, Default)]
pub(super) struct Index {
    count: usize,
    /// Lowest level first; a box of a level covers [`NODE`] of the level below.
    levels: Vec<Box<[Rect]>>,
}

pub(super) fn meet(a: &Rect, b: &Rect) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

pub(super) fn around(a: &Rect, b: &Rect) -> Rect {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

impl Index {
    /// Over boxes in their order.
    pub(super) fn new(boxes: impl ExactSizeIterator<Item = Rect>) -> Self {
        let count = boxes.len();
        let mut lowest = vec![NOWHERE; count.div_ceil(NODE)];
        for (at, one) in boxes.enumerate() {
            lowest[at / NODE] = around(&lowest[at / NODE], &one);
        }
        let mut levels: Vec<Box<[Rect]>> = vec![lowest.into()];
        while let Some(below) = levels.last().filter(|level| level.len() > NODE) {
            let above = below.chunks(NODE).map(|boxes| boxes.iter().fold(NOWHERE, |all, one| around(&all, one)));
            levels.push(above.collect());
        }
        Self { count, levels }
    }

    /// Calls `found` with ranges of positions, ascending, in which all boxes that meet `rect` are; others may be too.
    pub(super) fn query(&self, rect: &Rect, mut found: impl FnMut(std::ops::Range<usize>)) {
        let Some(top) = self.levels.len().checked_sub(1) else { return };
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).rev().map(|node| (top, node)).collect();
        while let Some((level, node)) = open.pop() {
            if !meet(&self.levels[level][node], rect) {
                continue;
            }
            let first = node * NODE;
            match level.checked_sub(1) {
                None => found(first..(first + NODE).min(self.count)),
                Some(below) => {
                    let end = (first + NODE).min(self.levels[below].len());
                    open.extend((first..end).rev().map(|child| (below, child)));
                }
            }
        }
    }

    /// Box around everything; nothing where there is nothing.
    pub(super) fn bounds(&self) -> Option<Rect> {
        let all = self.levels.last()?.iter().fold(NOWHERE, |all, one| around(&all, one));
        (all[0] <= all[2]).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_ranges_of_the_curve() {
        assert_eq!(z_order([0b11, 0b00]), 0b0101);
        assert_eq!(z_order([u32::MAX, u32::MAX]), u64::MAX);
        assert_eq!(z_range(0, [0, 0]), 0..=u64::MAX);
        assert_eq!(*z_range(1, [1, 1]).end(), u64::MAX);
        assert_eq!(fixed(1.0), u32::MAX);
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            corners in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64, 0.0..0.1f64, 0.0..0.1f64), 0..700),
            (x, y, w, h) in (0.0..1.0f64, 0.0..1.0f64, 0.0..0.5f64, 0.0..0.5f64),
        ) {
            let boxes: Vec<Rect> = corners.iter().map(|&(x, y, w, h)| [x, y, x + w, y + h]).collect();
            let wanted = [x, y, x + w, y + h];
            let scan: Vec<usize> = (0..boxes.len()).filter(|&at| meet(&boxes[at], &wanted)).collect();
            let index = Index::new(boxes.iter().copied());
            let mut found = Vec::new();
            index.query(&wanted, |range| found.extend(range.filter(|&at| meet(&boxes[at], &wanted))));
            prop_assert_eq!(found, scan);
            prop_assert_eq!(index.bounds().is_some(), !boxes.is_empty());
        }

        #[test]
        fn a_cell_is_found_whole(
            places in prop::collection::vec((0.0..=1.0f64, 0.0..=1.0f64), 0..400),
            level in 0u32..=16, x in any::<u32>(), y in any::<u32>(),
        ) {
            let mut places: Vec<[f64; 2]> = places.into_iter().map(|(x, y)| [x, y]).collect();
            places.sort_by_key(|&place| z_order(fixed_place(place)));
            let cell = [x, y].map(|axis| if level == 0 { 0 } else { axis >> (32 - level) });
            let range = Marks::new(&places).range(&places, &z_range(level, cell));
            for (at, &place) in places.iter().enumerate() {
                let inside = fixed_place(place).map(|axis| if level == 0 { 0 } else { axis >> (32 - level) }) == cell;
                prop_assert_eq!(range.contains(&at), inside);
            }
        }
    }
}
