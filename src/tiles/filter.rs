//! Which features pass.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::index::Rect;
use crate::geo::{Bbox, to_world};

/// Conditions on a feature; it passes when all hold. The default lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Of each of these sets of traits it has at least one.
    pub traits: Vec<u64>,
    /// For each of the two groups: it belongs to one of these; empty for any.
    pub groups: [Vec<u32>; 2],
    /// Its measure is in this range, both ends included.
    pub measure: Option<[u32; 2]>,
    /// Its place is in this box or on its edge.
    pub inside: Option<Inside>,
    /// Its id is one of these.
    pub ids: Option<Arc<IdSet>>,
    /// What is true on some days only is asked about this one; none = today.
    pub day: Option<i32>,
}

/// A box that places are asked to lie in.
#[derive(Debug, Clone, Copy)]
pub struct Inside(Rect);

impl Inside {
    /// Inside this box of degrees.
    pub fn new(bbox: Bbox) -> Self {
        let (x0, y0) = to_world(bbox.west, bbox.north);
        let (x1, y1) = to_world(bbox.east, bbox.south);
        Self([x0, y0, x1, y1])
    }

    /// Whether a place, in world coordinates, is inside.
    pub(super) fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let [x0, y0, x1, y1] = self.0;
        (x0..=x1).contains(&x) && (y0..=y1).contains(&y)
    }

    fn bits(&self) -> [u64; 4] {
        self.0.map(f64::to_bits)
    }
}

impl PartialEq for Inside {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Inside {}

impl Hash for Inside {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

/// A set of feature ids.
#[derive(Debug, Clone)]
pub struct IdSet {
    ids: Box<[u64]>,
    key: u128,
}

impl IdSet {
    /// The set of these ids, in any order, repeated or not.
    pub fn new(mut ids: Vec<u64>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        let mut hash = Xxh3::new();
        ids.iter().for_each(|id| hash.update(&id.to_le_bytes()));
        Self { ids: ids.into(), key: hash.digest128() }
    }

    /// Whether the id is in it.
    pub fn contains(&self, id: u64) -> bool {
        self.ids.binary_search(&id).is_ok()
    }

    /// The ids, ascending.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// Digest of the ids: equal sets have equal keys, different ones in practice never.
    pub fn key(&self) -> u128 {
        self.key
    }
}

impl PartialEq for IdSet {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for IdSet {}

impl Hash for IdSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl FromIterator<u64> for IdSet {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        Self::new(ids.into_iter().collect())
    }
}
