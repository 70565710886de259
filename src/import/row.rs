//! One row under reading: cells become values, and every fault is kept.

use geo::{CoordsIter, Geometry, InteriorPoint, MultiPolygon, Point};
use geozero::{CoordDimensions, ToWkb};
use serde::{Serialize, Serializer};
use time::Date;

use super::project::degrees_in_range;
use super::report::Refusal;
use super::source::{Record, Table};
use super::{value, wkt};

/// A geometry as PostGIS reads it out of JSON: hexadecimal EWKB, WGS 84.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape(pub Geometry<f64>);

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.to_ewkb(CoordDimensions::xy(), Some(4326)).map_err(serde::ser::Error::custom)?;
        let hex = bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            for half in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
            hex
        });
        serializer.serialize_str(&hex)
    }
}

/// A day that serialises as PostgreSQL reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Date's own display is YYYY-MM-DD.
        serializer.collect_str(&self.0)
    }
}

/// Where a row's geometry may stand; it is read before the other cells.
const PLACES: [&str; 5] = ["geometry", "x", "y", "point", "wkt"];

/// Reads a record cell by cell and collects what is wrong.
#[derive(Debug)]
pub struct Row<'a> {
    record: &'a Record,
    table: &'a Table,
    /// What is wrong so far.
    pub faults: Vec<Refusal>,
}

impl<'a> Row<'a> {
    /// Begins to read; faults of the row's structure are there at once, but those in columns that nobody reads are not.
    pub fn new(table: &'a Table, record: &'a Record, columns: &[&str]) -> Self {
        let mut row = Self { record, table, faults: Vec::new() };
        for (column, reason) in &record.faults {
            let read = |column: &str| PLACES.contains(&column) || columns.contains(&column);
            if column.as_deref().is_none_or(read) {
                row.refuse(column.as_deref(), None, reason.clone());
            }
        }
        row
    }

    /// Adds a fault. Columns are shown as the file names them.
    pub fn refuse(&mut self, column: Option<&str>, value: Option<&str>, reason: impl Into<String>) {
        let label = column.map(|column| self.table.labels.get(column).map_or(column, String::as_str).to_owned());
        self.faults.push(Refusal {
            place: self.record.place(),
            column: label,
            value: value.map(str::to_owned),
            reason: reason.into(),
        });
    }

    /// Whether it is told already that the row's geometry is wrong.
    pub fn has_fault_of_place(&self) -> bool {
        self.record.faults.iter().any(|(column, _)| column.as_deref().is_some_and(|column| PLACES.contains(&column)))
    }

