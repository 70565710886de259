//! Features laid out in memory: projected once, in the order of a Z-curve, one array for each thing that is known of them.

use xxhash_rust::xxh3::Xxh3;

use super::index::{Index, Marks, Rect, fixed_place, z_order};
use super::shape::{Kind, Outline, Outlines, project, project_place};
use super::values::{Interner, Tag, Values};
use super::{Facts, Feature, Filter, Period, SourceSpec, Value, cluster};

/// A feature, or a part of it, that is not on the map, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Id of the feature.
    pub id: u64,
    /// A sentence.
    pub reason: String,
}

/// Everything about some features of a source, never changed.
#[derive(Debug)]
pub struct Packed {
    pub(super) spec: SourceSpec,
    ids: Vec<u64>,
    /// In world coordinates, along the curve.
    places: Vec<[f64; 2]>,
    // Facts one by one, since most filters look at one of them.
    traits: Vec<u64>,
    groups: Vec<[u32; 2]>,
    measures: Vec<u32>,
    /// Of every feature, one for each field of the source.
    tags: Vec<Tag>,
    /// Of each value of what is timed.
    timed_tags: Vec<Tag>,
    /// The field that it is.
    timed_field: Option<usize>,
    values: Values,
    periods: Vec<Period>,
    /// For every feature, where its periods end; empty where nothing is timed.
    period_ends: Vec<u32>,
    /// Empty where no feature has one.
    outlines: Outlines,
    /// Positions, by ascending id.
    by_id: Vec<u32>,
    marks: Marks,
    place_index: Index,
    outline_index: Index,
}

