//! Mapbox Vector Tile 2.1, written straight into bytes.
//!
//! Not with the `mvt` crate: it builds a tree of protobuf messages with several allocations for every feature, which we measured
//! at eight times the cost of writing the fields by hand. The format is small: eight message fields and three commands.
//! Numbers in brackets are sections of <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>.

use std::collections::HashMap;

use super::Value;
use super::clip::{EXTENT, Vertex};

/// Geometry of one feature in whole tile units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// One point or several.
    Points(Vec<Vertex>),
    /// One line or several, each of two vertices or more.
    Lines(Vec<Vec<Vertex>>),
    /// Rings, not closed, each exterior one (positive area) followed by its interiors (negative).
    Polygons(Vec<Vec<Vertex>>),
}

/// Commands of a geometry (4.3.1).
const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

impl Drawn {
    /// Geometry type (4.3.4).
    fn kind(&self) -> u64 {
        match self {
            Self::Points(_) => 1,
            Self::Lines(_) => 2,
            Self::Polygons(_) => 3,
        }
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Points(points) => points.is_empty(),
            Self::Lines(parts) | Self::Polygons(parts) => parts.is_empty(),
        }
    }

    /// Commands and parameters (4.3.1, 4.3.2).
    pub fn commands(&self) -> Vec<u32> {
        let mut pen = Pen::default();
        match self {
            Self::Points(points) => pen.command(MOVE_TO, points),
            Self::Lines(lines) => {
                for line in lines.iter().filter(|line| !line.is_empty()) {
                    pen.command(MOVE_TO, &line[..1]);
                    pen.command(LINE_TO, &line[1..]);
                }
            }
            Self::Polygons(rings) => {
                for ring in rings.iter().filter(|ring| !ring.is_empty()) {
                    pen.command(MOVE_TO, &ring[..1]);
                    pen.command(LINE_TO, &ring[1..]);
                    pen.commands.push(CLOSE_PATH | 1 << 3);
                }
            }
        }
        pen.commands
    }
}

#[derive(Default)]
struct Pen {
    at: Vertex,
    commands: Vec<u32>,
}

impl Pen {
    fn command(&mut self, command: u32, to: &[Vertex]) {
        self.commands.reserve(1 + 2 * to.len());
        self.commands.push(command | (to.len() as u32) << 3);
        for vertex in to {
            for axis in [0, 1] {
                let step = vertex[axis].wrapping_sub(self.at[axis]);
                self.commands.push((step << 1 ^ step >> 31).cast_unsigned());
            }
            self.at = *vertex;
        }
    }
}

/// Writes one layer. Keys and values are given once, as tables of the layer's snapshot; the tile gets those that its
/// features use, each once (4.4).
pub struct LayerWriter<'a> {
    name: &'a str,
    keys: &'a [&'static str],
    values: &'a [Value],
    used_keys: Vec<&'a str>,
    /// Where a value of the table, by its position there, is in the tile.
    value_at: HashMap<u32, u32>,
    /// Where a whole number is in the tile, whether the table or a cluster brought it.
    number_at: HashMap<i64, u32>,
    value_count: u32,
    value_bytes: Vec<u8>,
    features: Vec<u8>,
    tags: Vec<u8>,
    body: Vec<u8>,
}

