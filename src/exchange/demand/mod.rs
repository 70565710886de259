//! Demand: what municipal units, organisations and residents want to buy.

pub mod attachments;
pub mod edit;
mod form;
pub mod matching;
pub mod queries;
pub mod routes;

use time::Date;

use super::manage::{self, Hand, Manage};
use super::{Category, Party, category_field, wanted_categories};
use crate::access::{Thing, Viewer};
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Badge, Card, Fact, Field, Page, Params, Place};

pub use matching::run_due;

/// A demand in the path of a route.
pub const DEMAND: Thing =
    Thing { name: "demand", find: |pool, slug| Box::pin(async move { queries::owned(&pool, &slug).await }) };

/// Orders of the list, the usual one first; open demands come before closed ones in each.
pub const SORTS: &[&str] = &["deadline", "newest", "name", "distance"];

/// Which demands are meant. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Text; box and district of where it is needed, else of the organisation that asks.
    pub common: Common,
    /// Any of these categories.
    pub category: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "category", "near", "radius_m", "area"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self { common: Common::parse(params)?, category: wanted_categories(params)? })
    }
}

/// The filters as a form shows them, beside the text.
pub fn fields(page: &Page, categories: &[Category]) -> Vec<Field> {
    vec![category_field(page, categories), Field::district(page)]
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
    /// True while answers are wanted and the deadline has not passed.
    pub open: bool,
    /// `draft`, `pending`, `open`, `answered`, `settled`, `withdrawn`, `closed` or `hidden`.
    pub state: String,
    /// True while everybody sees it.
    pub shown: bool,
    /// Counts changes.
    pub version: i32,
    /// Municipality.
    pub municipality_id: i64,
    /// Account that posted it.
    pub author_id: Option<i64>,
    /// A person asks, not an organisation or a unit.
    pub by_person: bool,
    /// Unit of the municipality that asks; empty for others.
    pub unit_name: String,
    /// True once everybody saw it.
    pub was_published: bool,
    /// District where it is needed, where that is said: slug and name.
    pub district: Option<(String, String)>,
    /// Where it is needed, where a point is given: longitude and latitude, degrees.
    pub point: Option<[f64; 2]>,
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

    /// Whether it waits for answers, or what became of it.
    pub fn badge(&self, page: &Page) -> Badge {
        match self.state.as_str() {
            _ if self.open && self.state == "open" => {
                Badge::new("hourglass", page.t("demand-open")).class("status status-open")
            }
            "open" | "closed" => Badge::new("lock", page.t("demand-closed")).class("status status-closed"),
            state => manage::badge(page, "demand", state),
        }
    }

    /// Key of the sentence that says why no answers are wanted any more; empty while they are, and before anybody sees it.
    pub fn over(&self) -> &'static str {
        match self.state.as_str() {
            "settled" => "demand-settled-note",
            "withdrawn" => "demand-withdrawn-note",
            "open" | "answered" | "closed" if !self.open => "demand-closed-note",
            _ => "",
        }
    }

    /// Path of its page without the first slash.
    pub fn item(&self) -> String {
        format!("zapotrzebowanie/{}", self.slug)
    }

    /// Where it is needed, for the small map: the point, else the organisation's seat.
    pub fn place(&self) -> Place {
        Place { position: self.point.or(self.party.position), ..Place::default() }
    }

    /// Who somebody is to this demand.
    pub fn hand(&self, viewer: &Viewer) -> Hand {
        let office = viewer.is_official_of(Some(self.municipality_id));
        let owner = match &self.party.organisation {
            Some((id, _)) => viewer.represents(*id),
            None if self.by_person => self.author_id == Some(viewer.account_id),
            None => office,
        };
        Hand { owner, office }
    }

    /// What somebody may do with it; nothing for whoever may not.
    pub fn manage(&self, page: &Page) -> Option<Manage> {
        let hand = self.hand(page.viewer.as_deref()?);
        if !hand.owner && (!hand.office || self.state == "draft") {
            return None;
        }
        let all = ["publish", "draft", "answered", "settle", "reopen", "withdraw", "hide", "show", "delete"];
        let can = all.into_iter().filter(|action| step(&self.state, action, hand, self.was_published).is_some());
        let path = format!("/zapotrzebowanie/{}", self.slug);
        Some(Manage::new(page, "demand", path, &self.state, &can.collect::<Vec<_>>(), self.is_editable()))
    }

    /// What is over stays as it was.
    pub fn is_editable(&self) -> bool {
        !matches!(self.state.as_str(), "settled" | "withdrawn")
    }

    /// The card that lists and the map's panel draw.
    pub fn card(&self, page: &Page) -> Card {
        let card = self.party.on(Card {
            item: self.item(),
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
                self.district.as_ref().and_then(|(_, name)| Fact::of("map-pin", page.t("demand-place"), name)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..Card::default()
        });
        Card { position: self.place().position, ..card }
    }
}

/// The state that an action leads to from a state; `gone` for a draft that nobody ever saw and that is thrown away. Nothing where the
/// rules do not allow it. A resident's demand that has to be checked first is pending instead of open.
pub fn step(state: &str, action: &str, hand: Hand, was_published: bool) -> Option<&'static str> {
    match (action, state) {
        ("publish", "draft") if hand.owner => Some("open"),
        ("draft", "pending") if hand.owner => Some("draft"),
        ("answered", "open") if hand.owner => Some("answered"),
        ("settle", "open" | "answered" | "closed") if hand.owner => Some("settled"),
        ("withdraw", "open" | "answered" | "closed") if hand.owner => Some("withdrawn"),
        ("reopen", "answered" | "settled" | "withdrawn") if hand.owner => Some("open"),
        ("delete", "draft") if hand.owner && !was_published => Some("gone"),
        ("hide", "open" | "answered" | "settled" | "withdrawn" | "closed") if hand.office && !hand.owner => {
            Some("hidden")
        }
        ("show", "hidden") if hand.office => Some("open"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_round_the_check() {
        let (owner, office) = (Hand { owner: true, office: false }, Hand { owner: false, office: true });
        for state in ["pending", "hidden"] {
            for action in ["publish", "answered", "settle", "withdraw", "reopen", "show", "delete"] {
                assert_eq!(step(state, action, owner, false), None, "{state} {action}");
            }
        }
        assert_eq!(step("pending", "draft", owner, false), Some("draft"));
        assert_eq!(
            (step("pending", "show", office, false), step("hidden", "show", office, false)),
            (None, Some("open"))
        );
    }
}
