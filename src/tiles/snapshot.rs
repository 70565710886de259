//! The state of a source at one moment, and how a change makes the next one of it.
//!
//! A state is a large packed part, a small one with what came since, and a mark on everything in the large part that does not stand any
//! more. Nothing in it changes, so readers never wait; a change of one feature makes a new small part and shares the rest. When the
//! small part has grown, both are packed into one.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::cells::{Cell, Grid, Moved, Pyramid};
use super::index::{Rect, around, fixed_place, z_order};
use super::pack::{Builder, Packed, Refused};
use super::{Filter, SourceSpec};
use crate::geo::{Bbox, TileCoord, from_world};

/// How much may have come, and gone, before all is packed into one.
const MOST_APART: usize = 2048;

/// State of a source at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    spec: SourceSpec,
    parts: [Arc<Packed>; 2],
    /// One bit for each feature of the first part that does not stand any more.
    gone: Arc<[u64]>,
    gone_count: usize,
    /// Sum of the features' fingerprints.
    digest: u128,
    today: i32,
    /// What is timed, of every feature of each part, as it is today; empty where nothing is.
    today_values: [Arc<[Option<u8>]>; 2],
    /// Present where the places are clustered.
    pyramid: Option<Arc<Pyramid>>,
}

/// A feature of a snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// Which part of the snapshot holds it.
    pub part: usize,
    /// That part.
    pub packed: &'a Packed,
    /// Its position there.
    pub at: usize,
}

/// Where a change shows: a place or an outline that was, or is, there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Touched {
    pub place: [f64; 2],
    pub outline: Option<Rect>,
}

/// What a change made.
#[derive(Debug)]
pub(super) struct Change {
    pub snapshot: Snapshot,
    pub touched: Vec<Touched>,
    pub refused: Vec<Refused>,
}

impl Snapshot {
    /// The state in which these features stand; `clustered` where layers show their places in clusters.
    pub fn new(packed: Packed, clustered: bool, today: i32) -> Self {
        let digest = (0..packed.len()).fold(0u128, |sum, at| sum.wrapping_add(packed.fingerprint(at)));
        let empty = Builder::new(packed.spec).finish().0;
        let mut snapshot = Self {
            spec: packed.spec,
            gone: vec![0; packed.len().div_ceil(64)].into(),
            gone_count: 0,
            parts: [Arc::new(packed), Arc::new(empty)],
            digest,
            today,
            today_values: Default::default(),
            pyramid: None,
        };
        snapshot.look_up_today();
        if clustered {
            snapshot.pyramid = Some(Arc::new(snapshot.count_all()));
        }
        snapshot
    }

    /// The same on another day.
    pub fn on(&self, today: i32) -> Self {
        let mut snapshot = Self { today, ..self.clone() };
        snapshot.look_up_today();
        let counts = self.spec.timed.is_some_and(|timed| timed.counted != 0);
        if counts && today != self.today && self.pyramid.is_some() {
            snapshot.pyramid = Some(Arc::new(snapshot.count_all()));
        }
        snapshot
    }

    fn look_up_today(&mut self) {
        if self.spec.timed.is_some() {
            let of = |part: &Packed| (0..part.len()).map(|at| part.value_on(at, self.today)).collect();
            self.today_values = [of(&self.parts[0]), of(&self.parts[1])];
        }
    }

    /// What is timed of a feature on a day.
    pub(super) fn value_on(&self, item: Item<'_>, day: i32) -> Option<u8> {
        if day == self.today {
            return self.today_values[item.part].get(item.at).copied().flatten();
        }
        item.packed.value_on(item.at, day)
    }

    /// Whether clusters count a feature with this value.
    fn is_counted(&self, value: Option<u8>) -> bool {
        self.spec.timed.zip(value).is_some_and(|(timed, value)| timed.counted >> value & 1 == 1)
    }

