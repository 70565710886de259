//! All SQL of demand.

use sqlx::PgPool;

use super::{Demand, Filter};
use crate::districts;
use crate::error::Result;
use crate::exchange::{Category, party, queries};
use crate::web::Lang;

/// Ids of the demands that pass a filter, in no order. A municipal unit has no place, so it is in no box and no district.
///
/// # Errors
/// The district or a category is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    queries::check_categories(pool, &filter.category).await?;
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ids = sqlx::query_scalar!(
        "select d.id from demand d left join organisation o on o.id = d.organisation_id
         where (cardinality($1::text[]) = 0 or d.category = any($1))
           and ($2::text is null or d.search_text like pattern($2) or fold($2) <% d.search_text)
           and ($3::bigint is null or o.district_id = $3)
           and ($4::float8 is null or o.point && st_makeenvelope($4, $5, $6, $7, 4326))",
        &filter.category,
        filter.common.q.as_deref(),
        district,
        west,
        south,
        east,
        north
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// A page of a list: of the demands with these ids, open ones first, in the order of `sort`.
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
               d.budget_max_pln::float8 as budget_max_pln, d.deadline,
               (d.deadline is null or d.deadline >= current_date) as "open!",
               c.code, case when $5 = 'en' then c.name_en else c.name_pl end as "category!", c.cpv,
               o.id as "organisation_id?", o.slug as "organisation_slug?", coalesce(o.name, d.unit_name) as "author!",
               o.phone as "phone?", o.email as "email?", st_x(o.point) as lon, st_y(o.point) as lat
           from demand d join category c on c.code = d.category left join organisation o on o.id = d.organisation_id
           where d.id = any($1)
           order by (d.deadline is null or d.deadline >= current_date) desc,
               case when $2 = 'newest' then d.created_at end desc,
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
            party: party(
                row.organisation_id,
                row.organisation_slug,
                row.author,
                row.lon.zip(row.lat),
                row.phone,
                row.email,
            ),
        })
        .collect())
}

/// The demand of a slug.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, lang: Lang, slug: &str) -> Result<Option<Demand>> {
    let id = sqlx::query_scalar!("select id from demand where slug = $1", slug).fetch_optional(pool).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(summaries(pool, lang, &[id], "name", 1, 0).await?.pop())
}
