//! SQL of what keeps conversations decent: limits, reports, blocks.

use sqlx::{PgConnection, PgPool};
use time::PrimitiveDateTime;

use crate::access::Owned;
use crate::contact::Party;
use crate::error::Result;

/// To how many recipients beside this one the account sent the same text within a day. Case and spaces make no difference.
/// Until the transaction ends, other messages of the account wait.
///
/// # Errors
/// The database fails.
pub async fn copies(connection: &mut PgConnection, account_id: i64, text: &str, other: &Party) -> Result<i64> {
    sqlx::query!("select from account where id = $1 for no key update", account_id).fetch_one(&mut *connection).await?;
    let count = sqlx::query_scalar!(
        r#"select count(distinct (s.kind, s.account_id, s.organisation_id, s.municipality_id)) as "count!"
           from message m join thread_side s on s.thread_id = m.thread_id and s.side <> m.side
           where m.author_id = $1 and m.at > now() - interval '1 day'
             and regexp_replace(lower(m.text), '\s+', ' ', 'g') = regexp_replace(lower($2), '\s+', ' ', 'g')
             and (s.kind, s.account_id, s.organisation_id, s.municipality_id) is distinct from ($3, $4::bigint, $5::bigint, $6::bigint)"#,
        account_id,
        text,
        other.kind(),
        other.account_id(),
        other.organisation_id(),
        other.office().map(|(municipality_id, _)| municipality_id)
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// The other side of a conversation.
///
/// # Errors
/// The database fails.
pub async fn opposite(connection: &mut PgConnection, thread_id: i64, side: &str) -> Result<Party> {
    let row = sqlx::query!(
        "select kind, account_id, organisation_id, municipality_id, unit_name from thread_side where thread_id = $1 and side <> $2",
        thread_id,
        side
    )
    .fetch_one(connection)
    .await?;
    Ok(match (row.kind.as_str(), row.municipality_id) {
        ("office", Some(municipality_id)) => Party::Office { municipality_id, unit_name: row.unit_name },
        ("organisation", _) => Party::Organisation(row.organisation_id),
        _ => Party::Person(row.account_id),
    })
}

/// A message of the other side, to be reported, or its author to be blocked.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// Internal key.
    pub id: i64,
    /// Its conversation by what that is about.
    pub subject: String,
    /// Whose officials decide about it: those of the conversation's municipality, of an official's message the administrators.
    pub municipality_id: Option<i64>,
    /// Who wrote it; none once the account is deleted.
    pub author_id: Option<i64>,
    /// Their name.
    pub author: Option<String>,
    /// Their side by name; empty once it is deleted.
    pub party: String,
    /// Plain text.
    pub text: String,
    /// When.
    pub at: PrimitiveDateTime,
    /// True when its text is not to be shown.
    pub hidden: bool,
}

/// A message of a conversation.
///
/// # Errors
/// The database fails.
pub async fn message(pool: &PgPool, id: i64) -> Result<Option<(i64, String, Suspect)>> {
    let row = sqlx::query!(
        r#"select m.id, m.thread_id, m.side, t.subject, case when p.kind <> 'office' then t.municipality_id end as municipality_id,
               m.author_id, a.name as "author?", p.name as "party!", m.text, m.at::timestamp as "at!", m.hidden_at is not null as "hidden!"
           from message m join thread t on t.id = m.thread_id
               join thread_party p on p.thread_id = m.thread_id and p.side = m.side left join account a on a.id = m.author_id
           where m.id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| {
        let suspect = Suspect {
            id: row.id,
            subject: row.subject,
            municipality_id: row.municipality_id,
            author_id: row.author_id,
            author: row.author,
            party: row.party,
            text: row.text,
            at: row.at,
            hidden: row.hidden,
        };
        (row.thread_id, row.side, suspect)
    }))
}

/// Whose a reported message is to decide; who reported it takes part.
///
/// # Errors
/// The database fails.
pub async fn reported(pool: &PgPool, id: &str) -> Result<Option<Owned>> {
    let Ok(id) = id.parse::<i64>() else { return Ok(None) };
    let row = sqlx::query!(
        r#"select (array_agg(municipality_id order by id desc))[1] as municipality_id, array_remove(array_agg(author_id), null) as "authors!"
           from review where thing = 'message' and thing_id = $1 having count(*) > 0"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Owned { id, municipality_id: row.municipality_id, participants: row.authors, ..Owned::default() }))
}

/// Title and path of a message that was reported, for the moderation queue.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, message_id: i64) -> Result<Option<(String, String)>> {
    let subject = sqlx::query_scalar!(
        "select t.subject from message m join thread t on t.id = m.thread_id where m.id = $1",
        message_id
    )
    .fetch_optional(pool)
    .await?;
    Ok(subject.map(|subject| (subject, format!("/wiadomosci/zgloszone/{message_id}"))))
}

/// Carries out what was decided about a reported message: approved = it is not shown any more.
///
/// # Errors
/// The database fails.
pub async fn decided(connection: &mut PgConnection, message_id: i64, approved: bool) -> Result<()> {
    if approved {
        sqlx::query!("update message set hidden_at = now() where id = $1 and hidden_at is null", message_id)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// True when a side takes no messages from an account.
///
/// # Errors
/// The database fails.
pub async fn is_blocked(pool: &PgPool, account_id: i64, by: &Party) -> Result<bool> {
    let blocked = sqlx::query_scalar!(
        r#"select exists (select from block where account_id = $1 and (by_account_id = $2 or by_organisation_id = $3)) as "blocked!""#,
        account_id,
        by.account_id(),
        by.organisation_id()
    )
    .fetch_one(pool)
    .await?;
    Ok(blocked)
}

/// From now on, a side takes no messages from an account, or takes them again.
///
/// # Errors
/// The database fails.
pub async fn block(connection: &mut PgConnection, account_id: i64, by: &Party, blocked: bool) -> Result<()> {
    if blocked {
        sqlx::query!(
            "insert into block (account_id, by_account_id, by_organisation_id) values ($1, $2, $3) on conflict do nothing",
            account_id,
            by.account_id(),
            by.organisation_id()
        )
        .execute(connection)
        .await?;
    } else {
        sqlx::query!(
            "delete from block where account_id = $1 and (by_account_id = $2 or by_organisation_id = $3)",
            account_id,
            by.account_id(),
            by.organisation_id()
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}
