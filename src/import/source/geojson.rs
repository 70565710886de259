//! GeoJSON (RFC 7946): a FeatureCollection, one Feature, or one Feature a line (RFC 8142, with or without its separators). The
//! properties are the columns.

mod geometry;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use geometry::geometry;

use super::encoding::Text;
use super::{Bytes, Fault, MOST_COLUMNS, MOST_ROW_BYTES, Record, Survey, Take};
use crate::import::report::Place;

/// A GeoJSON file that has been looked through.
#[derive(Debug)]
pub struct GeoJson {
    bytes: Bytes,
    text: Text,
}

impl GeoJson {
    /// Reads all of it once: its columns, its coordinate system, and that it is GeoJSON to the end.
    ///
    /// # Errors
    /// Not JSON, or neither a FeatureCollection nor Features.
    pub fn open(bytes: &Bytes, text: Text) -> Result<(Survey, Self), Fault> {
        let json = Self { bytes: bytes.clone(), text };
        let mut columns = BTreeMap::new();
        let mut rows = 0;
        let crs = json.each(&mut |record| {
            rows += 1;
            for name in record.cells.into_keys() {
                let next = columns.len();
                if next <= MOST_COLUMNS {
                    columns.entry(name).or_insert(next);
                }
            }
            true
        })?;
        let srid = match crs.as_deref() {
            None => Some(4326),
            Some(name) if name.ends_with("CRS84") => Some(4326),
            Some(name) => {
                let code = name.rsplit(':').next().and_then(|code| code.parse().ok());
                let reason = || format!("coordinate system {name}; it is none of EPSG");
                Some(
                    code.filter(|_| name.to_ascii_uppercase().contains("EPSG"))
                        .ok_or_else(|| Fault::new(None, reason()))?,
                )
            }
        };
        let mut names: Vec<(usize, String)> = columns.into_iter().map(|(name, at)| (at, name)).collect();
        names.sort_unstable();
        let columns = names.into_iter().map(|(_, name)| name).collect();
        let understood = format!("GeoJSON, {}", text.words());
        Ok((Survey { columns, rows, srid, geometries: true, understood, ..Survey::default() }, json))
    }

    /// Gives its features.
    ///
    /// # Errors
    /// The file can no longer be read.
    pub fn rows(&self, take: &mut Take<'_>) -> Result<(), Fault> {
        self.each(take).map(|_| ())
    }

    /// Gives every feature, and at the end the name of the coordinate system.
    fn each(&self, take: &mut Take<'_>) -> Result<Option<String>, Fault> {
        let at = Rc::new(RefCell::new(At { line: 1, since: 0 }));
        let source = Counted { source: self.text.reader(&self.bytes)?, at: at.clone() };
        let mut json = serde_json::Deserializer::from_reader(source);
        let mut reading = Reading { take, at, number: 0, wanted: true, crs: None, whole: false, since_line: None };
        loop {
            match Top(&mut reading).deserialize(&mut json) {
                _ if !reading.wanted => return Ok(reading.crs),
                done => done.map_err(|error| fault(error, reading.since_line))?,
            }
            match json.end() {
                Ok(()) => return Ok(reading.crs),
                Err(error) if error.is_io() => return Err(fault(error, None)),
                Err(error) if reading.whole => return Err(fault(error, None)),
                // Another feature follows.
                Err(_) => {}
            }
        }
    }
}

/// What is wrong with the file, in our words where it is JSON but no GeoJSON of ours; `since_line` is where what is wrong begins.
fn fault(error: serde_json::Error, since_line: Option<u64>) -> Fault {
    let line = since_line.or(u64::try_from(error.line()).ok());
    if error.is_io() {
        return Fault::from(io::Error::from(error));
    }
    let text = error.to_string();
    if !error.is_data() {
        return Fault::new(line, format!("not valid JSON: {text}"));
    }
    // The line is told beside the reason.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let Some((found, needed)) = text.strip_prefix("invalid type: ").and_then(|text| text.rsplit_once(", expected "))
    else {
        return Fault::new(line, text);
    };
    let found = match found {
        "map" => "an object",
        "sequence" => "a list",
        other => other,
    };
    Fault::new(line, format!("{found} stands where {needed} is needed"))
}

