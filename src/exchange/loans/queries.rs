//! All SQL of loans.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::Date;

use super::calendar::Taken;
use super::{Kind, Loan, Side, State};
use crate::access::Owned;
use crate::error::{Error, Result};

/// Who takes part in a loan: everybody who may act for the owner or for whoever asks, as [`Side::is`] has it.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, id: i64) -> Result<Option<Owned>> {
    let participants = sqlx::query_scalar!(
        r#"select array(
               select r.account_id from representative r where r.organisation_id in (e.organisation_id, l.organisation_id)
               union
               select a.id from account a
               where (e.organisation_id is null and (
                       (a.role = 'official' and a.municipality_id = e.municipality_id)
                       or (a.role = 'administrator' and coalesce(a.municipality_id, e.municipality_id) = e.municipality_id)))
                   or (a.role = 'official' and a.municipality_id = l.unit_municipality_id and a.unit_name = l.unit_name)
                   or (a.role = 'administrator'
                       and coalesce(a.municipality_id, l.unit_municipality_id) = l.unit_municipality_id)) as "ids!"
           from loan l join equipment e on e.id = l.equipment_id where l.id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(participants.map(|participants| Owned { id, participants, ..Owned::default() }))
}

/// Which loans are meant: this one, or those of a thing, or all in which somebody takes part.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which<'a> {
    /// This one.
    pub id: Option<i64>,
    /// Those of this thing.
    pub equipment_id: Option<i64>,
    /// Those from and to these organisations.
    pub organisations: &'a [i64],
    /// Those from this municipality, and to its units.
    pub office: Option<i64>,
    /// Of those to units: to this one; empty = to any.
    pub unit: &'a str,
}

/// Loans, what is still to be done first; of what is over, the last two hundred.
///
/// # Errors
/// The database fails.
pub async fn find(db: impl PgExecutor<'_>, which: Which<'_>) -> Result<Vec<Loan>> {
    let rows = sqlx::query!(
        r#"select l.id, l.kind, l.state, l.pieces, lower(l.days) as first, upper(l.days) - 1 as last, l.note, l.answer,
               coalesce(l.closed_at, l.returned_at, l.handed_over_at, l.accepted_at, l.requested_at)::date as "since!",
               current_date as "today!", e.id as equipment_id, e.slug, e.name, e.municipality_id,
               e.organisation_id, o.slug as "owner_slug?", coalesce(o.name, e.owner_name) as "owner!",
               l.organisation_id as borrower_id, b.slug as "borrower_slug?", coalesce(b.name, l.unit_name) as "borrower!",
               coalesce(b.municipality_id, l.unit_municipality_id) as borrower_municipality_id, a.name as "person?"
           from loan l join equipment e on e.id = l.equipment_id
               left join organisation o on o.id = e.organisation_id
               left join organisation b on b.id = l.organisation_id
               left join account a on a.id = l.account_id
           where l.id = $1 or (l.equipment_id = $2 and (l.kind <> 'keep' or upper(l.days) > current_date))
               or (l.kind <> 'keep' and (e.organisation_id = any($3) or l.organisation_id = any($3)
                   or (e.organisation_id is null and e.municipality_id = $4)
                   or (l.unit_municipality_id = $4 and ($5 = '' or l.unit_name = $5))))
           order by l.state in ('requested', 'accepted', 'handed_over') desc,
               case when l.state in ('requested', 'accepted', 'handed_over') then lower(l.days) end nulls first, l.id desc
           limit 200"#,
        which.id,
        which.equipment_id,
        which.organisations,
        which.office,
        which.unit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let unknown = || Error::internal(format!("loan {} is of an unknown kind or state", row.id));
            let borrower = row.borrower_municipality_id.map(|municipality_id| Side {
                organisation: row.borrower_id.zip(row.borrower_slug),
                municipality_id,
                name: row.borrower,
                whole_office: false,
            });
            Ok(Loan {
                id: row.id,
                kind: Kind::from_code(&row.kind).ok_or_else(unknown)?,
                state: State::from_code(&row.state).ok_or_else(unknown)?,
                equipment_id: row.equipment_id,
                equipment_slug: row.slug,
                equipment_name: row.name,
                owner: Side {
                    organisation: row.organisation_id.zip(row.owner_slug),
                    municipality_id: row.municipality_id,
                    name: row.owner,
                    whole_office: true,
                },
                borrower,
                person: row.person,
                pieces: row.pieces,
                days: row.first.zip(row.last),
                note: row.note,
                answer: row.answer,
                since: row.since,
                today: row.today,
            })
        })
        .collect()
}

