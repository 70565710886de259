//! Mapbox Vector Tile 2.1, written straight into bytes.
//!
//! Not with the `mvt` crate. For every property of every feature in every tile it copies the text, copies it once more as a key, and
//! hashes that (SipHash) to find out whether the tile has the value: twelve allocations a feature with six properties, and more than
//! half of its time; the protobuf messages behind it are a seventh. Its interface takes no values that are known already, and here
//! they are: encoded and numbered when they are read, and what only one feature has is not looked for at all. Version 0.15 took
//! seven times our time for a tile of 1,500 points with six properties, and two and a half times for one of as many outlines with
//! three (`tests/bench/encoders.rs`), though it got its vertices ready and ours went the whole way from the index through projection,
//! clipping and mending. Up to version 0.13 it compared each value with all before it, which made the points ten times slower still.
//! It stays the yardstick of the tests below.
//!
//! The format is small: eight message fields and three commands.
//! Numbers in brackets are sections of <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>.

use hashbrown::{HashMap, HashTable};
use xxhash_rust::xxh3::xxh3_64;

use super::Value;
use super::clip::{EXTENT, Vertex};
use super::pack::Packed;
use super::values::Tag;

/// Geometry of one feature in whole tile units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// A point.
    Point(Vertex),
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
            Self::Point(_) => 1,
            Self::Lines(_) => 2,
            Self::Polygons(_) => 3,
        }
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Point(_) => false,
            Self::Lines(parts) | Self::Polygons(parts) => parts.is_empty(),
        }
    }

    /// Commands and parameters (4.3.1, 4.3.2).
    pub fn commands(&self, out: impl FnMut(u32)) {
        let mut pen = Pen { at: [0, 0], out };
        match self {
            Self::Point(point) => pen.command(MOVE_TO, std::slice::from_ref(point)),
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
                    (pen.out)(CLOSE_PATH | 1 << 3);
                }
            }
        }
    }
}

struct Pen<F> {
    at: Vertex,
    out: F,
}

impl<F: FnMut(u32)> Pen<F> {
    fn command(&mut self, command: u32, to: &[Vertex]) {
        (self.out)(command | (to.len() as u32) << 3);
        for vertex in to {
            for axis in [0, 1] {
                let step = vertex[axis].wrapping_sub(self.at[axis]);
                (self.out)((step << 1 ^ step >> 31).cast_unsigned());
            }
            self.at = *vertex;
        }
    }
}

/// Writes one layer. The tile gets the keys and values that its features use, each once (4.4).
pub(super) struct LayerWriter<'a> {
    name: &'a str,
    /// Whether all values come from one table, which holds each once.
    one_table: bool,
    used_keys: Vec<&'a str>,
    /// Where a value of a table, by its position there, is in the tile; for each part of a snapshot.
    known: [HashMap<u32, u32>; 2],
    /// Values in the tile by their bytes; looked at only where they come from several tables.
    by_bytes: HashTable<u32>,
    value_ends: Vec<u32>,
    value_bytes: Vec<u8>,
    features: Vec<u8>,
    tags: Vec<u8>,
    body: Vec<u8>,
    geometry: Vec<u8>,
}

impl<'a> LayerWriter<'a> {
    /// A layer without features; `one_table` if it gets values of features of one part of a snapshot only, and no others.
    pub(super) fn new(name: &'a str, one_table: bool) -> Self {
        Self {
            name,
            one_table,
            used_keys: Vec::new(),
            known: Default::default(),
            by_bytes: HashTable::new(),
            value_ends: Vec::new(),
            value_bytes: Vec::new(),
            features: Vec::new(),
            tags: Vec::new(),
            body: Vec::new(),
            geometry: Vec::new(),
        }
    }

    /// Adds a property of a packed feature to the feature written next.
    pub(super) fn tag(&mut self, key: &'a str, part: usize, packed: &Packed, tag: Tag) {
        let Some(at) = tag.at() else { return };
        let value = if self.one_table && !tag.is_shared() {
            self.put(packed.value(at))
        } else if let Some(&known) = self.known[part].get(&at) {
            known
        } else {
            let value = self.put_once(packed.value(at));
            self.known[part].insert(at, value);
            value
        };
        self.push(key, value);
    }

