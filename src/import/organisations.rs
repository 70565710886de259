//! Organisations of the social economy.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Batch, Importable, Owner, Site, Written, digest};
use super::geocode::Address;
use super::row::{Day, Row, Shape};
use super::{codes, queries, value};

/// An organisation.
#[derive(Debug, Serialize)]
pub struct Organisation {
    name: String,
    legal_form: &'static str,
    social_enterprise: bool,
    public_benefit: bool,
    prosocial_mark: bool,
    activities: Vec<&'static str>,
    krs: Option<String>,
    nip: Option<String>,
    regon: Option<String>,
    tagline: String,
    description: String,
    #[serde(flatten)]
    contact: Contact,
    point: Option<Shape>,
    location_quality: Option<&'static str>,
    #[serde(skip)]
    district: String,
    licence: String,
    verified_on: Option<Day>,
}

/// Address and ways to reach somebody.
#[derive(Debug, Serialize)]
pub struct Contact {
    /// Street with its kind.
    pub street: String,
    /// Building and unit.
    pub house_number: String,
    /// Postal code.
    pub postal_code: String,
    /// Town.
    pub city: String,
    phone: String,
    email: String,
    website: String,
    opening_hours: String,
}

impl Contact {
    /// Its columns.
    pub fn read(row: &mut Row<'_>, postal_code: fn(&str) -> Result<String, String>) -> Self {
        Self {
            street: row.text("street"),
            house_number: row.text("house_number"),
            postal_code: row.optional("postal_code", postal_code).unwrap_or_default(),
            city: row.text("city"),
            phone: row.text("phone"),
            email: row.optional("email", value::email).unwrap_or_default(),
            website: row.optional("website", value::url).unwrap_or_default(),
            opening_hours: row.prose("opening_hours"),
        }
    }
}

impl Importable for Organisation {
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "legal_form",
        "social_enterprise",
        "public_benefit",
        "prosocial_mark",
        "activities",
        "krs",
        "nip",
        "regon",
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
        "lon",
        "lat",
        "point",
        "wkt",
        "district",
        "licence",
        "verified_on",
    ];
    const TABLE: Option<&'static str> = Some("organisation");
    const REQUIRED: &'static [&'static str] = &["name", "legal_form"];

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        let point = row.point().map(|point| Shape(point.into()));
        Self {
            name: row.name("name"),
            legal_form: row.required("legal_form", value::code(codes::LEGAL_FORMS)).unwrap_or_default(),
            social_enterprise: row.flag("social_enterprise"),
            public_benefit: row.flag("public_benefit"),
            prosocial_mark: row.flag("prosocial_mark"),
            activities: row.optional("activities", value::codes(codes::ACTIVITIES)).unwrap_or_default(),
            krs: row.optional("krs", value::krs),
            nip: row.optional("nip", value::nip),
            regon: row.optional("regon", value::regon),
            tagline: row.text("tagline"),
            description: row.prose("description"),
            contact: Contact::read(row, value::postal_code),
            location_quality: point.is_some().then_some("given"),
            point,
            district: row.text("district"),
            licence: row.text("licence"),
            verified_on: row.day("verified_on"),
        }
    }

    fn key(&self) -> String {
        match (&self.krs, &self.nip, &self.regon) {
            (Some(krs), _, _) => format!("krs-{krs}"),
            (_, Some(nip), _) => format!("nip-{nip}"),
            (_, _, Some(regon)) => format!("regon-{regon}"),
            _ => digest(&[&self.name, &self.contact.street, &self.contact.house_number, &self.contact.city]),
        }
    }

    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let all = [("krs", &self.krs), ("nip", &self.nip), ("regon", &self.regon)];
        all.into_iter().filter_map(|(column, value)| Some((column, value.as_deref()?))).collect()
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(Address {
            street: &self.contact.street,
            house_number: &self.contact.house_number,
            city: &self.contact.city,
            district: &self.district,
            given: self.point.is_some(),
            needed: false,
        })
    }

    fn place(&mut self, point: Shape, quality: &'static str) {
        (self.point, self.location_quality) = (Some(point), Some(quality));
    }

    fn site(&self) -> Option<Site<'_>> {
        Some(Site { point: self.point.as_ref(), district: &self.district, within: true })
    }

    /// KRS, NIP and REGON belong to one organisation each, wherever its record comes from.
    async fn check(conn: &mut PgConnection, batch: &mut Batch<'_, Self>) -> Result<(), sqlx::Error> {
        let rows = super::batch::json(&batch.entries);
        for found in queries::organisations_of_same_identifiers(conn, rows).await? {
            let ix = usize::try_from(found.ix).unwrap_or(usize::MAX);
            let reason =
                format!("belongs to \"{}\" (source {}, source_id {})", found.name, found.source, found.source_id);
            for (column, value, same) in [
                ("krs", found.krs, found.same_krs),
                ("nip", found.nip, found.same_nip),
                ("regon", found.regon, found.same_regon),
            ] {
                if same == Some(true) {
                    batch.refuse(ix, Some(column), value.as_deref(), reason.clone());
                }
            }
        }
        Ok(())
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_organisations(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_organisations(conn, keys).await
    }
}
