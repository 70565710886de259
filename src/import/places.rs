//! Where things are: address points, other spellings of street names, landmarks, regions.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Importable, Owner, Site, Written, digest};
use super::row::{Day, Row, Shape};
use super::territory::needed;
use super::{codes, queries, value};

/// An official address point.
#[derive(Debug, Serialize)]
pub struct Address {
    city: String,
    simc: String,
    street: String,
    house_number: String,
    postal_code: String,
    point: Option<Shape>,
    licence: String,
    verified_on: Option<Day>,
}

impl Importable for Address {
    const COLUMNS: &'static [&'static str] = &[
        "city",
        "simc",
        "street",
        "house_number",
        "postal_code",
        "lon",
        "lat",
        "point",
        "wkt",
        "licence",
        "verified_on",
    ];
    const REQUIRED: &'static [&'static str] = &["house_number"];
    /// There are hundreds of thousands, and each is short.
    const CHUNK: usize = 5000;

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        let address = Self {
            city: row.text("city"),
            simc: row.optional("simc", value::simc).unwrap_or_default(),
            street: row.text("street"),
            house_number: row.name("house_number"),
            postal_code: row.optional("postal_code", value::postal_code).unwrap_or_default(),
            point: needed(row, "no point", Row::point).map(|point| Shape(point.into())),
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
        };
        if address.street.is_empty() && address.city.is_empty() {
            row.refuse(Some("street"), None, "is empty, and so is city: a number needs a street or a place");
        }
        address
    }

    fn key(&self) -> String {
        digest(&[&self.city, &self.street, &self.house_number])
    }

    fn site(&self) -> Option<Site<'_>> {
        Some(Site { point: self.point.as_ref(), district: "", within: true })
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_streets(conn, rows.clone()).await?;
        queries::write_addresses(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_addresses(conn, keys).await
    }
}

/// Two spellings of one street's name.
#[derive(Debug, Serialize)]
pub struct StreetName {
    simc: String,
    ulic: String,
    teryt_name: String,
    osm_name: String,
    licence: String,
}

impl Importable for StreetName {
    const COLUMNS: &'static [&'static str] = &["simc", "ulic", "teryt_name", "osm_name", "licence"];
    const REQUIRED: &'static [&'static str] = &["simc", "ulic", "teryt_name", "osm_name"];
    const OWNED: bool = false;
    const CHUNK: usize = 2000;

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        Self {
            simc: row.required("simc", value::simc).unwrap_or_default(),
            ulic: row.required("ulic", value::ulic).unwrap_or_default(),
            teryt_name: row.name("teryt_name"),
            osm_name: row.name("osm_name"),
            licence: row.text("licence"),
        }
    }

    fn key(&self) -> String {
        format!("{}-{}", self.simc, self.ulic)
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_street_names(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_street_names(conn, keys).await
    }
}

/// A point of orientation.
#[derive(Debug, Serialize)]
pub struct Landmark {
    name: String,
    description: String,
    link: String,
    point: Option<Shape>,
    licence: String,
    verified_on: Option<Day>,
}

impl Importable for Landmark {
    const COLUMNS: &'static [&'static str] =
        &["name", "description", "link", "lon", "lat", "point", "wkt", "licence", "verified_on"];
    const REQUIRED: &'static [&'static str] = &["name"];

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        Self {
            name: row.name("name"),
            description: row.prose("description"),
            link: row.optional("link", value::url).unwrap_or_default(),
            point: needed(row, "no point", Row::point).map(|point| Shape(point.into())),
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
        }
    }

    fn key(&self) -> String {
        digest(&[&self.name])
    }

    fn site(&self) -> Option<Site<'_>> {
        // One orients oneself by what lies over the boundary, too.
        Some(Site { point: self.point.as_ref(), district: "", within: false })
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_landmarks(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_landmarks(conn, keys).await
    }
}

/// Territory above the municipality.
#[derive(Debug, Serialize)]
pub struct Region {
    level: &'static str,
    code: String,
    name: String,
    area: Option<Shape>,
    licence: String,
}

impl Importable for Region {
    const COLUMNS: &'static [&'static str] = &["level", "code", "name", "wkt", "licence"];
    const REQUIRED: &'static [&'static str] = &["level", "code", "name"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("terc", "code")];
    const OWNED: bool = false;
    /// Boundaries are long.
    const CHUNK: usize = 100;

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        let level = row.required("level", value::code(codes::REGION_LEVELS)).unwrap_or_default();
        Self {
            level,
            code: match level {
                "" => String::new(),
                _ => row.required("code", |text| value::region_code(level, text)).unwrap_or_default(),
            },
            name: row.name("name"),
            area: needed(row, "no area", Row::area),
            licence: row.text("licence"),
        }
    }

    fn key(&self) -> String {
        self.code.clone()
    }

    fn shape(&self) -> Option<&Shape> {
        self.area.as_ref()
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_regions(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_regions(conn, keys).await
    }
}
