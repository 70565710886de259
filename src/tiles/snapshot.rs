//! What a layer shows, held in memory: features projected once, indexed, never changed; a new state is a new snapshot.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::index::{Index, Rect};
use super::shape::Shape;
use super::{Feature, LayerSpec, Value, cluster};
use crate::geo::{Bbox, from_world};

/// A feature as tiles need it.
#[derive(Debug)]
pub(super) struct Item {
    /// Feature id.
    pub id: u64,
    /// Geometry in world coordinates.
    pub shape: Shape,
    /// Positions in [`Snapshot::keys`] and [`Snapshot::values`].
    pub tags: Box<[(u32, u32)]>,
    /// See [`Feature::counted`].
    pub counted: bool,
}

/// State of a layer at one moment.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) spec: LayerSpec,
    /// Ascending by id.
    pub(super) items: Box<[Item]>,
    pub(super) index: Index,
    /// Names of properties, each once.
    pub(super) keys: Vec<&'static str>,
    /// Values of properties, each once.
    pub(super) values: Vec<Value>,
    version: u64,
}

/// A feature that is not on the map, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Id of the feature.
    pub id: u64,
    /// A sentence.
    pub reason: String,
}

impl Snapshot {
    /// Projects and indexes the features. Those that cannot be drawn (empty, out of range, twice the same id …) are left
    /// out and reported; the rest is on the map.
    pub fn build(spec: LayerSpec, features: impl IntoIterator<Item = Feature>) -> (Self, Vec<Refused>) {
        let mut features: Vec<Feature> = features.into_iter().collect();
        features.sort_by_key(|feature| feature.id);
        let (mut keys, mut values) = (Interner::default(), Interner::default());
        let mut items: Vec<Item> = Vec::with_capacity(features.len());
        let mut refused = Vec::new();
        for feature in features {
            let repeated = items.last().is_some_and(|last| last.id == feature.id);
            let shape = if repeated {
                Err("another feature of the layer has the same id".into())
            } else if feature.id >= cluster::FEATURE_ID_LIMIT {
                Err(format!("ids must be below {}", cluster::FEATURE_ID_LIMIT))
            } else if spec.cluster.is_some() && !matches!(feature.geometry, geo::Geometry::Point(_)) {
                Err("a clustered layer takes single points".into())
            } else {
                Shape::project(&feature.geometry)
            };
            match shape {
                Err(reason) => refused.push(Refused { id: feature.id, reason }),
                Ok(shape) => {
                    let drawn = |value: &Value| !matches!(value, Value::Float(number) if !number.is_finite());
                    let tags = feature.properties.into_iter().filter(|(_, value)| drawn(value));
                    let tags =
                        tags.map(|(key, value)| (keys.position(key, key), values.position(unique(&value), value)));
                    items.push(Item { id: feature.id, tags: tags.collect(), shape, counted: feature.counted });
                }
            }
        }
        let boxes: Vec<Rect> = items.iter().map(|item| item.shape.bounds()).collect();
        let (keys, values) = (keys.list, values.list);
        let version = digest(&items, &keys, &values);
        (Self { spec, items: items.into(), index: Index::new(&boxes), keys, values, version }, refused)
    }

    /// The layer.
    pub fn spec(&self) -> &LayerSpec {
        &self.spec
    }

    /// Number of features on the map.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is on the map.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Box around all features; `None` when there are none.
    pub fn bounds(&self) -> Option<Bbox> {
        self.index.bounds().map(|[x0, y0, x1, y1]| {
            let ((west, north), (east, south)) = (from_world(x0, y0), from_world(x1, y1));
            Bbox { west, south, east, north }
        })
    }

