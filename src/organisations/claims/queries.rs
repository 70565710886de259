//! SQL of claims and of who represents an organisation.

use sqlx::{PgConnection, PgPool};
use time::Date;

use crate::access::Owned;
use crate::error::Result;
use crate::web::Lang;

/// An organisation of the register as somebody who looks for theirs sees it.
#[derive(Debug)]
pub(super) struct Found {
    pub slug: String,
    pub name: String,
    pub legal_form: String,
    pub street: String,
    pub house_number: String,
    pub city: String,
    pub krs: Option<String>,
    pub represented: bool,
}

impl Found {
    /// Street, number and town.
    pub fn address(&self) -> String {
        let street = format!("{} {}", self.street, self.house_number);
        let parts = [street.trim(), self.city.as_str()].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Organisations with this name, or something like it, or exactly this KRS, NIP or REGON; the likest first.
pub(super) async fn find(pool: &PgPool, text: &str, limit: i64) -> Result<Vec<Found>> {
    let number: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let rows = sqlx::query_as!(
        Found,
        r#"select slug, name, legal_form, street, house_number, city, krs,
               exists (select from representative r where r.organisation_id = o.id) as "represented!"
           from organisation o
           where krs = $2 or nip = $2 or regon = $2 or search_text like pattern($1) or fold($1) <% search_text
           order by coalesce(krs = $2 or nip = $2 or regon = $2, false) desc, search_text like pattern($1) desc,
               word_similarity(fold($1), fold(name)) desc, name collate "pl-x-icu", id
           limit $3"#,
        text,
        number,
        limit
    );
    Ok(rows.fetch_all(pool).await?)
}

/// What a claim says.
#[derive(Debug, Clone, Copy)]
pub(super) struct New<'a> {
    pub account_id: i64,
    pub organisation_id: i64,
    pub position: &'a str,
    pub reason: &'a str,
}

/// Makes a claim; nothing where the same account has an open one already.
pub(super) async fn make(connection: &mut PgConnection, new: New<'_>) -> Result<Option<i64>> {
    let id = sqlx::query_scalar!(
        "insert into claim (account_id, organisation_id, position, reason) values ($1, $2, $3, $4)
         on conflict (account_id, organisation_id) where state = 'open' do nothing returning id",
        new.account_id,
        new.organisation_id,
        new.position,
        new.reason
    );
    Ok(id.fetch_optional(connection).await?)
}

/// Whose a claim is: of the organisation that is claimed; who claims takes part in it.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, key: &str) -> Result<Option<Owned>> {
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let row = sqlx::query!(
        "select c.account_id, o.id as organisation_id, o.municipality_id
         from claim c join organisation o on o.id = c.organisation_id where c.id = $1",
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Owned {
        id,
        municipality_id: Some(row.municipality_id),
        organisation_id: Some(row.organisation_id),
        participants: vec![row.account_id],
        ..Owned::default()
    }))
}

/// A claim as the page of its maker shows it.
#[derive(Debug)]
pub(super) struct Mine {
    pub id: i64,
    pub slug: String,
    pub organisation: String,
    pub state: String,
    pub made_on: Date,
    pub decision_reason: String,
}

/// The claims of an account, the last first: what waits, and what was refused in the last 90 days.
pub(super) async fn of_account(pool: &PgPool, account_id: i64) -> Result<Vec<Mine>> {
    let rows = sqlx::query_as!(
        Mine,
        r#"select c.id, o.slug, o.name as organisation, c.state, c.made_at::date as "made_on!", c.decision_reason
           from claim c join organisation o on o.id = c.organisation_id
           where c.account_id = $1 and (c.state = 'open' or c.state = 'refused' and c.decided_at > now() - interval '90 days')
           order by c.id desc"#,
        account_id
    );
    Ok(rows.fetch_all(pool).await?)
}

/// The open claim of an account on an organisation.
pub(super) async fn open_of(pool: &PgPool, account_id: i64, organisation_id: i64) -> Result<Option<i64>> {
    let id = sqlx::query_scalar!(
        "select id from claim where account_id = $1 and organisation_id = $2 and state = 'open'",
        account_id,
        organisation_id
    );
    Ok(id.fetch_optional(pool).await?)
}

/// A claim as those see it who decide.
#[derive(Debug)]
pub(super) struct Waiting {
    pub id: i64,
    pub name: String,
    pub position: String,
    pub reason: String,
    pub made_on: Date,
}

/// Open claims on an organisation, the first first.
pub(super) async fn waiting(pool: &PgPool, organisation_id: i64) -> Result<Vec<Waiting>> {
    let rows = sqlx::query_as!(
        Waiting,
        r#"select c.id, a.name, c.position, c.reason, c.made_at::date as "made_on!"
           from claim c join account a on a.id = c.account_id where c.organisation_id = $1 and c.state = 'open' order by c.id"#,
        organisation_id
    );
    Ok(rows.fetch_all(pool).await?)
}

