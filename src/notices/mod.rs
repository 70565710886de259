//! Mails that people can do without: what is new by the searches that they saved, and how such mails stop.
//!
//! What becomes visible is noted by triggers in the table `new_thing`, in the transaction that shows it, and numbered later by one
//! transaction at a time. A saved search knows up to which number it has looked, so it misses nothing, whatever commits late.

mod due;
mod letter;
pub mod queries;
mod searches;
pub mod unsubscribe;
mod wanted;

pub use due::{run_due, run_due_at};
pub use wanted::Wanted;

use crate::access::Routes;

/// Routes of this feature.
pub fn routes() -> Routes {
    Routes::new().merge(searches::routes()).merge(unsubscribe::routes())
}

/// Most searches that an account saves.
pub const MOST_SEARCHES: i64 = 30;

/// Code of the consent to these mails.
pub const CONSENT: &str = "mail_notices";

/// When to be told, by code.
pub const RHYTHMS: [&str; 3] = ["at_once", "daily", "weekly"];

/// What can be watched: one of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Offers.
    Offers,
    /// Demand.
    Demand,
    /// Equipment.
    Equipment,
    /// Premises that can be had.
    Premises,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Offers, Self::Demand, Self::Equipment, Self::Premises];

    /// Its code, also the prefix of its list's words.
    pub fn code(self) -> &'static str {
        match self {
            Self::Offers => "offers",
            Self::Demand => "demand",
            Self::Equipment => "equipment",
            Self::Premises => "premises",
        }
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Path of its list.
    pub fn path(self) -> &'static str {
        match self {
            Self::Offers => "/oferty",
            Self::Demand => "/zapotrzebowanie",
            Self::Equipment => "/sprzet",
            Self::Premises => "/lokale",
        }
    }

    /// Its name in web addresses: that of its list.
    pub fn name(self) -> &'static str {
        self.path().trim_start_matches('/')
    }

    /// The kind of a name in web addresses.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its mark and the icon in it.
    pub fn mark(self) -> (&'static str, &'static str) {
        match self {
            Self::Offers => ("offers", "package"),
            Self::Demand => ("demand", "clipboard-list"),
            Self::Equipment => ("equipment", "wrench"),
            Self::Premises => ("free", "door-open"),
        }
    }
}