    /// Digest of the content: the same on every server and after every start that loads the same rows, so that an
    /// address carrying it can be cached for ever.
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// A list without repetitions, and where in it everything is.
struct Interner<K, V> {
    positions: HashMap<K, u32>,
    list: Vec<V>,
}

impl<K, V> Default for Interner<K, V> {
    fn default() -> Self {
        Self { positions: HashMap::new(), list: Vec::new() }
    }
}

impl<K: std::hash::Hash + Eq, V> Interner<K, V> {
    fn position(&mut self, key: K, value: V) -> u32 {
        *self.positions.entry(key).or_insert_with(|| {
            self.list.push(value);
            // A list of 2³² different values would need more memory than the features themselves.
            (self.list.len() - 1) as u32
        })
    }
}

/// What makes two values the same; numbers by their bits.
#[derive(PartialEq, Eq, Hash)]
enum Unique {
    Str(Arc<str>),
    Int(i64),
    Float(u64),
    Bool(bool),
}

fn unique(value: &Value) -> Unique {
    match value {
        Value::Str(text) => Unique::Str(text.clone()),
        Value::Int(number) => Unique::Int(*number),
        Value::Float(number) => Unique::Float(number.to_bits()),
        Value::Bool(truth) => Unique::Bool(*truth),
    }
}

fn digest(items: &[Item], keys: &[&'static str], values: &[Value]) -> u64 {
    let mut hash = Sha256::new();
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for item in items {
        hash.update(item.id.to_le_bytes());
        hash.update([
            u8::from(item.counted),
            match item.shape {
                Shape::Points(_) => 1,
                Shape::Lines(_) => 2,
                Shape::Rings(_) => 3,
            },
        ]);
        hash.update((item.tags.len() as u64).to_le_bytes());
        for &(key, value) in &item.tags {
            hash.update(key.to_le_bytes());
            hash.update(value.to_le_bytes());
        }
        let mut count = 0u64;
        for [x, y] in item.shape.positions() {
            hash.update(x.to_le_bytes());
            hash.update(y.to_le_bytes());
            count += 1;
        }
        hash.update(count.to_le_bytes());
    }
    for key in keys {
        text(&mut hash, key);
    }
    for value in values {
        match value {
            Value::Str(value) => text(&mut hash, value),
            Value::Int(number) => hash.update(number.to_le_bytes()),
            Value::Float(number) => hash.update(number.to_le_bytes()),
            Value::Bool(truth) => hash.update([u8::from(*truth)]),
        }
    }
    let mut version = [0; 8];
    version.copy_from_slice(&hash.finalize()[..8]);
    u64::from_le_bytes(version)
}

/// The current snapshot of a layer. Readers take a reference and keep it; a replacement never makes them wait, since the lock
/// is held only to copy a pointer.
#[derive(Debug)]
pub struct Current(RwLock<Arc<Snapshot>>);

impl Current {
    /// Starts with this snapshot.
    pub fn new(snapshot: Snapshot) -> Self {
        Self(RwLock::new(Arc::new(snapshot)))
    }

    /// The snapshot of this moment.
    pub fn load(&self) -> Arc<Snapshot> {
        // A pointer copy cannot leave anything half done, so a poisoned lock is as good as any.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces it.
    pub fn store(&self, snapshot: Snapshot) {
        self.share(Arc::new(snapshot));
    }

    /// Replaces it with one that is current elsewhere too.
    pub fn share(&self, snapshot: Arc<Snapshot>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::point;

    const SPEC: LayerSpec = LayerSpec {
        name: "points",
        description: "",
        minzoom: 0,
        maxzoom: 14,
        cluster: None,
        fields: &[],
        keep_tiny: false,
    };

    fn feature(id: u64, x: f64, name: &str) -> Feature {
        let properties = vec![("name", name.into()), ("rank", Value::Int(1)), ("bad", Value::Float(f64::NAN))];
        Feature { id, geometry: point!(x: x, y: 53.0).into(), properties, counted: false }
    }

    #[test]
    fn features_are_kept_or_reported() {
        let mut bad_id = feature(cluster::FEATURE_ID_LIMIT, 18.0, "a");
        bad_id.counted = true;
        let features =
            [feature(2, 18.0, "a"), feature(1, 19.0, "a"), feature(2, 18.5, "b"), feature(3, 200.0, "c"), bad_id];
        let (snapshot, refused) = Snapshot::build(SPEC, features);
        assert_eq!(snapshot.items.iter().map(|item| item.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(snapshot.keys, ["name", "rank"]);
        assert_eq!(snapshot.values, ["a".into(), Value::Int(1)]);
        assert_eq!(refused.iter().map(|refused| refused.id).collect::<Vec<_>>(), [2, 3, cluster::FEATURE_ID_LIMIT]);
        let bounds = snapshot.bounds().unwrap();
        assert!((bounds.west - 18.0).abs() < 1e-9 && (bounds.east - 19.0).abs() < 1e-9);
        assert!(Snapshot::build(SPEC, []).0.bounds().is_none());
    }

    #[test]
    fn version_follows_the_content() {
        let version = |features: Vec<Feature>| Snapshot::build(SPEC, features).0.version();
        let base = version(vec![feature(1, 18.0, "a"), feature(2, 19.0, "b")]);
        assert_eq!(base, version(vec![feature(2, 19.0, "b"), feature(1, 18.0, "a")]), "order of rows does not matter");
        assert_ne!(base, version(vec![feature(1, 18.0, "a"), feature(2, 19.0, "c")]));
        assert_ne!(base, version(vec![feature(1, 18.0, "a"), feature(2, 19.1, "b")]));
        assert_ne!(base, version(vec![feature(1, 18.0, "a")]));
    }

    #[test]
    fn a_reader_keeps_its_snapshot() {
        let current = Current::new(Snapshot::build(SPEC, [feature(1, 18.0, "a")]).0);
        let before = current.load();
        current.store(Snapshot::build(SPEC, []).0);
        assert_eq!((before.len(), current.load().len()), (1, 0));
    }
}
