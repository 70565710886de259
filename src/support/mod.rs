//! Institutions that support the social economy: OWES, ROEFS, ROPS, offices, incubators.

mod edit;
pub mod queries;
mod routes;

use time::Date;

use crate::access::Thing;
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Badge, Card, Contact, Fact, Field, Page, Params, Place};

pub use queries::{detail, matching_ids, summaries};
pub use routes::routes;

/// A support institution, named by its slug. Everybody may see it.
pub const INSTITUTION: Thing =
    Thing { name: "support institution", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// Services that institutions give.
pub const SERVICES: &[&str] = &["advice", "training", "animation", "library", "rooms", "funding"];

/// Kinds of institutions.
pub const KINDS: &[&str] = &["owes", "roefs", "rops", "city_office", "marshal_office", "incubator", "other"];

/// Orders of the list, the default first.
pub const SORTS: &[&str] = &["name", "kind"];

/// Filters of the support institutions; the default lets everything through.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Filters of any layer.
    pub common: Common,
    /// Any of these kinds; empty = all.
    pub kinds: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "kind", "near", "radius_m", "area"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is unknown or malformed; the parameter is named.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self { common: Common::parse(params)?, kinds: params.codes("kind", KINDS)? })
    }
}

/// An institution as a list shows it.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Key, also the feature id in tiles.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// Kind, by code.
    pub kind: String,
    /// Services, by code.
    pub services: Vec<String>,
    /// What it does, in one line.
    pub tagline: String,
    /// Where it is.
    pub place: Place,
}

/// An institution as its page shows it.
#[derive(Debug, Clone)]
pub struct Institution {
    /// What the list shows of it.
    pub summary: Summary,
    /// Who runs it, where that is somebody else; or empty.
    pub operator: String,
    /// Whom it serves, in words.
    pub area_of_operation: String,
    /// Plain text.
    pub description: String,
    /// How to reach it.
    pub contact: Contact,
    /// Where the record comes from.
    pub source: String,
    /// Licence of the source, or empty.
    pub licence: String,
    /// Day on which somebody last confirmed the record.
    pub verified_on: Option<Date>,
    /// Who confirmed it: `institution` or `office`; none = so says its source.
    pub verified_by: Option<String>,
    /// Pages worth a visit.
    pub links: Vec<Link>,
    /// The municipality on whose map it stands.
    pub municipality_id: i64,
}

/// A page worth a visit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Link {
    /// Text of the link.
    pub label: String,
    /// Address with http:// or https://.
    pub url: String,
}

/// Filters that the list and the map share.
pub fn fields(page: &Page) -> Vec<Field> {
    vec![Field::codes(page, "kind", "support-kind", KINDS), Field::district(page)]
}

/// Icon of a service.
pub fn service_icon(service: &str) -> &'static str {
    match service {
        "advice" => "lightbulb",
        "training" => "graduation-cap",
        "animation" => "network",
        "library" => "library",
        "rooms" => "presentation",
        "funding" => "wallet",
        _ => "check",
    }
}

impl Summary {
    /// Path of its page without the first slash.
    pub fn item(&self) -> String {
        format!("wsparcie/{}", self.slug)
    }

    /// The card of lists and of the map's panel.
    pub fn card(&self, page: &Page) -> Card {
        let services = self.services.iter().map(|code| Badge::new(service_icon(code), page.code("service", code)));
        Card {
            item: self.item(),
            activity: String::new(),
            layer: "support",
            feature_id: self.place.position.map(|_| self.id),
            position: self.place.position,
            photo: None,
            mark: "support",
            icon: "info",
            kicker: page.code("support-kind", &self.kind),
            title: self.name.clone(),
            text: self.tagline.clone(),
            badges: services.collect(),
            facts: Fact::of("map-pin", page.t("address"), self.place.on_card(page)).into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_checked() {
        let filter = Filter::parse(&Params::parse("kind=rops&kind=owes")).expect("a filter");
        assert_eq!(filter.kinds, ["owes", "rops"]);
        assert!(Filter::parse(&Params::parse("kind=bank")).is_err());
    }
}
