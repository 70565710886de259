//! Equipment: things lent or given to organisations free of charge.

pub mod queries;
pub mod routes;

use super::{Category, Party, category_field, wanted_categories};
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Badge, Card, Fact, Field, Page, Params};

/// Codes of modes.
pub const MODES: &[&str] = &["lend", "give"];

/// Orders of the list, the usual one first.
pub const SORTS: &[&str] = &["name", "category", "newest"];

/// Which things are meant. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Text; box and district of the owner.
    pub common: Common,
    /// Any of these categories.
    pub category: Vec<String>,
    /// Any of these modes.
    pub mode: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "category", "mode", "near", "radius_m", "area"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self {
            common: Common::parse(params)?,
            category: wanted_categories(params),
            mode: params.codes("mode", MODES)?,
        })
    }
}

/// The filters as a form shows them, beside the text.
pub fn fields(page: &Page, categories: &[Category]) -> Vec<Field> {
    vec![category_field(page, categories), Field::codes(page, "mode", "mode", MODES)]
}

/// A thing lent or given.
#[derive(Debug, Clone)]
pub struct Equipment {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// What it is, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Category.
    pub category: Category,
    /// `lend` or `give`.
    pub mode: String,
    /// How many pieces.
    pub quantity: i32,
    /// On what terms, in words.
    pub terms: String,
    /// Whose it is.
    pub party: Party,
}

impl Equipment {
    /// Lent or given.
    pub fn badge(&self, page: &Page) -> Badge {
        let (icon, class) = if self.mode == "give" { ("gift", "badge-brand") } else { ("repeat", "badge-info") };
        Badge::new(icon, page.code("mode", &self.mode)).class(class)
    }

    /// How many pieces, in words.
    pub fn pieces(&self, page: &Page) -> String {
        page.n("equipment-pieces", &i64::from(self.quantity))
    }

    /// The card that lists and the map's panel draw.
    pub fn card(&self, page: &Page) -> Card {
        self.party.on(Card {
            item: format!("sprzet/{}", self.slug),
            mark: "equipment",
            icon: "wrench",
            kicker: self.category.name.clone(),
            title: self.name.clone(),
            badges: vec![self.badge(page)],
            facts: [
                Fact::of("box", page.t("equipment-quantity"), self.pieces(page)),
                Fact::of("users", page.t("equipment-owner"), self.party.name.clone()),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..Card::default()
        })
    }
}
