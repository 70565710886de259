//! SQL of files that are brought in through the browser.

use serde_json::Value;
use sqlx::types::Json;
use sqlx::types::time::PrimitiveDateTime;
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::{Settings, State};
use crate::access::{Owned, Role};
use crate::error::{Error, Result};
use crate::import::Report;
use crate::import::look::Look;
use crate::web::Lang;

/// A file, beside its bytes.
#[derive(Debug, Clone)]
pub struct File {
    /// Internal key.
    pub id: i64,
    /// TERYT code of the municipality; none for what the whole instance shares.
    pub teryt: Option<String>,
    /// Its name; empty for none.
    pub municipality: String,
    /// Who uploaded it; empty once the account is deleted.
    pub account: String,
    /// When it was uploaded.
    pub uploaded_at: PrimitiveDateTime,
    /// Name of the kind.
    pub kind: String,
    /// Name of the file.
    pub file_name: String,
    /// How far it is.
    pub state: State,
    /// What was said about it.
    pub settings: Settings,
    /// How its columns become ours, TOML.
    pub mapping: String,
    /// What it shows, once it was read.
    pub look: Option<Look>,
    /// Why the last step could not be done.
    pub problem: String,
    /// What would change, or changed.
    pub report: Option<Report>,
    /// There are refused rows to be had as CSV.
    pub has_refused: bool,
}

fn state(name: &str) -> Result<State> {
    State::of(name).ok_or_else(|| Error::internal(format!("unknown state {name}")))
}

/// Whose a file is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let found = sqlx::query_scalar!("select municipality_id from import_upload where id = $1", id);
    Ok(found.fetch_optional(pool).await?.map(|municipality_id| Owned { id, municipality_id, ..Owned::default() }))
}

/// A new file: what it is and who brings it.
#[derive(Debug)]
pub struct New<'a> {
    /// Municipality.
    pub municipality_id: Option<i64>,
    /// Who uploads it.
    pub account_id: i64,
    /// Name of the kind.
    pub kind: &'a str,
    /// Name of the file.
    pub file_name: &'a str,
    /// What was said about it.
    pub settings: &'a Settings,
    /// A mapping that came with it; empty for none.
    pub mapping: &'a str,
}

/// Keeps a file.
///
/// # Errors
/// The database fails.
pub async fn insert(pool: &PgPool, new: &New<'_>, bytes: &[u8]) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "insert into import_upload (municipality_id, account_id, asked_by, kind, file_name, byte_length, bytes, settings, mapping)
         values ($1, $2, $2, $3, $4, length($5::bytea), $5, $6, $7) returning id",
        new.municipality_id,
        new.account_id,
        new.kind,
        new.file_name,
        bytes,
        Json(new.settings) as _,
        new.mapping
    );
    Ok(id.fetch_one(pool).await?)
}

/// A line of the list.
#[derive(Debug)]
pub struct Line {
    /// Internal key.
    pub id: i64,
    /// Who uploaded it; empty once the account is deleted.
    pub account: String,
    /// Name of the municipality; empty for none.
    pub municipality: String,
    /// When it was uploaded.
    pub uploaded_at: PrimitiveDateTime,
    /// Name of the kind.
    pub kind: String,
    /// Name of the file.
    pub file_name: String,
    /// How far it is.
    pub state: String,
    /// Rows that made a record or changed one; of what is done.
    pub written: i64,
    /// Rows that were refused; of what is done.
    pub refused: i64,
}

/// Files of a municipality, or all, the latest first.
///
/// # Errors
/// The database fails.
pub async fn list(pool: &PgPool, municipality_id: Option<i64>) -> Result<Vec<Line>> {
    let lines = sqlx::query_as!(
        Line,
        r#"select u.id, coalesce(a.name, '') as "account!", coalesce(m.name, '') as "municipality!",
               u.uploaded_at::timestamp as "uploaded_at!", u.kind, u.file_name, u.state,
               coalesce((u.report->>'inserted')::bigint + (u.report->>'updated')::bigint, 0) as "written!",
               coalesce((u.report->>'refused_rows')::bigint, 0) as "refused!"
           from import_upload u left join account a on a.id = u.account_id left join municipality m on m.id = u.municipality_id
           where $1::bigint is null or u.municipality_id = $1
           order by u.uploaded_at desc, u.id desc limit 50"#,
        municipality_id
    );
    Ok(lines.fetch_all(pool).await?)
}

