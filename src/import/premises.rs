//! Municipal premises, their administrators and pictures.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Importable, Owner, Site, Written, digest};
use super::geocode::Address;
use super::row::{Day, Row, Shape};
use super::territory::point_or_address;
use super::{codes, queries, value};

/// A unit.
#[derive(Debug, Serialize)]
pub struct Premises {
    name: String,
    street: String,
    house_number: String,
    unit_number: String,
    postal_code: String,
    city: String,
    storey: &'static str,
    area_m2: String,
    r#use: &'static str,
    technical_condition: &'static str,
    utilities: Vec<&'static str>,
    accessible: bool,
    accessibility_note: String,
    administrator: String,
    administrator_contact: String,
    remarks: String,
    point: Option<Shape>,
    location_quality: Option<&'static str>,
    footprint: Option<Shape>,
    #[serde(skip)]
    district: String,
    source_url: String,
    licence: String,
    verified_on: Option<Day>,
    /// File and alternative text, in order.
    photos: Vec<(String, String)>,
}

impl Importable for Premises {
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "street",
        "house_number",
        "unit_number",
        "postal_code",
        "city",
        "storey",
        "area_m2",
        "use",
        "technical_condition",
        "utilities",
        "accessible",
        "accessibility_note",
        "administrator",
        "administrator_contact",
        "remarks",
        "lon",
        "lat",
        "point",
        "wkt",
        "footprint_wkt",
        "district",
        "source_url",
        "licence",
        "verified_on",
        "photos",
    ];
    const TABLE: Option<&'static str> = Some("premises");
    const REQUIRED: &'static [&'static str] = &["name", "storey", "area_m2", "use", "technical_condition"];

    const SHAPE_COLUMN: Option<&'static str> = Some("footprint_wkt");

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        let area = row.required("area_m2", |text| {
            let area = value::decimal(6, 2)(text)?;
            // "0", "0.00": a unit without area is a mistake.
            if area.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
                Err("must be more than 0".to_owned())
            } else {
                Ok(area)
            }
        });
        let photos = row.optional("photos", |text| {
            let photos = value::pairs(text, "file|alternative text")?;
            for (file, _) in &photos {
                value::file_name(file).map_err(|reason| format!("\"{file}\" {reason}"))?;
            }
            Ok(photos)
        });
        let administrator_contact = row.text("administrator_contact");
        let administrator = row.text("administrator");
        if administrator.is_empty() && !administrator_contact.is_empty() {
            row.refuse(Some("administrator"), None, "is empty although administrator_contact is given");
        }
        let point = point_or_address(row);
        Self {
            name: row.name("name"),
            street: row.text("street"),
            house_number: row.text("house_number"),
            unit_number: row.text("unit_number"),
            postal_code: row.optional("postal_code", value::postal_code).unwrap_or_default(),
            city: row.text("city"),
            storey: row.required("storey", value::code(codes::STOREYS)).unwrap_or_default(),
            area_m2: area.unwrap_or_default(),
            r#use: row.required("use", value::code(codes::USES)).unwrap_or_default(),
            technical_condition: row
                .required("technical_condition", value::code(codes::CONDITIONS))
                .unwrap_or_default(),
            utilities: row.optional("utilities", value::codes(codes::UTILITIES)).unwrap_or_default(),
            accessible: row.flag("accessible"),
            accessibility_note: row.prose("accessibility_note"),
            administrator,
            administrator_contact,
            remarks: row.prose("remarks"),
            location_quality: point.is_some().then_some("given"),
            point,
            footprint: row.outline("footprint_wkt"),
            district: row.text("district"),
            source_url: row.optional("source_url", value::url).unwrap_or_default(),
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
            photos: photos.unwrap_or_default(),
        }
    }

    fn key(&self) -> String {
        digest(&[&self.name, &self.street, &self.house_number, &self.unit_number, &self.city])
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(Address {
            street: &self.street,
            house_number: &self.house_number,
            city: &self.city,
            district: &self.district,
            given: self.point.is_some(),
            needed: true,
        })
    }

    fn place(&mut self, point: Shape, quality: &'static str) {
        (self.point, self.location_quality) = (Some(point), Some(quality));
    }

    fn site(&self) -> Option<Site<'_>> {
        Some(Site { point: self.point.as_ref(), district: &self.district, within: true })
    }

    fn shape(&self) -> Option<&Shape> {
        self.footprint.as_ref()
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_administrators(conn, rows.clone()).await?;
        let mut written = queries::write_premises(conn, rows.clone()).await?;
        written.also_changed(queries::write_premises_photos(conn, rows).await?);
        Ok(written)
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_premises(conn, keys).await
    }
}
