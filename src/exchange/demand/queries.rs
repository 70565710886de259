//! All SQL of demand.

use sqlx::{PgConnection, PgPool};

use super::attachments::Attached;
use super::form::{Author, Draft};
use super::{Demand, Filter};
use crate::access::{Owned, Viewer};
use crate::districts;
use crate::error::Result;
use crate::exchange::near::Nearest;
use crate::exchange::{Category, party, queries};
use crate::media;
use crate::web::Lang;

/// Ids of the demands that everybody sees and that pass a filter, in no order. What has no place is in no box, no circle and no
/// district.
///
/// # Errors
/// The district or a category is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    queries::check_categories(pool, &filter.category).await?;
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    let ids = sqlx::query_scalar!(
        "select d.id from demand d left join organisation o on o.id = d.organisation_id
         left join district i on i.id = d.district_id
         where d.shown
           and (cardinality($1::text[]) = 0 or d.category = any($1))
           and ($2::text is null or d.search_text like pattern($2) or fold($2) <% d.search_text)
           and ($3::bigint is null
                or coalesce(d.district_id, district_at(d.municipality_id, d.point), o.district_id) = $3)
           and ($4::float8 is null or coalesce(d.point, o.point) && st_makeenvelope($4, $5, $6, $7, 4326))
           and in_places(coalesce(d.point, st_centroid(i.area), o.point), $8, $9, $10, $11)",
        &filter.category,
        filter.common.q.as_deref(),
        district,
        west,
        south,
        east,
        north,
        lon,
        lat,
        radius_m,
        area
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// These demands by the distance of where they are needed from a place, open ones first, with the distance, metres; those without a
/// place come last.
///
/// # Errors
/// The database fails.
pub async fn nearest(pool: &PgPool, ids: &[i64], [lon, lat]: [f64; 2], limit: i64, offset: i64) -> Result<Nearest> {
    let rows = sqlx::query!(
        "select d.id, st_distance(coalesce(d.point, st_centroid(i.area), o.point)::geography,
             st_setsrid(st_makepoint($2, $3), 4326)::geography) as metres
         from demand d left join organisation o on o.id = d.organisation_id left join district i on i.id = d.district_id
         where d.id = any($1)
         order by d.is_open and (d.deadline is null or d.deadline >= current_date) desc, metres nulls last, d.id
         limit $4 offset $5",
        ids,
        lon,
        lat,
        limit,
        offset
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.metres)).collect())
}

/// A page of a list: of the demands with these ids, open ones first, in the order of `sort`; `given` is that of the ids.
///
/// # Errors
/// The database fails.
pub async fn summaries(
    pool: &PgPool,
    lang: Lang,
    ids: &[i64],
    sort: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Demand>> {
    let rows = sqlx::query!(
        r#"select d.id, d.slug, d.name, d.description, d.quantity, d.budget_min_pln::float8 as budget_min_pln,
               d.budget_max_pln::float8 as budget_max_pln, d.deadline, d.state, d.shown, d.version, d.municipality_id,
               d.author_id, d.by_person, d.unit_name, d.published_at is not null as "was_published!",
               (d.is_open and (d.deadline is null or d.deadline >= current_date)) as "open!",
               i.slug as "district_slug?", i.name as "district_name?", st_x(d.point) as point_lon, st_y(d.point) as point_lat,
               c.code, case when $5 = 'en' then c.name_en else c.name_pl end as "category!", c.cpv,
               o.id as "organisation_id?", o.slug as "organisation_slug?",
               case when d.by_person then coalesce(a.name, '') else coalesce(o.name, d.unit_name) end as "author!",
               o.phone as "phone?", o.email as "email?", st_x(o.point) as lon, st_y(o.point) as lat
           from demand d join category c on c.code = d.category left join organisation o on o.id = d.organisation_id
           left join account a on a.id = d.author_id left join district i on i.id = d.district_id
           where d.id = any($1)
           order by case when $2 = 'given' then array_position($1, d.id) end,
               d.is_open and (d.deadline is null or d.deadline >= current_date) desc,
               case when $2 = 'newest' then coalesce(d.published_at, d.created_at) end desc,
               -- Of the closed ones, those that closed last come first.
               case when $2 = 'deadline' then abs(d.deadline - current_date) end nulls last,
               ltrim(d.name, '„”"«» ') collate "pl-x-icu", d.id
           limit $3 offset $4"#,
        ids,
        sort,
        limit,
        offset,
        lang.tag()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Demand {
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            category: Category { code: row.code, name: row.category, cpv: row.cpv },
            quantity: row.quantity,
            budget_min_pln: row.budget_min_pln,
            budget_max_pln: row.budget_max_pln,
            deadline: row.deadline,
            open: row.open,
            state: row.state,
            shown: row.shown,
            version: row.version,
            municipality_id: row.municipality_id,
            author_id: row.author_id,
            by_person: row.by_person,
            unit_name: row.unit_name,
            was_published: row.was_published,
            district: row.district_slug.zip(row.district_name),
            point: row.point_lon.zip(row.point_lat).map(|(lon, lat)| [lon, lat]),
            party: party(
                row.organisation_id,
                row.organisation_slug,
                if row.author.is_empty() { lang.t("demand-author-gone") } else { row.author },
                row.lon.zip(row.lat),
                row.phone,
                row.email,
            ),
        })
        .collect())
}