impl Packed {
    /// Number of features.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn id(&self, at: usize) -> u64 {
        self.ids[at]
    }

    /// Where a feature is, in world coordinates.
    pub(super) fn place(&self, at: usize) -> [f64; 2] {
        self.places[at]
    }

    /// The outline of a feature, if it has one.
    pub(super) fn outline(&self, at: usize) -> Option<Outline<'_>> {
        (!self.outlines.is_empty()).then(|| self.outlines.get(at)).filter(|outline| outline.kind != Kind::None)
    }

    /// Box around the outline of a feature, a little too large.
    pub(super) fn outline_bounds(&self, at: usize) -> Option<Rect> {
        self.outline(at).map(|_| self.outlines.bounds(at))
    }

    /// Position of a feature.
    pub(super) fn find(&self, id: u64) -> Option<usize> {
        let at = self.by_id.binary_search_by_key(&id, |&at| self.ids[at as usize]).ok()?;
        Some(self.by_id[at] as usize)
    }

    /// Positions of the features in a part of the curve.
    pub(super) fn on_curve(&self, range: &std::ops::RangeInclusive<u64>) -> std::ops::Range<usize> {
        self.marks.range(&self.places, range)
    }

    /// Ranges of positions among which are all features whose place is in the box.
    pub(super) fn places_near(&self, rect: &Rect, found: impl FnMut(std::ops::Range<usize>)) {
        self.place_index.query(rect, found);
    }

    /// Ranges of positions among which are all features whose outline meets the box.
    pub(super) fn outlines_near(&self, rect: &Rect, found: impl FnMut(std::ops::Range<usize>)) {
        self.outline_index.query(rect, found);
    }

    /// Boxes around all places and all outlines.
    pub(super) fn bounds(&self) -> [Option<Rect>; 2] {
        [self.place_index.bounds(), self.outline_index.bounds()]
    }

    /// Value of what is timed, by position.
    pub(super) fn value_on(&self, at: usize, day: i32) -> Option<u8> {
        let timed = self.spec.timed?;
        let period = self.periods_of(at).iter().find(|period| period.from <= day && day < period.until);
        period.map(|period| period.value).or(timed.otherwise)
    }

    fn periods_of(&self, at: usize) -> &[Period] {
        let Some(&end) = self.period_ends.get(at) else { return &[] };
        let start = if at == 0 { 0 } else { self.period_ends[at - 1] };
        &self.periods[start as usize..end as usize]
    }

    /// Whether the feature passes, if what is timed has this value.
    pub(super) fn passes(&self, at: usize, filter: &Filter, value: Option<u8>) -> bool {
        let wanted = |wanted: &[u32], is: u32| wanted.is_empty() || wanted.contains(&is);
        let traits = |wanted: &u64| {
            let timed = self.spec.timed.zip(value).map_or(0, |(timed, value)| 1 << (timed.first_trait + value));
            (self.traits[at] | timed) & wanted != 0
        };
        filter.traits.iter().all(traits)
            && (0..2).all(|group| wanted(&filter.groups[group], self.groups[at][group]))
            && filter.measure.is_none_or(|[least, greatest]| (least..=greatest).contains(&self.measures[at]))
            && filter.inside.is_none_or(|inside| inside.holds(self.places[at]))
            && filter.ids.as_ref().is_none_or(|ids| ids.contains(self.ids[at]))
    }

    /// The tag of one field of a feature, if what is timed has this value.
    pub(super) fn tag(&self, at: usize, field: usize, value: Option<u8>) -> Tag {
        if self.timed_field == Some(field) {
            return value.map_or(Tag::NONE, |value| self.timed_tags[usize::from(value)]);
        }
        self.tags[at * self.spec.fields.len() + field]
    }

    /// The encoded value behind a tag.
    pub(super) fn value(&self, at: u32) -> &[u8] {
        self.values.get(at)
    }

    /// Digest of all that is known of a feature, the same wherever it is packed.
    pub(super) fn fingerprint(&self, at: usize) -> u128 {
        let mut hash = Xxh3::new();
        hash.update(&self.ids[at].to_le_bytes());
        hash.update(&self.traits[at].to_le_bytes());
        self.groups[at].iter().for_each(|group| hash.update(&group.to_le_bytes()));
        hash.update(&self.measures[at].to_le_bytes());
        let position = |hash: &mut Xxh3, [x, y]: [f64; 2]| {
            hash.update(&x.to_bits().to_le_bytes());
            hash.update(&y.to_bits().to_le_bytes());
        };
        position(&mut hash, self.places[at]);
        let fields = self.spec.fields.len();
        for tag in &self.tags[at * fields..(at + 1) * fields] {
            let value = tag.at().map_or(&[][..], |at| self.values.get(at));
            hash.update(&(value.len() as u64).to_le_bytes());
            hash.update(value);
        }
        let periods = self.periods_of(at);
        hash.update(&(periods.len() as u64).to_le_bytes());
        for period in periods {
            hash.update(&period.from.to_le_bytes());
            hash.update(&period.until.to_le_bytes());
            hash.update(&[period.value]);
        }
        if let Some(outline) = self.outline(at) {
            hash.update(&[outline.kind as u8]);
            for (xy, _) in outline.paths() {
                hash.update(&(xy.len() as u64).to_le_bytes());
                xy.iter().for_each(|&xy| position(&mut hash, xy));
            }
        }
        hash.digest128()
    }

    /// Size in memory, bytes.
    pub fn size(&self) -> usize {
        self.ids.capacity() * 8
            + self.places.capacity() * 16
            + self.traits.capacity() * 8
            + self.groups.capacity() * 8
            + self.measures.capacity() * 4
            + (self.tags.capacity() + self.period_ends.capacity() + self.by_id.capacity()) * 4
            + self.periods.capacity() * size_of::<Period>()
            + self.values.size()
            + self.outlines.size()
    }
}

/// Reads features one by one, in any order.
#[derive(Debug)]
pub struct Builder {
    spec: SourceSpec,
    ids: Vec<u64>,
    places: Vec<[f64; 2]>,
    facts: Vec<Facts>,
    tags: Vec<Tag>,
    timed_tags: Vec<Tag>,
    interner: Interner,
    periods: Vec<Period>,
    period_ends: Vec<u32>,
    outlines: Outlines,
    refused: Vec<Refused>,
}

