//! All SQL of questions.

use sqlx::{PgConnection, PgPool};

use super::{Asked, Kind, Question, Subject};
use crate::error::{Error, Result};
use crate::web::Lang;

/// What is asked about, by slug or key.
///
/// # Errors
/// The database fails.
pub(super) async fn subject(pool: &PgPool, kind: Kind, slug: Option<&str>, id: Option<i64>) -> Result<Option<Subject>> {
    let row = sqlx::query!(
        r#"select t.id as "id!", t.slug as "slug!", t.name as "name!", t.municipality_id as "municipality_id!", t.organisation_id,
               t.unit_name as "unit_name!", t.person_id, t.shown as "shown!", coalesce(o.name, a.name, t.unit_name) as "owner!"
           from (
               select 'offer' as kind, id, slug, name, municipality_id, organisation_id, '' as unit_name,
                   null::bigint as person_id, shown from offer
               union all select 'demand', id, slug, name, municipality_id, organisation_id, unit_name,
                   case when by_person then author_id end, shown from demand
               union all select 'equipment', id, slug, name, municipality_id, organisation_id, owner_name, null, shown
                   from equipment) as t
           left join organisation o on o.id = t.organisation_id left join account a on a.id = t.person_id
           where t.kind = $1 and (t.slug = $2 or t.id = $3)"#,
        kind.code(),
        slug,
        id
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Subject {
        kind,
        id: row.id,
        slug: row.slug,
        name: row.name,
        municipality_id: row.municipality_id,
        organisation_id: row.organisation_id,
        unit_name: row.unit_name,
        person_id: row.person_id,
        owner: row.owner,
        shown: row.shown,
    }))
}

/// A question with what it is about.
///
/// # Errors
/// The database fails.
pub(super) async fn asked(pool: &PgPool, id: i64) -> Result<Option<Asked>> {
    let row = sqlx::query!(
        r#"select case when offer_id is not null then 'offer' when demand_id is not null then 'demand' else 'equipment' end as "kind!",
               coalesce(offer_id, demand_id, equipment_id) as "thing_id!", author_id, text,
               hidden_at is not null as "hidden!"
           from question where id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kind = Kind::from_code(&row.kind).ok_or_else(|| Error::internal("a question about nothing we know"))?;
    let subject = subject(pool, kind, None, Some(row.thing_id)).await?;
    Ok(subject.map(|subject| Asked { id, subject, author_id: row.author_id, text: row.text, hidden: row.hidden }))
}

/// The questions under a thing that everybody reads, newest first, at most two hundred.
///
/// # Errors
/// The database fails.
pub(super) async fn shown(
    pool: &PgPool,
    lang: Lang,
    subject: &Subject,
    viewer_id: Option<i64>,
) -> Result<Vec<Question>> {
    let [offer_id, demand_id, equipment_id] = Kind::ALL.map(|kind| (kind == subject.kind).then_some(subject.id));
    let rows = sqlx::query!(
        r#"select q.id, a.name as "person?", coalesce(o.name, nullif(q.unit_name, '')) as "stands_for?", q.text,
               q.asked_at::date as "asked_on!", q.answer, q.answered_at::date as answered_on,
               (q.author_id = $4 and q.answered_at is null) is true as "may_delete!"
           from question q left join account a on a.id = q.author_id left join organisation o on o.id = q.organisation_id
           where (q.offer_id = $1 or q.demand_id = $2 or q.equipment_id = $3) and q.hidden_at is null
           order by q.asked_at desc, q.id desc limit 200"#,
        offer_id,
        demand_id,
        equipment_id,
        viewer_id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let person = row.person.unwrap_or_else(|| lang.t("question-account-deleted"));
            Question {
                id: row.id,
                author: match row.stands_for {
                    Some(stands_for) => format!("{person} ({stands_for})"),
                    None => person,
                },
                text: row.text,
                asked_on: row.asked_on,
                answer: row.answered_on.map(|day| (row.answer, day)),
                may_delete: row.may_delete,
            }
        })
        .collect())
}

/// Asks; the question's key.
///
/// # Errors
/// The database fails.
pub(super) async fn ask(
    connection: &mut PgConnection,
    subject: &Subject,
    author_id: i64,
    organisation_id: Option<i64>,
    unit_name: &str,
    text: &str,
) -> Result<i64> {
    let [offer_id, demand_id, equipment_id] = Kind::ALL.map(|kind| (kind == subject.kind).then_some(subject.id));
    let id = sqlx::query_scalar!(
        "insert into question (municipality_id, offer_id, demand_id, equipment_id, author_id, organisation_id, unit_name, text)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning id",
        subject.municipality_id,
        offer_id,
        demand_id,
        equipment_id,
        author_id,
        organisation_id,
        unit_name,
        text
    )
    .fetch_one(connection)
    .await?;
    Ok(id)
}

/// Answers; false where somebody has, or the question is gone.
///
/// # Errors
/// The database fails.
pub(super) async fn answer(connection: &mut PgConnection, id: i64, account_id: i64, text: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update question set answer = $3, answered_at = now(), answered_by = $2
         where id = $1 and answered_at is null and hidden_at is null",
        id,
        account_id,
        text
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a question back; false where it was answered, or is gone.
///
/// # Errors
/// The database fails.
pub(super) async fn delete(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done =
        sqlx::query!("delete from question where id = $1 and answered_at is null", id).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// Carries out what an official decided about a question that was reported: it stays or comes back, or it is taken down.
///
/// # Errors
/// The database fails.
pub async fn decided(connection: &mut PgConnection, question_id: i64, stays: bool) -> Result<()> {
    sqlx::query!(
        "update question set hidden_at = case when $2 then null else coalesce(hidden_at, now()) end where id = $1",
        question_id,
        stays
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The words of a question, and the path of the page where it stands.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, question_id: i64) -> Result<Option<(String, String)>> {
    Ok(asked(pool, question_id).await?.map(|found| {
        let path = format!("/{}/{}#pytanie-{question_id}", found.subject.kind.folder(), found.subject.slug);
        (found.text, path)
    }))
}
