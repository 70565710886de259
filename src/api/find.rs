//! The filters of each data set: what parameters it knows, and which records pass.

use serde_json::{Value, json};
use sqlx::PgPool;
use time::Date;

use crate::api::openapi::text;
use crate::error::Result;
use crate::exchange::{demand, equipment, offers};
use crate::export::Kind;
use crate::web::Params;
use crate::web::list::Common;
use crate::{districts, organisations, premises, support};

/// Data sets that have a list.
pub const LISTS: [Kind; 7] =
    [Kind::Organisations, Kind::Support, Kind::Premises, Kind::Offers, Kind::Demand, Kind::Equipment, Kind::Districts];

/// Parameters of places, which are polygons themselves.
const OF_AREAS: &[&str] = &["q", "bbox"];

/// What is asked for of a data set.
#[derive(Debug, Clone)]
pub enum Filter {
    /// Of organisations.
    Organisations(organisations::Filter),
    /// Of support institutions.
    Support(support::Filter),
    /// Of premises.
    Premises(premises::Filter),
    /// Of offers.
    Offers(offers::Filter),
    /// Of demand.
    Demand(demand::Filter),
    /// Of equipment.
    Equipment(equipment::Filter),
    /// Of districts.
    Districts(Common),
    /// Of municipalities.
    Municipalities(Common),
    /// Of what has no filter.
    All,
}

/// Names of a data set's filters: those of its list page.
pub fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Organisations => organisations::Filter::PARAMS,
        Kind::Support => support::Filter::PARAMS,
        Kind::Premises => premises::Filter::PARAMS,
        Kind::Offers => offers::Filter::PARAMS,
        Kind::Demand => demand::Filter::PARAMS,
        Kind::Equipment => equipment::Filter::PARAMS,
        Kind::Districts | Kind::Municipalities => OF_AREAS,
        Kind::PremisesPeriods | Kind::Categories => &[],
    }
}

/// Reads the filter; what is not in `also` and no filter is refused.
///
/// # Errors
/// A parameter is unknown or wrong; it is named.
pub fn parse(kind: Kind, params: &Params, also: &[&str]) -> Result<Filter> {
    params.only(&[names(kind), also])?;
    Ok(match kind {
        Kind::Organisations => Filter::Organisations(organisations::Filter::parse(params)?),
        Kind::Support => Filter::Support(support::Filter::parse(params)?),
        Kind::Premises => Filter::Premises(premises::Filter::parse(params)?),
        Kind::Offers => Filter::Offers(offers::Filter::parse(params)?),
        Kind::Demand => Filter::Demand(demand::Filter::parse(params)?),
        Kind::Equipment => Filter::Equipment(equipment::Filter::parse(params)?),
        Kind::Districts => Filter::Districts(Common::parse(params)?),
        Kind::Municipalities => Filter::Municipalities(Common::parse(params)?),
        Kind::PremisesPeriods | Kind::Categories => Filter::All,
    })
}

impl Filter {
    /// What every filter has; nothing for what has none.
    pub fn common(&mut self) -> Option<&mut Common> {
        Some(match self {
            Self::Organisations(filter) => &mut filter.common,
            Self::Support(filter) => &mut filter.common,
            Self::Premises(filter) => &mut filter.common,
            Self::Offers(filter) => &mut filter.common,
            Self::Demand(filter) => &mut filter.common,
            Self::Equipment(filter) => &mut filter.common,
            Self::Districts(common) | Self::Municipalities(common) => common,
            Self::All => return None,
        })
    }

    /// The day of which statuses are told; none = today.
    pub fn on(&self) -> Option<Date> {
        match self {
            Self::Premises(filter) => filter.on,
            _ => None,
        }
    }

    /// Keys of the records that pass, ascending; none = no filter is known, so all do.
    ///
    /// # Errors
    /// A name in the filter is not in the database, or the database fails.
    pub async fn ids(&self, pool: &PgPool) -> Result<Option<Vec<i64>>> {
        let mut ids = match self {
            Self::Organisations(filter) => organisations::queries::matching_ids(pool, filter).await?,
            Self::Support(filter) => support::queries::matching_ids(pool, filter).await?,
            Self::Premises(filter) => premises::queries::matching_ids(pool, filter).await?,
            Self::Offers(filter) => offers::queries::matching_ids(pool, filter).await?,
            Self::Demand(filter) => demand::queries::matching_ids(pool, filter).await?,
            Self::Equipment(filter) => equipment::queries::matching_ids(pool, filter).await?,
            Self::Districts(common) => districts::queries::matching_ids(pool, common).await?,
            Self::Municipalities(common) => districts::queries::matching_municipalities(pool, common).await?,
            Self::All => return Ok(None),
        };
        ids.sort_unstable();
        Ok(Some(ids))
    }
}

