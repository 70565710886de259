//! Organisations of the social economy: what they are, how lists and the map choose among them.

pub mod claims;
mod history;
pub mod profile;
pub mod proposals;
pub mod queries;
pub mod routes;
pub mod verification;

use time::Date;

use crate::access::Thing;
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Badge, Card, Contact, Fact, Field, Page, Params, Place};

/// An organisation, named by its slug. Everybody may see it.
pub const ORGANISATION: Thing =
    Thing { name: "organisation", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// Codes of legal forms.
pub const LEGAL_FORMS: &[&str] = &[
    "association",
    "ordinary_association",
    "foundation",
    "social_cooperative",
    "work_cooperative",
    "disabled_cooperative",
    "cis",
    "kis",
    "wtz",
    "zaz",
    "church_legal_person",
    "local_government_association",
    "sports_club",
    "non_profit_company",
    "rural_housewives_circle",
];

/// Codes of activity areas, after art. 4 sec. 1 of the act on public benefit activity and volunteering.
pub const ACTIVITIES: &[&str] = &[
    "social_assistance",
    "family_support",
    "reintegration",
    "charity",
    "tradition",
    "minorities",
    "migrants",
    "health",
    "addictions",
    "disability",
    "employment",
    "gender_equality",
    "elderly",
    "economic_development",
    "technology",
    "local_communities",
    "education",
    "children_leisure",
    "culture",
    "sport",
    "ecology",
    "animals",
    "tourism",
    "public_safety",
    "human_rights",
    "consumers",
    "european_integration",
    "rescue",
    "disaster_relief",
    "volunteering",
    "veterans",
    "family_rights",
    "social_economy",
    "revitalisation",
];

/// What an organisation may have on the exchange.
pub const HAS: &[&str] = &["offers", "demand", "equipment"];

/// Orders of the list, the usual one first.
pub const SORTS: &[&str] = &["name", "newest"];

/// Which organisations are meant. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Text, box, district.
    pub common: Common,
    /// Any of these legal forms.
    pub legal_form: Vec<String>,
    /// Any of these activity areas.
    pub activity: Vec<String>,
    /// Has any of these on the exchange.
    pub has: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "legal_form", "activity", "has", "near", "radius_m", "area"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self {
            common: Common::parse(params)?,
            legal_form: params.codes("legal_form", LEGAL_FORMS)?,
            activity: params.codes("activity", ACTIVITIES)?,
            has: params.codes("has", HAS)?,
        })
    }
}

/// The filters as a form shows them, beside the text.
pub fn fields(page: &Page) -> Vec<Field> {
    vec![
        Field::district(page),
        Field::codes(page, "legal_form", "legal-form", LEGAL_FORMS),
        Field::codes(page, "activity", "activity", ACTIVITIES),
        Field::codes(page, "has", "has", HAS),
    ]
}

/// What a list shows of an organisation.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Internal key, also the feature id.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// Code of the legal form.
    pub legal_form: String,
    /// Has the status of a social enterprise.
    pub social_enterprise: bool,
    /// Is a public benefit organisation.
    pub public_benefit: bool,
    /// Holds the mark „Zakup Prospołeczny”.
    pub prosocial_mark: bool,
    /// Code of the main activity area.
    pub activity: Option<String>,
    /// What it does, in one line.
    pub tagline: String,
    /// Street with its kind.
    pub street: String,
    /// Building and unit number.
    pub house_number: String,
    /// District's name.
    pub district: Option<String>,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// How sure the point is, by code, where it was looked up by the address; empty where it was given.
    pub accuracy: String,
    /// How many offers it has.
    pub offers: i64,
    /// How many open demands it has.
    pub demand: i64,
    /// How many pieces of equipment it lends or gives.
    pub equipment: i64,
}

