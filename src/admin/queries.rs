//! SQL of the administration of accounts.

use sqlx::types::time::PrimitiveDateTime;
use sqlx::{PgConnection, PgPool};

use crate::access::{Owned, Role};
use crate::error::Result;

/// An account in the list.
#[derive(Debug, Clone)]
pub struct Account {
    /// Internal key.
    pub id: i64,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// Municipality of an office.
    pub municipality_id: Option<i64>,
    /// Its name; empty for none.
    pub municipality: String,
    /// Unit of the office.
    pub unit_name: String,
    /// True when it cannot sign in.
    pub disabled: bool,
    /// True when it has a second factor.
    pub second_factor: bool,
    /// Last sign-in.
    pub last_sign_in_at: Option<PrimitiveDateTime>,
    /// Counts changes.
    pub version: i32,
}

/// Accounts whose name or address has a text; those of one municipality's office, or all. At most 200, by name.
///
/// # Errors
/// The database fails.
pub async fn accounts(
    pool: &PgPool,
    municipality_id: Option<i64>,
    text: &str,
    role: Option<&str>,
) -> Result<Vec<Account>> {
    let accounts = sqlx::query_as!(
        Account,
        r#"select a.id, a.email, a.name, a.role, a.municipality_id, coalesce(m.name, '') as "municipality!", a.unit_name,
               a.disabled_at is not null as "disabled!", a.totp_secret is not null as "second_factor!",
               a.last_sign_in_at::timestamp as last_sign_in_at, a.version
           from account a left join municipality m on m.id = a.municipality_id
           where ($1::bigint is null or a.municipality_id = $1)
               and (fold(a.name) like pattern($2) or a.email like pattern($2))
               and ($3::text is null or a.role = $3)
           order by a.name collate "pl-x-icu", a.id limit 200"#,
        municipality_id,
        text,
        role
    )
    .fetch_all(pool)
    .await?;
    Ok(accounts)
}

/// An account by its key.
///
/// # Errors
/// The database fails.
pub async fn account(pool: &PgPool, id: i64) -> Result<Option<Account>> {
    let account = sqlx::query_as!(
        Account,
        r#"select a.id, a.email, a.name, a.role, a.municipality_id, coalesce(m.name, '') as "municipality!", a.unit_name,
               a.disabled_at is not null as "disabled!", a.totp_secret is not null as "second_factor!",
               a.last_sign_in_at::timestamp as last_sign_in_at, a.version
           from account a left join municipality m on m.id = a.municipality_id where a.id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(account)
}

/// Whose an account is, for the guard: that of the municipality of its office.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let found =
        sqlx::query_scalar!("select municipality_id from account where id = $1", id).fetch_optional(pool).await?;
    Ok(found.map(|municipality_id| Owned { id, municipality_id, ..Owned::default() }))
}

/// What an administrator may change of an account.
#[derive(Debug, Clone)]
pub struct Change {
    /// Role.
    pub role: Role,
    /// Municipality of an office.
    pub municipality_id: Option<i64>,
    /// Unit of the office.
    pub unit_name: String,
    /// True when it may not sign in.
    pub disabled: bool,
    /// Version that was changed.
    pub version: i32,
}

/// Changes an account, and ends its sessions: what it may do is asked anew. False when somebody else was faster.
///
/// # Errors
/// The database fails.
pub async fn change(connection: &mut PgConnection, id: i64, change: &Change) -> Result<bool> {
    let changed = sqlx::query!(
        "update account set role = $2, municipality_id = $3, unit_name = $4,
             disabled_at = case when $5 then coalesce(disabled_at, now()) end, version = version + 1
         where id = $1 and version = $6",
        id,
        change.role.code(),
        change.municipality_id,
        change.unit_name,
        change.disabled,
        change.version
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from session where account_id = $1", id).execute(connection).await?;
    Ok(changed.rows_affected() == 1)
}

/// Takes the second factor away from somebody who lost it.
///
/// # Errors
/// The database fails.
pub async fn remove_second_factor(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!("delete from account_recovery_code where account_id = $1", id).execute(&mut *connection).await?;
    sqlx::query!("update account set totp_secret = null, totp_last_step = null where id = $1", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// True when another administrator of all can sign in.
///
/// # Errors
/// The database fails.
pub async fn another_administrator(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let another = sqlx::query_scalar!(
        r#"select exists (select from account where role = 'administrator' and municipality_id is null
               and disabled_at is null and id <> $1) as "another!""#,
        id
    )
    .fetch_one(connection)
    .await?;
    Ok(another)
}

/// Municipalities by name: one, or all.
///
/// # Errors
/// The database fails.
pub async fn municipalities(pool: &PgPool, only: Option<i64>) -> Result<Vec<(i64, String)>> {
    let rows = sqlx::query!(
        r#"select id, name from municipality where $1::bigint is null or id = $1 order by name collate "pl-x-icu", id limit 3000"#,
        only
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Support institutions by name: of one municipality, or all.
///
/// # Errors
/// The database fails.
pub async fn institutions(pool: &PgPool, municipality_id: Option<i64>) -> Result<Vec<(i64, String)>> {
    let rows = sqlx::query!(
        r#"select id, name from support_institution where $1::bigint is null or municipality_id = $1
           order by name collate "pl-x-icu", id limit 3000"#,
        municipality_id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
