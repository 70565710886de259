//! SQL of what came of conversations.

use sqlx::{PgConnection, PgExecutor, PgPool};

use super::letters::Named;
use crate::contact::Totals;
use crate::error::{Error, Result};
use crate::web::Lang;

/// Takes a conversation that came to its end and notes that both sides were asked; no other server takes it.
///
/// # Errors
/// The database fails.
pub async fn take(connection: &mut PgConnection, after_days: i32) -> Result<Option<Named>> {
    let taken = sqlx::query_as!(
        Named,
        "update thread set outcome_asked_at = now() where id = (
             select id from thread
             where outcome_asked_at is null and answered_at is not null
               and (closed_at is not null or last_message_at < now() - make_interval(days => $1))
             order by last_message_at, id limit 1 for no key update skip locked)
         returning id, key, subject",
        after_days
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(thread) = &taken {
        sqlx::query!(
            "insert into outcome (thread_id, side) select thread_id, side from thread_side where thread_id = $1",
            thread.id
        )
        .execute(connection)
        .await?;
    }
    Ok(taken)
}

/// Somebody who is asked by mail.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who.
    pub account_id: i64,
    /// Where the mail goes.
    pub email: String,
    /// Its language.
    pub lang: Lang,
}

/// The people of both sides; of an office those who wrote, or its unit where nobody did.
///
/// # Errors
/// The database fails.
pub async fn asked(connection: &mut PgConnection, thread_id: i64) -> Result<Vec<Asked>> {
    let rows = sqlx::query!(
        "select distinct a.id, a.email, a.lang
         from thread_person p join account a on a.id = p.account_id and a.disabled_at is null
             join thread_side s on s.thread_id = p.thread_id and s.side = p.side
         where p.thread_id = $1
           and (s.kind <> 'office' or exists (select from message m where m.thread_id = $1 and m.author_id = a.id)
               or (a.unit_name = s.unit_name and not exists (select from message m join account b on b.id = m.author_id
                   where m.thread_id = $1 and m.side = s.side)))
         order by a.id",
        thread_id
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let lang = Lang::from_tag(&row.lang).ok_or_else(|| Error::internal("unknown language"))?;
            Ok(Asked { account_id: row.id, email: row.email, lang })
        })
        .collect()
}

/// What a side says.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// `yes`, `no` or `not_yet`.
    pub came_to_order: &'a str,
    /// Value of the order with tax, PLN.
    pub value_pln: Option<f64>,
    /// Whether a social clause was used.
    pub social_clause: Option<bool>,
    /// The version that the form showed.
    pub version: i32,
}

/// Notes what a side says; false when somebody of it said something else in the meantime.
///
/// # Errors
/// The database fails.
pub async fn save(executor: impl PgExecutor<'_>, thread_id: i64, side: &str, answer: &Answer<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "update outcome set came_to_order = $3, value_pln = $4::float8::numeric(12, 2), social_clause = $5, answered_at = now(),
             version = version + 1
         where thread_id = $1 and side = $2 and version = $6",
        thread_id,
        side,
        answer.came_to_order,
        answer.value_pln,
        answer.social_clause,
        answer.version
    )
    .execute(executor)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What conversations came to, in a municipality or everywhere. An order counts once: as its buyer says, or as the other side
/// does where the buyer has not (or not yet) said.
///
/// # Errors
/// The database fails.
pub async fn totals(pool: &PgPool, municipality_id: Option<i64>) -> Result<Totals> {
    let totals = sqlx::query_as!(
        Totals,
        r#"select count(*) as "threads!", count(t.answered_at) as "answered!", count(*) filter (where said.came_to_order = 'yes') as "orders!",
               coalesce(sum(said.value_pln) filter (where said.came_to_order = 'yes'), 0)::float8 as "value_pln!",
               count(*) filter (where said.came_to_order = 'yes' and said.social_clause) as "with_social_clause!"
           from thread t
           left join outcome buyer on buyer.thread_id = t.id and buyer.side = t.buyer and buyer.came_to_order <> 'not_yet'
           left join outcome seller on seller.thread_id = t.id and seller.side <> t.buyer and seller.came_to_order <> 'not_yet'
           cross join lateral (select coalesce(buyer.came_to_order, seller.came_to_order) as came_to_order,
               coalesce(buyer.value_pln, seller.value_pln) as value_pln,
               coalesce(buyer.social_clause, seller.social_clause) as social_clause) said
           where $1::bigint is null or t.municipality_id = $1"#,
        municipality_id
    )
    .fetch_one(pool)
    .await?;
    Ok(totals)
}
