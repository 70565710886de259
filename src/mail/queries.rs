//! SQL of the outbox.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::letter::Written;
use crate::error::Result;

/// Adds a mail, unless one with its key is there. Another transaction that is adding the same key is waited for.
///
/// # Errors
/// The database fails.
pub(super) async fn add(
    db: &mut PgConnection,
    message_id: &str,
    recipient: &str,
    language: &str,
    written: &Written,
    key: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "insert into mail_outbox (message_id, recipient, language, subject, body_text, body_html, unsubscribe_url, dedupe_key)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (dedupe_key) do nothing",
        message_id,
        recipient,
        language,
        written.subject,
        written.text,
        written.html,
        written.unsubscribe_url,
        key,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A mail that is this transaction's to send.
#[derive(Debug)]
pub struct Due {
    /// Key.
    pub id: i64,
    /// Message-ID header.
    pub message_id: String,
    /// E-mail address.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// The whole mail as plain text.
    pub body_text: String,
    /// The whole mail as HTML.
    pub body_html: String,
    /// Where one click unsubscribes.
    pub unsubscribe_url: Option<String>,
    /// When it was written.
    pub created_at: OffsetDateTime,
    /// How often it was tried, with this time.
    pub attempts: i32,
}

/// Takes a mail that is due and that no other transaction has; it stays taken until the transaction ends. The attempt is
/// counted before anything is sent, so that a database that cannot be written to is found out in time.
///
/// # Errors
/// The database fails.
pub async fn take(db: &mut PgConnection) -> Result<Option<Due>> {
    Ok(sqlx::query_as!(
        Due,
        "update mail_outbox set attempts = attempts + 1
        where id = (
            select id from mail_outbox
            where sent_at is null and failed_at is null and not_before <= now()
            order by not_before, id
            limit 1
            for update skip locked)
        returning id, message_id, recipient, subject, body_text, body_html, unsubscribe_url, created_at, attempts",
    )
    .fetch_optional(db)
    .await?)
}

/// Records that a mail was sent.
///
/// # Errors
/// The database fails.
pub async fn sent(db: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!(
        "update mail_outbox set sent_at = clock_timestamp(), failed_at = null, last_error = null
        where id = $1 and sent_at is null",
        id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records why a mail was not sent, and when to try again.
///
/// # Errors
/// The database fails.
pub async fn put_off(db: &mut PgConnection, id: i64, minutes: i32, reason: &str) -> Result<()> {
    sqlx::query!(
        "update mail_outbox set not_before = clock_timestamp() + make_interval(mins => $2), last_error = $3 where id = $1",
        id,
        minutes,
        reason,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records why a mail will never be sent.
///
/// # Errors
/// The database fails.
pub async fn give_up(db: &mut PgConnection, id: i64, reason: &str) -> Result<()> {
    sqlx::query!("update mail_outbox set failed_at = clock_timestamp(), last_error = $2 where id = $1", id, reason)
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes what need not be kept, as mails hold personal data: those sent 30 days ago and those given up 90 days ago.
/// How many there were.
///
/// # Errors
/// The database fails.
pub async fn forget(db: &mut PgConnection) -> Result<u64> {
    let done = sqlx::query!(
        "delete from mail_outbox
        where sent_at < now() - interval '30 days' or failed_at < now() - interval '90 days'",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