/// Takes an own claim back; false where it is not open any more.
pub(super) async fn withdraw(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done = sqlx::query!("update claim set state = 'withdrawn' where id = $1 and state = 'open'", id);
    Ok(done.execute(connection).await?.rows_affected() == 1)
}

/// Whom a decision concerns.
#[derive(Debug)]
pub(super) struct Decided {
    pub email: String,
    pub lang: Lang,
    pub organisation: String,
    pub slug: String,
}

/// Decides an open claim: a yes makes its maker a representative. Nothing where it is not open any more.
pub(super) async fn decide(
    connection: &mut PgConnection,
    id: i64,
    approved: bool,
    decided_by: Option<i64>,
    reason: &str,
) -> Result<Option<Decided>> {
    let row = sqlx::query!(
        "update claim c set state = case when $2 then 'approved' else 'refused' end, decided_at = now(), decided_by = $3,
             decision_reason = $4
         from account a, organisation o
         where c.id = $1 and c.state = 'open' and a.id = c.account_id and o.id = c.organisation_id
         returning a.id as account_id, a.email, a.lang, o.id as organisation_id, o.name, o.slug",
        id,
        approved,
        decided_by,
        reason
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if approved {
        join(connection, row.account_id, row.organisation_id).await?;
    }
    let lang = Lang::from_tag(&row.lang).unwrap_or_default();
    Ok(Some(Decided { email: row.email, lang, organisation: row.name, slug: row.slug }))
}

/// Makes an account a representative; a resident becomes one by it.
pub(in crate::organisations) async fn join(
    connection: &mut PgConnection,
    account_id: i64,
    organisation_id: i64,
) -> Result<()> {
    sqlx::query!(
        "insert into representative (account_id, organisation_id) values ($1, $2) on conflict do nothing",
        account_id,
        organisation_id
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("update account set role = 'representative' where id = $1 and role = 'resident'", account_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Carries out what an official decided in the queue. What is not open any more stays as it is.
///
/// # Errors
/// The database fails.
pub async fn decided(connection: &mut PgConnection, claim_id: i64, approved: bool) -> Result<()> {
    let (by, reason) = decision(connection, "claim", claim_id).await?;
    decide(connection, claim_id, approved, by, &reason).await?;
    Ok(())
}

/// Who acts in this transaction, and the reason that the queue has for a thing.
pub(in crate::organisations) async fn decision(
    connection: &mut PgConnection,
    thing: &str,
    thing_id: i64,
) -> Result<(Option<i64>, String)> {
    let row = sqlx::query!(
        r#"select (select id from account where id = nullif(current_setting('pestor.account', true), '')::bigint) as by,
               coalesce((select reason from review where thing = $1 and kind = thing and thing_id = $2 and decided_at is not null
                   order by decided_at desc, id desc limit 1), '') as "reason!""#,
        thing,
        thing_id
    )
    .fetch_one(connection)
    .await?;
    Ok((row.by, row.reason))
}

/// Name and path of the organisation that is claimed, for the queue and its mails.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, id: i64) -> Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "select o.name, o.slug from claim c join organisation o on o.id = c.organisation_id where c.id = $1",
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (row.name, format!("/organizacje/{}", row.slug))))
}

/// Somebody who represents an organisation.
#[derive(Debug)]
pub(super) struct Colleague {
    pub account_id: i64,
    pub name: String,
    pub email: String,
    pub lang: String,
    pub since: Date,
}

/// Who represents an organisation, the first first.
pub(super) async fn team(pool: &PgPool, organisation_id: i64) -> Result<Vec<Colleague>> {
    let rows = sqlx::query_as!(
        Colleague,
        r#"select a.id as account_id, a.name, a.email, a.lang, r.since::date as "since!"
           from representative r join account a on a.id = r.account_id where r.organisation_id = $1 order by r.since, a.id"#,
        organisation_id
    );
    Ok(rows.fetch_all(pool).await?)
}

/// What came of removing somebody from a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    Done,
    /// Nobody would be left, and that was not said.
    Last,
    /// They were not in it.
    Absent,
}

/// Removes a representative; the last one only where `last` says that this is meant.
pub(super) async fn remove(
    connection: &mut PgConnection,
    organisation_id: i64,
    account_id: i64,
    last: bool,
) -> Result<Removed> {
    // Two that remove each other at once would leave nobody.
    sqlx::query!("select id from organisation where id = $1 for no key update", organisation_id)
        .fetch_one(&mut *connection)
        .await?;
    let row = sqlx::query!(
        r#"select count(*) as "all!", count(*) filter (where account_id = $2) as "this!" from representative where organisation_id = $1"#,
        organisation_id,
        account_id
    )
    .fetch_one(&mut *connection)
    .await?;
    if row.this == 0 {
        return Ok(Removed::Absent);
    }
    if row.all == 1 && !last {
        return Ok(Removed::Last);
    }
    sqlx::query!(
        "delete from representative where organisation_id = $1 and account_id = $2",
        organisation_id,
        account_id
    )
    .execute(connection)
    .await?;
    Ok(Removed::Done)
}
