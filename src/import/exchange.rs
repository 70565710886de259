//! Categories, offers, demand and equipment.

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Importable, Owner, Written, digest};
use super::row::{Day, Row};
use super::{codes, queries, value};

/// A category of goods and services.
#[derive(Debug, Serialize)]
pub struct Category {
    code: String,
    name_pl: String,
    name_en: String,
    cpv: String,
}

impl Importable for Category {
    const COLUMNS: &'static [&'static str] = &["code", "name_pl", "name_en", "cpv"];
    const REQUIRED: &'static [&'static str] = &["code", "name_pl", "name_en", "cpv"];
    const OWNED: bool = false;

    fn read(row: &mut Row<'_>, _owner: &Owner<'_>) -> Self {
        Self {
            code: row.required("code", value::category_code).unwrap_or_default(),
            name_pl: row.name("name_pl"),
            name_en: row.name("name_en"),
            cpv: row.required("cpv", value::cpv).unwrap_or_default(),
        }
    }

    fn key(&self) -> String {
        self.code.clone()
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_categories(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_categories(conn, keys).await
    }
}

/// Something an organisation sells.
#[derive(Debug, Serialize)]
pub struct Offer {
    organisation_id: i64,
    kind: &'static str,
    name: String,
    description: String,
    category: String,
    price_pln: Option<String>,
    price_unit: String,
    delivery_area: String,
}

impl Importable for Offer {
    const TABLE: Option<&'static str> = Some("offer");
    const COLUMNS: &'static [&'static str] =
        &["organisation", "kind", "name", "description", "category", "price_pln", "price_unit", "delivery_area"];
    const REQUIRED: &'static [&'static str] = &["organisation", "kind", "name", "category"];

    fn read(row: &mut Row<'_>, owner: &Owner<'_>) -> Self {
        let organisation_id = row.required("organisation", |text| owner.known.organisation(owner, text));
        Self {
            organisation_id: organisation_id.unwrap_or_default(),
            kind: row.required("kind", value::code(codes::OFFER_KINDS)).unwrap_or_default(),
            name: row.name("name"),
            description: row.prose("description"),
            category: owner.known.category(row),
            price_pln: row.optional("price_pln", value::decimal(8, 2)),
            price_unit: row.text("price_unit"),
            delivery_area: row.text("delivery_area"),
        }
    }

    fn key(&self) -> String {
        digest(&[&self.organisation_id.to_string(), self.kind, &self.name])
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_offers(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_offers(conn, keys).await
    }
}

/// Something wanted.
#[derive(Debug, Serialize)]
pub struct Demand {
    organisation_id: Option<i64>,
    unit_name: String,
    name: String,
    description: String,
    category: String,
    quantity: String,
    budget_min_pln: Option<String>,
    budget_max_pln: Option<String>,
    deadline: Option<Day>,
}

impl Importable for Demand {
    const TABLE: Option<&'static str> = Some("demand");
    const COLUMNS: &'static [&'static str] = &[
        "organisation",
        "unit_name",
        "name",
        "description",
        "category",
        "quantity",
        "budget_min_pln",
        "budget_max_pln",
        "deadline",
    ];
    const REQUIRED: &'static [&'static str] = &["name", "category"];

    fn read(row: &mut Row<'_>, owner: &Owner<'_>) -> Self {
        let (organisation_id, unit_name) = party(row, owner, "unit_name");
        let budget = value::decimal(10, 2);
        let budget_min_pln = row.optional("budget_min_pln", &budget);
        let budget_max_pln = row.optional("budget_max_pln", &budget);
        if let (Some(min), Some(max)) = (&budget_min_pln, &budget_max_pln)
            && amount(min) > amount(max)
        {
            row.refuse(Some("budget_max_pln"), Some(max), format!("is less than budget_min_pln ({min})"));
        }
        Self {
            organisation_id,
            unit_name,
            name: row.name("name"),
            description: row.prose("description"),
            category: owner.known.category(row),
            quantity: row.text("quantity"),
            budget_min_pln,
            budget_max_pln,
            deadline: row.day("deadline"),
        }
    }

    fn key(&self) -> String {
        let organisation = self.organisation_id.map_or(String::new(), |id| id.to_string());
        digest(&[&organisation, &self.unit_name, &self.name])
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_demand(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_demand(conn, keys).await
    }
}

/// Something lent or given.
#[derive(Debug, Serialize)]
pub struct Equipment {
    organisation_id: Option<i64>,
    owner_name: String,
    name: String,
    description: String,
    category: String,
    mode: &'static str,
    quantity: i32,
    terms: String,
}

impl Importable for Equipment {
    const TABLE: Option<&'static str> = Some("equipment");
    const COLUMNS: &'static [&'static str] =
        &["organisation", "owner_name", "name", "description", "category", "mode", "quantity", "terms"];
    const REQUIRED: &'static [&'static str] = &["name", "category", "mode"];

    fn read(row: &mut Row<'_>, owner: &Owner<'_>) -> Self {
        let (organisation_id, owner_name) = party(row, owner, "owner_name");
        Self {
            organisation_id,
            owner_name,
            name: row.name("name"),
            description: row.prose("description"),
            category: owner.known.category(row),
            mode: row.required("mode", value::code(codes::EQUIPMENT_MODES)).unwrap_or_default(),
            quantity: row.optional("quantity", value::count).unwrap_or(1),
            terms: row.prose("terms"),
        }
    }

    fn key(&self) -> String {
        let organisation = self.organisation_id.map_or(String::new(), |id| id.to_string());
        digest(&[&organisation, &self.owner_name, &self.name])
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        queries::write_equipment(conn, rows).await
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_equipment(conn, keys).await
    }
}

/// Who it is from: an organisation of the register or somebody by name, one of the two.
fn party(row: &mut Row<'_>, owner: &Owner<'_>, column: &str) -> (Option<i64>, String) {
    let name = row.text(column);
    let given = !row.text("organisation").is_empty();
    let organisation = row.optional("organisation", |text| owner.known.organisation(owner, text));
    if given != name.is_empty() {
        let reason = if given {
            "is given beside \"organisation\"; one of the two is needed"
        } else {
            "is empty, and so is \"organisation\"; one of the two is needed"
        };
        row.refuse(Some(column), None, reason);
    }
    (organisation, name)
}

/// An amount that was checked to be digits with a dot: comparable, for it has at most ten digits and two decimals.
fn amount(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}
