//! SQL of the audit log.

use sqlx::PgPool;
use sqlx::types::time::PrimitiveDateTime;

use crate::error::Result;

/// A change that somebody made.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Internal key.
    pub id: i64,
    /// When.
    pub at: PrimitiveDateTime,
    /// Who; empty once the account is deleted.
    pub name: String,
    /// Code of the role in which they did it.
    pub role: String,
    /// `insert`, `update` or `delete`.
    pub action: String,
    /// Table of the thing.
    pub thing: String,
    /// Its key.
    pub thing_id: Option<i64>,
    /// Columns that changed, as they were.
    pub before: Option<serde_json::Value>,
    /// The same columns as they are.
    pub after: Option<serde_json::Value>,
}

/// Which entries are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one municipality: its things, and what its officials did; none = all.
    pub municipality_id: Option<i64>,
    /// Of one kind of thing.
    pub thing: Option<String>,
    /// Of one thing.
    pub thing_id: Option<i64>,
    /// Only what officials and administrators did.
    pub office_only: bool,
    /// Older than this one.
    pub before: Option<i64>,
}

/// Entries, the latest first.
///
/// # Errors
/// The database fails.
pub async fn entries(pool: &PgPool, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let entries = sqlx::query_as!(
        Entry,
        r#"select e.id, e.at::timestamp as "at!", coalesce(a.name, '') as "name!", e.role, e.action, e.thing, e.thing_id, e.before, e.after
           from audit_entry e left join account a on a.id = e.account_id
           where ($1::bigint is null or e.municipality_id = $1 or a.municipality_id = $1)
               and ($2::text is null or e.thing = $2)
               and ($3::bigint is null or e.thing_id = $3)
               and (not $4 or e.role in ('official', 'administrator'))
               and ($5::bigint is null or e.id < $5)
           order by e.id desc limit $6"#,
        filter.municipality_id,
        filter.thing,
        filter.thing_id,
        filter.office_only,
        filter.before,
        limit
    )
    .fetch_all(pool)
    .await?;
    Ok(entries)
}

/// Kinds of things that the log has.
///
/// # Errors
/// The database fails.
pub async fn things(pool: &PgPool) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select distinct thing from audit_entry order by thing").fetch_all(pool).await?)
}
