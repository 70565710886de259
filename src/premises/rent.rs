//! What decides the rent of municipal premises let to organisations.
//!
//! The rules are a municipality's own and change by its mayor's order, so they are configuration; where there are none,
//! pages show the rate of each unit without an explanation.

use serde::Deserialize;

use crate::web::Lang;

/// The rules of one municipality.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RentPolicy {
    /// TERYT code of the municipality.
    pub teryt: String,
    /// For how many months at a time the discount is given.
    pub months: i64,
    /// Where the rules are stated, in Polish.
    pub source_pl: String,
    /// Where the rules are stated, in English.
    pub source_en: String,
    /// Discounts by what the organisation does.
    #[serde(default)]
    pub activity_discounts: Vec<Discount>,
    /// Further discounts for units that are harder to use.
    #[serde(default)]
    pub storey_discounts: Vec<Discount>,
}

/// A discount and what it is given for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// So much, or at most so much, %.
    pub percent: u8,
    /// What for, in Polish.
    pub label_pl: String,
    /// What for, in English.
    pub label_en: String,
    /// Storeys it goes with, by code; empty where it goes with activities.
    #[serde(default)]
    pub storeys: Vec<String>,
}

impl RentPolicy {
    /// The discount that a unit on this storey brings.
    pub fn storey_discount(&self, storey: &str) -> Option<&Discount> {
        self.storey_discounts.iter().find(|discount| discount.storeys.iter().any(|known| known == storey))
    }

    /// Where the rules are stated.
    pub fn source(&self, lang: &Lang) -> &str {
        if *lang == Lang::Pl { &self.source_pl } else { &self.source_en }
    }
}

impl Discount {
    /// What it is given for.
    pub fn label(&self, lang: &Lang) -> &str {
        if *lang == Lang::Pl { &self.label_pl } else { &self.label_en }
    }
}
