//! All SQL of conversations: whom to write to, threads, messages.

pub mod abuse;
pub mod letters;
pub mod outcome;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::PrimitiveDateTime;

use super::{About, Party};
use crate::access::{Owned, Viewer};
use crate::error::{Error, Result};

/// Somebody to write to, found by the thing that it is about.
#[derive(Debug, Clone)]
pub struct Target {
    /// What it is about.
    pub about: About,
    /// Its name in web addresses.
    pub slug: String,
    /// The thing by name.
    pub subject: String,
    /// Its municipality.
    pub municipality_id: i64,
    /// Who would read.
    pub party: Party,
    /// Their name.
    pub name: String,
    /// How many people would.
    pub readers: i64,
    /// True when they take no messages from the account.
    pub blocked: bool,
    /// What the register publishes of the organisation.
    pub contact: crate::web::Contact,
    /// Key of a conversation about it that the account began and that goes on.
    pub thread_key: Option<String>,
}

/// Whom one writes to about a thing.
///
/// # Errors
/// The database fails.
pub async fn target(
    executor: impl PgExecutor<'_>,
    about: About,
    slug: &str,
    account_id: i64,
) -> Result<Option<Target>> {
    let row = sqlx::query!(
        r#"select x.name as "subject!", x.municipality_id as "municipality_id!", o.id as "organisation_id?",
               x.unit_name as "unit_name!", x.by_person as "by_person!", p.id as "person_id?",
               case when x.by_person then coalesce(p.name, '') else coalesce(o.name, nullif(x.unit_name, ''), m.name) end as "name!",
               case when x.by_person then (p.id is not null and p.disabled_at is null)::int
                   when o.id is not null
                   then (select count(*) from representative r join account a on a.id = r.account_id
                         where r.organisation_id = o.id and a.disabled_at is null)
                   else (select count(*) from account a where a.municipality_id = x.municipality_id and a.role = 'official'
                         and a.disabled_at is null) end as "readers!",
               exists (select from block b where b.account_id = $3
                   and (b.by_organisation_id = o.id or b.by_account_id = p.id)) as "blocked!",
               coalesce(o.phone, '') as "phone!", coalesce(o.email, '') as "email!", coalesce(o.website, '') as "website!",
               coalesce(o.opening_hours, '') as "opening_hours!",
               (select t.key from thread t join message f on f.thread_id = t.id and f.side = 'asker' and f.author_id = $3
                where t.about = $1 and t.about_slug = $2 and t.closed_at is null order by t.id desc limit 1) as thread_key
           from (select 'offer' as about, slug, name, municipality_id, organisation_id, '' as unit_name, false as by_person,
                     null::bigint as author_id from offer where shown
                 union all select 'demand', slug, name, municipality_id, organisation_id, unit_name, by_person, author_id
                     from demand where shown
                 union all select 'equipment', slug, name, municipality_id, organisation_id, owner_name, false, null from equipment where shown
                 union all select 'organisation', slug, name, municipality_id, id, '', false, null from organisation) x
           join municipality m on m.id = x.municipality_id left join organisation o on o.id = x.organisation_id
           left join account p on x.by_person and p.id = x.author_id
           where x.about = $1 and x.slug = $2"#,
        about.code(),
        slug,
        account_id
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Target {
        about,
        slug: slug.to_owned(),
        subject: row.subject,
        municipality_id: row.municipality_id,
        party: match row.organisation_id {
            Some(id) => Party::Organisation(Some(id)),
            None if row.by_person => Party::Person(row.person_id),
            None => Party::Office { municipality_id: row.municipality_id, unit_name: row.unit_name },
        },
        name: row.name,
        readers: row.readers,
        blocked: row.blocked,
        contact: crate::web::Contact {
            phone: row.phone,
            email: row.email,
            website: row.website,
            opening_hours: row.opening_hours,
        },
        thread_key: row.thread_key,
    }))
}