    /// Adds a property that is a number of no table.
    pub(super) fn number(&mut self, key: &'a str, number: u64) {
        let mut bytes = Vec::with_capacity(16);
        put_value(&mut bytes, &Value::Int(number.cast_signed()));
        let value = self.put_once(&bytes);
        self.push(key, value);
    }

    /// The position in the tile of a value, which is written if it is not there.
    fn put_once(&mut self, bytes: &[u8]) -> u32 {
        if self.one_table {
            return self.put(bytes);
        }
        let hash = xxh3_64(bytes);
        let Self { by_bytes, value_ends, value_bytes, .. } = self;
        if let Some(&at) = by_bytes.find(hash, |&at| slice(value_bytes, value_ends, at) == bytes) {
            return at;
        }
        let at = self.put(bytes);
        let Self { by_bytes, value_ends, value_bytes, .. } = self;
        by_bytes.insert_unique(hash, at, |&at| xxh3_64(slice(value_bytes, value_ends, at)));
        at
    }

    /// Writes a value to the tile's table and tells its position there.
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.value_bytes.extend_from_slice(bytes);
        self.value_ends.push(self.value_bytes.len() as u32);
        self.value_ends.len() as u32 - 1
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
    pub(super) fn feature(&mut self, id: u64, drawn: &Drawn) {
        if !drawn.is_empty() {
            let Self { body, geometry, tags, features, .. } = self;
            body.clear();
            geometry.clear();
            drawn.commands(|command| varint(geometry, command.into()));
            field_varint(body, 1, id);
            if !tags.is_empty() {
                field_bytes(body, 2, tags);
            }
            field_varint(body, 3, drawn.kind());
            field_bytes(body, 4, geometry);
            field_bytes(features, 2, body);
        }
        self.tags.clear();
    }

    /// Appends the layer to a tile (4.1), unless it has no features.
    pub(super) fn finish(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut head = Vec::with_capacity(64);
        field_varint(&mut head, 15, 2);
        field_bytes(&mut head, 1, self.name.as_bytes());
        let mut tail = Vec::with_capacity(256);
        for key in &self.used_keys {
            field_bytes(&mut tail, 3, key.as_bytes());
        }
        let mut extent = Vec::with_capacity(4);
        field_varint(&mut extent, 5, EXTENT.unsigned_abs().into());
        let parts = [&head, &self.features, &tail, &self.value_bytes, &extent];
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        tile.reserve(length + 8);
        key(tile, 3, 2);
        varint(tile, length as u64);
        parts.iter().for_each(|part| tile.extend_from_slice(part));
    }
}

fn slice<'b>(bytes: &'b [u8], ends: &[u32], at: u32) -> &'b [u8] {
    let at = at as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] as usize };
    &bytes[start..ends[at] as usize]
}

