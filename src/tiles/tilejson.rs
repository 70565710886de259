//! TileJSON 3.0.0 (<https://github.com/mapbox/tilejson-spec/tree/master/3.0.0>): what a set of tiles offers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LayerSpec, Shows, SourceSpec};
use crate::geo::Bbox;

/// Description of a tile set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TileJson {
    /// Version of the format.
    pub tilejson: &'static str,
    /// Names of the layers.
    pub name: String,
    /// Address scheme: y counts from the north.
    pub scheme: &'static str,
    /// Templates of addresses with `{z}`, `{x}`, `{y}`.
    pub tiles: Vec<String>,
    /// Layers in the tiles.
    pub vector_layers: Vec<VectorLayer>,
    /// West, south, east, north, in degrees.
    pub bounds: [f64; 4],
    /// Lowest zoom with content.
    pub minzoom: u8,
    /// Highest zoom to ask for.
    pub maxzoom: u8,
    /// Whom to name on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
}

/// A layer of a tile set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VectorLayer {
    /// Name in the tiles.
    pub id: &'static str,
    /// What it shows.
    pub description: &'static str,
    /// Lowest zoom at which it is in tiles.
    pub minzoom: u8,
    /// Highest zoom at which it gains detail.
    pub maxzoom: u8,
    /// Properties and what they mean.
    pub fields: BTreeMap<&'static str, &'static str>,
}

impl TileJson {
    /// Describes these layers, served at `template`; without bounds (nothing on the map) it says the whole world.
    pub fn new<'a>(
        layers: impl IntoIterator<Item = (&'a LayerSpec, &'a SourceSpec)>,
        bounds: Option<Bbox>,
        template: String,
    ) -> Self {
        let vector_layers: Vec<VectorLayer> =
            layers.into_iter().map(|(layer, source)| VectorLayer::new(layer, source)).collect();
        Self {
            tilejson: "3.0.0",
            name: vector_layers.iter().map(|layer| layer.id).collect::<Vec<_>>().join(","),
            scheme: "xyz",
            tiles: vec![template],
            bounds: bounds.unwrap_or(Bbox::WORLD).to_array(),
            minzoom: vector_layers.iter().map(|layer| layer.minzoom).min().unwrap_or(0),
            maxzoom: vector_layers.iter().map(|layer| layer.maxzoom).max().unwrap_or(0),
            vector_layers,
            attribution: None,
        }
    }
}

impl VectorLayer {
    fn new(layer: &LayerSpec, source: &SourceSpec) -> Self {
        let written = source.fields.iter().filter(|(name, _)| layer.fields.contains(name));
        let mut fields: BTreeMap<&str, &str> = written.copied().collect();
        if let Shows::Places { counted_as } = layer.shows {
            fields.insert("point_count", "Clusters: number of members");
            fields.insert("expansion_zoom", "Clusters: zoom from which on it is certainly broken up");
            fields.extend(counted_as);
        }
        Self { id: layer.name, description: layer.description, minzoom: layer.minzoom, maxzoom: layer.maxzoom, fields }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_layers() {
        let source = SourceSpec { name: "things", fields: &[("name", "What it is called"), ("rank", "")], timed: None };
        let layer = |name, minzoom, maxzoom| LayerSpec {
            name,
            description: "Things",
            source: "things",
            shows: Shows::Places { counted_as: Some(("free_count", "Clusters: number of free ones")) },
            fields: &["name"],
            minzoom,
            maxzoom,
        };
        let layers = [layer("a", 0, 14), layer("b", 13, 16)];
        let json = TileJson::new(layers.iter().map(|l| (l, &source)), None, "http://localhost/{z}/{x}/{y}".into());
        let json = serde_json::to_value(&json).unwrap();
        assert_eq!(json["tilejson"], "3.0.0");
        assert_eq!((&json["minzoom"], &json["maxzoom"]), (&0.into(), &16.into()));
        assert_eq!(json["vector_layers"][1]["id"], "b");
        assert_eq!(json["vector_layers"][1]["fields"]["name"], "What it is called");
        let fields: Vec<&String> = json["vector_layers"][0]["fields"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["expansion_zoom", "free_count", "name", "point_count"]);
        assert_eq!(json["bounds"][0], -180.0);
        assert!(json.get("attribution").is_none());
    }
}
