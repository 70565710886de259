//! SQL of sessions and of what holds for every form.

use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, Transaction};

use super::viewer::Represented;
use super::{Pending, Role, Viewer};
use crate::error::{Error, Result};
use crate::web::Lang;

/// Whose session a token is of; nothing when it ended, or the account is disabled. `second_factor_required`: of officials
/// and administrators.
///
/// # Errors
/// The database fails.
pub async fn viewer(pool: &PgPool, token_hash: &[u8], second_factor_required: bool) -> Result<Option<Viewer>> {
    let row = sqlx::query!(
        r#"select s.id as session_id, s.second_factor, s.last_seen_at < now() - interval '1 minute' as "stale!",
               a.id, a.email, a.name, a.role, a.municipality_id, a.unit_name, a.lang, a.trusted, a.totp_secret is not null as "totp!",
               coalesce((select jsonb_agg(jsonb_build_object('id', o.id, 'slug', o.slug, 'name', o.name,
                       'municipality_id', o.municipality_id) order by o.name, o.id)
                   from representative r join organisation o on o.id = r.organisation_id where r.account_id = a.id), '[]')
                   as "organisations!: Json<Vec<Represented>>",
               array(select e.institution_id from institution_editor e where e.account_id = a.id) as "institutions!"
           from session s join account a on a.id = s.account_id
           where s.token_hash = $1 and a.disabled_at is null and now() < least(s.idle_until, s.absolute_until)"#,
        token_hash
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let role = Role::from_code(&row.role).ok_or_else(|| Error::internal(format!("unknown role {}", row.role)))?;
    if row.stale {
        sqlx::query!(
            "update session set last_seen_at = now(), idle_until = now() + make_interval(mins => $2) where id = $1",
            row.session_id,
            role.idle_minutes()
        )
        .execute(pool)
        .await?;
    }
    let pending = match (row.totp, row.second_factor) {
        (true, false) => Some(Pending::Code),
        (false, _) if second_factor_required && role.is_office() => Some(Pending::SetUp),
        _ => None,
    };
    Ok(Some(Viewer {
        account_id: row.id,
        session_id: row.session_id,
        email: row.email,
        name: row.name,
        role,
        municipality_id: row.municipality_id,
        unit_name: row.unit_name,
        lang: Lang::from_tag(&row.lang).unwrap_or_default(),
        trusted: row.trusted,
        organisations: row.organisations.0,
        institutions: row.institutions,
        pending,
    }))
}

/// A transaction in which somebody acts: triggers write what it changes into the audit log under their name.
///
/// # Errors
/// The database fails.
pub async fn begin_as(pool: &PgPool, viewer: &Viewer) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = pool.begin().await?;
    act_as(&mut transaction, viewer.account_id, viewer.role).await?;
    Ok(transaction)
}

/// The rest of the transaction is done by this account.
///
/// # Errors
/// The database fails.
pub async fn act_as(connection: &mut PgConnection, account_id: i64, role: Role) -> Result<()> {
    sqlx::query!(
        "select set_config('pestor.account', $1, true) as account, set_config('pestor.role', $2, true) as role",
        account_id.to_string(),
        role.code()
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Counts an attempt: every one on the pool, in a transaction only those that are committed.
///
/// # Errors
/// There were more than `most` in `span_s` seconds ([`Error::TooMany`]), or the database fails.
pub async fn throttle(executor: impl PgExecutor<'_>, key: &str, most: i32, span_s: i32) -> Result<()> {
    let too_many = sqlx::query_scalar!(
        r#"select throttled($1, $2, make_interval(secs => $3)) as "too_many!""#,
        key,
        most,
        f64::from(span_s)
    )
    .fetch_one(executor)
    .await?;
    if too_many { Err(Error::TooMany { retry_after_s: span_s }) } else { Ok(()) }
}

/// Forgets the attempts of a key: the last one was right.
///
/// # Errors
/// The database fails.
pub async fn forgive(connection: &mut PgConnection, key: &str) -> Result<()> {
    sqlx::query!("delete from throttle where key = $1", key).execute(connection).await?;
    Ok(())
}

/// Notes that a form was taken. Where it was taken before: where its sender was led then. Call it in the transaction that does
/// what the form asks for.
///
/// # Errors
/// The database fails.
pub async fn taken_before(
    connection: &mut PgConnection,
    key: &str,
    account_id: i64,
    location: &str,
) -> Result<Option<String>> {
    if key.is_empty() || key.len() > 100 || key.contains(char::is_control) {
        return Err(Error::BadForm("the form has no key of its own".to_owned()));
    }
    let noted = sqlx::query!(
        "insert into submitted_form (key, account_id, location) values ($1, $2, $3) on conflict do nothing",
        key,
        account_id,
        location
    )
    .execute(&mut *connection)
    .await?;
    if noted.rows_affected() == 1 {
        return Ok(None);
    }
    let before =
        sqlx::query_scalar!("select location from submitted_form where key = $1 and account_id = $2", key, account_id);
    Ok(before.fetch_optional(connection).await?)
}

/// Somebody who is told of something by mail.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub account_id: i64,
    /// Its address.
    pub email: String,
    /// Language of its mails.
    pub lang: Lang,
}

/// Who acts for an organisation; where there is none, for a unit of a municipality: its officials, and if it has none, all
/// officials of the municipality.
///
/// # Errors
/// The database fails.
pub async fn people_of(
    connection: &mut PgConnection,
    organisation_id: Option<i64>,
    municipality_id: i64,
    unit_name: &str,
) -> Result<Vec<Person>> {
    let rows = sqlx::query!(
        "with office as (select id, unit_name from account
             where $1::bigint is null and role = 'official' and municipality_id = $2 and disabled_at is null)
         select a.id, a.email, a.lang from account a
         where a.disabled_at is null and (
             exists (select from representative r where r.account_id = a.id and r.organisation_id = $1)
             or exists (select from office o where o.id = a.id
                 and (o.unit_name = $3 or not exists (select from office u where u.unit_name = $3))))
         order by a.id",
        organisation_id,
        municipality_id,
        unit_name
    )
    .fetch_all(connection)
    .await?;
    let person =
        |id, email, lang: String| Person { account_id: id, email, lang: Lang::from_tag(&lang).unwrap_or_default() };
    Ok(rows.into_iter().map(|row| person(row.id, row.email, row.lang)).collect())
}

/// The person of an account; nobody where there is none or it is disabled.
///
/// # Errors
/// The database fails.
pub async fn person(connection: &mut PgConnection, account_id: i64) -> Result<Option<Person>> {
    let row = sqlx::query!("select id, email, lang from account where id = $1 and disabled_at is null", account_id)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| Person {
        account_id: row.id,
        email: row.email,
        lang: Lang::from_tag(&row.lang).unwrap_or_default(),
    }))
}