    /// The source.
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// The day that is today.
    pub fn today(&self) -> i32 {
        self.today
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum::<usize>() - self.gone_count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Digest of the content: the same on every server and after every start or change that comes to the same rows, so that an
    /// address carrying it can be cached for ever.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// Box around all features; nothing when there are none.
    pub fn bounds(&self) -> Option<Bbox> {
        let boxes = self.parts.iter().flat_map(|part| part.bounds()).flatten();
        boxes.reduce(|a, b| around(&a, &b)).filter(|_| !self.is_empty()).map(|[x0, y0, x1, y1]| {
            let ((west, north), (east, south)) = (from_world(x0, y0), from_world(x1, y1));
            Bbox { west, south, east, north }
        })
    }

    /// Size in memory, bytes.
    pub fn size(&self) -> usize {
        let pyramid = self.pyramid.as_ref().map_or(0, |pyramid| pyramid.size());
        self.parts.iter().map(|part| part.size()).sum::<usize>() + self.gone.len() * 8 + pyramid
    }

    fn stands(&self, part: usize, at: usize) -> bool {
        part > 0 || self.gone_count == 0 || self.gone[at / 64] >> (at % 64) & 1 == 0
    }

    /// Those that stand among positions of a part.
    fn standing(&self, part: usize, range: Range<usize>) -> impl Iterator<Item = Item<'_>> {
        let packed = &*self.parts[part];
        range.filter(move |&at| self.stands(part, at)).map(move |at| Item { part, packed, at })
    }

    /// Whether tiles can hold values of more than one table.
    pub(super) fn is_apart(&self) -> bool {
        !self.parts[1].is_empty()
    }

    /// Features whose places may be in the box; some others may be among them.
    pub(super) fn places_near<'a>(&'a self, rect: &Rect, mut found: impl FnMut(Item<'a>)) {
        for part in 0..2 {
            self.parts[part].places_near(rect, |range| self.standing(part, range).for_each(&mut found));
        }
    }

    /// Features whose outlines may meet the box; some others may be among them.
    pub(super) fn outlines_near<'a>(&'a self, rect: &Rect, mut found: impl FnMut(Item<'a>)) {
        for part in 0..2 {
            self.parts[part].outlines_near(rect, |range| self.standing(part, range).for_each(&mut found));
        }
    }

