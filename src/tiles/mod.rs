//! The vector-tile engine: features packed in memory, clustered at low zooms, encoded as Mapbox Vector Tiles 2.1.
//!
//! It knows nothing of the domain: a source ([`SourceSpec`]) is a set of [`Feature`]s, a layer ([`LayerSpec`]) is a way to show
//! one, a [`Filter`] lets some of them through. The flow is one way: [`pack`] projects the features and lays them out,
//! [`snapshot`] keeps the state of a source and takes changes, [`cells`] and [`cluster`] group points for the low zooms,
//! [`render`] picks what a tile shows, [`clip`] and [`encode`] write it, [`engine`] caches the result.

pub mod cells;
pub mod clip;
pub mod cluster;
pub mod encode;
mod encoding;
pub mod engine;
pub mod filter;
mod index;
mod mend;
pub mod pack;
pub mod render;
mod shape;
pub mod snapshot;
pub mod tilejson;
mod values;

#[cfg(test)]
#[path = "../../tests/it/decode.rs"]
mod decode;

pub use filter::{Filter, IdSet};

/// Value of a feature's property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Str(&'a str),
    /// Whole number.
    Int(i64),
    /// Number; one that is not finite is left out of the tile.
    Float(f64),
    /// Yes or no.
    Bool(bool),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Str(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

/// One thing on the map, as it comes from the database.
#[derive(Debug, Clone, Default)]
pub struct Feature<'a> {
    /// Stable identifier, unique in the source and below [`cluster::FEATURE_ID_LIMIT`].
    pub id: u64,
    /// Where it is: longitude and latitude, WGS 84 degrees. Without it, the middle of the outline.
    pub place: Option<[f64; 2]>,
    /// Its line or area, WGS 84 degrees, longitude first.
    pub outline: Option<geo::Geometry<f64>>,
    /// Names (of [`SourceSpec::fields`], in their order) and values.
    pub properties: &'a [(&'static str, Value<'a>)],
    /// What filters ask about.
    pub facts: Facts,
    /// When its [`Timed`] property had which value; no two periods overlap.
    pub periods: &'a [Period],
}

/// What a [`Filter`] asks about a feature. Their meaning is the domain's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// One bit for each thing that may be true of it.
    pub traits: u64,
    /// Two numbers of things that it belongs to; 0 for none.
    pub groups: [u32; 2],
    /// A size, in whole units.
    pub measure: u32,
}

/// Days on which a [`Timed`] property had a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day. Days are counted from any one day, the same for all.
    pub from: i32,
    /// Day after the last.
    pub until: i32,
    /// Position of the value in [`Timed::values`].
    pub value: u8,
}

/// A set of features that are loaded together.
#[derive(Debug, Clone, Copy)]
pub struct SourceSpec {
    /// Its name.
    pub name: &'static str,
    /// Properties and what they mean, in the order they are written.
    pub fields: &'static [(&'static str, &'static str)],
    /// What changes with the day.
    pub timed: Option<Timed>,
}

/// Something that is true of a feature on some days only.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    /// Property that it is written as; one of the source's fields.
    pub property: Option<&'static str>,
    /// Its values.
    pub values: &'static [&'static str],
    /// The value on a day in no period, by position.
    pub otherwise: Option<u8>,
    /// Bit of [`Facts::traits`] for the first value; the others follow.
    pub first_trait: u8,
    /// Values that clusters count, one bit for each position.
    pub counted: u8,
}

/// How a layer shows a source.
#[derive(Debug, Clone, Copy)]
pub struct LayerSpec {
    /// Name in tiles and addresses.
    pub name: &'static str,
    /// One sentence for people, in TileJSON.
    pub description: &'static str,
    /// Name of the source.
    pub source: &'static str,
    /// What it shows of the features.
    pub shows: Shows,
    /// Names of the source's fields that it writes.
    pub fields: &'static [&'static str],
    /// Lowest zoom at which the layer is in tiles.
    pub minzoom: u8,
    /// Highest zoom that TileJSON offers; clients enlarge its tiles beyond it, so nothing is simplified from here on.
    pub maxzoom: u8,
}

/// What a layer shows of its features.
#[derive(Debug, Clone, Copy)]
pub enum Shows {
    /// Points, clustered up to [`cluster::MAX_ZOOM`].
    Places {
        /// Property of a cluster with the number of members whose value is among [`Timed::counted`], and what it means.
        counted_as: Option<(&'static str, &'static str)>,
    },
    /// Lines and areas.
    Outlines {
        /// Whether an area too small to see is drawn as a small square rather than left out.
        keep_tiny: bool,
    },
}
