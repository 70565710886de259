//! Conversations: one side writes to the other without seeing an e-mail address, and afterwards both are asked what came of it.
//!
//! A side is a person, an organisation (all of its representatives read and write) or a municipal office (all of its
//! officials). Nobody else reads a conversation; of a message that was reported, an official sees that message.

mod abuse;
mod letters;
mod limits;
mod outcome;
pub mod queries;
mod start;
mod thread;

use crate::access::{Routes, Rule, Thing, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::Page;

pub use outcome::Totals;

/// A conversation, by its key.
pub const THREAD: Thing =
    Thing { name: "conversation", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// A message that was reported, by its number.
pub const REPORTED: Thing = Thing {
    name: "reported message",
    find: |pool, key| Box::pin(async move { queries::abuse::reported(&pool, &key).await }),
};

const TALKERS: Rule = Rule::of(THREAD, &[Who::Participant]);

/// Routes of conversations.
pub fn routes() -> Routes {
    Routes::new()
        .get("/wiadomosci", Rule::SIGNED_IN, thread::list)
        .get("/wiadomosci/nowa", Rule::SIGNED_IN, start::page)
        .post("/wiadomosci/nowa", Rule::SIGNED_IN, start::send)
        .get("/wiadomosci/{key}", TALKERS, thread::page)
        .post("/wiadomosci/{key}", TALKERS, thread::reply)
        .post("/wiadomosci/{key}/zakoncz", TALKERS, thread::close)
        .post("/wiadomosci/{key}/wynik", TALKERS, outcome::answer)
        .get("/wiadomosci/{key}/zgloszenie", TALKERS, abuse::page)
        .post("/wiadomosci/{key}/zgloszenie", TALKERS, abuse::report)
        .post("/wiadomosci/{key}/blokada", TALKERS, abuse::block)
        // Who reported it may look at it again.
        .get("/wiadomosci/zgloszone/{id}", Rule::of(REPORTED, &[Who::Official, Who::Participant]), abuse::reported)
}

/// Writes the mails that are due: messages that were held back to be told together, and the question what came of it; forgets
/// what nobody is left of. Any number of servers may do so at once.
///
/// # Errors
/// The database fails.
pub async fn run_due(app: &App) -> Result<()> {
    letters::tell_what_waited(app).await?;
    outcome::ask_what_is_due(app).await?;
    queries::forget(&app.pool).await
}

/// True when the person on the page acts for the organisation with this page (`organizacje/…`): there is nobody to write to.
pub fn is_own(page: &Page, item: &str) -> bool {
    let Some((viewer, slug)) = page.viewer.as_ref().zip(item.strip_prefix("organizacje/")) else { return false };
    viewer.organisations.iter().any(|one| one.slug == slug)
}

/// What a conversation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An offer.
    Offer,
    /// A demand.
    Demand,
    /// A piece of equipment.
    Equipment,
    /// An organisation.
    Organisation,
}

impl About {
    /// Each with its code in the database, its word in `do=` and the path of its pages.
    const ALL: [(Self, &str, &str, &str); 4] = [
        (Self::Offer, "offer", "oferta", "oferty"),
        (Self::Demand, "demand", "zapotrzebowanie", "zapotrzebowanie"),
        (Self::Equipment, "equipment", "sprzet", "sprzet"),
        (Self::Organisation, "organisation", "organizacja", "organizacje"),
    ];

    fn row(self) -> (Self, &'static str, &'static str, &'static str) {
        Self::ALL[self as usize]
    }

    /// Its code in the database.
    pub fn code(self) -> &'static str {
        self.row().1
    }

    /// The kind of a code.
    ///
    /// # Errors
    /// There is none of that code.
    pub fn from_code(code: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|row| row.1 == code);
        found.map(|row| row.0).ok_or_else(|| Error::internal(format!("unknown kind of thing {code}")))
    }

    /// Path of the page of a thing.
    pub fn path(self, slug: &str) -> String {
        format!("/{}/{slug}", self.row().3)
    }

    /// The word before the colon of `do=`.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.2 == word).map(|row| row.0)
    }

    fn word(self) -> &'static str {
        self.row().2
    }
}

/// One side of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// One person; none once the account is deleted.
    Person(Option<i64>),
    /// All representatives of an organisation; none once it is deleted.
    Organisation(Option<i64>),
    /// All officials of a municipality.
    Office {
        /// The municipality.
        municipality_id: i64,
        /// Unit that is meant: its officials get the mails where it has any.
        unit_name: String,
    },
}

impl Party {
    /// Code of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "account",
            Self::Organisation(_) => "organisation",
            Self::Office { .. } => "office",
        }
    }

    /// The account, where it is one person.
    pub fn account_id(&self) -> Option<i64> {
        if let Self::Person(id) = self { *id } else { None }
    }

    /// The organisation, where it is one.
    pub fn organisation_id(&self) -> Option<i64> {
        if let Self::Organisation(id) = self { *id } else { None }
    }

    /// The municipality and its unit, where it is an office.
    pub fn office(&self) -> Option<(i64, &str)> {
        if let Self::Office { municipality_id, unit_name } = self { Some((*municipality_id, unit_name)) } else { None }
    }

    /// True when somebody is on this side.
    pub fn includes(&self, viewer: &Viewer) -> bool {
        match self {
            Self::Person(id) => *id == Some(viewer.account_id),
            Self::Organisation(id) => id.is_some_and(|id| viewer.represents(id)),
            Self::Office { municipality_id, .. } => {
                viewer.role == crate::access::Role::Official && viewer.municipality_id == Some(*municipality_id)
            }
        }
    }
}

/// Why somebody cannot write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// They would write to themselves.
    Own,
    /// Nobody would read it.
    Nobody,
    /// The other side takes no messages from this account.
    Blocked,
    /// The conversation was ended.
    Closed,
}

impl Obstacle {
    /// Key of the words that say so.
    pub fn words(self) -> &'static str {
        match self {
            Self::Own => "contact-own",
            Self::Nobody => "contact-nobody",
            Self::Blocked => "contact-blocked",
            Self::Closed => "contact-closed",
        }
    }

    /// Status of the answer to a form that meets it.
    pub fn status(self) -> axum::http::StatusCode {
        match self {
            Self::Own | Self::Blocked => axum::http::StatusCode::FORBIDDEN,
            Self::Nobody | Self::Closed => axum::http::StatusCode::CONFLICT,
        }
    }
}

/// The key of a form that must count once.
///
/// # Errors
/// It is none that a page of ours gave out.
fn form_key(form: &crate::web::Form) -> Result<&str> {
    let key = form.value("form_key");
    let ours = key.len() == 43 && key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
    if ours { Ok(key) } else { Err(Error::BadForm("the form has no key of a page".to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_the_order_of_their_rows() {
        for row in About::ALL {
            assert_eq!(row.0.row(), row);
            assert_eq!(About::from_code(row.1).expect("known"), row.0);
        }
        assert_eq!(About::Equipment.path("wiertarka"), "/sprzet/wiertarka");
        assert!(About::from_code("oferta").is_err());
    }
}
