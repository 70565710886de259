//! Offers: products and services that organisations sell.

pub mod edit;
mod form;
pub mod queries;
pub mod routes;

use super::manage::{Hand, Manage};
use super::{Category, Party, category_field, wanted_categories};
use crate::access::{Thing, Viewer};
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Card, Fact, Field, Page, Params, PhotoView};

/// An offer in the path of a route.
pub const OFFER: Thing =
    Thing { name: "offer", find: |pool, slug| Box::pin(async move { queries::owned(&pool, &slug).await }) };

/// Codes of kinds.
pub const KINDS: &[&str] = &["product", "service"];

/// Orders of the list, the usual one first.
pub const SORTS: &[&str] = &["name", "price", "category", "newest", "distance"];

/// Codes of how far an offer is delivered.
pub const DELIVERY_KINDS: &[&str] = &["town", "districts", "radius"];

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
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "kind", "category", "near", "radius_m", "area"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self {
            common: Common::parse(params)?,
            kind: params.codes("kind", KINDS)?,
            category: wanted_categories(params)?,
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
    /// Where it is delivered, in the words of a file.
    pub delivery_area: String,
    /// Code of how far it is delivered; none = `delivery_area` says it.
    pub delivery_kind: Option<String>,
    /// How far from the organisation, metres.
    pub delivery_radius_m: Option<i32>,
    /// Slugs of the districts that it is delivered to.
    pub district_slugs: Vec<String>,
    /// Names of these districts.
    pub district_names: Vec<String>,
    /// `draft`, `published`, `archived` or `hidden`.
    pub state: String,
    /// True while everybody sees it.
    pub shown: bool,
    /// Counts changes.
    pub version: i32,
    /// Municipality.
    pub municipality_id: i64,
    /// True once everybody saw it.
    pub was_published: bool,
    /// Its first photo.
    pub photo: Option<PhotoView>,
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

    /// Where it is delivered, in words; empty when nobody said.
    pub fn delivery(&self, page: &Page) -> String {
        match (self.delivery_kind.as_deref(), self.delivery_radius_m) {
            (Some("town"), _) => page.t("offer-delivery-town"),
            (Some("districts"), _) => self.district_names.join(", "),
            (Some("radius"), Some(metres)) => {
                page.x("offer-delivery-radius", &page.lang.number(f64::from(metres) / 1000.0, 0))
            }
            _ => self.delivery_area.clone(),
        }
    }

    /// Who somebody is to this offer.
    pub fn hand(&self, viewer: &Viewer) -> Hand {
        Hand {
            owner: self.party.organisation.as_ref().is_some_and(|(id, _)| viewer.represents(*id)),
            office: viewer.is_official_of(Some(self.municipality_id)),
        }
    }

    /// What somebody may do with it; nothing for whoever may not.
    pub fn manage(&self, page: &Page) -> Option<Manage> {
        let hand = self.hand(page.viewer.as_deref()?);
        if !hand.owner && (!hand.office || self.state == "draft") {
            return None;
        }
        let all = ["publish", "draft", "archive", "hide", "show", "delete"];
        let can = all.into_iter().filter(|action| step(&self.state, action, hand, self.was_published).is_some());
        Some(Manage::new(page, "offer", format!("/oferty/{}", self.slug), &self.state, &can.collect::<Vec<_>>(), true))
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
            photo: self.photo.clone(),
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

/// The state that an action leads to from a state; `gone` for a draft that nobody ever saw and that is thrown away. Nothing where the
/// rules do not allow it.
pub fn step(state: &str, action: &str, hand: Hand, was_published: bool) -> Option<&'static str> {
    match (action, state) {
        ("publish", "draft" | "archived") if hand.owner => Some("published"),
        ("draft", "published" | "archived") if hand.owner => Some("draft"),
        ("archive", "published") if hand.owner => Some("archived"),
        ("delete", "draft") if hand.owner && !was_published => Some("gone"),
        ("hide", "published") if hand.office => Some("hidden"),
        ("show", "hidden") if hand.office => Some("published"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_official_took_down_only_an_official_brings_back() {
        let (owner, office) = (Hand { owner: true, office: false }, Hand { owner: false, office: true });
        for action in ["publish", "draft", "archive", "show", "delete"] {
            assert_eq!(step("hidden", action, owner, true), None, "{action}");
        }
        assert_eq!(step("hidden", "show", office, true), Some("published"));
        assert_eq!((step("draft", "publish", office, false), step("draft", "delete", owner, true)), (None, None));
        assert_eq!(step("draft", "delete", owner, false), Some("gone"));
    }
}
