//! What the sides of a loan are told by mail.

use sqlx::PgConnection;

use super::{Kind, Loan, Side, State, queries, when};
use crate::access::queries::{Person, people_of};
use crate::app::App;
use crate::error::Result;
use crate::mail::{self, Item, Letter, Part};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The loan came to another state.
    State(State),
    /// It should be back.
    Overdue,
}

impl News {
    /// Key of the sentence about it.
    fn key(self, kind: Kind, to_owner: bool) -> &'static str {
        match (self, kind, to_owner) {
            (Self::State(State::Requested), Kind::Give, _) => "loan-mail-gift-requested",
            (Self::State(State::Accepted), Kind::Give, _) => "loan-mail-gift-accepted",
            (Self::State(State::Refused), Kind::Give, _) => "loan-mail-gift-refused",
            (Self::State(State::HandedOver), Kind::Give, _) => "loan-mail-gift-handed-over",
            (Self::State(State::Requested), ..) => "loan-mail-requested",
            (Self::State(State::Accepted), ..) => "loan-mail-accepted",
            (Self::State(State::Refused), ..) => "loan-mail-refused",
            (Self::State(State::HandedOver), ..) => "loan-mail-handed-over",
            (Self::State(State::Returned), ..) => "loan-mail-returned",
            (Self::State(State::Cancelled), ..) => "loan-mail-cancelled",
            (Self::Overdue, _, true) => "loan-mail-overdue-owner",
            (Self::Overdue, _, false) => "loan-mail-overdue",
        }
    }

    /// Its name in the keys of mails: each is sent once.
    fn code(self) -> &'static str {
        match self {
            Self::State(state) => state.code(),
            Self::Overdue => "overdue",
        }
    }
}

/// Who and where: what a letter needs beside the loan.
pub(super) struct From<'a> {
    /// The site.
    pub app: &'a App,
    /// `https://host` of links.
    pub base_url: &'a str,
    /// Who acted: is not told.
    pub account_id: Option<i64>,
}

/// Tells everybody who acts for one side, in the transaction of what happened. `words` are those of the other side.
///
/// # Errors
/// The database fails.
pub(super) async fn tell(
    connection: &mut PgConnection,
    from: &From<'_>,
    loan: &Loan,
    news: News,
    to_owner: bool,
    words: &str,
) -> Result<()> {
    let Some(borrower) = &loan.borrower else { return Ok(()) };
    let (side, other) = if to_owner { (&loan.owner, borrower) } else { (borrower, &loan.owner) };
    for person in people(connection, side).await?.into_iter().filter(|p| Some(p.account_id) != from.account_id) {
        let lang = person.lang;
        let mut parts = vec![
            Part::Text(lang.x(news.key(loan.kind, to_owner), &other.name)),
            Part::List(vec![Item {
                title: loan.equipment_name.clone(),
                url: format!("{}/sprzet/{}", from.base_url, loan.equipment_slug),
                text: when(lang, loan.days, loan.pieces),
            }]),
        ];
        if !words.is_empty() {
            parts.push(Part::Quote(words.to_owned()));
        }
        let label = lang.t(if news == News::State(State::Requested) { "loan-mail-answer" } else { "loan-mail-open" });
        parts.push(Part::Button { label, url: format!("{}/wypozyczenia/{}", from.base_url, loan.id) });
        let letter = Letter {
            lang,
            subject: lang.x(&format!("{}-subject", news.key(loan.kind, to_owner)), &loan.equipment_name),
            parts,
            reason: lang.x("exchange-mail-reason", &side.name),
            unsubscribe_url: None,
        };
        let key = format!("loan {} {} account {}", loan.id, news.code(), person.account_id);
        mail::enqueue(connection, &from.app.config.mail, &person.email, &letter, Some(&key)).await?;
    }
    Ok(())
}

/// Who acts for a side.
///
/// # Errors
/// The database fails.
pub async fn people(connection: &mut PgConnection, side: &Side) -> Result<Vec<Person>> {
    let organisation_id = side.organisation.as_ref().map(|(id, _)| *id);
    people_of(connection, organisation_id, side.municipality_id, &side.name).await
}

/// Reminds both sides, once, of what should be back. Cheap when there is nothing; safe on several nodes at once.
///
/// # Errors
/// The database fails.
pub async fn run_due(app: &App) -> Result<()> {
    let base_url = app.config.base_url.clone().unwrap_or_else(|| format!("http://{}", app.config.listen));
    let from = From { app, base_url: &base_url, account_id: None };
    loop {
        let mut transaction = app.pool.begin().await?;
        let Some(id) = queries::next_overdue(&mut transaction).await? else { return Ok(()) };
        let loan = queries::one(&mut *transaction, id).await?;
        for to_owner in [true, false] {
            tell(&mut transaction, &from, &loan, News::Overdue, to_owner, "").await?;
        }
        transaction.commit().await?;
    }
}