impl<'a> LayerWriter<'a> {
    /// A layer without features.
    pub fn new(name: &'a str, keys: &'a [&'static str], values: &'a [Value]) -> Self {
        Self {
            name,
            keys,
            values,
            used_keys: Vec::new(),
            value_at: HashMap::new(),
            number_at: HashMap::new(),
            value_count: 0,
            value_bytes: Vec::new(),
            features: Vec::new(),
            tags: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a property to the feature written next, by the positions of its key and value in the tables.
    pub fn tag(&mut self, key: u32, value: u32) {
        let known = self.value_at.get(&value).copied();
        let at = known.unwrap_or_else(|| {
            // A cluster's count may be the same number as a feature's own: one entry serves both.
            let at = match self.values[value as usize] {
                Value::Int(number) => self.number_at(number),
                ref other => self.put(other),
            };
            self.value_at.insert(value, at);
            at
        });
        self.push(self.keys[key as usize], at);
    }

    /// Adds a property that is a number of no table.
    pub fn number(&mut self, key: &'a str, number: u64) {
        let at = self.number_at(number.cast_signed());
        self.push(key, at);
    }

    fn number_at(&mut self, number: i64) -> u32 {
        self.number_at.get(&number).copied().unwrap_or_else(|| {
            let at = self.put(&Value::Int(number));
            self.number_at.insert(number, at);
            at
        })
    }

    /// Writes a value to the tile's table and tells its position there.
    fn put(&mut self, value: &Value) -> u32 {
        put_value(&mut self.value_bytes, value);
        self.value_count += 1;
        self.value_count - 1
    }

    fn push(&mut self, key: &'a str, value: u32) {
        let key = self.key(key);
        varint(&mut self.tags, key.into());
        varint(&mut self.tags, value.into());
    }

    /// A layer has few keys: looking through them is quicker than hashing.
    fn key(&mut self, key: &'a str) -> u32 {
        let at = self.used_keys.iter().position(|used| *used == key).unwrap_or_else(|| {
            self.used_keys.push(key);
            self.used_keys.len() - 1
        });
        at as u32
    }

    /// Writes a feature with the properties added since the last one (4.2); one that draws nothing is left out.
    pub fn feature(&mut self, id: u64, drawn: &Drawn) {
        if !drawn.is_empty() {
            self.body.clear();
            field_varint(&mut self.body, 1, id);
            if !self.tags.is_empty() {
                field_bytes(&mut self.body, 2, &self.tags);
            }
            field_varint(&mut self.body, 3, drawn.kind());
            let commands = drawn.commands();
            let length: usize = commands.iter().map(|&command| varint_length(command.into())).sum();
            key(&mut self.body, 4, 2);
            varint(&mut self.body, length as u64);
            for command in commands {
                varint(&mut self.body, command.into());
            }
            field_bytes(&mut self.features, 2, &self.body);
        }
        self.tags.clear();
    }

    /// Appends the layer to a tile (4.1), unless it has no features.
    pub fn finish(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.features.len() + self.value_bytes.len() + 256);
        field_varint(&mut layer, 15, 2);
        field_bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend_from_slice(&self.features);
        for key in &self.used_keys {
            field_bytes(&mut layer, 3, key.as_bytes());
        }
        layer.extend_from_slice(&self.value_bytes);
        field_varint(&mut layer, 5, EXTENT.unsigned_abs().into());
        field_bytes(tile, 3, &layer);
    }
}

/// A value as field 4 of its layer.
fn put_value(out: &mut Vec<u8>, value: &Value) {
    let mut message = Vec::new();
    match value {
        Value::Str(text) => field_bytes(&mut message, 1, text.as_bytes()),
        Value::Float(number) => {
            key(&mut message, 3, 1);
            message.extend_from_slice(&number.to_le_bytes());
        }
        Value::Int(number) if *number >= 0 => field_varint(&mut message, 4, number.unsigned_abs()),
        // Zigzag: a negative int64 would take ten bytes.
        Value::Int(number) => field_varint(&mut message, 6, (number << 1 ^ number >> 63).cast_unsigned()),
        Value::Bool(truth) => field_varint(&mut message, 7, u64::from(*truth)),
    }
    field_bytes(out, 4, &message);
}

fn key(out: &mut Vec<u8>, field: u32, wire: u32) {
    varint(out, (field << 3 | wire).into());
}

fn field_varint(out: &mut Vec<u8>, field: u32, value: u64) {
    key(out, field, 0);
    varint(out, value);
}

fn field_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    key(out, field, 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiles::decode;
    use geo::{Geometry, LineString, Polygon};
    use geozero::ToGeo;
    use geozero::mvt::{Message, Tile};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn round_trip(values: &[Value]) -> Vec<Json> {
        let mut writer = LayerWriter::new("layer", &["key"], values);
        for at in 0..values.len() {
            writer.tag(0, at as u32);
            writer.feature(at as u64, &Drawn::Points(vec![[1, 2]]));
        }
        let mut tile = Vec::new();
        writer.finish(&mut tile);
        let layer = decode::read(&tile).unwrap().remove(0);
        layer.features.into_iter().map(|mut feature| feature.properties.remove("key").unwrap()).collect()
    }

    #[test]
    fn a_number_of_a_feature_and_of_a_cluster_is_one_value() {
        let mut writer = LayerWriter::new("layer", &["offers"], &[Value::Int(2), Value::Int(3)]);
        writer.tag(0, 0);
        writer.number("point_count", 2);
        writer.number("expansion_zoom", 3);
        writer.tag(0, 1);
        assert_eq!(writer.value_count, 2);
    }

    #[test]
    fn values_of_every_type() {
        let values = [
            Value::from("Żółw"),
            Value::Int(0),
            Value::Int(i64::MAX),
            Value::Int(-5),
            Value::Int(i64::MIN),
            Value::Float(37.8),
            Value::Bool(true),
            Value::Bool(false),
        ];
        let expected = [
            json!("Żółw"),
            json!(0),
            json!(i64::MAX),
            json!(-5),
            json!(i64::MIN),
            json!(37.8),
            json!(true),
            json!(false),
        ];
        assert_eq!(round_trip(&values), expected);
    }

    #[test]
    fn keys_and_values_are_written_once() {
        let values = [Value::from("unused"), Value::from("same")];
        let mut writer = LayerWriter::new("layer", &["unused", "name"], &values);
        for id in 1..=3 {
            writer.tag(1, 1);
            writer.number("point_count", 7);
            writer.number("expansion_zoom", 7);
            writer.feature(id, &Drawn::Points(vec![[5, -5], [4095, 0]]));
        }
        writer.tag(1, 0);
        writer.feature(4, &Drawn::Lines(vec![]));
        let mut tile = Vec::new();
        writer.finish(&mut tile);
        let decoded = Tile::decode(&tile[..]).unwrap();
        assert_eq!(decoded.layers[0].keys, ["name", "point_count", "expansion_zoom"]);
        assert_eq!(decoded.layers[0].features.len(), 3);
        let line = "MULTIPOINT(5 -5,4095 0) expansion_zoom=7 name=\"same\" point_count=7";
        let expected = (1..=3).fold("layer (3)\n".to_owned(), |text, id| text + &format!("  {id} {line}\n"));
        assert_eq!(decode::describe(&tile), expected);
    }

    #[test]
    fn a_layer_without_features_is_no_layer() {
        let mut tile = Vec::new();
        LayerWriter::new("layer", &[], &[]).finish(&mut tile);
        assert!(tile.is_empty());
    }

    /// What a decoded geometry would be to the encoder.
    fn drawn(geometry: Geometry<f64>) -> Option<Drawn> {
        let line = |line: &LineString<f64>| {
            line.0.iter().map(|coord| [coord.x as i32, coord.y as i32]).collect::<Vec<Vertex>>()
        };
        let ring = |ring: &LineString<f64>| {
            let mut ring = line(ring);
            ring.pop();
            ring
        };
        let rings = |polygon: &Polygon<f64>| {
            std::iter::once(ring(polygon.exterior())).chain(polygon.interiors().iter().map(ring)).collect::<Vec<_>>()
        };
        Some(match geometry {
            Geometry::Point(point) => Drawn::Points(vec![[point.x() as i32, point.y() as i32]]),
            Geometry::MultiPoint(points) => {
                Drawn::Points(points.iter().map(|point| [point.x() as i32, point.y() as i32]).collect())
            }
            Geometry::LineString(one) => Drawn::Lines(vec![line(&one)]),
            Geometry::MultiLineString(lines) => Drawn::Lines(lines.iter().map(line).collect()),
            Geometry::Polygon(polygon) => Drawn::Polygons(rings(&polygon)),
            Geometry::MultiPolygon(polygons) => Drawn::Polygons(polygons.iter().flat_map(rings).collect()),
            _ => return None,
        })
    }

    /// The fixtures of the format's authors: what they call valid decodes, and our encoder writes its geometries command for command.
    #[test]
    fn published_fixtures() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/fixtures/mvt");
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("fixture absent: {} (test skipped)", folder.display());
            return;
        };
        let (mut tiles, mut geometries) = (0, 0);
        for path in
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "mvt"))
        {
            let info = std::fs::read_to_string(path.with_extension("info.json"));
            let valid =
                info.map_or(true, |info| serde_json::from_str::<Json>(&info).unwrap()["validity"]["v2"] == true);
            if !valid {
                continue;
            }
            let tile = Tile::decode(&std::fs::read(&path).unwrap()[..]).unwrap();
            tiles += 1;
            for feature in tile.layers.iter().flat_map(|layer| &layer.features) {
                // 050 leaves the range of int32 on purpose, which the decoder does not forgive.
                if path.ends_with("050.mvt") {
                    continue;
                }
                let drawn = drawn(feature.to_geo().unwrap()).unwrap();
                assert_eq!(drawn.commands(), feature.geometry, "{}", path.display());
                geometries += 1;
            }
        }
        assert!(tiles > 20 && geometries > 900, "{tiles} tiles, {geometries} geometries");
    }

    proptest! {
        #[test]
        fn any_vertices_come_back(points in prop::collection::vec(any::<(i16, i16)>(), 1..50), id in any::<u64>()) {
            let points: Vec<Vertex> = points.into_iter().map(|(x, y)| [x.into(), y.into()]).collect();
            let mut writer = LayerWriter::new("layer", &[], &[]);
            let given = if points.len() > 1 { Drawn::Lines(vec![points.clone(), points]) } else { Drawn::Points(points) };
            writer.feature(id, &given);
            let mut tile = Vec::new();
            writer.finish(&mut tile);
            let feature = decode::read(&tile).unwrap().remove(0).features.remove(0);
            prop_assert_eq!(feature.id, id);
            prop_assert_eq!(drawn(feature.geometry), Some(given));
        }

        #[test]
        fn length_of_a_varint(value in any::<u64>(), shift in 0u32..64) {
            let mut bytes = Vec::new();
            varint(&mut bytes, value >> shift);
            prop_assert_eq!(bytes.len(), varint_length(value >> shift));
        }
    }
}