/// The demand of a slug, in whatever state: who may see it was asked before.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, lang: Lang, slug: &str) -> Result<Option<Demand>> {
    let id = sqlx::query_scalar!("select id from demand where slug = $1", slug).fetch_optional(pool).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(summaries(pool, lang, &[id], "name", 1, 0).await?.pop())
}

/// Documents of a demand in their order.
///
/// # Errors
/// The database fails.
pub async fn attachments(pool: &PgPool, id: i64) -> Result<Vec<Attached>> {
    let rows = sqlx::query_as!(
        Attached,
        "select m.id as media_id, m.key, m.file_name, m.byte_length
         from demand_attachment x join media m on m.id = x.media_id where x.demand_id = $1 order by x.position, m.id",
        id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Ids of all that somebody ever posted, in whatever state: for themselves, for their organisations, or for their unit.
///
/// # Errors
/// The database fails.
pub async fn ids_of(pool: &PgPool, viewer: &Viewer) -> Result<Vec<i64>> {
    let organisation_ids: Vec<i64> = viewer.organisations.iter().map(|one| one.id).collect();
    let ids = sqlx::query_scalar!(
        "select id from demand
         where organisation_id = any($1) or (by_person and author_id = $2)
            or (unit_name <> '' and unit_name = $3 and municipality_id = $4)",
        &organisation_ids,
        viewer.account_id,
        if viewer.is_office() { viewer.unit_name.as_str() } else { "" },
        viewer.municipality_id
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// Whose a demand is. That of a unit belongs to the officials of the municipality, whoever of them posted it.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, slug: &str) -> Result<Option<Owned>> {
    let row = sqlx::query!(
        "select id, municipality_id, organisation_id, case when by_person then author_id end as author_id, shown
         from demand where slug = $1",
        slug
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Owned {
        id: row.id,
        municipality_id: Some(row.municipality_id),
        organisation_id: row.organisation_id,
        author_id: row.author_id,
        public: row.shown,
        ..Owned::default()
    }))
}

/// Title and path of a demand.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, id: i64) -> Result<Option<(String, String)>> {
    let row = sqlx::query!("select name, slug from demand where id = $1", id).fetch_optional(pool).await?;
    Ok(row.map(|row| (row.name, format!("/zapotrzebowanie/{}", row.slug))))
}

/// Carries out what an official decided about a demand that waits for its check, was posted or reported: everybody sees it, or nobody.
/// Whom it may interest is told by the next round of [`super::run_due`].
///
/// # Errors
/// The database fails.
pub async fn decided(connection: &mut PgConnection, id: i64, approved: bool) -> Result<()> {
    sqlx::query!(
        "update demand set state = case when $2 then 'open' else 'hidden' end, version = version + 1,
             published_at = case when $2 then coalesce(published_at, now()) else published_at end
         where id = $1 and case when $2 then state in ('pending', 'hidden') else state not in ('draft', 'hidden') end",
        id,
        approved
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an open demand has an answer.
///
/// # Errors
/// The database fails.
pub async fn answered(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!("update demand set state = 'answered', version = version + 1 where id = $1 and state = 'open'", id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a draft; its key and slug.
///
/// # Errors
/// The database fails.
pub async fn insert(
    connection: &mut PgConnection,
    author: &Author,
    account_id: i64,
    draft: &Draft,
) -> Result<(i64, String)> {
    let [lon, lat] = draft.point.map_or([None; 2], |point| point.map(Some));
    let row = sqlx::query!(
        "insert into demand (municipality_id, organisation_id, unit_name, by_person, author_id, state, published_at, matched_at,
             name, description, category, quantity, budget_min_pln, budget_max_pln, deadline, district_id, point)
         values ($1, $2, $3, $4, $5, 'draft', null, null, $6, $7, $8, $9, $10::float8::numeric(12, 2), $11::float8::numeric(12, 2),
             $12, (select id from district where slug = $13 and municipality_id = $1), st_setsrid(st_makepoint($14, $15), 4326))
         returning id, slug",
        author.municipality_id,
        author.organisation_id,
        author.unit_name,
        author.by_person,
        account_id,
        draft.name,
        draft.description,
        draft.category,
        draft.quantity,
        draft.budget_min_pln,
        draft.budget_max_pln,
        draft.deadline,
        draft.district,
        lon,
        lat
    )
    .fetch_one(&mut *connection)
    .await?;
    write_attachments(connection, row.id, draft).await?;
    Ok((row.id, row.slug))
}

/// Changes a demand that still has this version; false where somebody else was faster.
///
/// # Errors
/// The database fails.
pub async fn update(connection: &mut PgConnection, id: i64, version: i32, draft: &Draft) -> Result<bool> {
    let [lon, lat] = draft.point.map_or([None; 2], |point| point.map(Some));
    let done = sqlx::query!(
        "update demand set name = $3, description = $4, category = $5, quantity = $6,
             budget_min_pln = $7::float8::numeric(12, 2), budget_max_pln = $8::float8::numeric(12, 2), deadline = $9,
             district_id = (select i.id from district i where i.slug = $10 and i.municipality_id = demand.municipality_id),
             point = st_setsrid(st_makepoint($11, $12), 4326), version = version + 1
         where id = $1 and version = $2",
        id,
        version,
        draft.name,
        draft.description,
        draft.category,
        draft.quantity,
        draft.budget_min_pln,
        draft.budget_max_pln,
        draft.deadline,
        draft.district,
        lon,
        lat
    )
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    write_attachments(connection, id, draft).await?;
    Ok(true)
}

async fn write_attachments(connection: &mut PgConnection, id: i64, draft: &Draft) -> Result<()> {
    let media_ids: Vec<i64> = draft.attachments.iter().map(|attached| attached.media_id).collect();
    let removed = sqlx::query_scalar!(
        "delete from demand_attachment where demand_id = $1 and media_id <> all($2) returning media_id",
        id,
        &media_ids
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into demand_attachment (demand_id, media_id, position)
         select $1, x.id, x.position from unnest($2::bigint[]) with ordinality as x (id, position)
         on conflict (demand_id, media_id) do update set position = excluded.position
         where demand_attachment.position <> excluded.position",
        id,
        &media_ids
    )
    .execute(&mut *connection)
    .await?;
    for media_id in removed {
        media::delete(&mut *connection, media_id).await?;
    }
    Ok(())
}

/// Moves a demand from one state to another; false where it is not in the first any more.
///
/// # Errors
/// The database fails.
pub async fn set_state(connection: &mut PgConnection, id: i64, from: &str, to: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update demand set state = $3, version = version + 1,
             published_at = case when $3 = 'open' then coalesce(published_at, now()) else published_at end
         where id = $1 and state = $2",
        id,
        from,
        to
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a draft that nobody ever saw.
///
/// # Errors
/// The database fails.
pub async fn delete_draft(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done = sqlx::query!("delete from demand where id = $1 and state = 'draft' and published_at is null", id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A demand whose matching organisations are to be told.
#[derive(Debug)]
pub(super) struct ToMatch {
    /// Name in web addresses.
    pub slug: String,
    /// What is needed, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Who asks; empty for a deleted account.
    pub author: String,
    /// Last day for answers.
    pub deadline: Option<time::Date>,
}

/// Keys of open demands whose matching organisations are still to be told.
///
/// # Errors
/// The database fails.
pub(super) async fn to_match(pool: &PgPool) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!("select id from demand where is_open and matched_at is null order by id limit 100");
    Ok(ids.fetch_all(pool).await?)
}

/// Takes a demand to tell of it; nothing where another transaction did. By one statement, so that the layer is locked before the row,
/// as all writers do it.
///
/// # Errors
/// The database fails.
pub(super) async fn take_to_match(connection: &mut PgConnection, id: i64) -> Result<Option<ToMatch>> {
    let taken = sqlx::query_as!(
        ToMatch,
        r#"update demand d set matched_at = now() where d.id = $1 and d.is_open and d.matched_at is null
           returning d.slug, d.name, d.description, d.deadline,
               coalesce(nullif(d.unit_name, ''), (select name from organisation where id = d.organisation_id),
                   (select name from account where id = d.author_id), '') as "author!""#,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(taken)
}

/// Somebody to be told of a demand.
#[derive(Debug)]
pub(super) struct Recipient {
    /// Account.
    pub account_id: i64,
    /// Its address.
    pub email: String,
    /// Language of its mails.
    pub lang: String,
    /// Organisations for which it is told, by name.
    pub organisations: Vec<String>,
}

/// Who is to be told of a demand: those who act for organisations of its municipality that offer something in its category, or something
/// that the list of offers finds by the demand's title; but not its author, nor those who do not want to know.
///
/// # Errors
/// The database fails.
pub(super) async fn recipients(connection: &mut PgConnection, id: i64) -> Result<Vec<Recipient>> {
    let rows = sqlx::query_as!(
        Recipient,
        r#"select a.id as account_id, a.email, a.lang, array_agg(distinct o.name) as "organisations!"
           from demand d
           join offer f on f.municipality_id = d.municipality_id and f.shown
               and (f.category = d.category or fold(d.name) <% f.search_text)
           join organisation o on o.id = f.organisation_id and o.id is distinct from d.organisation_id
           join representative r on r.organisation_id = o.id
           join account a on a.id = r.account_id
           where d.id = $1 and a.match_mails and a.disabled_at is null and a.id is distinct from d.author_id
               -- Whoever acts for the organisation that asks knows already.
               and not exists (select from representative x where x.account_id = a.id and x.organisation_id = d.organisation_id)
           group by a.id
           order by a.id"#,
        id
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Notes that somebody is told of a demand; false where that was done before.
///
/// # Errors
/// The database fails.
pub(super) async fn note_match(connection: &mut PgConnection, id: i64, account_id: i64) -> Result<bool> {
    let noted = sqlx::query!(
        "insert into demand_match (demand_id, account_id) values ($1, $2) on conflict do nothing",
        id,
        account_id
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// A demand that its deadline has just closed, and whom to tell.
#[derive(Debug)]
pub(super) struct Closed {
    /// Name in web addresses.
    pub slug: String,
    /// What is needed, in a few words.
    pub name: String,
    /// Address of the account that posted it.
    pub email: Option<String>,
    /// Language of its mails.
    pub lang: Option<String>,
}

/// Closes the demand whose deadline has passed, some at a time.
///
/// # Errors
/// The database fails.
pub(super) async fn close_due(connection: &mut PgConnection) -> Result<Vec<Closed>> {
    let closed = sqlx::query_as!(
        Closed,
        r#"update demand d set state = 'closed', version = version + 1
           where id in (select id from demand where is_open and deadline < current_date order by id limit 50) and d.is_open
           returning d.slug, d.name,
               (select a.email from account a where a.id = d.author_id and a.disabled_at is null) as "email?",
               (select a.lang from account a where a.id = d.author_id) as "lang?""#
    )
    .fetch_all(connection)
    .await?;
    Ok(closed)
}
