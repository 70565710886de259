//! Reads vector tiles with geozero's decoder, which shares nothing with our encoder, and checks what the specification asks of a
//! tile beyond being readable.

#![allow(dead_code, reason = "unit and integration tests each use a part of it")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use geo::Geometry;
use geozero::mvt::{Message, Tile, tile};
use geozero::{ToGeo, ToWkt};

/// A layer of a tile.
#[derive(Debug)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Its features, by id.
    pub features: Vec<Feature>,
}

/// A feature of a tile.
#[derive(Debug)]
pub struct Feature {
    /// Its id.
    pub id: u64,
    /// Its properties, values as JSON.
    pub properties: BTreeMap<String, serde_json::Value>,
    /// Its geometry in tile units.
    pub geometry: Geometry<f64>,
    /// The same as text.
    pub wkt: String,
}

impl Feature {
    /// A property that is a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.properties.get(name)?.as_u64()
    }
}

/// The layers of a tile.
///
/// # Errors
/// A sentence, where the tile is not as the specification (2.1) wants it.
pub fn read(bytes: &[u8]) -> Result<Vec<Layer>, String> {
    let tile = Tile::decode(bytes).map_err(|error| error.to_string())?;
    let mut names = HashSet::new();
    let mut layers = Vec::new();
    for layer in &tile.layers {
        let name = &layer.name;
        let demand = |truth: bool, sentence: &str| truth.then_some(()).ok_or_else(|| format!("{name}: {sentence}"));
        demand(names.insert(name.clone()), "two layers have this name")?;
        demand(layer.version == 2, "version is not 2")?;
        demand(layer.extent == Some(4096), "extent is not 4096")?;
        demand(!layer.features.is_empty(), "no features")?;
        demand(layer.keys.iter().collect::<HashSet<_>>().len() == layer.keys.len(), "a key is there twice")?;
        let values: BTreeSet<String> = layer.values.iter().map(|value| format!("{value:?}")).collect();
        demand(values.len() == layer.values.len(), "a value is there twice")?;
        let mut features = Vec::new();
        for feature in &layer.features {
            let mut properties = BTreeMap::new();
            let (pairs, rest) = feature.tags.as_chunks::<2>();
            demand(rest.is_empty(), "a key without a value")?;
            for &[key, value] in pairs {
                let key = layer.keys.get(key as usize).ok_or("a key that is not there")?;
                let value = layer.values.get(value as usize).ok_or("a value that is not there")?;
                demand(properties.insert(key.clone(), json(value)).is_none(), "a feature has a property twice")?;
            }
            demand(!feature.geometry.is_empty(), "a feature without geometry")?;
            features.push(Feature {
                id: feature.id.ok_or("a feature without id")?,
                properties,
                geometry: feature.to_geo().map_err(|error| error.to_string())?,
                wkt: feature.to_wkt().map_err(|error| error.to_string())?,
            });
        }
        features.sort_by_key(|feature| feature.id);
        layers.push(Layer { name: name.clone(), features });
    }
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(layers)
}

/// A tile as text that does not change from run to run: layers by name, features by id, properties by name.
///
/// # Panics
/// Where [`read`] fails.
pub fn describe(bytes: &[u8]) -> String {
    let mut text = String::new();
    for layer in read(bytes).expect("a good tile") {
        writeln!(text, "{} ({})", layer.name, layer.features.len()).expect("memory");
        for feature in layer.features {
            write!(text, "  {} {}", feature.id, feature.wkt).expect("memory");
            for (name, value) in feature.properties {
                write!(text, " {name}={value}").expect("memory");
            }
            text.push('\n');
        }
    }
    text
}

fn json(value: &tile::Value) -> serde_json::Value {
    if let Some(text) = &value.string_value {
        text.as_str().into()
    } else if let Some(number) = value.float_value {
        number.into()
    } else if let Some(number) = value.double_value {
        number.into()
    } else if let Some(number) = value.int_value.or(value.sint_value) {
        number.into()
    } else if let Some(number) = value.uint_value {
        number.into()
    } else {
        value.bool_value.into()
    }
}
