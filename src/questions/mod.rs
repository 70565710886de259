//! Questions in public, under an offer, a demand or a piece of equipment: people ask, those whose thing it is answer, officials
//! look into reports afterwards.

mod letters;
pub mod queries;
mod routes;

use futures_util::future::BoxFuture;
use sqlx::PgPool;
use time::Date;

use crate::access::{Owned, Thing, Viewer};
use crate::error::{Error, Result};
use crate::web::{Form, FormView, Page};

pub use routes::routes;

/// How many questions a page shows at once; older ones wait behind a line.
const IN_SIGHT: usize = 20;

/// What questions are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Offer,
    Demand,
    Equipment,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Offer, Self::Demand, Self::Equipment];

    fn code(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Demand => "demand",
            Self::Equipment => "equipment",
        }
    }

    /// The first part of its paths.
    fn folder(self) -> &'static str {
        match self {
            Self::Offer => "oferty",
            Self::Demand => "zapotrzebowanie",
            Self::Equipment => "sprzet",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A thing that is asked about, by its slug.
const fn asked(kind: Kind) -> Thing {
    fn find(pool: PgPool, kind: Kind, slug: String) -> BoxFuture<'static, Result<Option<Owned>>> {
        Box::pin(async move { Ok(queries::subject(&pool, kind, Some(&slug), None).await?.map(|s| s.owned())) })
    }
    match kind {
        Kind::Offer => Thing { name: "offer", find: |pool, slug| find(pool, Kind::Offer, slug) },
        Kind::Demand => Thing { name: "demand", find: |pool, slug| find(pool, Kind::Demand, slug) },
        Kind::Equipment => Thing { name: "equipment", find: |pool, slug| find(pool, Kind::Equipment, slug) },
    }
}

/// A question; its author is whoever asked.
const QUESTION: Thing = Thing {
    name: "question",
    find: |pool, key| {
        Box::pin(async move {
            let Ok(id) = key.parse() else { return Ok(None) };
            Ok(queries::asked(&pool, id).await?.map(|found| Owned {
                id,
                municipality_id: Some(found.subject.municipality_id),
                author_id: found.author_id,
                public: found.is_shown(),
                ..Owned::default()
            }))
        })
    },
};

/// A question; it is theirs whose thing it is about.
const TO_ANSWER: Thing = Thing {
    name: "question",
    find: |pool, key| {
        Box::pin(async move {
            let Ok(id) = key.parse() else { return Ok(None) };
            Ok(queries::asked(&pool, id).await?.map(|found| Owned { id, ..found.subject.owned() }))
        })
    },
};

/// What is asked about, and whose it is.
#[derive(Debug, Clone)]
struct Subject {
    kind: Kind,
    id: i64,
    slug: String,
    name: String,
    municipality_id: i64,
    /// Whose it is, where it is an organisation's.
    organisation_id: Option<i64>,
    /// Whose it is, where it is a unit's.
    unit_name: String,
    /// Whose it is, where it is a person's.
    person_id: Option<i64>,
    /// Name of whoever it belongs to.
    owner: String,
    shown: bool,
}

impl Subject {
    fn owned(&self) -> Owned {
        Owned {
            id: self.id,
            // An official answers for the office, not for organisations and residents.
            municipality_id: (!self.unit_name.is_empty()).then_some(self.municipality_id),
            organisation_id: self.organisation_id,
            author_id: self.person_id,
            public: self.shown,
            ..Owned::default()
        }
    }

    /// True for somebody whose thing it is.
    fn is_of(&self, viewer: &Viewer) -> bool {
        match (self.organisation_id, self.person_id) {
            (Some(id), _) => viewer.represents(id),
            (None, Some(id)) => viewer.account_id == id,
            (None, None) => !self.unit_name.is_empty() && viewer.is_official_of(Some(self.municipality_id)),
        }
    }

    /// Path of its page, at the questions.
    fn path(&self) -> String {
        format!("/{}/{}#pytania", self.kind.folder(), self.slug)
    }
}

