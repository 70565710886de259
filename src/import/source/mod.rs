//! Files become rows. A file is looked through once, from end to end, before the first of its rows is used: what its columns are
//! called, how it is encoded, which coordinate system it says, and that it is whole. Then its rows come one after the other, so
//! that a file of any length takes the same memory.

mod csv;
mod encoding;
mod geojson;
mod geopackage;
mod shapefile;
mod sheet;
mod zipped;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use geo::{Geometry, LineString};
use serde::{Deserialize, Serialize};

use super::report::{ImportError, Place};

/// Most columns of a file.
const MOST_COLUMNS: usize = 1000;

/// Most bytes of one row or feature: a country's outline in full detail fits, a file without line ends does not.
const MOST_ROW_BYTES: u64 = 32 << 20;

/// What somebody says about a file that the file does not say itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hints {
    /// Name of the encoding: `UTF-8`, `Windows-1250`, `ISO-8859-2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// EPSG code of the coordinate system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub srid: Option<i32>,
    /// Sheet of a workbook, layer of a GeoPackage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// What stands between the fields of a CSV file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// What stands around a field that holds separators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<char>,
}

impl Hints {
    /// These, and where they say nothing, others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            encoding: self.encoding.or(others.encoding),
            srid: self.srid.or(others.srid),
            layer: self.layer.or(others.layer),
            separator: self.separator.or(others.separator),
            quote: self.quote.or(others.quote),
        }
    }
}

/// Where the bytes are.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// In a file.
    File(PathBuf),
    /// In memory.
    Memory(Cow<'static, [u8]>),
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

impl Bytes {
    fn reader(&self) -> io::Result<BufReader<Box<dyn ReadSeek>>> {
        let reader: Box<dyn ReadSeek> = match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
        };
        Ok(BufReader::with_capacity(1 << 16, reader))
    }

    fn start(&self) -> io::Result<Vec<u8>> {
        let mut start = Vec::with_capacity(4096);
        self.reader()?.take(4096).read_to_end(&mut start)?;
        Ok(start)
    }

    fn path(&self) -> Result<&Path, Fault> {
        match self {
            Self::File(path) => Ok(path),
            Self::Memory(_) => Err(Fault::new(None, "this format is read from a file only")),
        }
    }
}

/// What is known about a file before its rows.
#[derive(Debug, Default)]
pub struct Survey {
    /// Names of all columns, in the file's order where it has one.
    pub columns: Vec<String>,
    /// How many rows there are.
    pub rows: u64,
    /// EPSG code that the file gives for its geometries; EWKT gives its own.
    pub srid: Option<i32>,
    /// Well-known text of the coordinate system, where the file gives that instead of a code.
    pub projection: Option<String>,
    /// True when rows have geometries beside their columns.
    pub geometries: bool,
    /// How the file was understood, for the report.
    pub understood: String,
    /// Things worth telling.
    pub notes: Vec<String>,
}

/// One row.
#[derive(Debug, Default)]
pub struct Record {
    /// Where it begins.
    pub place: Option<Place>,
    /// Cells by column; absent = empty.
    pub cells: BTreeMap<String, String>,
    /// Geometry of a feature, in the file's coordinate system until it is brought to WGS 84.
    pub geometry: Option<Geometry<f64>>,
    /// What is wrong with the row before its cells are read: column (where it is one) and reason.
    pub faults: Vec<(Option<String>, String)>,
    /// The cells as the file has them, once a mapping has made others of them.
    pub theirs: Option<BTreeMap<String, String>>,
}

impl Record {
    /// Where the row begins.
    pub fn place(&self) -> Place {
        self.place.unwrap_or(Place { line: 0, feature: None })
    }

    /// True when no cell holds anything, as spreadsheets leave rows behind.
    pub fn is_blank(&self) -> bool {
        self.geometry.is_none() && self.faults.is_empty() && self.cells.values().all(|cell| cell.trim().is_empty())
    }
}

/// The names of columns, and what they are called in the file.
#[derive(Debug, Default)]
pub struct Table {
    /// Names of all columns.
    pub columns: BTreeSet<String>,
    /// Names the file uses for our columns, where they differ.
    pub labels: BTreeMap<String, String>,
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

    pub(super) fn of(self, file: &str) -> ImportError {
        ImportError::Structure { file: file.to_owned(), line: self.line, reason: self.reason }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        // A fault may have come through a reader.
        match error.downcast::<FaultError>() {
            Ok(FaultError(fault)) => fault,
            Err(error) => Self::new(None, error.to_string()),
        }
    }
}

/// A fault on its way through an `io::Read`.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.reason)]
struct FaultError(Fault);

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(FaultError(fault))
    }
}