impl Summary {
    /// The card that lists and the map's panel draw.
    pub fn card(&self, page: &Page) -> Card {
        let place = Place {
            street: self.street.clone(),
            house_number: self.house_number.clone(),
            district: self.district.clone().unwrap_or_default(),
            accuracy: self.accuracy.clone(),
            ..Place::default()
        };
        let count = |icon, word: &str, n: i64| (n > 0).then(|| Fact { icon, label: page.t(word), text: n.to_string() });
        Card {
            item: format!("organizacje/{}", self.slug),
            layer: "organisations",
            feature_id: Some(self.id),
            position: self.lon.zip(self.lat).map(|(lon, lat)| [lon, lat]),
            photo: None,
            mark: "organisations",
            activity: self.activity.clone().unwrap_or_default(),
            icon: "users",
            kicker: page.code("legal-form", &self.legal_form),
            title: self.name.clone(),
            text: self.tagline.clone(),
            badges: flags(
                page,
                self.social_enterprise,
                self.public_benefit.then_some("organisation-public-benefit"),
                self.prosocial_mark,
            ),
            facts: [
                Fact::of("map-pin", page.t("address"), place.on_card(page)),
                count("package", "organisation-offers", self.offers),
                count("clipboard-list", "organisation-demand", self.demand),
                count("wrench", "organisation-equipment", self.equipment),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}

/// Badges for what an organisation is, beside its legal form. Public benefit comes with its words: short on a card, long
/// on a page.
pub fn flags(page: &Page, social_enterprise: bool, public_benefit: Option<&str>, prosocial_mark: bool) -> Vec<Badge> {
    [
        (social_enterprise, "handshake", "organisation-social-enterprise", "badge-brand"),
        (public_benefit.is_some(), "heart", public_benefit.unwrap_or_default(), "badge-info"),
        (prosocial_mark, "badge-check", "organisation-prosocial-mark", ""),
    ]
    .into_iter()
    .filter(|(is, ..)| *is)
    .map(|(_, icon, word, class)| Badge::new(icon, page.t(word)).class(class))
    .collect()
}

/// Everything a page says about an organisation itself.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Internal key, also the feature id.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// The municipality of its seat.
    pub municipality_id: i64,
    /// Full name.
    pub name: String,
    /// Code of the legal form.
    pub legal_form: String,
    /// Has the status of a social enterprise.
    pub social_enterprise: bool,
    /// Is a public benefit organisation.
    pub public_benefit: bool,
    /// Holds the mark „Zakup Prospołeczny”.
    pub prosocial_mark: bool,
    /// Codes of activity areas, the main one first.
    pub activities: Vec<String>,
    /// National court register number.
    pub krs: Option<String>,
    /// Tax identifier.
    pub nip: Option<String>,
    /// Statistical identifier.
    pub regon: Option<String>,
    /// What it does, in one line.
    pub tagline: String,
    /// What it does, plain text.
    pub description: String,
    /// Where it is.
    pub place: Place,
    /// How to reach it.
    pub contact: Contact,
    /// Where the record comes from.
    pub source: String,
    /// Licence of the source.
    pub licence: String,
    /// Day on which somebody last confirmed the record.
    pub verified_on: Option<Date>,
    /// Who confirmed it: `organisation` or `office`; none = so says its source.
    pub verified_by: Option<String>,
}

impl Organisation {
    /// Path of its page without the first slash.
    pub fn item(&self) -> String {
        format!("organizacje/{}", self.slug)
    }

    /// Code of the main activity area; empty when none is known.
    pub fn main_activity(&self) -> &str {
        self.activities.first().map_or("", String::as_str)
    }
}

/// What whoever looks at an organisation may do with it.
#[derive(Debug, Clone, Copy, Default)]
struct Own {
    /// They keep its profile.
    may_edit: bool,
    /// They may say that it is theirs.
    may_claim: bool,
}

impl Own {
    fn of(page: &Page, organisation: &Organisation) -> Self {
        let Some(viewer) = &page.viewer else { return Self { may_edit: false, may_claim: true } };
        let may_edit = viewer.represents(organisation.id) || viewer.is_official_of(Some(organisation.municipality_id));
        Self { may_edit, may_claim: !may_edit && !viewer.is_office() }
    }
}

/// A part of an organisation's page: its anchor, words and cards.
#[derive(Debug)]
struct Section {
    anchor: &'static str,
    title: String,
    cards: Vec<Card>,
}

/// The page of an organisation as it would be.
#[derive(Debug)]
struct Preview {
    organisation: Organisation,
    badges: Vec<Badge>,
    sections: Vec<Section>,
    own: Own,
}

impl Preview {
    fn of(page: &Page, organisation: Organisation) -> Self {
        let badges = routes::badges(page, &organisation);
        Self { badges, organisation, sections: Vec::new(), own: Own::default() }
    }
}

/// Municipal premises that an organisation uses today.
#[derive(Debug, Clone)]
pub struct UsedPremises {
    /// Internal key, also the feature id.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// Address as its heading.
    pub name: String,
    /// Code of the status: occupied or reserved.
    pub status: String,
    /// Usable area, m².
    pub area_m2: f64,
    /// Code of the use.
    pub use_code: String,
    /// Since when.
    pub since: Date,
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
}
