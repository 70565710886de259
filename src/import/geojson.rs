//! GeoJSON (RFC 7946): a FeatureCollection in WGS 84, whose properties are the columns.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::report::Place;
use super::source::{Fault, Record, Table};

#[derive(Deserialize)]
#[serde(expecting = "a GeoJSON FeatureCollection")]
struct Collection {
    r#type: Option<Value>,
    crs: Option<Value>,
    features: Option<Vec<FeatureRecord>>,
}

/// A feature, turned into a row as soon as it is read, so that the file's tree never stands in memory whole.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct FeatureRecord(Record);

/// Reads the features of a collection.
///
/// # Errors
/// Not JSON, not a FeatureCollection, or in another coordinate system. A fault within a feature is that row's.
pub fn read(text: &str) -> Result<Table, Fault> {
    let collection: Collection = serde_json::from_str(text)
        .map_err(|error| Fault::new(u64::try_from(error.line()).ok(), format!("not valid GeoJSON: {error}")))?;
    match collection.r#type {
        Some(Value::String(name)) if name == "FeatureCollection" => {}
        Some(Value::String(name)) => {
            return Err(Fault::new(None, format!("the file is a {name}; a FeatureCollection is needed")));
        }
        _ => return Err(Fault::new(None, "the file has no \"type\": \"FeatureCollection\"")),
    }
    if let Some(name) = collection.crs.as_ref().and_then(|crs| crs.pointer("/properties/name")).and_then(Value::as_str)
        && !(name.ends_with("CRS84") || name.ends_with(":4326"))
    {
        return Err(Fault::new(None, format!("coordinate system {name}; convert the file to WGS 84 (EPSG:4326)")));
    }
    let Some(features) = collection.features else {
        return Err(Fault::new(None, "the FeatureCollection has no \"features\""));
    };
    let mut table = Table::default();
    for ((number, line), FeatureRecord(mut record)) in (1..).zip(feature_lines(text)).zip(features) {
        record.place = Some(Place { line, feature: Some(number) });
        table.columns.extend(record.cells.keys().cloned());
        table.records.push(record);
    }
    Ok(table)
}

impl From<Value> for FeatureRecord {
    fn from(value: Value) -> Self {
        let mut record = Record::default();
        let Value::Object(mut feature) = value else {
            record.faults.push((None, "is not a Feature".to_owned()));
            return Self(record);
        };
        if feature.get("type").and_then(Value::as_str) != Some("Feature") {
            let found = feature.get("type").map_or("nothing".to_owned(), Value::to_string);
            record.faults.push((None, format!("\"type\" must be \"Feature\", found {found}")));
        }
        match feature.get("id") {
            None | Some(Value::Null) => {}
            Some(Value::String(id)) => drop(record.cells.insert("source_id".to_owned(), id.clone())),
            Some(Value::Number(id)) => drop(record.cells.insert("source_id".to_owned(), id.to_string())),
            Some(_) => record.faults.push((None, "\"id\" must be a text or a number".to_owned())),
        }
        match feature.remove("properties") {
            None | Some(Value::Null) => {}
            Some(Value::Object(properties)) => read_properties(properties, &mut record),
            Some(_) => record.faults.push((None, "\"properties\" must be an object".to_owned())),
        }
        match feature.get("geometry").map_or(Ok(None), geometry) {
            Ok(geometry) => record.geometry = geometry,
            Err(reason) => record.faults.push((Some("geometry".to_owned()), reason)),
        }
        Self(record)
    }
}

fn read_properties(properties: Map<String, Value>, record: &mut Record) {
    for (name, value) in properties {
        let name = name.trim().to_owned();
        match cell(&value) {
            Some(text) => drop(record.cells.insert(name, text)),
            None => {
                record.cells.insert(name.clone(), String::new());
                record
                    .faults
                    .push((Some(name), "must be a text, a number, true or false, or a list of these".to_owned()));
            }
        }
    }
}

/// A property as the cell of a table would hold it.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(values) => {
            let texts: Option<Vec<_>> = values.iter().filter(|value| !value.is_array()).map(cell).collect();
            texts.filter(|texts| texts.len() == values.len()).map(|texts| texts.join(";"))
        }
        Value::Object(_) => None,
    }
}

