//! Demand: what municipal units and organisations want to buy.

pub mod queries;
pub mod routes;

use time::Date;

use super::{Category, Party, category_field, wanted_categories};
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Badge, Card, Fact, Field, Page, Params};

/// Orders of the list, the usual one first; open demands come before closed ones in each.
pub const SORTS: &[&str] = &["deadline", "newest", "name"];

/// Which demands are meant. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Text; box and district of the organisation that asks.
    pub common: Common,
    /// Any of these categories.
    pub category: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "category"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self { common: Common::parse(params)?, category: wanted_categories(params) })
    }
}

/// The filters as a form shows them, beside the text.
pub fn fields(page: &Page, categories: &[Category]) -> Vec<Field> {
    vec![category_field(page, categories)]
}

/// Something that is needed.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// What is needed, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Category.
    pub category: Category,
    /// How much or how often, in words.
    pub quantity: String,
    /// Lower end of the budget with tax, PLN.
    pub budget_min_pln: Option<f64>,
    /// Upper end of the budget with tax, PLN.
    pub budget_max_pln: Option<f64>,
    /// Last day for answers; none = until further notice.
    pub deadline: Option<Date>,
    /// True until the deadline has passed.
    pub open: bool,
    /// Who asks.
    pub party: Party,
}

impl Demand {
    /// The budget in words; empty when none is given.
    pub fn budget(&self, page: &Page) -> String {
        let money = |sum: f64| page.lang.money_pln(sum);
        match (self.budget_min_pln, self.budget_max_pln) {
            (Some(min), Some(max)) => format!("{} – {}", money(min), money(max)),
            (Some(min), None) => format!("{} {}", page.t("filter-from"), money(min)),
            (None, Some(max)) => format!("{} {}", page.t("filter-to"), money(max)),
            (None, None) => String::new(),
        }
    }

    /// Open or closed.
    pub fn badge(&self, page: &Page) -> Badge {
        if self.open {
            Badge::new("hourglass", page.t("demand-open")).class("status status-open")
        } else {
            Badge::new("lock", page.t("demand-closed")).class("status status-closed")
        }
    }

    /// The card that lists and the map's panel draw.
    pub fn card(&self, page: &Page) -> Card {
        self.party.on(Card {
            item: format!("zapotrzebowanie/{}", self.slug),
            mark: "demand",
            icon: "clipboard-list",
            kicker: self.category.name.clone(),
            title: self.name.clone(),
            badges: vec![self.badge(page)],
            facts: [
                self.deadline.and_then(|day| {
                    Fact::of("calendar", page.t("demand-deadline"), page.x("until", &page.lang.date(day)))
                }),
                Fact::of("wallet", page.t("demand-budget"), self.budget(page)),
                Fact::of("users", page.t("demand-author"), self.party.name.clone()),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..Card::default()
        })
    }
}
