//! SQL of an organisation's history.

use sqlx::PgPool;

use super::Row;
use crate::error::Result;

/// Name of the organisation, and how many changes of it are known.
pub(super) async fn summary(pool: &PgPool, id: i64) -> Result<(String, i64)> {
    let row = sqlx::query!(
        r#"select name, (select count(*) from audit_entry e
               where e.thing in ('organisation', 'representative') and e.thing_id = o.id) as "count!"
           from organisation o where id = $1"#,
        id
    )
    .fetch_one(pool)
    .await?;
    Ok((row.name, row.count))
}

/// Changes of the profile and of the team, the last first.
pub(super) async fn page(pool: &PgPool, id: i64, limit: i64, offset: i64) -> Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select e.at::date as "day!", to_char(e.at, 'HH24:MI') as "time!", e.action, e.thing, e.role, a.name as "who?",
               s.name as "subject?", e.before, e.after
           from audit_entry e
           left join account a on a.id = e.account_id
           left join account s on e.thing = 'representative' and s.id = (coalesce(e.after, e.before) ->> 'account_id')::bigint
           where e.thing in ('organisation', 'representative') and e.thing_id = $1
           order by e.id desc limit $2 offset $3"#,
        id,
        limit,
        offset
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
