//! SQL of what people want to be told.

use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};

use super::{Kind, Wanted};
use crate::access::Owned;
use crate::error::{Error, Result};
use crate::web::Lang;

/// The token of an account's unsubscribe link for a kind of mails; made when it is first needed.
///
/// # Errors
/// The database fails.
pub(super) async fn token(connection: &mut PgConnection, account_id: i64, topic: &str) -> Result<String> {
    let token = sqlx::query_scalar!(
        "insert into mail_unsubscribe (account_id, topic) values ($1, $2)
         on conflict on constraint mail_unsubscribe_topic_key do update set topic = excluded.topic
         returning unsubscribe_token",
        account_id,
        topic
    )
    .fetch_one(connection)
    .await?;
    Ok(token)
}

/// What an unsubscribe link stands for: account and kind of mails.
///
/// # Errors
/// The database fails.
pub(super) async fn meaning(pool: &PgPool, token: &str) -> Result<Option<(i64, String)>> {
    let row = sqlx::query!("select account_id, topic from mail_unsubscribe where unsubscribe_token = $1", token);
    Ok(row.fetch_optional(pool).await?.map(|row| (row.account_id, row.topic)))
}

/// Whether an account wants to be told of demand that fits its offers.
///
/// # Errors
/// The database fails.
pub async fn wants_matches(pool: &PgPool, account_id: i64) -> Result<bool> {
    Ok(sqlx::query_scalar!("select match_mails from account where id = $1", account_id).fetch_one(pool).await?)
}

/// Sets whether an account wants to be told of demand that fits its offers.
///
/// # Errors
/// The database fails.
pub async fn set_wants_matches(connection: &mut PgConnection, account_id: i64, wants: bool) -> Result<()> {
    sqlx::query!("update account set match_mails = $2 where id = $1 and match_mails <> $2", account_id, wants)
        .execute(connection)
        .await?;
    Ok(())
}

/// A search that somebody saved.
#[derive(Debug, Clone)]
pub struct Search {
    /// Internal key.
    pub id: i64,
    /// Name for people.
    pub name: String,
    /// What it asks for.
    pub wanted: Wanted,
    /// `at_once`, `daily` or `weekly`.
    pub rhythm: String,
    /// Number of the last new thing that was looked at.
    pub seen_upto: i64,
    /// True while nothing is sent.
    pub paused: bool,
    /// Parameter that names what there is no more, or empty.
    pub problem: String,
}

struct SearchRow {
    id: i64,
    kind: String,
    name: String,
    query: String,
    rhythm: String,
    seen_upto: i64,
    paused: bool,
    problem: String,
}

impl SearchRow {
    fn search(self) -> Result<Search> {
        let kind = Kind::from_code(&self.kind).ok_or_else(|| Error::internal(format!("unknown kind {}", self.kind)))?;
        Ok(Search {
            id: self.id,
            name: self.name,
            wanted: Wanted { kind, query: self.query },
            rhythm: self.rhythm,
            seen_upto: self.seen_upto,
            paused: self.paused,
            problem: self.problem,
        })
    }
}

