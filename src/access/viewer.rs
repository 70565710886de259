//! The person behind a request.

use crate::web::Lang;

/// Kinds of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Resident (mieszkaniec).
    Resident,
    /// Representative of organisations of the social economy.
    Representative,
    /// Editor of support institutions.
    Editor,
    /// Official of a municipality, of a unit.
    Official,
    /// Administrator, of a municipality or of all.
    Administrator,
}

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 5] =
        [Self::Resident, Self::Representative, Self::Editor, Self::Official, Self::Administrator];

    /// Its code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Representative => "representative",
            Self::Editor => "editor",
            Self::Official => "official",
            Self::Administrator => "administrator",
        }
    }

    /// The role of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Officials and administrators act for the municipality: shorter sessions, a second factor, an audit of all they do.
    pub fn is_office(self) -> bool {
        matches!(self, Self::Official | Self::Administrator)
    }

    /// How long an unused session lasts, minutes.
    pub fn idle_minutes(self) -> i32 {
        if self.is_office() { 8 * 60 } else { 14 * 24 * 60 }
    }

    /// How long a session lasts at most, minutes.
    pub fn absolute_minutes(self) -> i32 {
        if self.is_office() { 24 * 60 } else { 60 * 24 * 60 }
    }
}

/// What a session still lacks before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// The code of the second factor.
    Code,
    /// A second factor has to be set up first: the role asks for one.
    SetUp,
}

/// An organisation that somebody acts for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Represented {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// Its municipality.
    pub municipality_id: i64,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account.
    pub account_id: i64,
    /// Its session.
    pub session_id: i64,
    /// Address; shown to nobody else.
    pub email: String,
    /// Name that others see.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Whose official; of an administrator none = of all.
    pub municipality_id: Option<i64>,
    /// Unit of the office.
    pub unit_name: String,
    /// Language of its mails.
    pub lang: Lang,
    /// True once a first post was found good.
    pub trusted: bool,
    /// Organisations that it acts for, by name.
    pub organisations: Vec<Represented>,
    /// Support institutions that it edits.
    pub institutions: Vec<i64>,
    /// What is still to be done before it may do anything.
    pub pending: Option<Pending>,
}

impl Viewer {
    /// True for a representative of this organisation.
    pub fn represents(&self, organisation_id: i64) -> bool {
        self.organisations.iter().any(|one| one.id == organisation_id)
    }

    /// True for officials of this municipality, its administrators, and administrators of all.
    pub fn is_official_of(&self, municipality_id: Option<i64>) -> bool {
        match self.role {
            Role::Official => municipality_id.is_some() && self.municipality_id == municipality_id,
            Role::Administrator => self.municipality_id.is_none() || self.municipality_id == municipality_id,
            _ => false,
        }
    }

    /// True for officials and administrators.
    pub fn is_office(&self) -> bool {
        self.role.is_office()
    }
}
