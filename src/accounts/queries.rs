//! SQL of accounts and their sessions.

use sqlx::types::time::PrimitiveDateTime;
use sqlx::{PgConnection, PgPool};

use super::tickets::Newcomer;
use crate::access::{Owned, Role, tokens};
use crate::error::{Error, Result};
use crate::web::Lang;

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
    sqlx::query!("update account set last_sign_in_at = now(), warned_at = null where id = $1", account_id)
        .execute(connection)
        .await?;
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

/// Makes an account; nothing when the address has one. Its address is verified: whoever asks read mail that was sent there.
///
/// # Errors
/// The database fails.
pub async fn add(
    connection: &mut PgConnection,
    email: &str,
    newcomer: &Newcomer,
    password_hash: Option<&str>,
) -> Result<Option<i64>> {
    let id = sqlx::query_scalar!(
        "insert into account (email, name, role, municipality_id, unit_name, lang, password_hash)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (email) do nothing returning id",
        email,
        newcomer.name,
        newcomer.role,
        newcomer.municipality_id,
        newcomer.unit_name,
        newcomer.lang,
        password_hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(id)
}

/// Makes an account an editor of a support institution.
///
/// # Errors
/// The database fails.
pub async fn edit_institution(connection: &mut PgConnection, account_id: i64, institution_id: i64) -> Result<()> {
    sqlx::query!(
        "insert into institution_editor (account_id, institution_id) values ($1, $2) on conflict do nothing",
        account_id,
        institution_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that somebody agreed to a text in its present wording.
///
/// # Errors
/// The database fails.
pub async fn consent(connection: &mut PgConnection, account_id: i64, text_code: &str) -> Result<()> {
    sqlx::query!(
        "insert into account_consent (account_id, text_code, text_version) values ($1, $2, $3)",
        account_id,
        text_code,
        super::TEXT_VERSION
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// True where somebody agreed to a text and did not take it back.
///
/// # Errors
/// The database fails.
pub async fn consents(connection: &mut PgConnection, account_id: i64, text_code: &str) -> Result<bool> {
    let given = sqlx::query_scalar!(
        r#"select exists (select from account_consent
               where account_id = $1 and text_code = $2 and withdrawn_at is null) as "given!""#,
        account_id,
        text_code
    );
    Ok(given.fetch_one(connection).await?)
}

/// Notes that somebody takes back what they agreed to.
///
/// # Errors
/// The database fails.
pub async fn withdraw_consent(connection: &mut PgConnection, account_id: i64, text_code: &str) -> Result<()> {
    sqlx::query!(
        "update account_consent set withdrawn_at = now() where account_id = $1 and text_code = $2 and withdrawn_at is null",
        account_id,
        text_code
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets a password.
///
/// # Errors
/// The database fails.
pub async fn set_password(connection: &mut PgConnection, account_id: i64, hash: &str) -> Result<()> {
    sqlx::query!("update account set password_hash = $2 where id = $1", account_id, hash).execute(connection).await?;
    Ok(())
}

/// Ends all sessions of an account, but for one.
///
/// # Errors
/// The database fails.
pub async fn end_sessions(connection: &mut PgConnection, account_id: i64, but: Option<i64>) -> Result<()> {
    sqlx::query!("delete from session where account_id = $1 and id is distinct from $2", account_id, but)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends one session of an account.
///
/// # Errors
/// The database fails.
pub async fn end_session(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!("delete from session where id = $1", id).execute(connection).await?;
    Ok(())
}

/// Whose a session is, for the guard.
///
/// # Errors
/// The database fails.
pub async fn owned_session(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let author = sqlx::query_scalar!("select account_id from session where id = $1", id).fetch_optional(pool).await?;
    Ok(author.map(|author| Owned { id, author_id: Some(author), ..Owned::default() }))
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct Session {
    /// Internal key.
    pub id: i64,
    /// Browser and system.
    pub device: String,
    /// Sign-in.
    pub created_at: PrimitiveDateTime,
    /// Last request.
    pub last_seen_at: PrimitiveDateTime,
}

/// Sessions of an account that still last, the latest first.
///
/// # Errors
/// The database fails.
pub async fn sessions(pool: &PgPool, account_id: i64) -> Result<Vec<Session>> {
    let sessions = sqlx::query_as!(
        Session,
        r#"select id, device, created_at::timestamp as "created_at!", last_seen_at::timestamp as "last_seen_at!" from session
         where account_id = $1 and now() < least(idle_until, absolute_until) order by session.last_seen_at desc, id desc"#,
        account_id
    )
    .fetch_all(pool)
    .await?;
    Ok(sessions)
}

/// The parts of an account that settings show.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name that others see.
    pub name: String,
    /// Language of mails.
    pub lang: String,
    /// True when it has a second factor.
    pub second_factor: bool,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

/// An account's settings.
///
/// # Errors
/// The database fails.
pub async fn settings(pool: &PgPool, account_id: i64) -> Result<Settings> {
    let settings = sqlx::query_as!(
        Settings,
        r#"select name, lang, totp_secret is not null as "second_factor!",
               (select count(*) from account_recovery_code c where c.account_id = account.id) as "recovery_codes!"
           from account where id = $1"#,
        account_id
    )
    .fetch_one(pool)
    .await?;
    Ok(settings)
}

/// Changes name and language.
///
/// # Errors
/// The database fails.
pub async fn change(connection: &mut PgConnection, account_id: i64, name: &str, lang: &str) -> Result<()> {
    sqlx::query!("update account set name = $2, lang = $3 where id = $1", account_id, name, lang)
        .execute(connection)
        .await?;
    Ok(())
}

/// Hash of an account's password.
///
/// # Errors
/// The database fails.
pub async fn password_hash(pool: &PgPool, account_id: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!("select password_hash from account where id = $1", account_id).fetch_one(pool).await?)
}

/// Moves an account to another address; false when another account has it.
///
/// # Errors
/// The database fails.
pub async fn move_to(connection: &mut PgConnection, account_id: i64, email: &str) -> Result<bool> {
    let moved = sqlx::query!(
        "update account set email = $2 where id = $1 and not exists (select from account where email = $2)",
        account_id,
        email
    )
    .execute(connection)
    .await;
    match moved {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("account_email_key") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the secret of a second factor that is being set up, with the session that sets it up.
///
/// # Errors
/// The database fails.
pub async fn offer_totp(pool: &PgPool, session_id: i64, secret: &[u8]) -> Result<Vec<u8>> {
    let kept = sqlx::query_scalar!(
        r#"update session set offered_totp = coalesce(offered_totp, $2) where id = $1 returning offered_totp as "totp!""#,
        session_id,
        secret
    )
    .fetch_one(pool)
    .await?;
    Ok(kept)
}

/// The secret that a session was offered for a second factor; nothing before it saw one.
///
/// # Errors
/// The database fails.
pub async fn offered_totp(pool: &PgPool, session_id: i64) -> Result<Option<Vec<u8>>> {
    let secret = sqlx::query_scalar!("select offered_totp from session where id = $1", session_id);
    Ok(secret.fetch_optional(pool).await?.flatten())
}

/// The second factor of an account: its secret, and the time step of the last code that was taken. The row stays locked, so
/// that a code counts once however many requests bring it.
///
/// # Errors
/// The database fails.
pub async fn totp(connection: &mut PgConnection, account_id: i64) -> Result<Option<(Vec<u8>, Option<i64>)>> {
    let row = sqlx::query!("select totp_secret, totp_last_step from account where id = $1 for update", account_id)
        .fetch_one(connection)
        .await?;
    Ok(row.totp_secret.map(|secret| (secret, row.totp_last_step)))
}

/// Notes the time step of a code that was taken.
///
/// # Errors
/// The database fails.
pub async fn totp_used(connection: &mut PgConnection, account_id: i64, step: i64) -> Result<()> {
    sqlx::query!("update account set totp_last_step = $2 where id = $1", account_id, step).execute(connection).await?;
    Ok(())
}

/// Takes a recovery code; false when there is no such code.
///
/// # Errors
/// The database fails.
pub async fn recovery_used(connection: &mut PgConnection, account_id: i64, code: &str) -> Result<bool> {
    let used = sqlx::query!(
        "delete from account_recovery_code where account_id = $1 and code_hash = $2",
        account_id,
        tokens::digest(code)
    )
    .execute(connection)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Gives an account a second factor with these recovery codes, or takes it away.
///
/// # Errors
/// The database fails.
pub async fn set_totp(
    connection: &mut PgConnection,
    account_id: i64,
    secret: Option<(&[u8], i64)>,
    codes: &[String],
) -> Result<()> {
    sqlx::query!(
        "update account set totp_secret = $2, totp_last_step = $3 where id = $1",
        account_id,
        secret.map(|(secret, _)| secret),
        secret.map(|(_, step)| step)
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from account_recovery_code where account_id = $1", account_id)
        .execute(&mut *connection)
        .await?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| tokens::digest(code)).collect();
    sqlx::query!(
        "insert into account_recovery_code (account_id, code_hash) select $1, unnest($2::bytea[])",
        account_id,
        &hashes
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The second factor was given in a session, which gets a new token.
///
/// # Errors
/// The database fails.
pub async fn second_factor_given(connection: &mut PgConnection, session_id: i64) -> Result<String> {
    let token = tokens::random();
    sqlx::query!(
        "update session set second_factor = true, offered_totp = null, token_hash = $2 where id = $1",
        session_id,
        tokens::digest(&token)
    )
    .execute(connection)
    .await?;
    Ok(token)
}

/// Address, language and role of an account.
///
/// # Errors
/// The database fails.
pub async fn address(connection: &mut PgConnection, account_id: i64) -> Result<Option<(String, Lang, Role)>> {
    let row = sqlx::query!("select email, lang, role from account where id = $1 for update", account_id)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let role = Role::from_code(&row.role).ok_or_else(|| Error::internal("unknown role"))?;
        Ok((row.email, Lang::from_tag(&row.lang).unwrap_or_default(), role))
    })
    .transpose()
}

/// Everything the database knows of an account: every row of every table that refers to it, without secrets.
///
/// # Errors
/// The database fails.
pub async fn data(pool: &PgPool, account_id: i64) -> Result<serde_json::Value> {
    let data = sqlx::query_scalar!(r#"select account_data($1) as "data!""#, account_id).fetch_one(pool).await?;
    Ok(data)
}

/// Deletes an account and what is only its own; false when it is the last administrator of all. What organisations and offices published
/// stays.
///
/// # Errors
/// The database fails.
pub async fn delete(connection: &mut PgConnection, account_id: i64) -> Result<bool> {
    let last = sqlx::query_scalar!(
        r#"select role = 'administrator' and municipality_id is null and not exists (
               select from account o where o.id <> a.id and o.role = 'administrator' and o.municipality_id is null
                   and o.disabled_at is null) as "last!"
           from account a where id = $1"#,
        account_id
    )
    .fetch_one(&mut *connection)
    .await?;
    if last {
        return Ok(false);
    }
    sqlx::query!("select delete_account($1)", account_id).execute(connection).await?;
    Ok(true)
}

/// Deletes sessions, tickets, counts and keys whose time is over, and entries of the audit log older than so many years.
///
/// # Errors
/// The database fails.
pub async fn forget(pool: &PgPool, audit_years: i32) -> Result<()> {
    sqlx::query!("delete from session where now() > least(idle_until, absolute_until)").execute(pool).await?;
    sqlx::query!("delete from account_ticket where now() > valid_until").execute(pool).await?;
    sqlx::query!("delete from throttle where window_start < now() - interval '2 days'").execute(pool).await?;
    sqlx::query!("delete from submitted_form where at < now() - interval '1 day'").execute(pool).await?;
    sqlx::query!("delete from audit_entry where at < now() - make_interval(years => $1)", audit_years)
        .execute(pool)
        .await?;
    Ok(())
}

/// Marks the accounts of residents, representatives and editors that nobody signed in to for so many years as warned; addresses
/// and languages of those that were not before.
///
/// # Errors
/// The database fails.
pub async fn warn_inactive(connection: &mut PgConnection, years: i32) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        "update account set warned_at = now() where id in (select id from account
             where warned_at is null and role in ('resident', 'representative', 'editor')
                 and coalesce(last_sign_in_at, created_at) < now() - make_interval(years => $1)
             limit 100 for update skip locked)
         returning email, lang",
        years
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.email, row.lang)).collect())
}

/// Deletes accounts that were warned so many days ago and nobody signed in to since.
///
/// # Errors
/// The database fails.
pub async fn delete_inactive(pool: &PgPool, days: i32) -> Result<()> {
    sqlx::query!(
        "select delete_account(id) from (select id from account where warned_at < now() - make_interval(days => $1)
             limit 100 for update skip locked) gone",
        days
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Makes an account as it should be, or corrects it: for accounts of the demo.
///
/// # Errors
/// The database fails.
pub async fn put(pool: &PgPool, email: &str, newcomer: &Newcomer, password_hash: &str) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "insert into account (email, name, role, municipality_id, unit_name, lang, password_hash, trusted)
         values ($1, $2, $3, $4, $5, $6, $7, true)
         on conflict (email) do update set password_hash = excluded.password_hash, disabled_at = null returning id",
        email,
        newcomer.name,
        newcomer.role,
        newcomer.municipality_id,
        newcomer.unit_name,
        newcomer.lang,
        password_hash
    )
    .fetch_one(pool)
    .await?;
    Ok(id)
}

/// Key of the municipality of a TERYT code.
///
/// # Errors
/// The database fails.
pub async fn municipality(pool: &PgPool, teryt: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!("select id from municipality where teryt = $1", teryt).fetch_optional(pool).await?)
}

/// Makes the demo's representative and editor stand for something: an organisation that has offers and demand, and the OWES.
///
/// # Errors
/// The database fails.
pub async fn put_demo_ties(pool: &PgPool, representative: i64, editor: i64) -> Result<()> {
    sqlx::query!(
        "insert into representative (account_id, organisation_id)
         select $1, o.id from organisation o
         where exists (select from offer f where f.organisation_id = o.id)
             and not exists (select from representative r where r.account_id = $1)
         order by exists (select from demand d where d.organisation_id = o.id) desc, o.id limit 1",
        representative
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "insert into institution_editor (account_id, institution_id)
         select $1, id from support_institution where kind = 'owes' order by id limit 1 on conflict do nothing",
        editor
    )
    .execute(pool)
    .await?;
    Ok(())
}
