//! Support institutions and their links.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Importable, Owner, Site, Written, digest};
use super::geocode::Address;
use super::organisations::Contact;
use super::row::{Day, Row, Shape};
use super::territory::point_or_address;
use super::{codes, queries, value};

/// A support institution.
#[derive(Debug, Serialize)]
pub struct Institution {
    name: String,
    kind: &'static str,
    services: Vec<&'static str>,
    operator: String,
    area_of_operation: String,
    tagline: String,
    description: String,
    #[serde(flatten)]
    contact: Contact,
    /// Label and address, in order.
    links: Vec<(String, String)>,
    point: Option<Shape>,
    location_quality: Option<&'static str>,
    licence: String,
    verified_on: Option<Day>,
}

impl Importable for Institution {
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "kind",
        "services",
        "operator",
        "area_of_operation",
        "tagline",
        "description",
        "street",
        "house_number",
        "postal_code",
        "city",
        "phone",
        "email",
        "website",
        "opening_hours",
        "links",
        "lon",
        "lat",
        "point",
        "wkt",
        "licence",
        "verified_on",
    ];
    const TABLE: Option<&'static str> = Some("support_institution");
    const REQUIRED: &'static [&'static str] = &["name", "kind"];

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        let links = row.optional("links", |text| {
            let links = value::pairs(text, "label|address")?;
            for (label, address) in &links {
                value::url(address).map_err(|reason| format!("\"{address}\" of \"{label}\" {reason}"))?;
            }
            Ok(links)
        });
        let point = point_or_address(row);
        Self {
            name: row.name("name"),
            kind: row.required("kind", value::code(codes::SUPPORT_KINDS)).unwrap_or_default(),
            services: row.optional("services", value::codes(codes::SERVICES)).unwrap_or_default(),
            operator: row.text("operator"),
            area_of_operation: row.text("area_of_operation"),
            tagline: row.text("tagline"),
            description: row.prose("description"),
            // Institutions may lie abroad, where codes look different.
            contact: Contact::read(row, |text| Ok(text.to_owned())),
            links: links.unwrap_or_default(),
            location_quality: point.is_some().then_some("given"),
            point,
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
        }
    }

    fn key(&self) -> String {
        digest(&[&self.name, &self.contact.street, &self.contact.house_number, &self.contact.city])
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(Address {
            street: &self.contact.street,
            house_number: &self.contact.house_number,
            city: &self.contact.city,
            district: "",
            given: self.point.is_some(),
            needed: true,
        })
    }

    fn place(&mut self, point: Shape, quality: &'static str) {
        (self.point, self.location_quality) = (Some(point), Some(quality));
    }

    fn site(&self) -> Option<Site<'_>> {
        // It may serve the municipality from elsewhere.
        Some(Site { point: self.point.as_ref(), district: "", within: false })
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        let mut written = queries::write_support(conn, rows.clone()).await?;
        written.also_changed(queries::write_support_links(conn, rows).await?);
        Ok(written)
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_support(conn, keys).await
    }
}