/// A file.
///
/// # Errors
/// The database fails.
pub async fn file(db: impl PgExecutor<'_>, id: i64) -> Result<Option<File>> {
    let row = sqlx::query!(
        r#"select u.id, m.teryt as "teryt?", coalesce(m.name, '') as "municipality!", coalesce(a.name, '') as "account!",
               u.uploaded_at::timestamp as "uploaded_at!", u.kind, u.file_name, u.state,
               u.settings as "settings: Json<Settings>", u.mapping, u.look as "look: Json<Look>", u.problem,
               u.report as "report: Json<Report>", u.refused is not null as "has_refused!"
           from import_upload u left join account a on a.id = u.account_id left join municipality m on m.id = u.municipality_id
           where u.id = $1"#,
        id
    );
    let Some(row) = row.fetch_optional(db).await? else { return Ok(None) };
    Ok(Some(File {
        id: row.id,
        teryt: row.teryt,
        municipality: row.municipality,
        account: row.account,
        uploaded_at: row.uploaded_at,
        kind: row.kind,
        file_name: row.file_name,
        state: state(&row.state)?,
        settings: row.settings.0,
        mapping: row.mapping,
        look: row.look.map(|json| json.0),
        problem: row.problem,
        report: row.report.map(|json| json.0),
        has_refused: row.has_refused,
    }))
}

/// Refused rows as CSV, with the name of the file.
///
/// # Errors
/// The database fails.
pub async fn refused(pool: &PgPool, id: i64) -> Result<Option<(String, Vec<u8>)>> {
    let row = sqlx::query!(
        r#"select file_name, refused as "refused!" from import_upload where id = $1 and refused is not null"#,
        id
    );
    Ok(row.fetch_optional(pool).await?.map(|row| (row.file_name, row.refused)))
}

/// Sources of records of a kind in a municipality: what an import of the same register was called before.
///
/// # Errors
/// The database fails.
pub async fn sources(pool: &PgPool, kind: &str, teryt: &str) -> Result<Vec<String>> {
    let sources = sqlx::query_scalar!(
        r#"with m as (select id from municipality where teryt = $2)
        select source as "source!" from (
            select distinct source from organisation where $1 = 'organisations' and municipality_id = (select id from m)
            union select distinct source from support_institution where $1 = 'support' and municipality_id = (select id from m)
            union select distinct source from premises where $1 = 'premises' and municipality_id = (select id from m)
            union select distinct source from offer where $1 = 'offers' and municipality_id = (select id from m)
            union select distinct source from demand where $1 = 'demand' and municipality_id = (select id from m)
            union select distinct source from equipment where $1 = 'equipment' and municipality_id = (select id from m)
            union select distinct source from district where $1 = 'districts' and municipality_id = (select id from m)
        ) s where source <> 'manual' order by source limit 50"#,
        kind,
        teryt
    );
    Ok(sources.fetch_all(pool).await?)
}

/// Hands a file that waits for a person over to the program; false where it was not waiting so.
///
/// # Errors
/// The database fails.
pub async fn ask(
    pool: &PgPool,
    id: i64,
    (from, to): (State, State),
    account_id: i64,
    settings: &Settings,
    mapping: &str,
) -> Result<bool> {
    let update = sqlx::query!(
        "update import_upload set state = $3, asked_by = $4, settings = $5, mapping = $6, problem = '', attempts = 0, changed_at = now()
         where id = $1 and state = $2",
        id,
        from.name(),
        to.name(),
        account_id,
        Json(settings) as _,
        mapping
    );
    Ok(update.execute(pool).await?.rows_affected() > 0)
}