/// Line of every element of `features`; the text must have been parsed before.
fn feature_lines(text: &str) -> Vec<u64> {
    let bytes = text.as_bytes();
    let (mut depth, mut inside, mut string) = (0u32, false, None::<usize>);
    let (mut last_string, mut line, mut fresh) = ("", 1, false);
    let mut lines = Vec::new();
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        line += u64::from(byte == b'\n');
        if let Some(start) = string {
            match byte {
                b'\\' => i += 1,
                b'"' => {
                    last_string = text.get(start..i).unwrap_or_default();
                    string = None;
                }
                _ => {}
            }
        } else {
            // An element begins with the first character after `[` or `,` that is no space.
            if inside && depth == 2 && fresh && !byte.is_ascii_whitespace() && byte != b']' {
                lines.push(line);
                fresh = false;
            }
            match byte {
                b'"' => string = Some(i + 1),
                b'{' | b'[' => {
                    depth += 1;
                    if byte == b'[' && depth == 2 && last_string == "features" {
                        (inside, fresh) = (true, true);
                    }
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    inside &= depth >= 2;
                }
                b',' if inside && depth == 2 => fresh = true,
                _ => {}
            }
        }
        i += 1;
    }
    lines
}

/// A geometry; `null` is none.
fn geometry(value: &Value) -> Result<Option<Geometry<f64>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let kind = value.get("type").and_then(Value::as_str).ok_or("the geometry has no \"type\"")?;
    let coordinates = value.get("coordinates");
    let needed = || coordinates.ok_or_else(|| format!("the {kind} has no \"coordinates\""));
    let shape = match kind {
        "Point" => Geometry::Point(Point(position(needed()?)?)),
        "MultiPoint" => Geometry::MultiPoint(MultiPoint(each(needed()?, |value| Ok(Point(position(value)?)))?)),
        "LineString" => Geometry::LineString(line(needed()?, 2)?),
        "MultiLineString" => Geometry::MultiLineString(MultiLineString(each(needed()?, |value| line(value, 2))?)),
        "Polygon" => Geometry::Polygon(polygon(needed()?)?),
        "MultiPolygon" => Geometry::MultiPolygon(MultiPolygon(each(needed()?, polygon)?)),
        "GeometryCollection" => return Err("a GeometryCollection cannot be used; give one geometry".to_owned()),
        other => return Err(format!("\"{other}\" is no type of geometry")),
    };
    Ok(Some(shape))
}

fn each<T>(value: &Value, read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    let values = value.as_array().ok_or_else(|| format!("coordinates: {} where a list is needed", brief(value)))?;
    values.iter().map(read).collect()
}

fn position(value: &Value) -> Result<Coord<f64>, String> {
    let numbers = each(value, |number| {
        number.as_f64().ok_or_else(|| format!("coordinates: {} where a number is needed", brief(number)))
    })?;
    match numbers[..] {
        [x, y] | [x, y, ..] => in_range(x, y),
        _ => Err(format!("coordinates: {} numbers where longitude and latitude are needed", numbers.len())),
    }
}

/// A position in degrees that Web Mercator can show.
pub(super) fn in_range(x: f64, y: f64) -> Result<Coord<f64>, String> {
    if !(-180.0..=180.0).contains(&x) {
        Err(format!("longitude {x} is outside -180 to 180; degrees in WGS 84 are needed, longitude first"))
    } else if !(-85.05..=85.05).contains(&y) {
        Err(format!("latitude {y} is outside -85.05 to 85.05; degrees in WGS 84 are needed, longitude first"))
    } else {
        Ok(Coord { x, y })
    }
}

fn line(value: &Value, least: usize) -> Result<LineString<f64>, String> {
    let line = LineString(each(value, position)?);
    if line.0.len() < least {
        return Err(format!("coordinates: {} positions where at least {least} are needed", line.0.len()));
    }
    Ok(line)
}

