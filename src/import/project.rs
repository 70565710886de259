//! Coordinates of any system become longitude and latitude (WGS 84). PostGIS computes; what is decided here is from which system,
//! and which axis comes first: offices write the northing first, as the standards of EPSG:2176 to 2180 have it, programs the easting.

use std::collections::HashMap;

use geo::{Coord, CoordsIter, Geometry, MapCoordsInPlace, Point};
use geozero::wkb::Wkb;
use geozero::{CoordDimensions, ToGeo, ToWkb};
use sqlx::PgConnection;

use super::report::{ImportError, Report};
use super::source::{Hints, Record, Survey};
use super::{projection, queries, value, wkt};

/// Places that are asked for the order of the axes.
const SAMPLE: usize = 500;

/// West, south, east, north of Poland, where no municipality says better.
const POLAND: [f64; 4] = [14.0, 49.0, 24.2, 54.9];

/// From which coordinate systems the geometries of a file come.
#[derive(Debug)]
pub struct Projection {
    /// Of geometries that the file has beside its columns.
    file: Option<i32>,
    /// Of coordinates in columns.
    told: Option<i32>,
    /// West, south, east, north of where most things should be.
    bounds: [f64; 4],
    /// By EPSG code: whether northing comes first.
    swapped: HashMap<i32, bool>,
}