/// Where the reader is: its line, and bytes since the last feature ended.
#[derive(Debug)]
struct At {
    line: u64,
    since: u64,
}

/// Counts lines, takes record separators for space, and ends a feature that does not end by itself.
struct Counted<R> {
    source: R,
    at: Rc<RefCell<At>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(out)?;
        let mut at = self.at.borrow_mut();
        for byte in out.iter_mut().take(read) {
            at.line += u64::from(*byte == b'\n');
            if *byte == 0x1E {
                *byte = b' ';
            }
        }
        at.since += read as u64;
        if at.since > MOST_ROW_BYTES {
            return Err(Fault::new(at.line, format!("a feature is larger than {} MiB", MOST_ROW_BYTES >> 20)).into());
        }
        Ok(read)
    }
}

/// Features on their way.
struct Reading<'a, 't> {
    take: &'a mut Take<'t>,
    at: Rc<RefCell<At>>,
    number: u64,
    wanted: bool,
    crs: Option<String>,
    /// A FeatureCollection was read: nothing may follow.
    whole: bool,
    /// Where an object begins that turned out to be of no use.
    since_line: Option<u64>,
}

impl Reading<'_, '_> {
    fn give(&mut self, mut record: Record, line: u64) {
        self.number += 1;
        record.place = Some(Place { line, feature: Some(self.number) });
        self.at.borrow_mut().since = 0;
        if self.wanted {
            self.wanted = (self.take)(record);
        }
    }
}

/// The outermost object. Its members come in any order, so the features are given before it is known what it is called.
struct Top<'r, 'a, 't>(&'r mut Reading<'a, 't>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON FeatureCollection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reading = self.0;
        let line = reading.at.borrow().line;
        let mut kind: Option<Value> = None;
        let mut features = false;
        let mut feature = Feature::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" if kind.is_some() => return Err(A::Error::custom("the file has \"type\" twice")),
                "type" => kind = Some(map.next_value()?),
                "features" if features => return Err(A::Error::custom("the file has \"features\" twice")),
                "features" => {
                    features = true;
                    reading.whole = true;
                    map.next_value_seed(Features(reading))?;
                }
                "crs" => {
                    let crs: Value = map.next_value()?;
                    reading.crs = crs.pointer("/properties/name").and_then(Value::as_str).map(str::to_owned);
                }
                _ => feature.member(&key, &mut map)?,
            }
        }
        let name = kind.as_ref().and_then(Value::as_str);
        let reason = match (name, features) {
            (Some("FeatureCollection"), true) => return Ok(()),
            (Some("Feature"), false) => {
                feature.kind = kind;
                reading.give(feature.record(), line);
                return Ok(());
            }
            (Some("FeatureCollection"), false) => "the FeatureCollection has no \"features\"".to_owned(),
            (Some(name), _) => format!("a {name} stands where a FeatureCollection is needed"),
            (None, _) => "the file has no \"type\": \"FeatureCollection\"".to_owned(),
        };
        reading.since_line = Some(line);
        Err(A::Error::custom(reason))
    }
}

struct Features<'r, 'a, 't>(&'r mut Reading<'a, 't>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let reading = self.0;
        while let Some((record, line)) = list.next_element_seed(FeatureSeed(&reading.at))? {
            reading.give(record, line);
            if !reading.wanted {
                return Err(A::Error::custom("no more are wanted"));
            }
        }
        Ok(())
    }
}

struct FeatureSeed<'a>(&'a RefCell<At>);

impl<'de> DeserializeSeed<'de> for FeatureSeed<'_> {
    type Value = (Record, u64);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What stands where a feature should.
fn no_feature() -> Record {
    Record { faults: vec![(None, "is not a Feature".to_owned())], ..Record::default() }
}

