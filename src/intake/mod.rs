//! `/urzad/import`: what `pestor import` does, for an official in the browser. A file is uploaded, looked through, its columns are
//! matched with ours, all of it is tried and shown, and only a yes writes it.
//!
//! Between two pages the file waits in the database, so any node can go on with it. What takes long is done by [`work`] and not
//! by a request; a page only says what it waits for, or asks.

pub mod columns;
pub mod queries;
pub mod results;
pub mod routes;
pub mod work;

use serde::{Deserialize, Serialize};

pub use routes::routes;

use crate::import::{Hints, Kind, Mode, Told};

/// Largest file, megabytes.
pub const MOST_MEGABYTES: i64 = 64;

/// Most bytes of a file.
pub const MOST_BYTES: usize = 64 << 20;

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Being read for the first time, or as somebody said it is to be read.
    Reading,
    /// Waits for its columns to be matched.
    Mapping,
    /// Being tried.
    Checking,
    /// Waits for a yes.
    Checked,
    /// Being written.
    Importing,
    /// Written.
    Done,
}

impl State {
    const ALL: [Self; 6] = [Self::Reading, Self::Mapping, Self::Checking, Self::Checked, Self::Importing, Self::Done];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Mapping => "mapping",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Importing => "importing",
            Self::Done => "done",
        }
    }

    /// The state of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// True while it is the program's turn, not a person's.
    pub fn is_at_work(self) -> bool {
        matches!(self, Self::Reading | Self::Checking | Self::Importing)
    }

    /// Which of the four steps a person sees: file, columns, preview, done; from 0.
    pub fn step(self) -> usize {
        match self {
            Self::Reading => 0,
            Self::Mapping | Self::Checking => 1,
            Self::Checked | Self::Importing => 2,
            Self::Done => 3,
        }
    }
}

/// What was said about a file, and what its import may do.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Settings {
    /// What the file does not say itself.
    #[serde(default)]
    pub hints: Hints,
    /// What happens to records that it does not have.
    #[serde(default)]
    pub mode: Mode,
    /// Rows that seem to be records of another source are written into them.
    #[serde(default)]
    pub merge_duplicates: bool,
    /// Records that somebody edited in the browser become what the file says.
    #[serde(default)]
    pub overwrite_edited: bool,
}

impl Settings {
    /// As the import takes it.
    pub fn told(&self) -> Told {
        Told { merge_duplicates: self.merge_duplicates, overwrite_edited: self.overwrite_edited }
    }
}

/// Kinds that officials bring in for their municipality, in the order in which they refer to each other.
pub const OF_MUNICIPALITY: [Kind; 10] = [
    Kind::Organisations,
    Kind::Support,
    Kind::Premises,
    Kind::PremisesPeriods,
    Kind::Offers,
    Kind::Demand,
    Kind::Equipment,
    Kind::Districts,
    Kind::Addresses,
    Kind::Landmarks,
];

/// Kinds that the whole instance shares: for administrators of all municipalities.
pub const OF_ALL: [Kind; 5] =
    [Kind::Municipalities, Kind::Regions, Kind::StreetNames, Kind::Categories, Kind::Schematic];
