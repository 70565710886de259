//! SQL of confirming profiles.

use sqlx::{PgConnection, PgPool};
use time::Date;

use super::{DAYS_BETWEEN, DAYS_UNTIL_STALE};
use crate::access::{Role, tokens};
use crate::error::{Error, Result};

/// Notes that a profile is right as it is; `by`: `organisation` or `office`. The organisation's slug.
///
/// # Errors
/// The database fails.
pub async fn confirm(connection: &mut PgConnection, organisation_id: i64, by: &str) -> Result<String> {
    let slug = sqlx::query_scalar!(
        "update organisation set verified_on = current_date, verified_by = $2 where id = $1 returning slug",
        organisation_id,
        by
    );
    Ok(slug.fetch_one(connection).await?)
}

/// Somebody to be asked whether a profile is still right.
#[derive(Debug)]
pub(super) struct Due {
    pub organisation_id: i64,
    pub organisation: String,
    pub slug: String,
    pub verified_on: Option<Date>,
    pub account_id: i64,
    pub email: String,
    pub lang: String,
}

/// Representatives to be asked, at most so many; nobody where another node is asking just now.
pub(super) async fn due(connection: &mut PgConnection, most: i64) -> Result<Vec<Due>> {
    // Held until the transaction ends; whoever comes next sees in the next statement whom this one asked.
    let mine =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('verification_request')::bigint) as "mine!""#)
            .fetch_one(&mut *connection)
            .await?;
    if !mine {
        return Ok(Vec::new());
    }
    let due = sqlx::query_as!(
        Due,
        "select o.id as organisation_id, o.name as organisation, o.slug, o.verified_on, a.id as account_id, a.email, a.lang
         from representative r join organisation o on o.id = r.organisation_id join account a on a.id = r.account_id
         where a.disabled_at is null and (o.verified_on is null or o.verified_on < current_date - $1::integer)
           and not exists (select from verification_request v where v.organisation_id = o.id and v.account_id = a.id
               and v.asked_at > now() - make_interval(days => $2))
         order by o.id, a.id limit $3",
        DAYS_UNTIL_STALE,
        DAYS_BETWEEN,
        most
    );
    Ok(due.fetch_all(connection).await?)
}

/// Notes that somebody is asked; the token of the link.
pub(super) async fn ask(connection: &mut PgConnection, organisation_id: i64, account_id: i64) -> Result<String> {
    let token = tokens::random();
    sqlx::query!(
        "insert into verification_request (token_hash, organisation_id, account_id) values ($1, $2, $3)",
        tokens::digest(&token),
        organisation_id,
        account_id
    )
    .execute(connection)
    .await?;
    Ok(token)
}

/// What a link stands for.
#[derive(Debug)]
pub(super) struct Asked {
    pub organisation_id: i64,
    pub slug: String,
    pub account_id: i64,
    pub role: Role,
    pub used: bool,
}

/// What a link stands for; nothing where it is unknown, too old, or its reader does not act for the organisation any more.
pub(super) async fn asked(pool: &PgPool, token: &str) -> Result<Option<Asked>> {
    let row = sqlx::query!(
        r#"select o.id as organisation_id, o.slug, a.id as account_id, a.role, v.used_at is not null as "used!"
           from verification_request v join organisation o on o.id = v.organisation_id join account a on a.id = v.account_id
           join representative r on r.account_id = a.id and r.organisation_id = o.id
           where v.token_hash = $1 and v.asked_at > now() - make_interval(days => $2) and a.disabled_at is null"#,
        tokens::digest(token),
        DAYS_BETWEEN
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let role = Role::from_code(&row.role).ok_or_else(|| Error::internal("unknown role"))?;
        Ok(Asked {
            organisation_id: row.organisation_id,
            slug: row.slug,
            account_id: row.account_id,
            role,
            used: row.used,
        })
    })
    .transpose()
}

/// Notes that a link was used; false where it was before.
pub(super) async fn use_up(connection: &mut PgConnection, token: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update verification_request set used_at = now() where token_hash = $1 and used_at is null",
        tokens::digest(token)
    );
    Ok(done.execute(connection).await?.rows_affected() == 1)
}