impl<'de> Visitor<'de> for FeatureSeed<'_> {
    type Value = (Record, u64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a feature")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let line = self.0.borrow().line;
        let mut feature = Feature::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" if feature.kind.is_none() => feature.kind = Some(map.next_value()?),
                _ => feature.member(&key, &mut map)?,
            }
        }
        Ok((feature.record(), line))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok((no_feature(), self.0.borrow().line))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok((no_feature(), self.0.borrow().line))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok((no_feature(), self.0.borrow().line))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok((no_feature(), self.0.borrow().line))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok((no_feature(), self.0.borrow().line))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok((no_feature(), self.0.borrow().line))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok((no_feature(), self.0.borrow().line))
    }
}

/// Members of a feature.
#[derive(Default)]
struct Feature {
    kind: Option<Value>,
    id: Option<Value>,
    properties: Option<Properties>,
    geometry: Option<Value>,
    twice: Vec<String>,
}

impl Feature {
    fn member<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "type" => self.twice.push(key.to_owned()),
            "id" if self.id.is_none() => return map.next_value().map(|id| self.id = Some(id)),
            "properties" if self.properties.is_none() => {
                return map.next_value().map(|all| self.properties = Some(all));
            }
            "geometry" if self.geometry.is_none() => return map.next_value().map(|shape| self.geometry = Some(shape)),
            "id" | "properties" | "geometry" => self.twice.push(key.to_owned()),
            _ => {}
        }
        map.next_value::<IgnoredAny>().map(|_| ())
    }

    fn record(self) -> Record {
        let mut record = Record::default();
        if self.kind.as_ref().and_then(Value::as_str) != Some("Feature") {
            let found = self.kind.map_or("nothing".to_owned(), |kind| kind.to_string());
            record.faults.push((None, format!("\"type\" must be \"Feature\", found {found}")));
        }
        for name in self.twice {
            record.faults.push((None, format!("has \"{name}\" twice")));
        }
        match self.id {
            None | Some(Value::Null) => {}
            Some(Value::String(id)) => drop(record.cells.insert("source_id".to_owned(), id)),
            Some(Value::Number(id)) => drop(record.cells.insert("source_id".to_owned(), id.to_string())),
            Some(_) => record.faults.push((None, "\"id\" must be a text or a number".to_owned())),
        }
        match self.properties {
            None => {}
            Some(Properties { all: Some(properties), twice }) => {
                read_properties(properties, &mut record);
                for name in twice {
                    record.faults.push((None, format!("has the property \"{name}\" twice")));
                }
            }
            Some(Properties { all: None, .. }) => {
                record.faults.push((None, "\"properties\" must be an object".to_owned()));
            }
        }
        match self.geometry.as_ref().map_or(Ok(None), geometry) {
            Ok(geometry) => record.geometry = geometry,
            Err(reason) => record.faults.push((Some("geometry".to_owned()), reason)),
        }
        record
    }
}

/// Properties, and the names that stand there more than once: which of the values holds nobody can say.
struct Properties {
    all: Option<Vec<(String, Value)>>,
    twice: Vec<String>,
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PropertiesVisitor)
    }
}

struct PropertiesVisitor;