/// One loan.
///
/// # Errors
/// There is none of this number, or the database fails.
pub async fn one(db: impl PgExecutor<'_>, id: i64) -> Result<Loan> {
    let found = find(db, Which { id: Some(id), ..Which::default() }).await?.pop();
    found.ok_or_else(|| Error::NotFound(format!("there is no loan {id}")))
}

/// The pieces of a thing that are out between two days. What should be back and is not is out today.
///
/// # Errors
/// The database fails.
pub async fn taken(pool: &PgPool, equipment_id: i64, from: Date, to: Date) -> Result<Vec<Taken>> {
    let rows = sqlx::query!(
        r#"select lower(days) as "first!", pieces,
               case when state = 'handed_over' then greatest(upper(days) - 1, current_date) else upper(days) - 1 end as "last!"
           from loan where equipment_id = $1 and state in ('accepted', 'handed_over')
               and (days && daterange($2, $3, '[]') or state = 'handed_over') and days is not null"#,
        equipment_id,
        from,
        to
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| Taken { first: row.first, last: row.last, pieces: row.pieces.into() }).collect())
}

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The thing.
    pub equipment_id: i64,
    /// `lend` or `give`, as the form said.
    pub kind: Kind,
    /// For which organisation.
    pub organisation_id: Option<i64>,
    /// For which unit of which municipality.
    pub unit: Option<(i64, String)>,
    /// Who asks.
    pub account_id: i64,
    /// How many pieces.
    pub pieces: i32,
    /// First and last day.
    pub days: Option<(Date, Date)>,
    /// What for.
    pub note: String,
}

/// What stands against a wish.
#[derive(Debug)]
pub struct Obstacles {
    /// The same organisation or unit waits for an answer already.
    pub asked: bool,
    /// Fewer pieces are left on one of the days.
    pub taken: bool,
}

/// What stands against a wish just now.
///
/// # Errors
/// The database fails.
pub async fn obstacles(connection: &mut PgConnection, wish: &Wish) -> Result<Obstacles> {
    let (first, last) = wish.days.unzip();
    let (unit_municipality, unit) = wish.unit.clone().unzip();
    let row = sqlx::query_as!(
        Obstacles,
        r#"select exists (select from loan l where l.equipment_id = e.id and l.state = 'requested'
                   and (l.organisation_id = $2 or (l.unit_municipality_id = $3 and l.unit_name = $4))
                   and ($5::date is null or l.days && daterange($5, $6, '[]'))) as "asked!",
               $5::date is not null and pieces_promised(e.id, daterange($5, $6, '[]')) + $7 > e.quantity as "taken!"
           from equipment e where e.id = $1"#,
        wish.equipment_id,
        wish.organisation_id,
        unit_municipality,
        unit,
        first,
        last,
        i64::from(wish.pieces)
    )
    .fetch_one(connection)
    .await?;
    Ok(row)
}

/// Notes a wish; nothing where the thing is not shown any more, or is no longer lent (or given).
///
/// # Errors
/// The database fails.
pub async fn request(connection: &mut PgConnection, wish: &Wish) -> Result<Option<i64>> {
    let (first, last) = wish.days.unzip();
    let (unit_municipality, unit) = wish.unit.clone().unzip();
    let id = sqlx::query_scalar!(
        "insert into loan (municipality_id, equipment_id, kind, state, organisation_id, unit_municipality_id, unit_name,
             account_id, pieces, days, note)
         select e.municipality_id, e.id, e.mode, 'requested', $3, $4, coalesce($5, ''), $6, $7,
             case when $8::date is not null then daterange($8, $9, '[]') end, $10
         from equipment e where e.id = $1 and e.mode = $2 and e.shown for share
         returning id",
        wish.equipment_id,
        wish.kind.code(),
        wish.organisation_id,
        unit_municipality,
        unit,
        wish.account_id,
        wish.pieces,
        first,
        last,
        wish.note
    )
    .fetch_optional(connection)
    .await?;
    Ok(id)
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Made,
    /// Somebody else changed the loan before.
    Changed,
    /// Too few pieces are left; of a gift, somebody else was chosen. The transaction is void.
    Taken,
}

