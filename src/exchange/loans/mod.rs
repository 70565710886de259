//! Who has a thing of the equipment bank on which days: asking, lending, bringing back; giving away; keeping for oneself.
//!
//! On no day more pieces are promised than there are: a trigger of the database sees to it (`loan_pieces_enough`).

pub mod calendar;
mod letters;
mod next;
pub mod queries;
pub mod routes;

use time::Date;

use crate::access::{Role, Thing, Viewer};
use crate::web::{Badge, Page};

pub use letters::{people, run_due};
pub use next::{State, Step};

/// Longest loan, days.
pub const LONGEST_DAYS: i64 = 92;

/// How long ahead a loan may begin, days.
pub const AHEAD_DAYS: i64 = 366;

/// A loan, whose both sides may see and change it. Its key in addresses is its number.
pub const LOAN: Thing = Thing {
    name: "loan",
    find: |pool, key| {
        Box::pin(async move {
            let Ok(id) = key.parse() else { return Ok(None) };
            queries::owned(&pool, id).await
        })
    },
};

/// What a loan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The thing comes back.
    Lend,
    /// The thing is given away.
    Give,
    /// The owner lends it to nobody on these days.
    Keep,
}

impl Kind {
    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Lend, Self::Give, Self::Keep].into_iter().find(|kind| kind.code() == code)
    }

    /// Its code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Lend => "lend",
            Self::Give => "give",
            Self::Keep => "keep",
        }
    }
}

/// Who lends or borrows: an organisation, or a municipal unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The organisation: key and slug.
    pub organisation: Option<(i64, String)>,
    /// Municipality of the unit, or of the organisation.
    pub municipality_id: i64,
    /// Name of the organisation or unit.
    pub name: String,
    /// True where any official of the municipality stands for the unit, not only its own: what an office owns need not say
    /// which unit keeps it.
    pub whole_office: bool,
}

impl Side {
    /// True for somebody who may act for this side.
    pub fn is(&self, viewer: &Viewer) -> bool {
        match &self.organisation {
            Some((id, _)) => viewer.represents(*id),
            None => {
                let unit = self.whole_office || viewer.role == Role::Administrator || viewer.unit_name == self.name;
                unit && viewer.is_official_of(Some(self.municipality_id))
            }
        }
    }
}

/// A loan, a gift, or days that an owner keeps.
#[derive(Debug, Clone)]
pub struct Loan {
    /// Internal key, also in addresses.
    pub id: i64,
    /// What it is.
    pub kind: Kind,
    /// How far it is.
    pub state: State,
    /// The thing.
    pub equipment_id: i64,
    /// The thing's name in addresses.
    pub equipment_slug: String,
    /// The thing's name.
    pub equipment_name: String,
    /// Whose the thing is.
    pub owner: Side,
    /// Who asks for it; none where the owner keeps it.
    pub borrower: Option<Side>,
    /// Name of the person who asked; none once the account is deleted.
    pub person: Option<String>,
    /// How many pieces.
    pub pieces: i32,
    /// First and last day; none of a gift.
    pub days: Option<(Date, Date)>,
    /// What for, in the words of whoever asks.
    pub note: String,
    /// What the owner answered.
    pub answer: String,
    /// Day of the last step.
    pub since: Date,
    /// Today in Poland, when the loan was read.
    pub today: Date,
}

impl Loan {
    /// True when somebody acts for the owner.
    pub fn is_owner(&self, viewer: &Viewer) -> bool {
        self.owner.is(viewer)
    }

    /// True when somebody acts for whoever asks.
    pub fn is_borrower(&self, viewer: &Viewer) -> bool {
        self.borrower.as_ref().is_some_and(|side| side.is(viewer))
    }

    /// True when it is out, and its last day is over.
    pub fn overdue(&self) -> bool {
        self.state == State::HandedOver && self.days.is_some_and(|(_, last)| last < self.today)
    }