impl<'de> Visitor<'de> for PropertiesVisitor {
    type Value = Properties;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
        let (mut all, mut twice) = (Vec::<(String, Value)>::new(), Vec::new());
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if all.iter().any(|(other, _)| *other == name) {
                twice.push(name);
            } else {
                all.push((name, value));
            }
        }
        Ok(Properties { all: Some(all), twice })
    }

    fn visit_unit<E>(self) -> Result<Properties, E> {
        Ok(Properties { all: Some(Vec::new()), twice: Vec::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Properties, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Properties { all: None, twice: Vec::new() })
    }

    fn visit_str<E>(self, _: &str) -> Result<Properties, E> {
        Ok(Properties { all: None, twice: Vec::new() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Properties, E> {
        Ok(Properties { all: None, twice: Vec::new() })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Properties, E> {
        Ok(Properties { all: None, twice: Vec::new() })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Properties, E> {
        Ok(Properties { all: None, twice: Vec::new() })
    }

    fn visit_u64<E>(self, _: u64) -> Result<Properties, E> {
        Ok(Properties { all: None, twice: Vec::new() })
    }
}

fn read_properties(properties: Vec<(String, Value)>, record: &mut Record) {
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

#[cfg(test)]
mod tests {
    use super::*;

    use geo::Point;

    use crate::import::source::{Hints, Source};

    fn read(text: &str) -> Result<(Survey, Vec<Record>), Fault> {
        let source = Source::open("a.geojson", &Bytes::Memory(text.as_bytes().to_vec().into()), &Hints::default())?;
        let mut rows = Vec::new();
        source.rows(&mut |row| {
            rows.push(row);
            true
        })?;
        Ok((source.survey, rows))
    }

    fn collection(features: &str) -> Vec<Record> {
        read(&format!("{{\"type\":\"FeatureCollection\",\n\"features\":[{features}]}}")).expect("a collection").1
    }

    fn only_fault(feature: &str) -> String {
        collection(feature).remove(0).faults.remove(0).1
    }

    #[test]
    fn properties_are_columns_and_lines_are_known() {
        let records = collection(
            "{\"type\":\"Feature\",\"properties\":{\"name\":\"a],{\\\"\",\"n\":1.5,\"ok\":true,\"l\":[\"x\",2],\"e\":null},\n\
             \"geometry\":{\"type\":\"Point\",\"coordinates\":[18.6,53.0,70]}},\n\n\
             {\"type\":\"Feature\",\"id\":7,\"properties\":null,\"geometry\":null}",
        );
        let cells = &records[0].cells;
        assert_eq!((cells["n"].as_str(), cells["ok"].as_str(), cells["l"].as_str()), ("1.5", "true", "x;2"));
        assert_eq!(records[0].geometry, Some(Point::new(18.6, 53.0).into()));
        assert_eq!(records[1].cells["source_id"], "7");
        let lines: Vec<_> = records.iter().map(|record| record.place().line).collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn what_is_no_collection_says_what_it_is() {
        for (text, part) in [
            ("null", "null stands where a GeoJSON FeatureCollection is needed"),
            ("{\"type\":\"Point\"}", "a Point stands where a FeatureCollection is needed"),
            ("{\"type\":\"FeatureCollection\"}", "no \"features\""),
            ("{\"type\":\"FeatureCollection\",\"features\":{}}", "an object stands where a list of features is needed"),
            ("{\"type\":\"FeatureCollection\",\n\"type\":\"x\"}", "\"type\" twice"),
            ("{\"type\" 1}", "line 1 column 9"),
            ("{}", "no \"type\""),
        ] {
            let reason = read(text).expect_err(text).reason;
            assert!(reason.contains(part), "{text}: {reason}");
        }
        let crs = "{\"type\":\"FeatureCollection\",\"features\":[],\"crs\":{\"properties\":{\"name\":\"EPSG:2180\"}}}";
        assert_eq!(read(crs).expect("read").0.srid, Some(2180));
        let lines =
            "{\"type\":\"Feature\",\"properties\":{\"a\":1}}\n\u{1e}{\"type\":\"Feature\",\"properties\":{\"b\":2}}\n";
        let (survey, rows) = read(lines).expect("lines");
        assert_eq!((survey.columns.len(), rows.len(), rows[1].place().line), (2, 2, 2));
    }

    #[test]
    fn a_bad_geometry_is_a_fault_of_its_row() {
        for (geometry, part) in [
            ("{\"type\":\"MultiPolygon\",\"coordinates\":[[[1]]]}", "1 where a list is needed"),
            ("{\"type\":\"Point\",\"coordinates\":[1,\"2\"]}", "\"2\" where a number"),
            ("{\"type\":\"Point\",\"coordinates\":[2]}", "[2] where longitude"),
            ("{\"type\":\"Point\"}", "no \"coordinates\""),
            ("{\"type\":\"Blob\"}", "no type of geometry"),
            ("{\"type\":\"GeometryCollection\",\"geometries\":[]}", "one geometry"),
            ("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}", "not closed"),
            ("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[0,0]]]}", "at least 4"),
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
