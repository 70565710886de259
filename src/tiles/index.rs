//! A packed R-tree: built once, then only read.

/// Boxes a node holds.
const NODE: usize = 16;

/// Least x, least y, greatest x, greatest y.
pub(super) type Rect = [f64; 4];

/// Finds the boxes that meet a box. `rstar` would do the same with a pointer a node; this one is two flat arrays.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Position, in the list the index was built from, of every box of the lowest level.
    items: Box<[u32]>,
    /// Boxes, lowest level first; a box of a level covers [`NODE`] of the level below.
    levels: Vec<Box<[Rect]>>,
}

fn meet(a: &Rect, b: &Rect) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

fn around(boxes: &[Rect]) -> Rect {
    boxes.iter().fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |all, one| {
        [all[0].min(one[0]), all[1].min(one[1]), all[2].max(one[2]), all[3].max(one[3])]
    })
}

impl Index {
    /// Sort-tile-recursive packing: strips by x, in every strip by y.
    pub(super) fn new(boxes: &[Rect]) -> Self {
        let mut items: Vec<u32> = (0u32..).take(boxes.len()).collect();
        let middle = |item: u32, axis: usize| boxes[item as usize][axis] + boxes[item as usize][axis + 2];
        items.sort_unstable_by(|&a, &b| middle(a, 0).total_cmp(&middle(b, 0)).then(a.cmp(&b)));
        let strips = (boxes.len().div_ceil(NODE) as f64).sqrt().ceil().max(1.0) as usize;
        let strip = boxes.len().div_ceil(strips).next_multiple_of(NODE).max(NODE);
        for chunk in items.chunks_mut(strip) {
            chunk.sort_unstable_by(|&a, &b| middle(a, 1).total_cmp(&middle(b, 1)).then(a.cmp(&b)));
        }
        let mut levels: Vec<Box<[Rect]>> = vec![items.iter().map(|&item| boxes[item as usize]).collect()];
        while let Some(below) = levels.last().filter(|level| level.len() > NODE) {
            levels.push(below.chunks(NODE).map(around).collect());
        }
        Self { items: items.into(), levels }
    }

    /// Positions of the boxes that meet `rect`, ascending.
    pub(super) fn query(&self, rect: &Rect) -> Vec<u32> {
        let mut found = Vec::new();
        let Some(top) = self.levels.len().checked_sub(1) else {
            return found;
        };
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).map(|node| (top, node)).collect();
        while let Some((level, node)) = open.pop() {
            if !meet(&self.levels[level][node], rect) {
                continue;
            }
            if level == 0 {
                found.push(self.items[node]);
            } else {
                let end = ((node + 1) * NODE).min(self.levels[level - 1].len());
                open.extend((node * NODE..end).map(|child| (level - 1, child)));
            }
        }
        found.sort_unstable();
        found
    }

    /// Box around everything; `None` when there is nothing.
    pub(super) fn bounds(&self) -> Option<Rect> {
        self.levels.last().filter(|level| !level.is_empty()).map(|level| around(level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            corners in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64, 0.0..0.1f64, 0.0..0.1f64), 0..700),
            (x, y, w, h) in (0.0..1.0f64, 0.0..1.0f64, 0.0..0.5f64, 0.0..0.5f64),
        ) {
            let boxes: Vec<Rect> = corners.iter().map(|&(x, y, w, h)| [x, y, x + w, y + h]).collect();
            let wanted = [x, y, x + w, y + h];
            let scan: Vec<u32> = (0u32..).zip(&boxes).filter(|(_, one)| meet(one, &wanted)).map(|(at, _)| at).collect();
            let index = Index::new(&boxes);
            prop_assert_eq!(index.query(&wanted), scan);
            prop_assert_eq!(index.bounds().is_some(), !boxes.is_empty());
        }
    }
}