    fn cell(&self, column: &str) -> &'a str {
        self.record.cells.get(column).map_or("", String::as_str)
    }

    fn tidy(&mut self, column: &str, how: fn(&str) -> String) -> String {
        let text = self.cell(column);
        if let Some(c) = value::stray_control(text) {
            let reason = format!("contains the control character U+{:04X}", u32::from(c));
            self.refuse(Some(column), Some(text), reason);
            return String::new();
        }
        how(text)
    }

    /// A text of one line; empty where there is none.
    pub fn text(&mut self, column: &str) -> String {
        self.tidy(column, value::one_line)
    }

    /// A text of paragraphs; empty where there is none.
    pub fn prose(&mut self, column: &str) -> String {
        self.tidy(column, value::prose)
    }

    /// A text of one line that must be there.
    pub fn name(&mut self, column: &str) -> String {
        self.required(column, |text| Ok(text.to_owned())).unwrap_or_default()
    }

    /// A value that may be absent.
    pub fn optional<T>(&mut self, column: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        parse(&text).map_err(|reason| self.refuse(Some(column), Some(&text), reason)).ok()
    }

    /// A value that must be there.
    pub fn required<T>(&mut self, column: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let faults = self.faults.len();
        if self.text(column).is_empty() {
            if self.faults.len() == faults {
                self.refuse(Some(column), None, "is empty; a value is needed");
            }
            self.faults.truncate(faults + 1);
            return None;
        }
        self.optional(column, parse)
    }

    /// `true` or `false`; absent = false.
    pub fn flag(&mut self, column: &str) -> bool {
        self.optional(column, value::boolean).unwrap_or(false)
    }

    /// A day that may be absent.
    pub fn day(&mut self, column: &str) -> Option<Day> {
        self.optional(column, value::date).map(Day)
    }

    /// A point: `lon` and `lat`, or what stands in `x` and `y`, `point` or `wkt`, or the feature's geometry.
    /// None = there is none, or it is wrong and the fault is kept.
    pub fn point(&mut self) -> Option<Point<f64>> {
        let (lon, lat) = (!self.cell("lon").trim().is_empty(), !self.cell("lat").trim().is_empty());
        if lon || lat {
            if !(lon && lat) {
                let (absent, there) = if lon { ("lat", "lon") } else { ("lon", "lat") };
                self.refuse(Some(absent), None, format!("is empty although {there} is given"));
                return None;
            }
            let (lon, lat) = (self.optional("lon", value::degrees), self.optional("lat", value::degrees));
            let (lon, lat) = (lon?, lat?);
            return match degrees_in_range(lon, lat) {
                Ok(position) => Some(Point(position)),
                Err(reason) => {
                    let column = if (-180.0..=180.0).contains(&lon) { "lat" } else { "lon" };
                    let value = self.cell(column);
                    self.refuse(Some(column), Some(value), reason);
                    None
                }
            };
        }
        let (column, shape) = self.shape()?;
        match shape {
            Geometry::Point(point) => Some(point),
            // The outline of a building stands for its point where no point is given.
            outline @ (Geometry::Polygon(_) | Geometry::MultiPolygon(_)) if column == "geometry" => {
                outline.interior_point()
            }
            other => {
                self.refuse(Some(column), None, format!("is a {}; a Point is needed", shape_name(&other)));
                None
            }
        }
    }

    /// Name of the column that a fault of the point is told under.
    pub fn point_column(&self) -> &'static str {
        let filled = |column: &&str| !self.cell(column).trim().is_empty();
        let present = |column: &&str| self.table.columns.contains(*column);
        let columns = ["lon", "x", "point", "wkt"];
        if let Some(column) = columns.into_iter().find(filled) {
            return column;
        }
        if self.record.geometry.is_some() {
            return "geometry";
        }
        columns.into_iter().find(present).unwrap_or("geometry")
    }

    /// A polygon, or several: well-known text in `wkt`, or the feature's geometry.
    pub fn area(&mut self) -> Option<Shape> {
        let (column, shape) = self.shape()?;
        match multi_polygon(shape) {
            Ok(shape) => Some(shape),
            Err(other) => {
                self.refuse(Some(column), None, format!("is a {}; a Polygon is needed", shape_name(&other)));
                None
            }
        }
    }

    /// An outline on the ground beside the point: well-known text in `column`, or the feature's geometry if it is a polygon.
    pub fn outline(&mut self, column: &str) -> Option<Shape> {
        if let Some(shape) = self.optional(column, outline_text) {
            return match multi_polygon(shape) {
                Ok(shape) => Some(shape),
                Err(other) => {
                    self.refuse(Some(column), None, format!("is a {}; a POLYGON is needed", shape_name(&other)));
                    None
                }
            };
        }
        self.record.geometry.clone().and_then(|geometry| multi_polygon(geometry).ok())
    }

    /// A line or a polygon, or several.
    pub fn line_or_area(&mut self) -> Option<Shape> {
        let (column, shape) = self.shape()?;
        match shape {
            Geometry::Point(_) | Geometry::MultiPoint(_) => {
                let reason = format!("is a {}; a LineString or a Polygon is needed", shape_name(&shape));
                self.refuse(Some(column), None, reason);
                None
            }
            other => Some(Shape(other)),
        }
    }

    /// The geometry and the column it came from.
    fn shape(&mut self) -> Option<(&'static str, Geometry<f64>)> {
        self.record.geometry.clone().map(|geometry| (self.point_column(), geometry))
    }
}

/// Well-known text in WGS 84.
fn outline_text(text: &str) -> Result<Geometry<f64>, String> {
    let (shape, srid) = wkt::parse(text)?;
    if srid.is_some_and(|srid| srid != 4326) {
        return Err("is in another coordinate system; longitude and latitude (SRID=4326) are needed here".to_owned());
    }
    for place in shape.coords_iter() {
        degrees_in_range(place.x, place.y)?;
    }
    Ok(shape)
}

/// Polygons as the multi-polygon that the columns hold; anything else comes back.
fn multi_polygon(geometry: Geometry<f64>) -> Result<Shape, Geometry<f64>> {
    match geometry {
        Geometry::MultiPolygon(_) => Ok(Shape(geometry)),
        Geometry::Polygon(polygon) => Ok(Shape(MultiPolygon(vec![polygon]).into())),
        other => Err(other),
    }
}

/// Name of a geometry's type, as GeoJSON has it.
fn shape_name(geometry: &Geometry<f64>) -> &'static str {
    match geometry {
        Geometry::Point(_) => "Point",
        Geometry::MultiPoint(_) => "MultiPoint",
        Geometry::LineString(_) => "LineString",
        Geometry::MultiLineString(_) => "MultiLineString",
        Geometry::Polygon(_) => "Polygon",
        Geometry::MultiPolygon(_) => "MultiPolygon",
        _ => "geometry of another type",
    }
}