/// Begins a conversation; its id.
///
/// # Errors
/// The database fails.
pub async fn begin(connection: &mut PgConnection, key: &str, target: &Target, asker: &Party) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "insert into thread (key, municipality_id, about, about_slug, subject) values ($1, $2, $3, $4, $5) returning id",
        key,
        target.municipality_id,
        target.about.code(),
        target.slug,
        target.subject
    )
    .fetch_one(&mut *connection)
    .await?;
    for (side, party) in [("asker", asker), ("other", &target.party)] {
        sqlx::query!(
            "insert into thread_side (thread_id, side, kind, account_id, organisation_id, municipality_id, unit_name)
             values ($1, $2, $3, $4, $5, $6, $7)",
            id,
            side,
            party.kind(),
            party.account_id(),
            party.organisation_id(),
            party.office().map(|(municipality_id, _)| municipality_id),
            party.office().map_or("", |(_, unit_name)| unit_name)
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(id)
}

/// Locks a conversation until the end of the transaction: its messages come one after the other.
///
/// # Errors
/// The database fails.
pub async fn lock(connection: &mut PgConnection, thread_id: i64) -> Result<()> {
    sqlx::query!("select from thread where id = $1 for no key update", thread_id).fetch_one(connection).await?;
    Ok(())
}

/// Adds a message to a conversation that is locked or new.
///
/// # Errors
/// The database fails.
pub async fn add(connection: &mut PgConnection, thread_id: i64, side: &str, author_id: i64, text: &str) -> Result<()> {
    sqlx::query!(
        "insert into message (thread_id, side, author_id, text) values ($1, $2, $3, $4)",
        thread_id,
        side,
        author_id,
        text
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update thread set last_message_at = now(),
             answered_at = case when $2 = 'other' then coalesce(answered_at, now()) else answered_at end
         where id = $1",
        thread_id,
        side
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whose a conversation is: its participants'.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let row = sqlx::query!(
        r#"select t.id, t.municipality_id,
               array(select p.account_id from thread_person p where p.thread_id = t.id) as "participants!"
           from thread t where t.key = $1"#,
        key
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Owned {
        id: row.id,
        municipality_id: Some(row.municipality_id),
        participants: row.participants,
        ..Owned::default()
    }))
}

/// A conversation as one of its participants sees it.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub key: String,
    /// What it is about.
    pub about: About,
    /// Path of that thing's page, while everybody sees it.
    pub about_path: Option<String>,
    /// The thing by name.
    pub subject: String,
    /// Side of the participant: `asker` or `other`.
    pub side: String,
    /// Who that side is.
    pub mine: Party,
    /// Their name.
    pub my_name: String,
    /// The other side by name; empty once it is deleted.
    pub other_name: String,
    /// True once it was ended.
    pub closed: bool,
    /// True once the other side wrote.
    pub answered: bool,
    /// How many people of the other side would read a message.
    pub readers: i64,
    /// True when the other side takes no messages from the participant.
    pub blocked: bool,
    /// What the side was asked about the outcome, and said.
    pub outcome: Option<Outcome>,
}

/// What a side said about the outcome.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `yes`, `no`, `not_yet`; none before it answered.
    pub came_to_order: Option<String>,
    /// Value of the order with tax, PLN.
    pub value_pln: Option<f64>,
    /// Whether a social clause was used.
    pub social_clause: Option<bool>,
    /// Counts answers.
    pub version: i32,
}