/// Throws a file away; false while the program works on it.
///
/// # Errors
/// The database fails.
pub async fn delete(pool: &PgPool, id: i64) -> Result<bool> {
    let delete = sqlx::query!(
        "delete from import_upload where id = (select id from import_upload where id = $1 and state <> 'done' for update skip locked)",
        id
    );
    Ok(delete.execute(pool).await?.rows_affected() > 0)
}

/// Deletes files that nobody went on with for a day, and what is said about done ones after so many days.
///
/// # Errors
/// The database fails.
pub async fn forget(pool: &PgPool, report_days: i32) -> Result<()> {
    sqlx::query!(
        "delete from import_upload where id in (
            select id from import_upload
            where case when state = 'done' then changed_at < now() - make_interval(days => $1) else changed_at < now() - interval '1 day' end
            for update skip locked)",
        report_days
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A step that is the program's turn: the file, and how often it was begun before. Counted at once, so that a step that ends
/// the server is not begun for ever.
///
/// # Errors
/// The database fails.
pub async fn next(pool: &PgPool) -> Result<Option<(i64, i16)>> {
    let row = sqlx::query!(
        "update import_upload set attempts = attempts + 1
         where id = (select id from import_upload where state in ('reading', 'checking', 'importing') order by id limit 1
             for update skip locked)
         returning id, attempts"
    );
    Ok(row.fetch_optional(pool).await?.map(|row| (row.id, row.attempts)))
}

/// Takes a step for this transaction: the file and its bytes; nothing where another node has it or is done with it.
///
/// # Errors
/// The database fails.
pub async fn take(connection: &mut PgConnection, id: i64) -> Result<Option<(File, Vec<u8>)>> {
    let bytes = sqlx::query_scalar!(
        r#"select bytes as "bytes!" from import_upload
        where id = $1 and state in ('reading', 'checking', 'importing') for update skip locked"#,
        id
    );
    let Some(bytes) = bytes.fetch_optional(&mut *connection).await? else { return Ok(None) };
    Ok(file(connection, id).await?.map(|file| (file, bytes)))
}

/// Account, role and language of whoever a step is done for; nothing where they may not any more.
///
/// # Errors
/// The database fails.
pub async fn acting(connection: &mut PgConnection, id: i64) -> Result<Option<(i64, Role, Lang)>> {
    let row = sqlx::query!(
        "select a.id, a.role, a.lang from import_upload u join account a on a.id = u.asked_by
         where u.id = $1 and a.disabled_at is null and (a.role = 'administrator' and a.municipality_id is null
             or a.role in ('official', 'administrator') and a.municipality_id = u.municipality_id)",
        id
    );
    let row = row.fetch_optional(connection).await?;
    Ok(row.and_then(|row| Some((row.id, Role::from_code(&row.role)?, Lang::from_tag(&row.lang).unwrap_or_default()))))
}

/// What a step came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the file shows.
    pub look: Option<Value>,
    /// Its mapping, where it is another now.
    pub mapping: Option<String>,
    /// Why it could not be done; empty where it could.
    pub problem: String,
    /// What changes.
    pub report: Option<Value>,
    /// Refused rows, CSV.
    pub refused: Option<Vec<u8>>,
}

/// Notes what a step came to. The file itself goes once it is done.
///
/// # Errors
/// The database fails.
pub async fn finish(connection: &mut PgConnection, id: i64, to: State, outcome: Outcome) -> Result<()> {
    sqlx::query!(
        "update import_upload set state = $2, attempts = 0, changed_at = now(), look = coalesce($3, look),
             mapping = coalesce($4, mapping), problem = $5, report = $6, refused = $7,
             bytes = case when $2 <> 'done' then bytes end
         where id = $1",
        id,
        to.name(),
        outcome.look,
        outcome.mapping,
        outcome.problem,
        outcome.report,
        outcome.refused
    )
    .execute(connection)
    .await?;
    Ok(())
}