    /// Features in a part of the curve.
    fn on_curve(&self, range: &std::ops::RangeInclusive<u64>) -> impl Iterator<Item = Item<'_>> {
        let found = [0, 1].map(|part| self.parts[part].on_curve(range));
        found.into_iter().enumerate().flat_map(|(part, range)| self.standing(part, range))
    }

    /// The one feature that passes and is exactly there.
    pub(super) fn alone_at(&self, place: [u32; 2], filter: Option<&Filter>) -> Option<Item<'_>> {
        let at = z_order(place);
        self.on_curve(&(at..=at)).find(|item| self.passes(*item, filter))
    }

    /// The day that a filter asks about.
    pub(super) fn day(&self, filter: Option<&Filter>) -> i32 {
        filter.and_then(|filter| filter.day).unwrap_or(self.today)
    }

    pub(super) fn passes(&self, item: Item<'_>, filter: Option<&Filter>) -> bool {
        let Some(filter) = filter else { return true };
        item.packed.passes(item.at, filter, self.value_on(item, self.day(Some(filter))))
    }

    /// The cells in and around a tile, with what passes.
    pub(super) fn grid(&self, coord: TileCoord, filter: Option<&Filter>) -> Grid {
        let mut grid = Grid::new(coord);
        let day = self.day(filter);
        for range in grid.ranges() {
            if filter.is_none() && self.pyramid.as_ref().is_some_and(|pyramid| grid.take(pyramid, &range)) {
                continue;
            }
            for item in self.on_curve(&range) {
                let value = self.value_on(item, day);
                if filter.is_none_or(|filter| item.packed.passes(item.at, filter, value)) {
                    grid.add(fixed_place(item.packed.place(item.at)), self.is_counted(value));
                }
            }
        }
        grid
    }

    /// Where a feature is and whether clusters count it today.
    fn seen(&self, item: Item<'_>, joined: bool) -> Moved {
        let counted = self.is_counted(self.value_on(item, self.today));
        Moved { place: fixed_place(item.packed.place(item.at)), counted, joined }
    }

    fn count_all(&self) -> Pyramid {
        let first = self.standing(0, 0..self.parts[0].len()).map(|item| self.seen(item, true));
        let moves: Vec<Moved> = self.standing(1, 0..self.parts[1].len()).map(|item| self.seen(item, true)).collect();
        let pyramid = Pyramid::new(first.map(|seen| (seen.place, seen.counted)));
        if moves.is_empty() { pyramid } else { pyramid.moved(&moves, |_| Cell::EMPTY) }
    }

    fn find(&self, id: u64) -> Option<Item<'_>> {
        for (part, packed) in self.parts.iter().enumerate() {
            if let Some(at) = packed.find(id).filter(|&at| self.stands(part, at)) {
                return Some(Item { part, packed, at });
            }
        }
        None
    }

    /// The state after the features with these ids became those that were read; one that was not read is no more. What is the same as
    /// before is not touched.
    pub(super) fn changed(&self, ids: &[u64], read: Builder) -> Change {
        let (read, refused) = read.finish();
        let asked: HashSet<u64> = ids.iter().copied().chain((0..read.len()).map(|at| read.id(at))).collect();
        let mut next = self.clone();
        let mut gone = self.gone.to_vec();
        let (mut touched, mut moves) = (Vec::new(), Vec::new());
        let mut fresh = Builder::new(self.spec);
        let kept = (0..self.parts[1].len()).filter(|&at| !asked.contains(&self.parts[1].id(at)));
        kept.for_each(|at| fresh.push_packed(&self.parts[1], at));
        let mut note = |packed: &Packed, at: usize, joined: bool| {
            let place = packed.place(at);
            touched.push(Touched { place, outline: packed.outline_bounds(at) });
            let counted = self.is_counted(packed.value_on(at, self.today));
            moves.push(Moved { place: fixed_place(place), counted, joined });
        };
        for id in asked {
            let (old, new) = (self.find(id), read.find(id));
            let fingerprints = (old.map(|old| old.packed.fingerprint(old.at)), new.map(|new| read.fingerprint(new)));
            if let (Some(old), true) = (old, fingerprints.0 == fingerprints.1) {
                if old.part == 1 {
                    fresh.push_packed(old.packed, old.at);
                }
                continue;
            }
            if let (Some(old), (Some(fingerprint), _)) = (old, fingerprints) {
                next.digest = next.digest.wrapping_sub(fingerprint);
                note(old.packed, old.at, false);
                if old.part == 0 {
                    gone[old.at / 64] |= 1 << (old.at % 64);
                    next.gone_count += 1;
                }
            }
            if let (Some(new), (_, Some(fingerprint))) = (new, fingerprints) {
                next.digest = next.digest.wrapping_add(fingerprint);
                note(&read, new, true);
                fresh.push_packed(&read, new);
            }
        }
        next.gone = gone.into();
        next.parts[1] = Arc::new(fresh.finish().0);
        if next.gone_count + next.parts[1].len() > MOST_APART {
            next.pack();
            next.look_up_today();
        } else if self.spec.timed.is_some() {
            let fresh = &next.parts[1];
            next.today_values[1] = (0..fresh.len()).map(|at| fresh.value_on(at, self.today)).collect();
        }
        if let Some(pyramid) = self.pyramid.as_ref().filter(|_| !moves.is_empty()) {
            let recount = |range: std::ops::RangeInclusive<u64>| {
                let mut cell = Cell::EMPTY;
                for item in next.on_curve(&range) {
                    let seen = next.seen(item, true);
                    cell.join(&Cell::of(seen.place, seen.counted));
                }
                cell
            };
            next.pyramid = Some(Arc::new(pyramid.moved(&moves, recount)));
        }
        Change { snapshot: next, touched, refused }
    }

    /// Both parts become one.
    fn pack(&mut self) {
        let mut builder = Builder::new(self.spec);
        for part in 0..2 {
            self.standing(part, 0..self.parts[part].len()).for_each(|item| builder.push_packed(item.packed, item.at));
        }
        let packed = builder.finish().0;
        self.gone = vec![0; packed.len().div_ceil(64)].into();
        self.gone_count = 0;
        self.parts = [Arc::new(packed), Arc::new(Builder::new(self.spec).finish().0)];
    }
}

#[cfg(test)]
mod tests;