/// A data set's filters as OpenAPI describes parameters, with the codes that they take.
pub fn describe(kind: Kind) -> Vec<Value> {
    names(kind).iter().map(|name| parameter(kind, name)).collect()
}

fn parameter(kind: Kind, name: &str) -> Value {
    let any = |items: Value| json!({ "type": "array", "items": items, "minItems": 1 });
    let codes = |codes: &[&str]| any(json!({ "type": "string", "enum": codes }));
    let numbers = |n: usize| json!({ "type": "array", "items": { "type": "number" }, "minItems": n, "maxItems": n });
    // Several values are repeated parameters, but coordinates are one value with commas.
    let (schema, about, commas) = match name {
        "q" => (
            json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "\\S" }),
            "Text to look for; small typing errors are forgiven.",
            false,
        ),
        "bbox" => (numbers(4), "West, south, east, north in degrees.", true),
        "within" => (text(), "Slug of a district.", false),
        "near" => (numbers(2), "Longitude, latitude in degrees; with radius_m, only what is not farther away.", true),
        "radius_m" => (json!({ "type": "number", "minimum": 1, "maximum": 200_000 }), "Metres around `near`.", false),
        "area" => (text(), "A polygon as an encoded line (Google's algorithm, longitude first, five decimals).", false),
        "legal_form" => (codes(organisations::LEGAL_FORMS), "Any of these legal forms.", false),
        "activity" => (codes(organisations::ACTIVITIES), "Any of these activity areas.", false),
        "has" => (codes(organisations::HAS), "Has any of these on the exchange.", false),
        "kind" if kind == Kind::Support => (codes(support::KINDS), "Any of these kinds.", false),
        "kind" => (codes(offers::KINDS), "Any of these kinds.", false),
        "category" => (any(text()), "Any of these categories.", false),
        "mode" => (codes(equipment::MODES), "Any of these modes.", false),
        "status" => (codes(premises::STATUSES), "Any of these statuses.", false),
        "use" => (codes(premises::USES), "Any of these uses.", false),
        "area_min" => (json!({ "type": "number", "minimum": 0 }), "Smallest usable area, m².", false),
        "area_max" => (json!({ "type": "number", "minimum": 0 }), "Greatest usable area, m².", false),
        "accessible" => (
            json!({ "type": "string", "enum": ["true"] }),
            "Only what a wheelchair user gets into without help.",
            false,
        ),
        "administrator" => (any(text()), "Any of these administrators, by slug.", false),
        "on" => (json!({ "type": "string", "format": "date" }), "Status as of this day.", false),
        _ => (text(), "", false),
    };
    json!({ "name": name, "in": "query", "description": about, "style": "form", "explode": !commas, "schema": schema })
}

/// The schema of a record's properties.
pub fn properties(kind: Kind) -> Value {
    use crate::export::Type;
    let mut all = serde_json::Map::new();
    for column in crate::export::columns::of(kind) {
        let schema = match column.kind {
            Type::Text => json!({ "type": "string", "nullable": true, "description": column.about }),
            // An enumeration of a nullable value has to name null.
            Type::Code(codes) => {
                let codes: Vec<Value> = codes.iter().map(|code| json!(code)).chain([Value::Null]).collect();
                json!({ "type": "string", "nullable": true, "enum": codes, "description": column.about })
            }
            Type::Codes(codes) => {
                json!({ "type": "array", "items": { "type": "string", "enum": codes }, "description": column.about })
            }
            Type::Flag => json!({ "type": "boolean", "nullable": true, "description": column.about }),
            Type::Whole => json!({ "type": "integer", "nullable": true, "description": column.about }),
            Type::Decimal => json!({ "type": "number", "nullable": true, "description": column.about }),
            Type::Day => json!({ "type": "string", "format": "date", "nullable": true, "description": column.about }),
            Type::Time => {
                json!({ "type": "string", "format": "date-time", "nullable": true, "description": column.about })
            }
        };
        all.insert(column.name.to_owned(), schema);
    }
    all.insert(
        "url".to_owned(),
        json!({ "type": "string", "format": "uri", "nullable": true, "description": "Its page" }),
    );
    Value::Object(all)
}
