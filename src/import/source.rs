//! Files become rows: the bytes are checked to be UTF-8, then read as CSV or GeoJSON.

use std::collections::{BTreeMap, BTreeSet};

use geo::Geometry;

use super::report::Place;
use super::{csv, geojson};

/// Rows of a file, before anything is known about their meaning.
#[derive(Debug, Default)]
pub struct Table {
    /// Names of all columns.
    pub columns: BTreeSet<String>,
    /// Rows in the file's order.
    pub records: Vec<Record>,
    /// Rows that are blank from end to end, as spreadsheets leave them.
    pub blank: Vec<Place>,
    /// Names the file uses for our columns, where they differ.
    pub labels: BTreeMap<String, String>,
}

/// One row.
#[derive(Debug, Default)]
pub struct Record {
    /// Where it begins.
    pub place: Option<Place>,
    /// Cells by column; absent = empty.
    pub cells: BTreeMap<String, String>,
    /// Geometry of a GeoJSON feature.
    pub geometry: Option<Geometry<f64>>,
    /// What is wrong with the row before its cells are read: column (where it is one) and reason.
    pub faults: Vec<(Option<String>, String)>,
}

impl Table {
    /// Gives a column another name, unless that is taken or there is no such column.
    pub fn rename(&mut self, theirs: &str, ours: &str) {
        if self.columns.contains(ours) || !self.columns.remove(theirs) {
            return;
        }
        self.columns.insert(ours.to_owned());
        self.labels.insert(ours.to_owned(), theirs.to_owned());
        for record in &mut self.records {
            if let Some(cell) = record.cells.remove(theirs) {
                record.cells.insert(ours.to_owned(), cell);
            }
        }
    }
}

impl Record {
    /// Where the row begins.
    pub fn place(&self) -> Place {
        self.place.unwrap_or(Place { line: 0, feature: None })
    }
}

/// The file cannot be read as rows: line from 1, where it is one place, and reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: Option<u64>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Fault {
    pub(super) fn new(line: impl Into<Option<u64>>, reason: impl Into<String>) -> Self {
        Self { line: line.into(), reason: reason.into() }
    }
}

/// Reads a file's bytes; its name says the format, and where it does not, the first character does.
///
/// # Errors
/// Not UTF-8, or neither CSV nor a GeoJSON FeatureCollection.
pub fn read(name: &str, bytes: &[u8]) -> Result<Table, Fault> {
    let text = utf8(bytes)?;
    let name = name.to_ascii_lowercase();
    let json = match name.rsplit_once('.') {
        Some((_, "geojson" | "json")) => true,
        Some((_, "csv" | "tsv" | "txt")) => false,
        _ => text.trim_start().starts_with('{'),
    };
    if json { geojson::read(text) } else { csv::read(text) }
}

/// The text without its byte order mark.
fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Fault::new(1, "the file is UTF-16; save it as UTF-8"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let byte = bytes.get(good.len()).copied().unwrap_or_default();
            let reason = format!("byte 0x{byte:02X} is not UTF-8; save the file as UTF-8");
            Err(Fault::new(line_of(good), reason))
        }
    }
}

/// Number of the line that begins or goes on after these bytes.
fn line_of(before: &[u8]) -> u64 {
    before.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_that_is_not_utf8_is_named() {
        let fault = read("a.csv", b"name\nT\xF3ru\n").expect_err("refused");
        assert_eq!(fault, Fault::new(2, "byte 0xF3 is not UTF-8; save the file as UTF-8"));
        assert!(read("a.csv", b"\xFF\xFEn\0").expect_err("refused").reason.contains("UTF-16"));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_column() {
        let table = read("a.csv", "\u{feff}name\nToruń\n".as_bytes()).expect("read");
        assert!(table.columns.contains("name"));
    }

    #[test]
    fn without_an_extension_the_first_character_tells() {
        assert!(read("-", br#" {"type":"FeatureCollection","features":[]}"#).is_ok());
        assert_eq!(read("-", b"name\nA\n").expect("read").records.len(), 1);
    }
}