/// A conversation as a participant sees it.
///
/// # Errors
/// The account takes no part in it any more, or the database fails.
pub async fn thread(executor: impl PgExecutor<'_>, id: i64, account_id: i64) -> Result<Thread> {
    let row = sqlx::query!(
        r#"select t.id, t.key, t.about, t.about_slug, t.subject, t.closed_at is not null as "closed!",
               t.answered_at is not null as "answered!",
               case t.about when 'offer' then exists (select from offer x where x.slug = t.about_slug and x.shown)
                   when 'demand' then exists (select from demand x where x.slug = t.about_slug and x.shown)
                   when 'equipment' then exists (select from equipment x where x.slug = t.about_slug and x.shown)
                   else exists (select from organisation x where x.slug = t.about_slug) end as "about_shown!",
               mine.side as "side!", mine.kind as "kind!", mine.account_id as "account_id?",
               mine.organisation_id as "organisation_id?", mine.municipality_id as "municipality_id?",
               mine.unit_name as "unit_name!", mine.name as "my_name!",
               other.name as "other_name!",
               (select count(distinct p.account_id) from thread_person p join account a on a.id = p.account_id
                where p.thread_id = t.id and p.side = other.side and a.disabled_at is null
                  and not exists (select from block b where b.account_id = p.account_id
                      and (b.by_account_id = mine.account_id or b.by_organisation_id = mine.organisation_id))) as "readers!",
               exists (select from block b where b.account_id = $2
                   and (b.by_account_id = other.account_id or b.by_organisation_id = other.organisation_id)) as "blocked!",
               o.came_to_order as "came_to_order?", o.value_pln::float8 as "value_pln?", o.social_clause as "social_clause?",
               o.version as "version?"
           from thread t
           join lateral (select min(p.side) as side from thread_person p where p.thread_id = t.id and p.account_id = $2) me on true
           join thread_party mine on mine.thread_id = t.id and mine.side = me.side
           join thread_party other on other.thread_id = t.id and other.side <> me.side
           left join outcome o on o.thread_id = t.id and o.side = me.side
           where t.id = $1"#,
        id,
        account_id
    )
    .fetch_optional(executor)
    .await?
    // Between the guard's look and this one, somebody may have left an organisation.
    .ok_or_else(|| Error::Forbidden("this account takes no part in the conversation".to_owned()))?;
    let about = About::from_code(&row.about)?;
    let mine = match (row.kind.as_str(), row.municipality_id) {
        ("office", Some(municipality_id)) => Party::Office { municipality_id, unit_name: row.unit_name },
        ("organisation", _) => Party::Organisation(row.organisation_id),
        _ => Party::Person(row.account_id),
    };
    Ok(Thread {
        id: row.id,
        key: row.key,
        about,
        about_path: row.about_shown.then(|| about.path(&row.about_slug)),
        subject: row.subject,
        side: row.side,
        mine,
        my_name: row.my_name,
        other_name: row.other_name,
        closed: row.closed,
        answered: row.answered,
        readers: row.readers,
        blocked: row.blocked,
        outcome: row.version.map(|version| Outcome {
            came_to_order: row.came_to_order,
            value_pln: row.value_pln,
            social_clause: row.social_clause,
            version,
        }),
    })
}

/// A message as a page shows it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Internal key.
    pub id: i64,
    /// `asker` or `other`.
    pub side: String,
    /// Who wrote it, by name; none once the account is deleted.
    pub author: Option<String>,
    /// Plain text.
    pub text: String,
    /// When.
    pub at: PrimitiveDateTime,
    /// True when its text is not to be shown.
    pub hidden: bool,
    /// True when it was not on the reader's screen before.
    pub new: bool,
}

/// The last messages of a conversation, oldest first.
///
/// # Errors
/// The database fails.
pub async fn messages(pool: &PgPool, thread: &Thread, account_id: i64, most: i64) -> Result<Vec<Message>> {
    let mut rows = sqlx::query_as!(
        Message,
        r#"select m.id, m.side, a.name as "author?", m.text, m.at::timestamp as "at!", m.hidden_at is not null as "hidden!",
               m.side <> $2 and m.id > coalesce(r.read_id, 0) as "new!"
           from message m left join account a on a.id = m.author_id
               left join thread_reader r on r.thread_id = m.thread_id and r.account_id = $3
           where m.thread_id = $1 order by m.id desc limit $4"#,
        thread.id,
        thread.side,
        account_id,
        most
    )
    .fetch_all(pool)
    .await?;
    rows.reverse();
    Ok(rows)
}

