//! SQL of accounts and their sessions.

use sqlx::{PgConnection, PgPool};

use crate::access::{Role, tokens};
use crate::error::{Error, Result};

/// What sign-in needs to know of an account.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The account.
    pub id: i64,
    /// Its role.
    pub role: Role,
    /// Hash of its password.
    pub password_hash: Option<String>,
    /// True when it may sign in.
    pub enabled: bool,
}

/// The account of an address.
///
/// # Errors
/// The database fails.
pub async fn by_email(pool: &PgPool, email: &str) -> Result<Option<SignIn>> {
    let row = sqlx::query!(
        r#"select id, role, password_hash, disabled_at is null as "enabled!" from account where email = $1"#,
        email
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let role = Role::from_code(&row.role).ok_or_else(|| Error::internal("unknown role"))?;
        Ok(SignIn { id: row.id, role, password_hash: row.password_hash, enabled: row.enabled })
    })
    .transpose()
}

/// Begins a session; its token. A session that the browser had before ends: whoever planted or kept its token has nothing of it.
///
/// # Errors
/// The database fails.
pub async fn begin_session(
    connection: &mut PgConnection,
    account_id: i64,
    role: Role,
    second_factor: bool,
    device: &str,
    before: Option<&str>,
) -> Result<String> {
    if let Some(before) = before {
        end_session_of_token(connection, before).await?;
    }
    let token = tokens::random();
    sqlx::query!(
        "insert into session (account_id, token_hash, second_factor, device, idle_until, absolute_until)
         values ($1, $2, $3, $4, now() + make_interval(mins => $5), now() + make_interval(mins => $6))",
        account_id,
        tokens::digest(&token),
        second_factor,
        device,
        role.idle_minutes(),
        role.absolute_minutes()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("update account set last_sign_in_at = now() where id = $1", account_id).execute(connection).await?;
    Ok(token)
}

/// Ends the session of a token.
///
/// # Errors
/// The database fails.
pub async fn end_session_of_token(connection: &mut PgConnection, token: &str) -> Result<()> {
    sqlx::query!("delete from session where token_hash = $1", tokens::digest(token)).execute(connection).await?;
    Ok(())
}