/// A question as it is kept.
#[derive(Debug, Clone)]
struct Asked {
    id: i64,
    subject: Subject,
    author_id: Option<i64>,
    text: String,
    hidden: bool,
}

impl Asked {
    fn is_shown(&self) -> bool {
        !self.hidden && self.subject.shown
    }
}

/// A question as pages show it.
#[derive(Debug, Clone)]
pub struct Question {
    /// Internal key.
    pub id: i64,
    /// Who asks: name, and for whom.
    pub author: String,
    /// The question.
    pub text: String,
    /// When.
    pub asked_on: Date,
    /// The answer and its day.
    pub answer: Option<(String, Date)>,
    /// True where the viewer may take it back.
    pub may_delete: bool,
}

/// The questions under a thing: `{% let questions = … %}{% include "parts/questions.html" %}`, which expects `page` and `hh`
/// (the element of its heading) beside it.
#[derive(Debug, Clone)]
pub struct View {
    /// Path of the thing: `/oferty/chleb`.
    pub path: String,
    /// Name of whoever answers.
    pub owner: String,
    /// The newest questions, newest first.
    pub newest: Vec<Question>,
    /// The ones before them.
    pub older: Vec<Question>,
    /// True where the viewer may ask.
    pub may_ask: bool,
    /// True where the viewer answers.
    pub may_answer: bool,
    /// True when somebody is signed in.
    pub signed_in: bool,
    /// True where somebody is there to answer.
    pub answered: bool,
    /// For whom the viewer can ask.
    pub asks_for: Vec<(String, String)>,
    /// The form for a question, empty.
    pub form: FormView,
    /// True when a report was just taken.
    pub reported: bool,
}

/// The questions under a thing; `kind` is `offer`, `demand` or `equipment`.
///
/// # Errors
/// There is no such thing, or the database fails.
pub async fn of(pool: &PgPool, page: &Page, kind: &str, id: i64) -> Result<View> {
    let missing = || Error::NotFound(format!("there is no {kind} {id}"));
    let kind = Kind::from_code(kind).ok_or_else(missing)?;
    let subject = queries::subject(pool, kind, None, Some(id)).await?.ok_or_else(missing)?;
    let viewer = page.viewer.as_deref().filter(|viewer| viewer.pending.is_none());
    let mut newest = queries::shown(pool, page.lang, &subject, viewer.map(|viewer| viewer.account_id)).await?;
    let older = newest.split_off(newest.len().min(IN_SIGHT));
    let mut connection = pool.acquire().await?;
    let answered = !letters::people(&mut connection, &subject).await?.is_empty();
    drop(connection);
    let may_answer = viewer.is_some_and(|viewer| subject.is_of(viewer));
    Ok(View {
        path: format!("/{}/{}", kind.folder(), subject.slug),
        newest,
        older,
        may_ask: viewer.is_some() && !may_answer && subject.shown,
        may_answer,
        signed_in: viewer.is_some(),
        answered,
        asks_for: viewer.map(asks_for).unwrap_or_default(),
        form: Form::default().view(),
        reported: page.params.all("sent").any(|sent| sent == "report"),
        owner: subject.owner,
    })
}

/// For whom somebody can ask: organisations, one's unit, oneself. Codes are slugs; no slug begins with a hyphen.
fn asks_for(viewer: &Viewer) -> Vec<(String, String)> {
    let organisations = viewer.organisations.iter().map(|one| (one.slug.clone(), one.name.clone()));
    let unit =
        (viewer.is_office() && !viewer.unit_name.is_empty()).then(|| (UNIT.to_owned(), viewer.unit_name.clone()));
    organisations.chain(unit).chain([(PERSON.to_owned(), viewer.name.clone())]).collect()
}

/// Code of one's own unit.
const UNIT: &str = "-unit";
/// Code of oneself.
const PERSON: &str = "-person";