    /// What somebody may do next.
    pub fn steps(&self, viewer: &Viewer) -> Vec<Step> {
        let (owner, borrower) = (self.is_owner(viewer), self.is_borrower(viewer));
        let may = |step: &Step| match step {
            // An owner who does not want to lend refuses.
            Step::Cancel => borrower || (owner && self.state == State::Accepted),
            _ => owner,
        };
        Step::ALL.into_iter().filter(may).filter(|step| self.allows(*step)).collect()
    }

    /// True when the loan is where this step begins.
    pub fn allows(&self, step: Step) -> bool {
        let begun = self.days.is_none_or(|(first, _)| first <= self.today);
        let over = self.days.is_some_and(|(_, last)| last < self.today);
        match step {
            Step::Accept if over => false,
            // Earlier, the days would not say where the thing is.
            Step::HandOver if !begun => false,
            _ => step.leads(self.kind, self.state).is_some(),
        }
    }

    /// Its state as a badge.
    pub fn badge(&self, page: &Page) -> Badge {
        if self.overdue() {
            return Badge::new("triangle-alert", page.t("loan-overdue")).class("badge-warning");
        }
        if self.kind == Kind::Keep {
            return Badge::new("calendar-days", page.t("loan-kept"));
        }
        let (icon, class) = match self.state {
            State::Requested => ("clock", "badge-warning"),
            State::Accepted => ("check", "badge-brand"),
            State::HandedOver => ("repeat", "badge-info"),
            State::Returned => ("check", ""),
            State::Refused | State::Cancelled => ("x", ""),
        };
        let word = match (self.kind, self.state) {
            (Kind::Give, State::Accepted) => page.t("loan-state-chosen"),
            (Kind::Give, State::HandedOver) => page.t("loan-state-given"),
            _ => page.code("loan-state", self.state.code()),
        };
        Badge::new(icon, word).class(class)
    }

    /// What is to be done next and by whom, in words; empty when nothing is.
    pub fn next(&self, page: &Page) -> String {
        let viewer = page.viewer.as_deref();
        let side = if viewer.is_some_and(|viewer| self.is_owner(viewer)) { "owner" } else { "borrower" };
        match (self.kind, self.state) {
            (Kind::Keep, _) | (Kind::Give, State::HandedOver) => String::new(),
            _ if self.overdue() => page.t(&format!("loan-next-overdue-{side}")),
            (_, state) if state.is_open() => page.code(&format!("loan-next-{side}"), state.code()),
            _ => String::new(),
        }
    }

    /// Who asks, or that the owner keeps the days: its title on the thing's own page.
    pub fn title(&self, page: &Page) -> String {
        match (&self.borrower, &self.person) {
            (Some(side), Some(person)) => format!("{} ({person})", side.name),
            (Some(side), None) => side.name.clone(),
            (None, _) => page.t("loan-kept-title"),
        }
    }

    /// The thing and the other side: its title among loans of other things.
    pub fn thing_with(&self, other: Option<&Side>) -> String {
        match other {
            Some(side) => format!("{} – {}", self.equipment_name, side.name),
            None => self.equipment_name.clone(),
        }
    }

    /// A verb for a step.
    pub fn step_label(&self, page: &Page, step: &Step) -> String {
        match (self.kind, step) {
            (Kind::Give, Step::Accept) => page.t("step-choose"),
            (Kind::Give, Step::HandOver) => page.t("step-give"),
            _ => page.code("step", step.code()),
        }
    }

    /// Its days and pieces in words: `24.11.2026–26.11.2026 · 2 szt.`.
    pub fn when(&self, page: &Page) -> String {
        when(page.lang, self.days, self.pieces)
    }
}

/// Days and pieces in words.
pub fn when(lang: crate::web::Lang, days: Option<(Date, Date)>, pieces: i32) -> String {
    let pieces = lang.n("equipment-pieces", i64::from(pieces));
    match days {
        None => String::new(),
        Some((first, last)) if first == last => format!("{} · {pieces}", lang.date(first)),
        Some((first, last)) => format!("{}–{} · {pieces}", lang.date(first), lang.date(last)),
    }
}