/// Takes rows; false when no more are wanted.
pub type Take<'a> = dyn FnMut(Record) -> bool + 'a;

/// A file that has been looked through.
#[derive(Debug)]
pub struct Source {
    /// What it is.
    pub survey: Survey,
    format: Format,
}

#[derive(Debug)]
enum Format {
    Csv(csv::Csv),
    GeoJson(geojson::GeoJson),
    Sheet(sheet::Sheet),
    Shapefile(shapefile::Shapes),
    GeoPackage(geopackage::GeoPackage),
}

impl Source {
    /// Looks through a file. Blocks; GeoPackages need a Tokio runtime around the thread.
    ///
    /// # Errors
    /// The file cannot be read, is of no format that is known, is broken, or does not say what it must.
    pub fn open(name: &str, bytes: &Bytes, hints: &Hints) -> Result<Self, Fault> {
        let start = bytes.start()?;
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let is = |wanted: &str| extension.as_deref() == Some(wanted);
        let (survey, format) = if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            match zipped::look(bytes)? {
                zipped::Holds::Workbook => {
                    sheet::Sheet::open(bytes, sheet::Kind::Xlsx, hints).map(wrap(Format::Sheet))?
                }
                zipped::Holds::OpenDocument => {
                    sheet::Sheet::open(bytes, sheet::Kind::Ods, hints).map(wrap(Format::Sheet))?
                }
                zipped::Holds::Shapefile(files) => {
                    shapefile::Shapes::unpack(bytes, &files, hints).map(wrap(Format::Shapefile))?
                }
            }
        } else if start.starts_with(b"SQLite format 3\0") {
            geopackage::GeoPackage::open(bytes.path()?, hints).map(wrap(Format::GeoPackage))?
        } else if start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
            return Err(Fault::new(None, "the file is an old Excel workbook (.xls); save it as .xlsx"));
        } else if is("shp") || start.starts_with(&[0, 0, 0x27, 0x0A]) {
            shapefile::Shapes::beside(bytes.path()?, hints).map(wrap(Format::Shapefile))?
        } else {
            let text = encoding::Text::survey(bytes, hints.encoding.as_deref())?;
            let json = match extension.as_deref() {
                Some("geojson" | "json" | "geojsonl" | "geojsons" | "ndjson" | "jsonl") => true,
                Some("csv" | "tsv" | "txt") => false,
                _ => text.start(bytes)?.trim_start_matches(['\u{1e}', ' ', '\n', '\r', '\t']).starts_with('{'),
            };
            if json {
                geojson::GeoJson::open(bytes, text).map(wrap(Format::GeoJson))?
            } else {
                csv::Csv::open(bytes, text, hints).map(wrap(Format::Csv))?
            }
        };
        if survey.columns.len() > MOST_COLUMNS {
            let reason = format!("the file has {} columns; at most {MOST_COLUMNS} can be read", survey.columns.len());
            return Err(Fault::new(None, reason));
        }
        Ok(Self { survey, format })
    }

    /// Gives the rows, in the file's order. Blocks.
    ///
    /// # Errors
    /// The file can no longer be read.
    pub fn rows(&self, take: &mut Take<'_>) -> Result<(), Fault> {
        match &self.format {
            Format::Csv(csv) => csv.rows(take),
            Format::GeoJson(json) => json.rows(take),
            Format::Sheet(sheet) => sheet.rows(take),
            Format::Shapefile(shapes) => shapes.rows(take),
            Format::GeoPackage(package) => package.rows(take),
        }
    }
}

fn wrap<T>(format: impl FnOnce(T) -> Format) -> impl FnOnce((Survey, T)) -> (Survey, Format) {
    move |(survey, inner)| (survey, format(inner))
}

/// Names of columns must be there, be short and be different.
fn check_header(header: &[String], line: u64) -> Result<(), Fault> {
    if header.iter().all(String::is_empty) {
        return Err(Fault::new(line, "the file is empty; its first line must name the columns"));
    }
    if header.len() > MOST_COLUMNS {
        let reason = format!("the header names {} columns; at most {MOST_COLUMNS} can be read", header.len());
        return Err(Fault::new(line, reason));
    }
    let mut seen = BTreeSet::new();
    for (i, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(Fault::new(line, format!("column {} of the header has no name", i + 1)));
        }
        if !seen.insert(name) {
            return Err(Fault::new(line, format!("the header names column \"{name}\" twice")));
        }
    }
    Ok(())
}

/// A ring whose last position is its first.
pub fn closed(ring: LineString<f64>) -> Result<LineString<f64>, String> {
    if ring.is_closed() {
        Ok(ring)
    } else {
        Err("a ring is not closed: its last position must be its first".to_owned())
    }
}