fn outcome(done: Result<sqlx::postgres::PgQueryResult, sqlx::Error>) -> Result<Outcome> {
    match done {
        Ok(done) if done.rows_affected() > 0 => Ok(Outcome::Made),
        Ok(_) => Ok(Outcome::Changed),
        Err(sqlx::Error::Database(error))
            if matches!(error.constraint(), Some("loan_pieces_enough" | "loan_one_gift")) =>
        {
            Ok(Outcome::Taken)
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes a loan from the state in which it was read to another.
///
/// # Errors
/// The database fails.
pub async fn step(connection: &mut PgConnection, loan: &Loan, to: State, answer: &str) -> Result<Outcome> {
    outcome(
        sqlx::query!(
            "update loan set state = $3, answer = coalesce(nullif($4, ''), answer),
                 accepted_at = case when $3 = 'accepted' then now() else accepted_at end,
                 handed_over_at = case when $3 = 'handed_over' then now() else handed_over_at end,
                 returned_at = case when $3 = 'returned' then now() else returned_at end,
                 closed_at = case when $3 in ('refused', 'cancelled') then now() else closed_at end
             where id = $1 and state = $2",
            loan.id,
            loan.state.code(),
            to.code(),
            answer
        )
        .execute(connection)
        .await,
    )
}

/// Refuses everybody else who asked for a gift; who they are.
///
/// # Errors
/// The database fails.
pub async fn refuse_others(connection: &mut PgConnection, chosen: &Loan) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        "update loan set state = 'refused', closed_at = now()
         where equipment_id = $1 and id <> $2 and kind = 'give' and state = 'requested' returning id",
        chosen.equipment_id,
        chosen.id
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}

/// Keeps pieces for the owner on some days.
///
/// # Errors
/// The database fails.
pub async fn keep(
    connection: &mut PgConnection,
    equipment_id: i64,
    account_id: i64,
    pieces: i32,
    days: (Date, Date),
    note: &str,
) -> Result<Outcome> {
    outcome(
        sqlx::query!(
            "insert into loan (municipality_id, equipment_id, kind, state, account_id, pieces, days, note, accepted_at)
             select municipality_id, id, 'keep', 'accepted', $2, $3, daterange($4, $5, '[]'), $6, now() from equipment where id = $1",
            equipment_id,
            account_id,
            pieces,
            days.0,
            days.1,
            note
        )
        .execute(connection)
        .await,
    )
}

/// Lets others have kept days again.
///
/// # Errors
/// The database fails.
pub async fn free(connection: &mut PgConnection, id: i64) -> Result<Outcome> {
    outcome(sqlx::query!("delete from loan where id = $1 and kind = 'keep'", id).execute(connection).await)
}

/// A loan that should be back, is not, and of which nobody was reminded; it counts as reminded from now on. Two nodes never
/// get the same one.
///
/// # Errors
/// The database fails.
pub async fn next_overdue(connection: &mut PgConnection) -> Result<Option<i64>> {
    let id = sqlx::query_scalar!(
        "update loan set reminded_at = now() where id = (
             select id from loan where state = 'handed_over' and reminded_at is null and upper(days) <= current_date
             order by upper(days), id for update skip locked limit 1)
         returning id"
    )
    .fetch_optional(connection)
    .await?;
    Ok(id)
}

/// How many loans wait for somebody as their owner: requests without an answer, and what should be back.
///
/// # Errors
/// The database fails.
pub async fn waiting(pool: &PgPool, organisations: &[i64], office: Option<i64>) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from loan l join equipment e on e.id = l.equipment_id
           where (e.organisation_id = any($1) or (e.organisation_id is null and e.municipality_id = $2))
               and (l.state = 'requested' or (l.state = 'handed_over' and upper(l.days) <= current_date))"#,
        organisations,
        office
    )
    .fetch_one(pool)
    .await?;
    Ok(count)
}