impl Builder {
    /// Nothing read yet.
    pub fn new(spec: SourceSpec) -> Self {
        let mut interner = Interner::default();
        let timed_tags = spec.timed.iter().flat_map(|timed| timed.values).map(|&value| {
            interner.tag(&Value::Str(value));
            // Read twice: many features have it.
            interner.tag(&Value::Str(value))
        });
        let timed_tags = timed_tags.collect();
        Self {
            spec,
            ids: Vec::new(),
            places: Vec::new(),
            facts: Vec::new(),
            tags: Vec::new(),
            timed_tags,
            interner,
            periods: Vec::new(),
            period_ends: Vec::new(),
            outlines: Outlines::default(),
            refused: Vec::new(),
        }
    }

    /// Number of features taken.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether none was taken.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Takes a feature, or notes why it cannot be drawn. One whose outline cannot be drawn, but whose place can, is a point.
    pub fn push(&mut self, feature: &Feature<'_>) {
        if let Err(reason) = self.take(feature) {
            self.refuse(feature.id, reason);
        }
    }

    /// Notes that a feature, or a part of it, cannot be drawn, and why.
    pub fn refuse(&mut self, id: u64, reason: String) {
        self.refused.push(Refused { id, reason });
    }

    fn take(&mut self, feature: &Feature<'_>) -> Result<(), String> {
        if feature.id >= cluster::FEATURE_ID_LIMIT {
            return Err(format!("ids must be below {}", cluster::FEATURE_ID_LIMIT));
        }
        let outline = feature.outline.as_ref().map(project).transpose();
        let (place, outline, fault) = match (feature.place.map(project_place).transpose()?, outline) {
            (Some(place), Ok(outline)) => (place, outline, None),
            (Some(place), Err(reason)) => (place, None, Some(reason)),
            (None, Ok(Some(outline))) => (middle(&outline.1), Some(outline), None),
            (None, Ok(None)) => return Err("it has no geometry".into()),
            (None, Err(reason)) => return Err(reason),
        };
        self.refused.extend(fault.map(|reason| Refused { id: feature.id, reason: format!("outline: {reason}") }));
        self.ids.push(feature.id);
        self.places.push(place);
        self.facts.push(feature.facts);
        let row = self.tags.len();
        self.tags.resize(row + self.spec.fields.len(), Tag::NONE);
        for (name, value) in feature.properties {
            let field = self.spec.fields.iter().position(|(field, _)| field == name);
            debug_assert!(field.is_some(), "{name} is no field of {}", self.spec.name);
            if let Some(field) = field {
                self.tags[row + field] = self.interner.tag(value);
            }
        }
        self.push_periods(feature.periods);
        match &outline {
            None => self.push_outline(Kind::None, []),
            Some((kind, paths)) => {
                self.push_outline(*kind, paths.iter().map(|path| (&path.xy[..], &path.weight[..])));
            }
        }
        Ok(())
    }

    /// Takes a feature that is packed already.
    pub(super) fn push_packed(&mut self, packed: &Packed, at: usize) {
        self.ids.push(packed.ids[at]);
        self.places.push(packed.places[at]);
        self.facts.push(Facts { traits: packed.traits[at], groups: packed.groups[at], measure: packed.measures[at] });
        let fields = self.spec.fields.len();
        for tag in &packed.tags[at * fields..(at + 1) * fields] {
            let tag = tag.at().map_or(Tag::NONE, |at| self.interner.encoded(packed.values.get(at)));
            self.tags.push(tag);
        }
        self.push_periods(packed.periods_of(at));
        match packed.outline(at) {
            None => self.push_outline(Kind::None, []),
            Some(outline) => self.push_outline(outline.kind, outline.paths()),
        }
    }

    fn push_periods(&mut self, periods: &[Period]) {
        if self.spec.timed.is_some() {
            self.periods.extend_from_slice(periods);
            self.period_ends.push(self.periods.len() as u32);
        }
    }

