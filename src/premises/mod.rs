//! Municipal premises let to organisations on preferential terms, and what each of them was from day to day.
//!
//! A unit without a period on some day was not in the town's pool then: it counts as withdrawn.

mod filter;
mod media;
pub mod queries;
pub mod rent;
mod routes;

use time::Date;

use crate::web::{Badge, Card, Fact, Field, Page, Place};

pub use filter::Filter;
pub use queries::{detail, matching_ids, summaries};
pub use routes::routes;

/// Statuses, the ones an organisation can apply for first.
pub const STATUSES: &[&str] = &["free", "open_call", "reserved", "renovation", "occupied", "withdrawn"];

/// What a unit is fit for.
pub const USES: &[&str] =
    &["office", "services", "shop", "workshop", "culture", "education", "sport", "storage", "shared"];

/// Orders of the list, the default first.
pub const SORTS: &[&str] = &["status", "name", "area", "rent"];

/// A unit as a list shows it.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Key, also the feature id in tiles.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// Address as its heading.
    pub name: String,
    /// Status on the day the list is about, by code.
    pub status: String,
    /// Usable area, m².
    pub area_m2: f64,
    /// What it is fit for, by code.
    pub use_code: String,
    /// Storey, by code.
    pub storey: String,
    /// Technical condition, by code.
    pub technical_condition: String,
    /// A wheelchair user gets in without help.
    pub accessible: bool,
    /// The unit that lets it, or empty.
    pub administrator: String,
    /// Monthly rent, PLN net per m².
    pub rent_pln_per_m2: Option<f64>,
    /// Last day for offers in an open call.
    pub call_deadline: Option<Date>,
    /// Where it is.
    pub place: Place,
}

/// A unit as its page shows it.
#[derive(Debug, Clone)]
pub struct Premises {
    /// What the list shows of it, today.
    pub summary: Summary,
    /// TERYT code of the municipality, which decides the rent policy.
    pub teryt: String,
    /// Utilities, by code.
    pub utilities: Vec<String>,
    /// What helps or hinders people with disabilities.
    pub accessibility_note: String,
    /// How to reach the administrator.
    pub administrator_contact: String,
    /// Plain text.
    pub remarks: String,
    /// Where the record comes from.
    pub source: String,
    /// Public page that states the facts, or empty.
    pub source_url: String,
    /// Licence of the source, or empty.
    pub licence: String,
    /// Day on which somebody last confirmed the record.
    pub verified_on: Option<Date>,
    /// Its whole history, the latest first.
    pub periods: Vec<Period>,
    /// Its pictures.
    pub photos: Vec<Photo>,
}

/// What a unit was for a time.
#[derive(Debug, Clone)]
pub struct Period {
    /// Status, by code.
    pub status: String,
    /// First day.
    pub from: Date,
    /// Last day; none = until further notice.
    pub to: Option<Date>,
    /// True when today is in it.
    pub current: bool,
    /// Name of the tenant, or empty.
    pub tenant: String,
    /// Name in web addresses of the tenant, where it is in the register.
    pub tenant_slug: Option<String>,
    /// Legal title, by code.
    pub title: Option<String>,
    /// How it was let, by code.
    pub letting_mode: Option<String>,
    /// Monthly rent, PLN net per m².
    pub rent_pln_per_m2: Option<f64>,
    /// Announcement of an open call, plain text.
    pub call_announcement: String,
    /// Last day for offers.
    pub call_deadline: Option<Date>,
    /// The last day for offers has not passed.
    pub call_open: bool,
    /// Remark.
    pub note: String,
}

/// A picture of a unit.
#[derive(Debug, Clone)]
pub struct Photo {
    /// File name in the media folder.
    pub file: String,
    /// What is to be seen.
    pub alternative_text: String,
}

/// An administrator as the list's filter offers it.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// Name in web addresses.
    pub slug: String,
    /// Name of the unit.
    pub name: String,
}

/// Filters that the list and the map share.
pub fn fields(page: &Page) -> Vec<Field> {
    vec![
        Field::codes(page, "status", "status", STATUSES),
        Field::codes(page, "use", "use", USES),
        Field::range(page, "area", ["area_min", "area_max"], "m²"),
        Field::toggle(page, "accessible"),
        Field::district(page),
    ]
}

/// The status as the name of a mark, and the icon in it.
pub fn mark(status: &str) -> (&'static str, &'static str) {
    match status {
        "free" => ("free", "door-open"),
        "open_call" => ("open_call", "hourglass"),
        "reserved" => ("reserved", "lock"),
        "occupied" => ("occupied", "door-closed"),
        "renovation" => ("renovation", "paint-roller"),
        _ => ("withdrawn", "ban"),
    }
}

/// A status as a pill.
pub fn status_badge(page: &Page, status: &str) -> Badge {
    let (mark, icon) = mark(status);
    Badge::new(icon, page.code("status", status)).class(format!("status status-{mark}"))
}

impl Summary {
    /// Path of its page without the first slash.
    pub fn item(&self) -> String {
        format!("lokale/{}", self.slug)
    }

    /// The card of lists and of the map's panel.
    pub fn card(&self, page: &Page) -> Card {
        let (mark, icon) = mark(&self.status);
        let mut badges = vec![status_badge(page, &self.status)];
        if let Some(deadline) = self.call_deadline {
            let label = page.x("premises-offers-until", &page.lang.date(deadline));
            badges.push(Badge::new("calendar", label).class("badge-warning"));
        }
        if self.accessible {
            badges.push(Badge::new("accessibility", page.t("premises-accessible-short")));
        }
        let rent = self.rent_pln_per_m2.map(|rate| format!("{}/m²", page.lang.money_pln(rate))).unwrap_or_default();
        let facts = [
            Fact::of("ruler", page.t("premises-area"), page.lang.area_m2(self.area_m2)),
            Fact::of("layers", page.t("premises-storey"), page.code("storey", &self.storey)),
            Fact::of("wrench", page.t("premises-condition"), page.code("condition", &self.technical_condition)),
            Fact::of("wallet", page.t("premises-rent"), rent),
            Fact::of("map-pin", page.t("filter-within"), self.place.district.clone()),
            Fact::of("map-pin", page.t("accuracy-label"), self.place.accuracy_on_card(page)),
            Fact::of("users", page.t("premises-administrator"), self.administrator.clone()),
        ];
        Card {
            item: self.item(),
            activity: String::new(),
            layer: "premises",
            feature_id: Some(self.id),
            position: self.place.position,
            photo: None,
            mark,
            icon,
            kicker: page.code("use", &self.use_code),
            title: self.name.clone(),
            text: String::new(),
            badges,
            facts: facts.into_iter().flatten().collect(),
        }
    }
}

impl Premises {
    /// The period that today is in.
    pub fn current(&self) -> Option<&Period> {
        self.periods.iter().find(|period| period.current)
    }

    /// What was last paid for it, PLN net per m² and month, and until when: a clue for those who would rent it next.
    pub fn last_rent(&self) -> Option<(f64, Date)> {
        self.periods.iter().find_map(|period| period.rent_pln_per_m2.zip(period.to))
    }

    /// Monthly rent of the whole unit, PLN net, where the rate is known.
    pub fn rent_pln(&self) -> Option<f64> {
        self.summary.rent_pln_per_m2.map(|rate| rate * self.summary.area_m2)
    }
}
