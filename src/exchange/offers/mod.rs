//! Offers: products and services that organisations sell.

pub mod queries;
pub mod routes;

use super::{Category, Party, category_field, wanted_categories};
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Card, Fact, Field, Page, Params};

/// Codes of kinds.
pub const KINDS: &[&str] = &["product", "service"];

/// Orders of the list, the usual one first.
pub const SORTS: &[&str] = &["name", "price", "category", "newest"];

/// Which offers are meant. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Text; box and district of the organisation.
    pub common: Common,
    /// Any of these kinds.
    pub kind: Vec<String>,
    /// Any of these categories.
    pub category: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "kind", "category"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self {
            common: Common::parse(params)?,
            kind: params.codes("kind", KINDS)?,
            category: wanted_categories(params),
        })
    }
}

/// The filters as a form shows them, beside the text.
pub fn fields(page: &Page, categories: &[Category]) -> Vec<Field> {
    vec![category_field(page, categories), Field::codes(page, "kind", "offer-kind", KINDS), Field::district(page)]
}

/// An offer.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// `product` or `service`.
    pub kind: String,
    /// What it is, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Category.
    pub category: Category,
    /// Price with tax, PLN; none = by arrangement.
    pub price_pln: Option<f64>,
    /// What the price is for.
    pub price_unit: String,
    /// Where it is delivered, in words.
    pub delivery_area: String,
    /// Who sells.
    pub party: Party,
}

impl Offer {
    /// Price and unit, or that it is by arrangement.
    pub fn price(&self, page: &Page) -> String {
        match self.price_pln {
            Some(price) if self.price_unit.is_empty() => page.lang.money_pln(price),
            // Units are written both ways: „za osobę” reads on, „osoba” takes a stroke.
            Some(price) if self.price_unit.starts_with("za ") => {
                format!("{} {}", page.lang.money_pln(price), self.price_unit)
            }
            Some(price) => format!("{} / {}", page.lang.money_pln(price), self.price_unit),
            None => page.t("offer-price-by-arrangement"),
        }
    }

    /// Icon of its kind.
    pub fn icon(&self) -> &'static str {
        if self.kind == "service" { "handshake" } else { "package" }
    }

    /// The card that lists and the map's panel draw.
    pub fn card(&self, page: &Page) -> Card {
        self.party.on(Card {
            item: format!("oferty/{}", self.slug),
            mark: "offers",
            icon: self.icon(),
            kicker: format!("{} · {}", page.code("offer-kind", &self.kind), self.category.name),
            title: self.name.clone(),
            facts: [
                Fact::of("wallet", page.t("offer-price"), self.price(page)),
                Fact::of("users", page.t("organisation"), self.party.name.clone()),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..Card::default()
        })
    }
}