/// Searches of an account, by name.
///
/// # Errors
/// The database fails.
pub async fn searches(pool: &PgPool, account_id: i64) -> Result<Vec<Search>> {
    let rows = sqlx::query_as!(
        SearchRow,
        r#"select id, kind, name, query, rhythm, seen_upto, paused_at is not null as "paused!", problem
           from saved_search where account_id = $1 order by name collate "pl-x-icu", id"#,
        account_id
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(SearchRow::search).collect()
}

/// A search.
///
/// # Errors
/// The database fails.
pub async fn search(pool: &PgPool, id: i64) -> Result<Option<Search>> {
    let row = sqlx::query_as!(
        SearchRow,
        r#"select id, kind, name, query, rhythm, seen_upto, paused_at is not null as "paused!", problem
           from saved_search where id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    row.map(SearchRow::search).transpose()
}

/// Whose a search is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, id: &str) -> Result<Option<Owned>> {
    let Ok(id) = id.parse::<i64>() else { return Ok(None) };
    let author =
        sqlx::query_scalar!("select account_id from saved_search where id = $1", id).fetch_optional(pool).await?;
    Ok(author.map(|author| Owned { id, author_id: Some(author), ..Owned::default() }))
}

/// How many searches an account has, its row held until the transaction ends: nobody saves one too many by pressing twice.
///
/// # Errors
/// The database fails.
pub async fn count_searches(connection: &mut PgConnection, account_id: i64) -> Result<i64> {
    sqlx::query!("select id from account where id = $1 for no key update", account_id)
        .fetch_one(&mut *connection)
        .await?;
    let count =
        sqlx::query_scalar!(r#"select count(*) as "count!" from saved_search where account_id = $1"#, account_id);
    Ok(count.fetch_one(connection).await?)
}

/// Whether an account has a search already.
///
/// # Errors
/// The database fails.
pub async fn has_search(connection: &mut PgConnection, account_id: i64, wanted: &Wanted) -> Result<bool> {
    let has = sqlx::query_scalar!(
        r#"select exists (select from saved_search where account_id = $1 and kind = $2 and query = $3) as "has!""#,
        account_id,
        wanted.kind.code(),
        wanted.query
    );
    Ok(has.fetch_one(connection).await?)
}

/// Saves a search, from what is new now on. One that the account has gets this name and rhythm, and goes on.
///
/// # Errors
/// The database fails.
pub async fn save(
    connection: &mut PgConnection,
    account_id: i64,
    wanted: &Wanted,
    name: &str,
    rhythm: &str,
    now: OffsetDateTime,
) -> Result<()> {
    number_new(connection, now).await?;
    sqlx::query!(
        "insert into saved_search (account_id, kind, query, name, rhythm, seen_upto)
         values ($1, $2, $3, $4, $5, (select coalesce(max(number), 0) from new_thing))
         on conflict (account_id, kind, query) do update set name = excluded.name, rhythm = excluded.rhythm, paused_at = null,
             problem = '',
             seen_upto = case when saved_search.paused_at is null then saved_search.seen_upto else excluded.seen_upto end",
        account_id,
        wanted.kind.code(),
        wanted.query,
        name,
        rhythm
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a search another name and rhythm.
///
/// # Errors
/// The database fails.
pub async fn change(connection: &mut PgConnection, id: i64, name: &str, rhythm: &str) -> Result<()> {
    sqlx::query!("update saved_search set name = $2, rhythm = $3 where id = $1", id, name, rhythm)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stops a search for now.
///
/// # Errors
/// The database fails.
pub async fn pause(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!("update saved_search set paused_at = now() where id = $1 and paused_at is null", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stops all searches of an account for now, or the one of this key among them.
///
/// # Errors
/// The database fails.
pub async fn pause_all(connection: &mut PgConnection, account_id: i64, only: Option<i64>) -> Result<()> {
    sqlx::query!(
        "update saved_search set paused_at = now()
         where account_id = $1 and paused_at is null and ($2::bigint is null or id = $2)",
        account_id,
        only
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets a search go on, from what is new now on.
///
/// # Errors
/// The database fails.
pub async fn resume(connection: &mut PgConnection, id: i64, now: OffsetDateTime) -> Result<()> {
    number_new(connection, now).await?;
    sqlx::query!(
        "update saved_search set paused_at = null, problem = '', seen_upto = (select coalesce(max(number), 0) from new_thing)
         where id = $1 and paused_at is not null",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a search.
///
/// # Errors
/// The database fails.
pub async fn delete(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!("delete from saved_search where id = $1", id).execute(connection).await?;
    Ok(())
}

/// Whether an account wants notices as they come, not at most one mail a day.
///
/// # Errors
/// The database fails.
pub async fn mails_each(pool: &PgPool, account_id: i64) -> Result<bool> {
    Ok(sqlx::query_scalar!("select mail_each from account where id = $1", account_id).fetch_one(pool).await?)
}

/// Sets whether an account wants notices as they come.
///
/// # Errors
/// The database fails.
pub async fn set_mails_each(connection: &mut PgConnection, account_id: i64, each: bool) -> Result<()> {
    sqlx::query!("update account set mail_each = $2 where id = $1 and mail_each <> $2", account_id, each)
        .execute(connection)
        .await?;
    Ok(())
}

/// The database's clock, which all servers share.
///
/// # Errors
/// The database fails.
pub async fn now(pool: &PgPool) -> Result<OffsetDateTime> {
    Ok(sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(pool).await?)
}

/// The day of a moment in Poland.
///
/// # Errors
/// The database fails.
pub async fn day(connection: &mut PgConnection, now: OffsetDateTime) -> Result<Date> {
    let day = sqlx::query_scalar!(r#"select ($1::timestamptz at time zone 'Europe/Warsaw')::date as "day!""#, now);
    Ok(day.fetch_one(connection).await?)
}

/// Numbers what became visible since the last time. One transaction at a time does, so that numbers are committed in their order.
///
/// # Errors
/// The database fails.
pub async fn number_new(connection: &mut PgConnection, now: OffsetDateTime) -> Result<()> {
    let waits = sqlx::query_scalar!(
        r#"select exists (select from new_thing where number is null
               and from_day <= ($1::timestamptz at time zone 'Europe/Warsaw')::date) as "waits!""#,
        now
    )
    .fetch_one(&mut *connection)
    .await?;
    if !waits {
        return Ok(());
    }
    sqlx::query!("select pg_advisory_xact_lock(hashtext('new_thing')) as locked").fetch_one(&mut *connection).await?;
    sqlx::query!(
        "update new_thing n set number = nextval('new_thing_number_seq'), seen_at = $1
         from (select kind, thing_id, from_day, status from new_thing
               where number is null and from_day <= ($1::timestamptz at time zone 'Europe/Warsaw')::date
               for update skip locked) fresh
         where (n.kind, n.thing_id, n.from_day, n.status) = (fresh.kind, fresh.thing_id, fresh.from_day, fresh.status)",
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Up to which number searches look at a moment, by rhythm.
#[derive(Debug, Clone, Copy)]
pub struct Upto {
    at_once: i64,
    daily: i64,
    weekly: i64,
}

impl Upto {
    /// That of a rhythm.
    pub fn of(&self, rhythm: &str) -> i64 {
        match rhythm {
            "daily" => self.daily,
            "weekly" => self.weekly,
            _ => self.at_once,
        }
    }
}

/// Up to which number searches look at a moment: all, or what was found out before the last seven o'clock, or before that of the last
/// Monday, in Poland.
///
/// # Errors
/// The database fails.
pub async fn upto(pool: &PgPool, now: OffsetDateTime) -> Result<Upto> {
    let upto = sqlx::query_as!(
        Upto,
        r#"with hours as (select $1::timestamptz at time zone 'Europe/Warsaw' - interval '7 hours' as since_seven),
            moment as (select
                (date_trunc('day', since_seven) + interval '7 hours') at time zone 'Europe/Warsaw' as daily,
                (date_trunc('week', since_seven) + interval '7 hours') at time zone 'Europe/Warsaw' as weekly from hours)
           select coalesce((select max(number) from new_thing), 0) as "at_once!",
               coalesce((select number from new_thing, moment where number is not null and seen_at < daily
                   order by number desc limit 1), 0) as "daily!",
               coalesce((select number from new_thing, moment where number is not null and seen_at < weekly
                   order by number desc limit 1), 0) as "weekly!""#,
        now
    )
    .fetch_one(pool)
    .await?;
    Ok(upto)
}

/// Accounts that may have something to be told of at a moment.
///
/// # Errors
/// The database fails.
pub async fn due(pool: &PgPool, now: OffsetDateTime, upto: &Upto) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        "select distinct s.account_id from saved_search s join account a on a.id = s.account_id
         where s.paused_at is null and a.disabled_at is null
             and (a.mail_each or a.notices_mailed_at is null or notices_free_from(a.notices_mailed_at) <= $1)
             and exists (select from new_thing n where n.kind = s.kind and n.number > s.seen_upto
                 and n.number <= case s.rhythm when 'daily' then $3 when 'weekly' then $4 else $2::bigint end)
         order by s.account_id",
        now,
        upto.at_once,
        upto.daily,
        upto.weekly
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// Somebody who is to be told.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Address.
    pub email: String,
    /// Language of its mails.
    pub lang: Lang,
}

/// Takes an account for this transaction, where it may be told now and nobody else has it. Its key stays free, so that rows that
/// refer to it can be written meanwhile.
///
/// # Errors
/// The database fails.
pub async fn take(connection: &mut PgConnection, account_id: i64, now: OffsetDateTime) -> Result<Option<Recipient>> {
    let row = sqlx::query!(
        "select email, lang from account
         where id = $1 and disabled_at is null
             and (mail_each or notices_mailed_at is null or notices_free_from(notices_mailed_at) <= $2)
         for no key update skip locked",
        account_id,
        now
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Recipient { email: row.email, lang: Lang::from_tag(&row.lang).unwrap_or_default() }))
}

/// Searches of an account for which there may be something new, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn searches_due(connection: &mut PgConnection, account_id: i64, upto: &Upto) -> Result<Vec<Search>> {
    let rows = sqlx::query_as!(
        SearchRow,
        r#"select id, kind, name, query, rhythm, seen_upto, paused_at is not null as "paused!", problem from saved_search s
           where account_id = $1 and paused_at is null
               and exists (select from new_thing n where n.kind = s.kind and n.number > s.seen_upto
                   and n.number <= case s.rhythm when 'daily' then $3 when 'weekly' then $4 else $2::bigint end)
           order by id
           for update"#,
        account_id,
        upto.at_once,
        upto.daily,
        upto.weekly
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(SearchRow::search).collect()
}

/// A thing that is new to somebody.
#[derive(Debug, Clone)]
pub struct New {
    /// Its key.
    pub id: i64,
    /// Of premises: first day of the period, as text.
    pub from_day: String,
    /// Of premises: status of the period.
    pub status: String,
}

/// What is new to an account by a search, up to a number: not its own, not told of before, and still to be had.
///
/// # Errors
/// The database fails.
pub async fn new(
    connection: &mut PgConnection,
    account_id: i64,
    search: &Search,
    last: i64,
    day: Date,
) -> Result<Vec<New>> {
    let rows = sqlx::query_as!(
        New,
        r#"select n.thing_id as id, n.from_day::text as "from_day!", n.status from new_thing n
           where n.kind = $2 and n.number > $3 and n.number <= $4
               and n.author_id is distinct from $1
               and not exists (select from representative r where r.account_id = $1 and r.organisation_id = n.organisation_id)
               and not exists (select from noticed t where t.account_id = $1
                   and (t.kind, t.thing_id, t.from_day, t.status) = (n.kind, n.thing_id, n.from_day, n.status))
               and (n.kind <> 'demand' or exists (select from demand d where d.id = n.thing_id and d.is_open))
               and (n.kind <> 'premises' or exists (select from premises_period p where p.premises_id = n.thing_id
                   and p.valid @> $5::date and lower(p.valid) = n.from_day and p.status = n.status))
           order by n.number"#,
        account_id,
        search.wanted.kind.code(),
        search.seen_upto,
        last,
        day
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Notes what an account is told of.
///
/// # Errors
/// The database fails.
pub async fn note(
    connection: &mut PgConnection,
    account_id: i64,
    kind: Kind,
    new: &[New],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<i64> = new.iter().map(|one| one.id).collect();
    let days: Vec<String> = new.iter().map(|one| one.from_day.clone()).collect();
    let statuses: Vec<String> = new.iter().map(|one| one.status.clone()).collect();
    sqlx::query!(
        "insert into noticed (account_id, kind, thing_id, from_day, status, at)
         select $1, $2, told.id, told.day::date, told.status, $6
         from unnest($3::bigint[], $4::text[], $5::text[]) told (id, day, status)",
        account_id,
        kind.code(),
        &ids,
        &days,
        &statuses,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes up to which number a search has looked.
///
/// # Errors
/// The database fails.
pub async fn advance(connection: &mut PgConnection, id: i64, last: i64) -> Result<()> {
    sqlx::query!("update saved_search set seen_upto = $2 where id = $1", id, last).execute(connection).await?;
    Ok(())
}

/// Stops a search one of whose parameters names what there is no more.
///
/// # Errors
/// The database fails.
pub async fn stop(connection: &mut PgConnection, id: i64, parameter: &str) -> Result<()> {
    sqlx::query!("update saved_search set paused_at = now(), problem = $2 where id = $1", id, parameter)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that a mail was written to an account.
///
/// # Errors
/// The database fails.
pub async fn mailed(connection: &mut PgConnection, account_id: i64, now: OffsetDateTime) -> Result<()> {
    sqlx::query!("update account set notices_mailed_at = $2 where id = $1", account_id, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets who was told of what a year ago.
///
/// # Errors
/// The database fails.
pub async fn forget(pool: &PgPool, now: OffsetDateTime) -> Result<()> {
    sqlx::query!("delete from noticed where at < $1::timestamptz - interval '1 year'", now).execute(pool).await?;
    Ok(())
}
