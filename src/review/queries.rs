//! SQL of the moderation queue.

use sqlx::types::time::PrimitiveDateTime;
use sqlx::{PgConnection, PgPool};

use super::Open;
use crate::access::Owned;
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

/// Something in the queue.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Internal key.
    pub id: i64,
    /// `claim`, `organisation`, `first_post` or `report`.
    pub kind: String,
    /// Kind of thing.
    pub thing: String,
    /// Key of the thing.
    pub thing_id: i64,
    /// Who claimed, posted or reported.
    pub author_id: Option<i64>,
    /// Their name; empty once the account is deleted.
    pub author: String,
    /// Their reason.
    pub note: String,
    /// Since when it waits.
    pub opened_at: PrimitiveDateTime,
    /// When it was decided.
    pub decided_at: Option<PrimitiveDateTime>,
    /// Who decided.
    pub decided_by: String,
    /// Yes or no.
    pub approved: Option<bool>,
    /// Reason of the decision.
    pub reason: String,
}

/// What waits for officials of a municipality (none = of all), the oldest first; or what was decided, the latest first.
///
/// # Errors
/// The database fails.
pub async fn queue(pool: &PgPool, municipality_id: Option<i64>, decided: bool) -> Result<Vec<Waiting>> {
    let waiting = sqlx::query_as!(
        Waiting,
        r#"select r.id, r.kind, r.thing, r.thing_id, r.author_id, coalesce(a.name, '') as "author!", r.note,
               r.opened_at::timestamp as "opened_at!", r.decided_at::timestamp as decided_at,
               coalesce(d.name, '') as "decided_by!", r.approved, r.reason
           from review r left join account a on a.id = r.author_id left join account d on d.id = r.decided_by
           where ($1::bigint is null or r.municipality_id = $1) and (r.decided_at is not null) = $2
           order by case when $2 then r.decided_at end desc, r.opened_at, r.id limit 100"#,
        municipality_id,
        decided
    )
    .fetch_all(pool)
    .await?;
    Ok(waiting)
}

/// How much waits for officials of a municipality; none = of all.
///
/// # Errors
/// The database fails.
pub async fn waiting_count(pool: &PgPool, municipality_id: Option<i64>) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from review where ($1::bigint is null or municipality_id = $1) and decided_at is null"#,
        municipality_id
    )
    .fetch_one(pool)
    .await?;
    Ok(count)
}

/// Whose something in the queue is, for the guard.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let found =
        sqlx::query_scalar!("select municipality_id from review where id = $1", id).fetch_optional(pool).await?;
    Ok(found.map(|municipality_id| Owned { id, municipality_id, ..Owned::default() }))
}

/// A decision that was just taken.
#[derive(Debug, Clone)]
pub struct Decided {
    /// `claim`, `organisation`, `first_post` or `report`.
    pub kind: String,
    /// Kind of thing.
    pub thing: String,
    /// Key of the thing.
    pub thing_id: i64,
    /// Who claimed, posted or reported.
    pub author_id: Option<i64>,
}

/// Decides; nothing when somebody else was faster.
///
/// # Errors
/// The database fails.
pub async fn decide(
    connection: &mut PgConnection,
    id: i64,
    decided_by: i64,
    approved: bool,
    reason: &str,
) -> Result<Option<Decided>> {
    let decided = sqlx::query_as!(
        Decided,
        "update review set decided_at = now(), decided_by = $2, approved = $3, reason = $4
         where id = $1 and decided_at is null returning kind, thing, thing_id, author_id",
        id,
        decided_by,
        approved,
        reason
    )
    .fetch_optional(connection)
    .await?;
    Ok(decided)
}

/// A first post was found good: this account's later ones need no check.
///
/// # Errors
/// The database fails.
pub async fn trust(connection: &mut PgConnection, account_id: i64) -> Result<()> {
    sqlx::query!("update account set trusted = true where id = $1", account_id).execute(connection).await?;
    Ok(())
}
