//! Who asks, and what they may: every route names its rule, one guard applies them all.

pub mod guard;
pub mod queries;
pub mod routes;
pub mod tokens;
mod viewer;

use axum::http::Method;
use futures_util::future::BoxFuture;
use sqlx::PgPool;

pub use guard::Post;
pub use routes::Routes;
pub use viewer::{Pending, Role, Viewer};

use crate::error::Result;

/// Who is meant by a rule. Of several, any is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not.
    Anyone,
    /// Everybody, where the thing can be seen by all; whoever may not see it is told that it is not there.
    Reader,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever gave the right password, but not yet the second factor.
    HalfSignedIn,
    /// Whoever is signed in, or has to set up a second factor first.
    SettingUp,
    /// The account that made the thing, where it stands for no organisation.
    Author,
    /// A representative of the thing's organisation.
    Representative,
    /// An account that takes part in the thing (a conversation, a loan).
    Participant,
    /// An editor of the thing's support institution.
    Editor,
    /// An official, or an administrator: of the thing's municipality where there is a thing, of any where there is none.
    Official,
    /// An administrator: of the thing's municipality where there is a thing.
    Administrator,
}

/// Whose a thing is.
#[derive(Debug, Clone, Default)]
pub struct Owned {
    /// Internal key.
    pub id: i64,
    /// Municipality.
    pub municipality_id: Option<i64>,
    /// Organisation that it belongs to.
    pub organisation_id: Option<i64>,
    /// Support institution that it belongs to.
    pub institution_id: Option<i64>,
    /// Account that made it.
    pub author_id: Option<i64>,
    /// Accounts that take part in it.
    pub participants: Vec<i64>,
    /// True when everybody may see it.
    pub public: bool,
}

/// A kind of thing that the first parameter of a path names.
#[derive(Clone, Copy)]
pub struct Thing {
    /// Name of the kind: `offer`.
    pub name: &'static str,
    /// Looks up whose it is; nothing where there is none of that name.
    pub find: fn(PgPool, String) -> BoxFuture<'static, Result<Option<Owned>>>,
}

impl std::fmt::Debug for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Any of these.
    pub who: &'static [Who],
    /// The thing that the path names, whose owner decides.
    pub thing: Option<Thing>,
    /// False for files and the like: nobody looks who asks.
    pub looks: bool,
}

impl Rule {
    /// Files, tiles, machines: it does not matter who asks.
    pub const OPEN: Self = Self { who: &[Who::Anyone], thing: None, looks: false };
    /// Everybody; the page says who is signed in.
    pub const ANYONE: Self = Self { who: &[Who::Anyone], thing: None, looks: true };
    /// Whoever is signed in.
    pub const SIGNED_IN: Self = Self { who: &[Who::SignedIn], thing: None, looks: true };
    /// Whoever is signed in, or has to set up a second factor first.
    pub const SIGNED_IN_OR_SETTING_UP: Self = Self { who: &[Who::SignedIn, Who::SettingUp], thing: None, looks: true };
    /// Officials and administrators.
    pub const OFFICIALS: Self = Self { who: &[Who::Official], thing: None, looks: true };
    /// Administrators.
    pub const ADMINISTRATORS: Self = Self { who: &[Who::Administrator], thing: None, looks: true };

    /// Any of these, for a thing of this kind.
    pub const fn of(thing: Thing, who: &'static [Who]) -> Self {
        Self { who, thing: Some(thing), looks: true }
    }

    /// True when somebody may; `owned` is the thing where the rule has one.
    pub fn allows(&self, viewer: Option<&Viewer>, owned: Option<&Owned>) -> bool {
        self.who.iter().any(|who| who.is(viewer, owned))
    }
}

impl Who {
    fn is(self, viewer: Option<&Viewer>, owned: Option<&Owned>) -> bool {
        match self {
            Self::Anyone => return true,
            Self::Reader => return owned.is_none_or(|owned| owned.public),
            _ => {}
        }
        let Some(viewer) = viewer else { return false };
        if self == Self::HalfSignedIn {
            return viewer.pending == Some(Pending::Code);
        }
        if self == Self::SettingUp {
            return viewer.pending == Some(Pending::SetUp);
        }
        if viewer.pending.is_some() {
            return false;
        }
        let Some(owned) = owned else {
            return match self {
                Self::Official => viewer.role.is_office(),
                Self::Administrator => viewer.role == Role::Administrator,
                Self::SignedIn => true,
                _ => false,
            };
        };
        match self {
            Self::SignedIn => true,
            Self::Author => owned.organisation_id.is_none() && owned.author_id == Some(viewer.account_id),
            Self::Representative => owned.organisation_id.is_some_and(|id| viewer.represents(id)),
            Self::Participant => owned.participants.contains(&viewer.account_id),
            Self::Editor => owned.institution_id.is_some_and(|id| viewer.institutions.contains(&id)),
            Self::Official => viewer.is_official_of(owned.municipality_id),
            Self::Administrator => viewer.role == Role::Administrator && viewer.is_official_of(owned.municipality_id),
            Self::Anyone | Self::Reader | Self::HalfSignedIn | Self::SettingUp => false,
        }
    }
}

/// A route as the list of all routes has it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Method.
    pub method: Method,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub rule: Rule,
}
