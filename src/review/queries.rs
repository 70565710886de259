//! SQL of the moderation queue.

use sqlx::PgConnection;

use super::Open;
use crate::error::Result;

/// Puts something into the queue, in the transaction that made it. What waits there already stays as it is.
///
/// # Errors
/// The database fails.
pub async fn open(connection: &mut PgConnection, open: &Open<'_>) -> Result<()> {
    sqlx::query!(
        "insert into review (municipality_id, kind, thing, thing_id, author_id, note) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
        open.municipality_id,
        open.kind,
        open.thing,
        open.thing_id,
        open.author_id,
        open.note
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Decides what waits there about a thing, where the decision was made beside the queue. What was decided before stays.
///
/// # Errors
/// The database fails.
pub async fn close(
    connection: &mut PgConnection,
    thing: &str,
    thing_id: i64,
    decided_by: i64,
    approved: bool,
    reason: &str,
) -> Result<()> {
    sqlx::query!(
        "update review set decided_at = now(), decided_by = $3, approved = $4, reason = $5
         where thing = $1 and thing_id = $2 and decided_at is null",
        thing,
        thing_id,
        decided_by,
        approved,
        reason
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes something out of the queue that was withdrawn before anybody decided. (A report about an organisation is not about
/// the proposal of the same number.)
///
/// # Errors
/// The database fails.
pub async fn withdraw(connection: &mut PgConnection, thing: &str, thing_id: i64) -> Result<()> {
    sqlx::query!(
        "delete from review where thing = $1 and thing_id = $2 and decided_at is null and (thing <> 'organisation' or kind = thing)",
        thing,
        thing_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
