//! SQL of the mails about messages.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{Error, Result};
use crate::web::Lang;

/// Somebody with messages of the other side that they neither saw nor were told of.
#[derive(Debug, Clone)]
pub struct Untold {
    /// Who.
    pub account_id: i64,
    /// Where the mail goes.
    pub email: String,
    /// Its language.
    pub lang: Lang,
    /// Their side.
    pub side: String,
    /// Up to which message they know.
    pub known_id: i64,
    /// Until when they are not written to: there was a mail a short while ago that they have not followed.
    pub not_before: Option<OffsetDateTime>,
}

/// Who has to be told of messages in a conversation; of an office its unit, and who wrote, where there is such a unit.
///
/// # Errors
/// The database fails.
pub async fn untold(connection: &mut PgConnection, thread_id: i64, pause_min: i32) -> Result<Vec<Untold>> {
    let rows = sqlx::query!(
        r#"select a.id, a.email, a.lang, me.side as "side!", k.known_id as "known_id!",
               case when r.read_id < r.told_id and r.mailed_at > now() - make_interval(mins => $2)
                   then r.mailed_at + make_interval(mins => $2) end as not_before
           from (select p.account_id, min(p.side) as side from thread_person p where p.thread_id = $1 group by p.account_id) me
           join account a on a.id = me.account_id and a.disabled_at is null
           join thread_side s on s.thread_id = $1 and s.side = me.side
           left join thread_reader r on r.thread_id = $1 and r.account_id = a.id
           cross join lateral (select greatest(r.read_id, r.told_id, 0) as known_id) k
           where exists (select from message m where m.thread_id = $1 and m.side <> me.side and m.hidden_at is null and m.id > k.known_id)
             and (s.kind <> 'office' or a.unit_name = s.unit_name
                 or exists (select from message m where m.thread_id = $1 and m.author_id = a.id)
                 or not exists (select from account b where b.role = 'official' and b.municipality_id = s.municipality_id
                     and b.unit_name = s.unit_name and b.disabled_at is null))
           order by a.id"#,
        thread_id,
        pause_min
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Untold {
                account_id: row.id,
                email: row.email,
                lang: Lang::from_tag(&row.lang).ok_or_else(|| Error::internal("unknown language"))?,
                side: row.side,
                known_id: row.known_id,
                not_before: row.not_before,
            })
        })
        .collect()
}

/// A message as a mail quotes it.
#[derive(Debug, Clone)]
pub struct News {
    /// Internal key.
    pub id: i64,
    /// Who wrote it; none once the account is deleted.
    pub author: Option<String>,
    /// Their side, where that is more than themselves; else empty.
    pub party: String,
    /// Plain text.
    pub text: String,
}

/// The newest messages of the other side after one, oldest first.
///
/// # Errors
/// The database fails.
pub async fn news(
    connection: &mut PgConnection,
    thread_id: i64,
    side: &str,
    known_id: i64,
    most: i64,
) -> Result<Vec<News>> {
    let mut rows = sqlx::query_as!(
        News,
        r#"select m.id, a.name as "author?", case when p.kind = 'account' then '' else p.name end as "party!", m.text
           from message m left join account a on a.id = m.author_id
               join thread_party p on p.thread_id = m.thread_id and p.side = m.side
           where m.thread_id = $1 and m.side <> $2 and m.id > $3 and m.hidden_at is null order by m.id desc limit $4"#,
        thread_id,
        side,
        known_id,
        most
    )
    .fetch_all(connection)
    .await?;
    rows.reverse();
    Ok(rows)
}

/// Notes that somebody was told of all messages up to one.
///
/// # Errors
/// The database fails.
pub async fn told(connection: &mut PgConnection, thread_id: i64, account_id: i64, message_id: i64) -> Result<()> {
    sqlx::query!(
        "insert into thread_reader (thread_id, account_id, told_id, mailed_at) values ($1, $2, $3, now())
         on conflict (thread_id, account_id) do update set told_id = excluded.told_id, mailed_at = now()",
        thread_id,
        account_id,
        message_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes when the messages that were held back are due; none = there are none.
///
/// # Errors
/// The database fails.
pub async fn hold(connection: &mut PgConnection, thread_id: i64, until: Option<OffsetDateTime>) -> Result<()> {
    sqlx::query!("update thread set notify_at = $2 where id = $1 and notify_at is distinct from $2", thread_id, until)
        .execute(connection)
        .await?;
    Ok(())
}

/// A conversation by what its mails name.
#[derive(Debug, Clone)]
pub struct Named {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub key: String,
    /// What it is about, by name.
    pub subject: String,
}

/// A conversation by what its mails name.
///
/// # Errors
/// The database fails.
pub async fn thread(connection: &mut PgConnection, thread_id: i64) -> Result<Named> {
    let found = sqlx::query_as!(Named, "select id, key, subject from thread where id = $1", thread_id);
    Ok(found.fetch_one(connection).await?)
}

/// Takes a conversation with messages that are due, which no other server has; it stays taken until the transaction ends.
///
/// # Errors
/// The database fails.
pub async fn take(connection: &mut PgConnection) -> Result<Option<Named>> {
    let found = sqlx::query_as!(
        Named,
        "select id, key, subject from thread where notify_at <= now() order by notify_at, id limit 1 for no key update skip locked"
    );
    Ok(found.fetch_optional(connection).await?)
}