/// Notes how far somebody has read.
///
/// # Errors
/// The database fails.
pub async fn read(pool: &PgPool, thread_id: i64, account_id: i64, message_id: i64) -> Result<()> {
    sqlx::query!(
        "insert into thread_reader (thread_id, account_id, read_id) values ($1, $2, $3)
         on conflict (thread_id, account_id) do update set read_id = excluded.read_id
         where thread_reader.read_id < excluded.read_id",
        thread_id,
        account_id,
        message_id
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends a conversation that was answered; false when that is so already, or there was no answer.
///
/// # Errors
/// The database fails.
pub async fn close(connection: &mut PgConnection, thread_id: i64) -> Result<bool> {
    let done = sqlx::query!(
        "update thread set closed_at = now() where id = $1 and closed_at is null and answered_at is not null",
        thread_id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A conversation in the list.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Name in web addresses.
    pub key: String,
    /// What it is about, by name.
    pub subject: String,
    /// The other side by name; empty once it is deleted.
    pub other_name: String,
    /// In whose name the reader takes part.
    pub my_name: String,
    /// True when that is the reader alone.
    pub as_oneself: bool,
    /// When the last message came.
    pub last_at: PrimitiveDateTime,
    /// Its text; empty when it is not to be shown.
    pub last_text: String,
    /// True when the reader's side wrote it.
    pub last_is_mine: bool,
    /// Messages of the other side that the reader has not seen.
    pub unread: i64,
    /// True once it was ended.
    pub closed: bool,
    /// True when the reader's side was asked what came of it and has not said.
    pub asked: bool,
}

/// How many conversations somebody takes part in.
///
/// # Errors
/// The database fails.
pub async fn count(pool: &PgPool, account_id: i64) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(distinct thread_id) as "count!" from thread_person where account_id = $1"#,
        account_id
    )
    .fetch_one(pool)
    .await?;
    Ok(count)
}

/// A page of the conversations that somebody takes part in: unread ones first, then by the last message.
///
/// # Errors
/// The database fails.
pub async fn summaries(pool: &PgPool, account_id: i64, limit: i64, offset: i64) -> Result<Vec<Summary>> {
    let rows = sqlx::query_as!(
        Summary,
        r#"select t.key, t.subject, other.name as "other_name!", mine.name as "my_name!", mine.kind = 'account' as "as_oneself!",
               t.last_message_at::timestamp as "last_at!", case when last.hidden_at is null then left(last.text, 300) else '' end as "last_text!",
               last.side = me.side as "last_is_mine!", news.count as "unread!", t.closed_at is not null as "closed!",
               exists (select from outcome o where o.thread_id = t.id and o.side = me.side and o.answered_at is null) as "asked!"
           from (select p.thread_id, min(p.side) as side from thread_person p where p.account_id = $1 group by p.thread_id) me
           join thread t on t.id = me.thread_id
           join thread_party mine on mine.thread_id = t.id and mine.side = me.side
           join thread_party other on other.thread_id = t.id and other.side <> me.side
           left join thread_reader r on r.thread_id = t.id and r.account_id = $1
           cross join lateral (select m.text, m.side, m.hidden_at from message m where m.thread_id = t.id order by m.id desc limit 1) last
           cross join lateral (select count(*) as count from message m where m.thread_id = t.id and m.side <> me.side
               and m.hidden_at is null and m.id > coalesce(r.read_id, 0)) news
           order by (news.count > 0) desc, t.last_message_at desc, t.id desc limit $2 offset $3"#,
        account_id,
        limit,
        offset
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// How many conversations hold messages that somebody has not seen.
///
/// # Errors
/// The database fails.
pub async fn unread(pool: &PgPool, viewer: &Viewer) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from (select p.thread_id, min(p.side) as side from thread_person p where p.account_id = $1 group by p.thread_id) me
           left join thread_reader r on r.thread_id = me.thread_id and r.account_id = $1
           where exists (select from message m where m.thread_id = me.thread_id and m.side <> me.side
               and m.hidden_at is null and m.id > coalesce(r.read_id, 0))"#,
        viewer.account_id
    )
    .fetch_one(pool)
    .await?;
    Ok(count)
}

/// Deletes the conversations that nobody is left of on either side.
///
/// # Errors
/// The database fails.
pub async fn forget(pool: &PgPool) -> Result<()> {
    sqlx::query!(
        "delete from thread where id in (
             select thread_id from thread_side
             where account_id is null and organisation_id is null and municipality_id is null
             group by thread_id having count(*) = 2)"
    )
    .execute(pool)
    .await?;
    Ok(())
}