/// A geometry with the column it stands in, and its coordinate system.
type Located = (&'static str, Geometry<f64>, i32);

/// A geometry before it is moved.
struct Found {
    record: usize,
    column: &'static str,
    shape: Geometry<f64>,
    srid: i32,
}

impl Projection {
    /// Finds out in which coordinate system a file's geometries are.
    ///
    /// # Errors
    /// It says none and nobody told, or one that PostGIS does not know.
    pub async fn of(
        conn: &mut PgConnection,
        survey: &Survey,
        hints: &Hints,
        municipality: Option<i64>,
        report: &mut Report,
    ) -> Result<Self, ImportError> {
        let mut file = hints.srid.or(survey.srid);
        if let (None, Some(text)) = (file, &survey.projection) {
            file = Some(projection::code(conn, text).await?);
        }
        if survey.geometries && file.is_none() {
            let reason = "the file does not say in which coordinate system it is; name it: --srid 2180, for example";
            return Err(ImportError::Request(reason.to_owned()));
        }
        for srid in [file, hints.srid].into_iter().flatten() {
            known(conn, srid).await?;
        }
        if let Some(srid) = file.filter(|srid| survey.geometries && *srid != 4326) {
            report.note(format!("coordinates in EPSG:{srid}"));
        }
        let bounds = queries::bounds(conn, municipality).await?.unwrap_or(POLAND);
        Ok(Self { file, told: hints.srid, bounds, swapped: HashMap::new() })
    }

    /// Brings the geometries of records to WGS 84, longitude first; one that cannot be is a fault of its record.
    ///
    /// # Errors
    /// Columns hold coordinates of no known system; the database fails.
    pub async fn apply(
        &mut self,
        conn: &mut PgConnection,
        records: &mut [Record],
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let mut found: HashMap<i32, Vec<Found>> = HashMap::new();
        for (at, record) in records.iter_mut().enumerate() {
            if let Some((column, shape, srid)) = self.locate(record)? {
                found.entry(srid).or_default().push(Found { record: at, column, shape, srid });
            }
        }
        for (srid, mut found) in found {
            if !self.swapped.contains_key(&srid) {
                known(conn, srid).await?;
                let swapped = self.northing_first(conn, srid, &found, report).await?;
                self.swapped.insert(srid, swapped);
            }
            if self.swapped.get(&srid) == Some(&true) {
                for one in &mut found {
                    one.shape.map_coords_in_place(|Coord { x, y }| Coord { x: y, y: x });
                }
            }
            let moved = transform(conn, &found).await?;
            for (Found { record, column, shape, .. }, moved) in found.into_iter().zip(moved) {
                let Some(record) = records.get_mut(record) else { continue };
                let first = shape.coords_iter().next();
                match moved.ok_or_else(|| outside(first, srid)).and_then(in_range) {
                    Ok(shape) => record.geometry = Some(shape),
                    Err(reason) => {
                        record.geometry = None;
                        record.faults.push((Some(column.to_owned()), reason));
                    }
                }
            }
        }
        Ok(())
    }

    /// The geometry of a record, where it has one: with the column it stands in, and its coordinate system.
    fn locate(&self, record: &mut Record) -> Result<Option<Located>, ImportError> {
        if let Some(shape) = record.geometry.take() {
            return Ok(Some(("geometry", shape, self.file.unwrap_or(4326))));
        }
        let cell = |column: &str| record.cells.get(column).map_or("", |cell| cell.trim());
        let (x, y) = (cell("x"), cell("y"));
        if !x.is_empty() || !y.is_empty() {
            let Some(srid) = self.told else {
                let reason = "the columns x and y do not say in which coordinate system they are; name it: --srid 2180, for example";
                return Err(ImportError::Request(reason.to_owned()));
            };
            return match (value::coordinate(x), value::coordinate(y)) {
                (Ok(x), Ok(y)) => Ok(Some(("x", Point::new(x, y).into(), srid))),
                (x, y) => {
                    for (column, number) in [("x", x), ("y", y)] {
                        if let Err(reason) = number {
                            record.faults.push((Some(column.to_owned()), reason));
                        }
                    }
                    Ok(None)
                }
            };
        }
        for column in ["point", "wkt"] {
            let text = cell(column);
            if text.is_empty() {
                continue;
            }
            return match wkt::parse(text) {
                Ok((shape, srid)) => Ok(Some((column, shape, srid.or(self.told).unwrap_or(4326)))),
                Err(reason) => {
                    record.faults.push((Some(column.to_owned()), reason));
                    Ok(None)
                }
            };
        }
        Ok(None)
    }

    /// True where more of the file's places lie in their bounds with the axes the other way round.
    async fn northing_first(
        &self,
        conn: &mut PgConnection,
        srid: i32,
        found: &[Found],
        report: &mut Report,
    ) -> Result<bool, ImportError> {
        let first = found.iter().filter_map(|one| one.shape.coords_iter().next());
        let (x, y): (Vec<f64>, Vec<f64>) = first.take(SAMPLE).map(|place| (place.x, place.y)).unzip();
        let [right, swapped] = queries::hits(conn, &x, &y, srid, self.bounds).await?;
        let of = x.len();
        if swapped > right {
            let text = format!(
                "coordinates in EPSG:{srid} with the northing first ({swapped} of the first {of} lie where they should)"
            );
            report.note(text);
            return Ok(true);
        }
        if srid != 4326 && right > 0 {
            let text = format!(
                "coordinates in EPSG:{srid} with the easting first ({right} of the first {of} lie where they should)"
            );
            report.note(text);
        }
        Ok(false)
    }
}

/// The coordinate system must be one of PostGIS.
async fn known(conn: &mut PgConnection, srid: i32) -> Result<(), ImportError> {
    if queries::is_projection(conn, srid).await? {
        return Ok(());
    }
    Err(ImportError::Request(format!("there is no coordinate system EPSG:{srid}")))
}

/// Each shape in WGS 84; none where it cannot be there.
async fn transform(conn: &mut PgConnection, found: &[Found]) -> Result<Vec<Option<Geometry<f64>>>, ImportError> {
    let Some(srid) = found.first().map(|one| one.srid) else { return Ok(Vec::new()) };
    if srid == 4326 {
        return Ok(found.iter().map(|one| Some(one.shape.clone())).collect());
    }
    let broken =
        |error: geozero::error::GeozeroError| ImportError::Request(format!("a geometry cannot be moved: {error}"));
    let shapes: Vec<Vec<u8>> =
        found.iter().map(|one| one.shape.to_wkb(CoordDimensions::xy())).collect::<Result<_, _>>().map_err(broken)?;
    let moved = queries::transform(conn, &shapes, srid).await?;
    moved.into_iter().map(|bytes| bytes.map(|bytes| Wkb(bytes).to_geo()).transpose().map_err(broken)).collect()
}

fn outside(first: Option<Coord<f64>>, srid: i32) -> String {
    let Coord { x, y } = first.unwrap_or_default();
    format!("{x}, {y} is no place of EPSG:{srid}")
}

/// A shape in degrees that Web Mercator can show.
fn in_range(shape: Geometry<f64>) -> Result<Geometry<f64>, String> {
    for place in shape.coords_iter() {
        degrees_in_range(place.x, place.y)?;
    }
    Ok(shape)
}

/// A position in degrees that Web Mercator can show.
///
/// # Errors
/// It is none.
pub fn degrees_in_range(x: f64, y: f64) -> Result<Coord<f64>, String> {
    if !(-180.0..=180.0).contains(&x) {
        Err(format!("longitude {x} is outside -180 to 180; degrees in WGS 84 are needed, longitude first"))
    } else if !(-85.05..=85.05).contains(&y) {
        Err(format!("latitude {y} is outside -85.05 to 85.05; degrees in WGS 84 are needed, longitude first"))
    } else {
        Ok(Coord { x, y })
    }
}