/// A value as field 4 of its layer.
pub(super) fn put_value(out: &mut Vec<u8>, value: &Value<'_>) {
    let mut message = Vec::new();
    match value {
        Value::Str(text) => {
            // Most values are text: no detour for them.
            let length = text.len() as u64;
            key(out, 4, 2);
            varint(out, 1 + varint_length(length) as u64 + length);
            return field_bytes(out, 1, text.as_bytes());
        }
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
    use crate::tiles::pack::Builder;
    use crate::tiles::{Feature, SourceSpec, decode};
    use geo::{Geometry, LineString, Polygon};
    use geozero::ToGeo;
    use geozero::mvt::{Message, Tile};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    const SPEC: SourceSpec = SourceSpec { name: "things", fields: &[("key", ""), ("other", "")], timed: None };

    /// Features with these properties, ids from 1.
    fn pack(features: &[&[(&'static str, Value<'_>)]]) -> Packed {
        let mut builder = Builder::new(SPEC);
        for (id, properties) in (1..).zip(features) {
            builder.push(&Feature { id, place: Some([18.0, 53.0]), properties, ..Feature::default() });
        }
        builder.finish().0
    }

    fn write<'a>(writer: &mut LayerWriter<'a>, packed: &'a Packed, part: usize) {
        for at in 0..packed.len() {
            for (field, (key, _)) in SPEC.fields.iter().enumerate() {
                writer.tag(key, part, packed, packed.tag(at, field, None));
            }
            writer.feature(packed.id(at), &Drawn::Point([1, 2]));
        }
    }

    fn finish(writer: LayerWriter<'_>) -> Vec<u8> {
        let mut tile = Vec::new();
        writer.finish(&mut tile);
        tile
    }

    fn round_trip(values: &[Value<'_>]) -> Vec<Json> {
        let features: Vec<[(&str, Value<'_>); 1]> = values.iter().map(|value| [("key", *value)]).collect();
        let packed = pack(&features.iter().map(|one| &one[..]).collect::<Vec<_>>());
        let mut writer = LayerWriter::new("layer", true);
        write(&mut writer, &packed, 0);
        let layer = decode::read(&finish(writer)).unwrap().remove(0);
        layer.features.into_iter().map(|mut feature| feature.properties.remove("key").unwrap()).collect()
    }

    #[test]
    fn values_of_several_tables_are_written_once() {
        let first = pack(&[&[("key", Value::Int(2))], &[("key", "a".into()), ("other", "a".into())]]);
        let second = pack(&[&[("key", "b".into())], &[("other", "a".into())]]);
        let mut writer = LayerWriter::new("layer", false);
        write(&mut writer, &first, 0);
        write(&mut writer, &second, 1);
        writer.number("point_count", 2);
        writer.number("expansion_zoom", 3);
        writer.feature(1 << 52, &Drawn::Point([1, 2]));
        let tile = Tile::decode(&finish(writer)[..]).unwrap();
        assert_eq!((tile.layers[0].values.len(), tile.layers[0].keys.len()), (4, 4));
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
        let same: &[(&str, Value<'_>)] = &[("other", "same".into())];
        let packed = pack(&[same, same, same]);
        let mut writer = LayerWriter::new("layer", true);
        write(&mut writer, &packed, 0);
        writer.tag("key", 0, &packed, packed.tag(0, 1, None));
        writer.feature(4, &Drawn::Lines(vec![]));
        let tile = finish(writer);
        let decoded = Tile::decode(&tile[..]).unwrap();
        assert_eq!((decoded.layers[0].features.len(), decoded.layers[0].values.len()), (3, 1));
        let expected =
            (1..=3).fold("layer (3)\n".to_owned(), |text, id| text + &format!("  {id} POINT(1 2) other=\"same\"\n"));
        assert_eq!(decode::describe(&tile), expected);
    }

    #[test]
    fn a_layer_without_features_is_no_layer() {
        let mut tile = Vec::new();
        LayerWriter::new("layer", true).finish(&mut tile);
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
            Geometry::Point(point) => Drawn::Point([point.x() as i32, point.y() as i32]),
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
                // Several points in one feature are never written.
                let Some(drawn) = drawn(feature.to_geo().unwrap()) else { continue };
                let mut commands = Vec::new();
                drawn.commands(|command| commands.push(command));
                assert_eq!(commands, feature.geometry, "{}", path.display());
                geometries += 1;
            }
        }
        assert!(tiles > 20 && geometries > 900, "{tiles} tiles, {geometries} geometries");
    }

    /// What a property may be, of every type in turn.
    type Any = (u8, String, i64, f64, bool);

    fn value((kind, text, whole, number, truth): &Any) -> Value<'_> {
        match kind {
            0 => text.as_str().into(),
            1 => Value::Int(*whole),
            2 => Value::Float(*number),
            _ => Value::Bool(*truth),
        }
    }

    fn any_value() -> impl Strategy<Value = Any> {
        (0u8..4, "[aż]{0,2}", prop_oneof![-2i64..3, any::<i64>()], prop::num::f64::NORMAL, any::<bool>())
    }

    /// A point, lines that turn at every vertex, or houses some of which have a yard. The crate leaves out vertices that say nothing,
    /// and takes a part that begins where the last one ended for its continuation: there are none here.
    fn any_drawn() -> impl Strategy<Value = Drawn> {
        let axis = || -64i32..4160;
        let step = || prop_oneof![-90i32..0, 1..90i32];
        let steps = prop::collection::vec(prop::collection::vec((step(), step()), 2..6), 1..4);
        let lines = (axis(), axis(), steps).prop_map(|(mut x, mut y, lines)| {
            let mut walk = |(dx, dy)| {
                (x, y) = (x + dx, y + dy);
                [x, y]
            };
            Drawn::Lines(lines.into_iter().map(|line| line.into_iter().map(&mut walk).collect()).collect())
        });
        let house = (axis(), axis(), 6i32..60, 6i32..60, any::<bool>());
        let houses = prop::collection::vec(house, 1..4).prop_map(|houses| {
            let rings = houses.into_iter().enumerate().flat_map(|(at, (x, y, a, b, yard))| {
                let x = x + 5000 * at as i32;
                let walls = vec![[x, y], [x + a, y + 1], [x + a - 2, y + b], [x - 1, y + b + 1]];
                std::iter::once(walls).chain(yard.then(|| vec![[x + 1, y + 2], [x + 2, y + 4], [x + 3, y + 3]]))
            });
            Drawn::Polygons(rings.collect())
        });
        prop_oneof![(axis(), axis()).prop_map(|(x, y)| Drawn::Point([x, y])), lines, houses]
    }

    /// The layer as the `mvt` crate writes it.
    fn by_the_crate(features: &[(Drawn, [Option<Any>; 2])]) -> Result<Vec<u8>, mvt::Error> {
        let mut tile = mvt::Tile::new(EXTENT.unsigned_abs());
        let mut layer = tile.create_layer("layer");
        for (id, (drawn, values)) in (1..).zip(features) {
            let (kind, parts) = match drawn {
                Drawn::Point(point) => (mvt::GeomType::Point, vec![vec![*point]]),
                Drawn::Lines(lines) => (mvt::GeomType::Linestring, lines.clone()),
                Drawn::Polygons(rings) => (mvt::GeomType::Polygon, rings.clone()),
            };
            let mut geometry = mvt::GeomEncoder::new(kind);
            for (at, part) in parts.iter().enumerate() {
                part.iter().try_for_each(|[x, y]| geometry.add_point(*x, *y))?;
                if at + 1 < parts.len() {
                    geometry.complete_geom()?;
                }
            }
            let mut feature = layer.into_feature(geometry.encode()?);
            feature.set_id(id);
            for ((key, _), any) in SPEC.fields.iter().zip(values) {
                match any.as_ref().map(value) {
                    None => {}
                    Some(Value::Str(text)) => feature.add_tag_string(key, text),
                    Some(Value::Int(number)) if number < 0 => feature.add_tag_sint(key, number),
                    Some(Value::Int(number)) => feature.add_tag_uint(key, number.unsigned_abs()),
                    Some(Value::Float(number)) => feature.add_tag_double(key, number),
                    Some(Value::Bool(truth)) => feature.add_tag_bool(key, truth),
                }
            }
            layer = feature.into_layer();
        }
        tile.add_layer(layer)?;
        tile.to_bytes()
    }

    proptest! {
        /// The `mvt` crate is the yardstick: it shares nothing with this encoder but the format.
        #[test]
        fn reads_as_what_the_mvt_crate_writes(
            features in prop::collection::vec((any_drawn(), prop::array::uniform2(prop::option::of(any_value()))), 1..20),
        ) {
            let mut builder = Builder::new(SPEC);
            for (id, (_, values)) in (1..).zip(&features) {
                let named = SPEC.fields.iter().zip(values);
                let properties: Vec<_> = named.filter_map(|((key, _), any)| Some((*key, value(any.as_ref()?)))).collect();
                builder.push(&Feature { id, place: Some([18.0, 53.0]), properties: &properties, ..Feature::default() });
            }
            let packed = builder.finish().0;
            let mut writer = LayerWriter::new("layer", true);
            for (id, (drawn, _)) in (1..).zip(&features) {
                let at = packed.find(id).unwrap();
                for (field, (key, _)) in SPEC.fields.iter().enumerate() {
                    writer.tag(key, 0, &packed, packed.tag(at, field, None));
                }
                writer.feature(id, drawn);
            }
            prop_assert_eq!(decode::describe(&finish(writer)), decode::describe(&by_the_crate(&features).unwrap()));
        }

        #[test]
        fn any_vertices_come_back(points in prop::collection::vec(any::<(i16, i16)>(), 1..50), id in any::<u64>()) {
            let points: Vec<Vertex> = points.into_iter().map(|(x, y)| [x.into(), y.into()]).collect();
            let mut writer = LayerWriter::new("layer", true);
            let given = if points.len() > 1 { Drawn::Lines(vec![points.clone(), points]) } else { Drawn::Point(points[0]) };
            writer.feature(id, &given);
            let feature = decode::read(&finish(writer)).unwrap().remove(0).features.remove(0);
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