fn polygon(value: &Value) -> Result<Polygon<f64>, String> {
    let mut rings = each(value, |ring| closed(line(ring, 4)?))?.into_iter();
    let outer = rings.next().ok_or("coordinates: a polygon without rings")?;
    Ok(Polygon::new(outer, rings.collect()))
}

/// A ring whose last position is its first.
pub(super) fn closed(ring: LineString<f64>) -> Result<LineString<f64>, String> {
    if ring.is_closed() {
        Ok(ring)
    } else {
        Err("a ring is not closed: its last position must be its first".to_owned())
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 { text.chars().take(40).chain(['…']).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(features: &str) -> Table {
        read(&format!("{{\"type\":\"FeatureCollection\",\n\"features\":[{features}]}}")).expect("a collection")
    }

    fn only_fault(feature: &str) -> String {
        let mut table = collection(feature);
        table.records.remove(0).faults.remove(0).1
    }

    #[test]
    fn properties_are_columns_and_lines_are_known() {
        let table = collection(
            "{\"type\":\"Feature\",\"properties\":{\"name\":\"a],{\\\"\",\"n\":1.5,\"ok\":true,\"l\":[\"x\",2],\"e\":null},\n\
             \"geometry\":{\"type\":\"Point\",\"coordinates\":[18.6,53.0,70]}},\n\n\
             {\"type\":\"Feature\",\"id\":7,\"properties\":null,\"geometry\":null}",
        );
        let cells = &table.records[0].cells;
        assert_eq!((cells["n"].as_str(), cells["ok"].as_str(), cells["l"].as_str()), ("1.5", "true", "x;2"));
        assert_eq!(table.records[0].geometry, Some(Point::new(18.6, 53.0).into()));
        assert_eq!(table.records[1].cells["source_id"], "7");
        let lines: Vec<_> = table.records.iter().map(|record| record.place().line).collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn what_is_no_collection_says_what_it_is() {
        for (text, part) in [
            ("null", "expected a GeoJSON FeatureCollection"),
            ("{\"type\":\"Point\"}", "is a Point"),
            ("{\"type\":\"FeatureCollection\"}", "no \"features\""),
            ("{\"type\":\"FeatureCollection\",\"features\":{}}", "expected a sequence"),
            ("{\"type\":\"FeatureCollection\",\n\"type\":\"x\"}", "duplicate field `type` at line 2"),
            ("{\"type\" 1}", "line 1 column 9"),
            ("{}", "no \"type\""),
        ] {
            let reason = read(text).expect_err(text).reason;
            assert!(reason.contains(part), "{text}: {reason}");
        }
        let crs = "{\"type\":\"FeatureCollection\",\"features\":[],\"crs\":{\"properties\":{\"name\":\"EPSG:2180\"}}}";
        assert!(read(crs).expect_err("refused").reason.contains("EPSG:2180"));
    }

    #[test]
    fn a_bad_geometry_is_a_fault_of_its_row() {
        for (geometry, part) in [
            ("{\"type\":\"MultiPolygon\",\"coordinates\":[[[1]]]}", "1 where a list is needed"),
            ("{\"type\":\"Point\",\"coordinates\":[1,\"2\"]}", "\"2\" where a number"),
            ("{\"type\":\"Point\",\"coordinates\":[2]}", "1 numbers"),
            ("{\"type\":\"Point\"}", "no \"coordinates\""),
            ("{\"type\":\"Blob\"}", "no type of geometry"),
            ("{\"type\":\"GeometryCollection\",\"geometries\":[]}", "one geometry"),
            ("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}", "not closed"),
            ("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[0,0]]]}", "at least 4"),
            ("{\"type\":\"Point\",\"coordinates\":[574000,473000]}", "longitude 574000 is outside"),
            ("7", "no \"type\""),
        ] {
            let fault = only_fault(&format!("{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{geometry}}}"));
            assert!(fault.contains(part), "{geometry}: {fault}");
        }
        assert!(only_fault("{\"type\":\"Featre\"}").contains("must be \"Feature\""));
        assert!(only_fault("{\"type\":\"Feature\",\"id\":{}}").contains("\"id\" must be"));
        assert!(only_fault("3").contains("not a Feature"));
    }
}