    fn push_outline<'a>(&mut self, kind: Kind, paths: impl IntoIterator<Item = (&'a [[f64; 2]], &'a [f32])>) {
        if kind == Kind::None && self.outlines.is_empty() {
            return;
        }
        while self.outlines.len() + 1 < self.ids.len() {
            self.outlines.push(Kind::None, []);
        }
        self.outlines.push(kind, paths);
    }

    /// Puts what was taken in order, and tells what was not.
    pub fn finish(mut self) -> (Packed, Vec<Refused>) {
        let count = self.ids.len();
        while !self.outlines.is_empty() && self.outlines.len() < count {
            self.outlines.push(Kind::None, []);
        }
        // 2³² features would need more memory than the machine has.
        let mut by_id: Vec<u32> = (0u32..).take(count).collect();
        by_id.sort_by_key(|&at| self.ids[at as usize]);
        let mut repeated: Vec<u32> = Vec::new();
        by_id.dedup_by(|at, before| {
            let same = self.ids[*at as usize] == self.ids[*before as usize];
            if same {
                repeated.push(*at);
            }
            same
        });
        for &at in &repeated {
            let reason = "another feature of the source has the same id".to_owned();
            self.refused.push(Refused { id: self.ids[at as usize], reason });
        }
        let mut order: Vec<(u64, u64, u32)> = by_id
            .iter()
            .map(|&at| (z_order(fixed_place(self.places[at as usize])), self.ids[at as usize], at))
            .collect();
        order.sort_unstable();
        let order: Vec<usize> = order.into_iter().map(|(_, _, at)| at as usize).collect();

        let ids = gather(std::mem::take(&mut self.ids), &order);
        let places = gather(std::mem::take(&mut self.places), &order);
        let facts = std::mem::take(&mut self.facts);
        let facts = |at: &usize| facts[*at];
        let fields = self.spec.fields.len();
        let settled =
            |at: &usize| self.tags[at * fields..(at + 1) * fields].iter().map(|&tag| self.interner.settled(tag));
        let tags: Vec<Tag> = order.iter().flat_map(settled).collect();
        self.tags = Vec::new();
        let values = self.interner.finish();
        let (mut periods, mut period_ends) = (Vec::new(), Vec::new());
        if self.spec.timed.is_some() {
            periods.reserve_exact(self.periods.len());
            for &at in &order {
                let start = if at == 0 { 0 } else { self.period_ends[at - 1] as usize };
                periods.extend_from_slice(&self.periods[start..self.period_ends[at] as usize]);
                period_ends.push(periods.len() as u32);
            }
        }
        (self.periods, self.period_ends) = (Vec::new(), Vec::new());
        let mut outlines = Outlines::default();
        if !self.outlines.is_empty() {
            for &at in &order {
                let outline = self.outlines.get(at);
                outlines.push(outline.kind, outline.paths());
            }
            outlines.shrink();
        }
        self.outlines = Outlines::default();
        let mut by_id: Vec<u32> = (0u32..).take(ids.len()).collect();
        by_id.sort_unstable_by_key(|&at| ids[at as usize]);
        let packed = Packed {
            spec: self.spec,
            marks: Marks::new(&places),
            place_index: Index::new(places.iter().map(|&[x, y]| [x, y, x, y])),
            outline_index: Index::new((0..outlines.len()).map(|at| outlines.bounds(at))),
            ids,
            places,
            traits: order.iter().map(|at| facts(at).traits).collect(),
            groups: order.iter().map(|at| facts(at).groups).collect(),
            measures: order.iter().map(|at| facts(at).measure).collect(),
            tags,
            timed_tags: self.timed_tags,
            timed_field: self
                .spec
                .timed
                .and_then(|timed| self.spec.fields.iter().position(|(name, _)| Some(*name) == timed.property)),
            values,
            periods,
            period_ends,
            outlines,
            by_id,
        };
        self.refused.sort_by_key(|refused| refused.id);
        (packed, self.refused)
    }
}

/// Middle of the box around some paths.
fn middle(paths: &[super::shape::Path]) -> [f64; 2] {
    let positions = paths.iter().flat_map(|path| &path.xy);
    let rect = positions.fold(super::index::NOWHERE, |rect, &[x, y]| super::index::around(&rect, &[x, y, x, y]));
    [(rect[0] + rect[2]) / 2.0, (rect[1] + rect[3]) / 2.0]
}

