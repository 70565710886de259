//! Telling people what is new by the searches that they saved: everything that is due for one of them in one mail.
//!
//! Each account is done in a transaction of its own, which holds the account's row: what it was told of, how far its searches have
//! looked, and the mail in the outbox are written together or not at all. A row that another server holds is left to it.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::letter::{self, Group};
use super::queries::{self, New, Upto};
use crate::app::App;
use crate::error::{Error, Result};
use crate::mail;

/// Sends what is due now. Cheap when nothing is; safe on several servers at once.
///
/// # Errors
/// The database fails; what was done is done, the rest is left to the next time.
pub async fn run_due(app: &App) -> Result<()> {
    let now = queries::now(&app.pool).await?;
    run_due_at(app, now).await
}

/// Sends what is due at a moment.
///
/// # Errors
/// As [`run_due`].
pub async fn run_due_at(app: &App, now: OffsetDateTime) -> Result<()> {
    let mut transaction = app.pool.begin().await?;
    queries::number_new(&mut transaction, now).await?;
    transaction.commit().await?;
    let upto = queries::upto(&app.pool, now).await?;
    for account_id in queries::due(&app.pool, now, &upto).await? {
        // One account that cannot be told keeps no other from being told.
        if let Err(error) = tell(app, account_id, now, &upto).await {
            tracing::warn!(%error, account_id, "notices have to be tried again");
        }
    }
    queries::forget(&app.pool, now).await
}

/// Tells an account what is due, unless another server is at it or has done it.
async fn tell(app: &App, account_id: i64, now: OffsetDateTime, upto: &Upto) -> Result<()> {
    let mut transaction = app.pool.begin().await?;
    let Some(recipient) = queries::take(&mut transaction, account_id, now).await? else { return Ok(()) };
    let day = queries::day(&mut transaction, now).await?;
    let mut groups = Vec::new();
    let mut first = None;
    for search in queries::searches_due(&mut transaction, account_id, upto).await? {
        let last = upto.of(&search.rhythm);
        let new = match fitting(app, &mut transaction, account_id, &search, last, day).await {
            // The district or category is gone: its owner has to look at it.
            Err(Error::BadParameter { parameter, .. }) => {
                queries::stop(&mut transaction, search.id, &parameter).await?;
                continue;
            }
            new => new?,
        };
        queries::note(&mut transaction, account_id, search.wanted.kind, &new, now).await?;
        queries::advance(&mut transaction, search.id, last).await?;
        if let Some(one) = new.first() {
            first.get_or_insert_with(|| {
                format!("{} {} {} {}", search.wanted.kind.code(), one.id, one.from_day, one.status)
            });
            groups.push(Group { search, ids: new.iter().map(|one| one.id).collect() });
        }
    }
    // Somebody whose address takes no mail is told nothing, rather than tried for ever.
    if let Some(first) = first
        && mail::address(&recipient.email).is_some()
    {
        let letter = letter::write(app, &mut transaction, account_id, recipient.lang, &groups, day).await?;
        // Nobody is told of a thing twice, so the first one names the mail.
        let key = format!("notices {account_id} {first}");
        mail::enqueue(&mut transaction, &app.config.mail, &recipient.email, &letter, Some(&key)).await?;
        queries::mailed(&mut transaction, account_id, now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// What is new by a search and passes its filters.
async fn fitting(
    app: &App,
    connection: &mut PgConnection,
    account_id: i64,
    search: &queries::Search,
    last: i64,
    day: Date,
) -> Result<Vec<New>> {
    let mut new = queries::new(connection, account_id, search, last, day).await?;
    if !new.is_empty() {
        let passing = search.wanted.matching(&app.pool, day).await?;
        let passing: std::collections::HashSet<i64> = passing.into_iter().collect();
        new.retain(|one| passing.contains(&one.id));
    }
    Ok(new)
}
