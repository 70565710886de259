//! Municipalities, districts and the features of the schematic basemap.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Importable, Owner, Written, digest};
use super::row::{Day, Row, Shape};
use super::{codes, queries, value};

/// A gmina.
#[derive(Debug, Serialize)]
pub struct Municipality {
    teryt: String,
    name: String,
    boundary: Option<Shape>,
    licence: String,
    verified_on: Option<Day>,
}

impl Importable for Municipality {
    const COLUMNS: &'static [&'static str] = &["teryt", "name", "wkt", "licence", "verified_on"];
    const REQUIRED: &'static [&'static str] = &["teryt", "name"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("terc", "teryt")];
    const OWNED: bool = false;
    /// Boundaries are long.
    const CHUNK: usize = 500;

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        Self {
            teryt: row.required("teryt", value::teryt).unwrap_or_default(),
            name: row.name("name"),
            boundary: needed(row, "no boundary", Row::area),
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
        }
    }

    fn key(&self) -> String {
        self.teryt.clone()
    }

    fn shape(&self) -> Option<&Shape> {
        self.boundary.as_ref()
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_municipalities(conn, rows).await
    }

    async fn delete_others(_conn: &mut PgConnection, _keys: Value) -> Result<u64, sqlx::Error> {
        // Never: everything else belongs to a municipality. The request was refused before.
        Ok(0)
    }
}

/// A part of a gmina.
#[derive(Debug, Serialize)]
pub struct District {
    name: String,
    area: Option<Shape>,
    licence: String,
    verified_on: Option<Day>,
}

impl Importable for District {
    const COLUMNS: &'static [&'static str] = &["name", "wkt", "licence", "verified_on"];
    const REQUIRED: &'static [&'static str] = &["name"];

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        Self {
            name: row.name("name"),
            area: needed(row, "no area", Row::area),
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
        }
    }

    fn key(&self) -> String {
        digest(&[&self.name])
    }

    fn shape(&self) -> Option<&Shape> {
        self.area.as_ref()
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_districts(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_districts(conn, keys).await
    }
}

/// A feature of the schematic basemap.
#[derive(Debug, Serialize)]
pub struct Schematic {
    kind: &'static str,
    name: String,
    rank: i16,
    geom: Option<Shape>,
    #[serde(skip)]
    drawn: String,
}

impl Importable for Schematic {
    const COLUMNS: &'static [&'static str] = &["kind", "name", "rank", "wkt"];
    const REQUIRED: &'static [&'static str] = &["kind"];

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        let rank = row.optional("rank", |text| match text {
            "1" => Ok(1),
            "2" => Ok(2),
            "3" => Ok(3),
            _ => Err("is not 1, 2 or 3".to_owned()),
        });
        let geom = needed(row, "no line or area", Row::line_or_area);
        Self {
            kind: row.required("kind", value::code(codes::SCHEMATIC_KINDS)).unwrap_or_default(),
            name: row.text("name"),
            rank: rank.unwrap_or(2),
            drawn: geom.as_ref().and_then(|shape| serde_json::to_string(shape).ok()).unwrap_or_default(),
            geom,
        }
    }

    fn key(&self) -> String {
        digest(&[self.kind, &self.name, &self.drawn])
    }

    fn shape(&self) -> Option<&Shape> {
        self.geom.as_ref()
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_schematic(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_schematic(conn, keys).await
    }
}

/// A point, or at least an address that it may be looked up by.
pub fn point_or_address(row: &mut Row<'_>) -> Option<Shape> {
    if row.text("street").is_empty() && row.text("city").is_empty() {
        return needed(row, "no point", Row::point).map(|point| Shape(point.into()));
    }
    row.point().map(|point| Shape(point.into()))
}

/// A geometry that must be there; where it is absent, and not just wrong, that is said.
pub fn needed<'a, T>(row: &mut Row<'a>, absent: &str, read: impl FnOnce(&mut Row<'a>) -> Option<T>) -> Option<T> {
    let column = row.point_column();
    let faults = row.faults.len();
    let told = row.has_fault_of_place();
    let found = read(row);
    if found.is_none() && !told && row.faults.len() == faults {
        row.refuse(Some(column), None, absent);
    }
    found
}
