//! The exchange of socially responsible orders: what organisations offer, what is needed, what is lent or given.

pub mod demand;
pub mod desk;
pub mod equipment;
pub mod loans;
pub mod manage;
pub mod near;
pub mod offers;
pub mod photos;
pub mod queries;

use crate::access::Routes;
use crate::error::Result;
use crate::web::{Card, Field, Page, Params, Place};

/// Routes of the exchange.
pub fn routes() -> Routes {
    Routes::new()
        .merge(offers::routes::routes())
        .merge(offers::edit::routes())
        .merge(demand::routes::routes())
        .merge(demand::edit::routes())
        .merge(equipment::routes::routes())
        .merge(equipment::edit::routes())
        .merge(loans::routes::routes())
        .merge(desk::routes())
}

/// A category of goods and services, in the page's language.
#[derive(Debug, Clone)]
pub struct Category {
    /// Code in web addresses.
    pub code: String,
    /// Name on screen.
    pub name: String,
    /// Code of the Common Procurement Vocabulary with its check digit.
    pub cpv: String,
}

/// The filter by category: one of those in the database.
pub fn category_field(page: &Page, categories: &[Category]) -> Field {
    Field::pick(page, "category", categories.iter().map(|category| (category.code.clone(), category.name.clone())))
}

/// The values of `category`; the query checks them, for they live in the database.
fn wanted_categories(params: &Params) -> Result<Vec<String>> {
    let mut codes = params.texts("category")?;
    codes.sort();
    codes.dedup();
    Ok(codes)
}

/// Who offers, asks or lends: an organisation of the register, or somebody by name only.
#[derive(Debug, Clone, Default)]
pub struct Party {
    /// Organisation: internal key (the feature id of its mark), slug.
    pub organisation: Option<(i64, String)>,
    /// Name.
    pub name: String,
    /// Where its mark is: longitude and latitude, degrees.
    pub position: Option<[f64; 2]>,
    /// Telephone as written.
    pub phone: String,
    /// E-mail address.
    pub email: String,
}

impl Party {
    /// Path of its page without the first slash, where it has one.
    pub fn item(&self) -> Option<String> {
        self.organisation.as_ref().map(|(_, slug)| format!("organizacje/{slug}"))
    }

    /// Its feature id, where it has a mark.
    pub fn feature_id(&self) -> Option<i64> {
        self.organisation.as_ref().map(|(id, _)| *id)
    }

    /// Where it is, for the small map.
    pub fn place(&self) -> Place {
        Place { position: self.position, ..Place::default() }
    }

    /// Puts its mark on a card.
    fn on(&self, card: Card) -> Card {
        Card {
            layer: if self.organisation.is_some() { "organisations" } else { "" },
            feature_id: self.feature_id(),
            position: self.position,
            ..card
        }
    }
}

/// The party as a row of a query names it.
fn party(
    id: Option<i64>,
    slug: Option<String>,
    name: String,
    point: Option<(f64, f64)>,
    phone: Option<String>,
    email: Option<String>,
) -> Party {
    Party {
        organisation: id.zip(slug),
        name,
        position: point.map(|(lon, lat)| [lon, lat]),
        phone: phone.unwrap_or_default(),
        email: email.unwrap_or_default(),
    }
}

/// Cards of everything that one organisation has on the exchange, by kind.
///
/// # Errors
/// The database fails.
pub async fn cards_of(pool: &sqlx::PgPool, page: &Page, organisation_id: i64) -> Result<[Vec<Card>; 3]> {
    let (most, id) = (200, organisation_id);
    let offers = queries::ids_of_organisation(pool, "offer", id).await?;
    let demand = queries::ids_of_organisation(pool, "demand", id).await?;
    let equipment = queries::ids_of_organisation(pool, "equipment", id).await?;
    let offers = offers::queries::summaries(pool, page.lang, &offers, "name", most, 0).await?;
    let demand = demand::queries::summaries(pool, page.lang, &demand, "deadline", most, 0).await?;
    let equipment = equipment::queries::summaries(pool, page.lang, &equipment, "name", most, 0).await?;
    let mut cards: [Vec<Card>; 3] = [
        offers.iter().map(|row| row.card(page)).collect(),
        demand.iter().map(|row| row.card(page)).collect(),
        equipment.iter().map(|row| row.card(page)).collect(),
    ];
    // On the organisation's own page nobody asks whose they are.
    for card in cards.iter_mut().flatten() {
        card.facts.retain(|fact| fact.icon != "users");
    }
    Ok(cards)
}