fn gather<T: Copy>(list: Vec<T>, order: &[usize]) -> Vec<T> {
    order.iter().map(|&at| list[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    const SPEC: SourceSpec =
        SourceSpec { name: "things", fields: &[("name", ""), ("rank", ""), ("bad", "")], timed: None };

    fn pack(features: &[(u64, f64, &str)]) -> (Packed, Vec<Refused>) {
        let mut builder = Builder::new(SPEC);
        for &(id, x, name) in features {
            let properties = [("name", name.into()), ("rank", Value::Int(1)), ("bad", Value::Float(f64::NAN))];
            builder.push(&Feature { id, place: Some([x, 53.0]), properties: &properties, ..Feature::default() });
        }
        builder.finish()
    }

    #[test]
    fn features_are_kept_or_reported() {
        let limit = cluster::FEATURE_ID_LIMIT;
        let (packed, refused) =
            pack(&[(2, 18.0, "a"), (1, 19.0, "a"), (2, 18.5, "b"), (3, 200.0, "c"), (limit, 18.0, "a")]);
        assert_eq!((packed.len(), packed.find(1).map(|at| packed.id(at)), packed.find(3)), (2, Some(1), None));
        let two = packed.find(2).unwrap();
        assert!((packed.place(two)[0] - (18.0 / 360.0 + 0.5)).abs() < 1e-12, "the first of the two");
        let tags: Vec<Tag> = (0..3).map(|field| packed.tag(two, field, None)).collect();
        assert!(tags[0].is_shared() && tags[1].is_shared() && tags[2] == Tag::NONE);
        assert_eq!(refused.iter().map(|refused| refused.id).collect::<Vec<_>>(), [2, 3, limit]);
    }

    #[test]
    fn a_bad_outline_leaves_the_place() {
        let good = polygon![(x: 18.0, y: 53.0), (x: 18.1, y: 53.0), (x: 18.1, y: 53.1)];
        let flat = polygon![(x: 18.0, y: 53.0), (x: 18.1, y: 53.0), (x: 18.2, y: 53.0)];
        let mut builder = Builder::new(SPEC);
        let place = Some([18.0, 53.0]);
        builder.push(&Feature { id: 1, place, ..Feature::default() });
        builder.push(&Feature { id: 2, place, outline: Some(flat.clone().into()), ..Feature::default() });
        builder.push(&Feature { id: 3, outline: Some(flat.into()), ..Feature::default() });
        builder.push(&Feature { id: 4, outline: Some(good.into()), ..Feature::default() });
        builder.push(&Feature { id: 5, place, ..Feature::default() });
        builder.push(&Feature { id: 6, ..Feature::default() });
        let (packed, refused) = builder.finish();
        let drawn: Vec<u64> =
            (0..packed.len()).filter(|&at| packed.outline(at).is_some()).map(|at| packed.id(at)).collect();
        assert_eq!((packed.len(), drawn), (4, vec![4]));
        let said: Vec<(u64, &str)> = refused.iter().map(|refused| (refused.id, refused.reason.as_str())).collect();
        let area = "a ring encloses no area";
        assert_eq!(said, [(2, &*format!("outline: {area}")), (3, area), (6, "it has no geometry")]);
    }

    #[test]
    fn a_fingerprint_follows_the_content() {
        let of = |features: &[(u64, f64, &str)], id| {
            let packed = pack(features).0;
            packed.fingerprint(packed.find(id).unwrap())
        };
        let base = of(&[(1, 18.0, "a"), (2, 19.0, "b")], 2);
        assert_eq!(base, of(&[(2, 19.0, "b")], 2), "wherever it is packed");
        assert!(base != of(&[(2, 19.0, "c")], 2) && base != of(&[(2, 19.1, "b")], 2));
        let packed = pack(&[(2, 19.0, "b"), (7, 3.0, "x")]).0;
        let mut builder = Builder::new(SPEC);
        builder.push_packed(&packed, packed.find(2).unwrap());
        assert_eq!(builder.finish().0.fingerprint(0), base);
    }
}
