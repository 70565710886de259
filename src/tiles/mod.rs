//! The vector-tile engine: features in memory, clustered at low zooms, encoded as Mapbox Vector Tiles 2.1.
//!
//! It knows nothing of the domain: a layer is a [`LayerSpec`], its content a list of [`Feature`]s, a filter a set of
//! feature ids. The flow is one way: [`snapshot`] projects and indexes the features once, [`cluster`] groups points for
//! the low zooms, [`render`] picks what a tile shows, [`clip`] and [`encode`] write it, [`engine`] caches the result.

pub mod clip;
pub mod cluster;
pub mod encode;
pub mod engine;
mod index;
mod mend;
pub mod render;
mod shape;
pub mod snapshot;
pub mod tilejson;

#[cfg(test)]
#[path = "../../tests/it/decode.rs"]
mod decode;

use std::sync::Arc;

use sha2::{Digest, Sha256};

/// Value of a feature's property.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Str(Arc<str>),
    /// Whole number.
    Int(i64),
    /// Number; one that is not finite is left out of the tile.
    Float(f64),
    /// Yes or no.
    Bool(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

/// One thing on the map, as it comes from the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Stable identifier, unique in the layer and below [`cluster::FEATURE_ID_LIMIT`].
    pub id: u64,
    /// WGS 84 degrees, longitude first.
    pub geometry: geo::Geometry<f64>,
    /// Names and values, in the order they are written.
    pub properties: Vec<(&'static str, Value)>,
    /// Whether a cluster adds this member to its [`ClusterSpec::counted_as`].
    pub counted: bool,
}

/// What is fixed about a layer.
#[derive(Debug, Clone, Copy)]
pub struct LayerSpec {
    /// Name in tiles and addresses.
    pub name: &'static str,
    /// One sentence for people, in TileJSON.
    pub description: &'static str,
    /// Lowest zoom at which the layer is in tiles.
    pub minzoom: u8,
    /// Highest zoom that TileJSON offers; clients enlarge its tiles beyond it, so nothing is simplified from here on.
    pub maxzoom: u8,
    /// How its points are clustered; `None` for a layer that is not.
    pub cluster: Option<ClusterSpec>,
    /// Properties and what they mean, for TileJSON; those of clusters too.
    pub fields: &'static [(&'static str, &'static str)],
    /// Whether a polygon too small to see is drawn as a small square rather than left out.
    pub keep_tiny: bool,
}

/// How a layer's points are clustered at zooms up to [`cluster::MAX_ZOOM`].
#[derive(Debug, Clone, Copy)]
pub struct ClusterSpec {
    /// Points nearer than this join, in pixels of a tile 512 pixels wide.
    pub radius_px: f64,
    /// Property with the number of members that are [`Feature::counted`], if the layer has one.
    pub counted_as: Option<&'static str>,
}

/// A filter: the ids of the features that pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdSet {
    ids: Box<[u64]>,
    key: u128,
}

impl IdSet {
    /// The set of these ids, in any order, repeated or not.
    pub fn new(mut ids: Vec<u64>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        let mut hash = Sha256::new();
        for id in &ids {
            hash.update(id.to_le_bytes());
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self { ids: ids.into(), key: u128::from_le_bytes(key) }
    }

    /// Whether the id passes.
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

impl FromIterator<u64> for IdSet {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        Self::new(ids.into_iter().collect())
    }
}
