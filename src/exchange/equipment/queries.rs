//! All SQL of equipment.

use sqlx::PgPool;

use super::{Equipment, Filter};
use crate::districts;
use crate::error::Result;
use crate::exchange::{Category, party, queries};
use crate::web::Lang;

/// Ids of the things that pass a filter, in no order. An owner outside the register is in no box and no district.
///
/// # Errors
/// The district or a category is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    queries::check_categories(pool, &filter.category).await?;
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    let ids = sqlx::query_scalar!(
        "select e.id from equipment e left join organisation o on o.id = e.organisation_id
         where (cardinality($1::text[]) = 0 or e.category = any($1))
           and (cardinality($2::text[]) = 0 or e.mode = any($2))
           and ($3::text is null or e.search_text like pattern($3) or fold($3) <% e.search_text)
           and ($4::bigint is null or o.district_id = $4)
           and ($5::float8 is null or o.point && st_makeenvelope($5, $6, $7, $8, 4326))
           and in_places(o.point, $9, $10, $11, $12)",
        &filter.category,
        &filter.mode,
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

/// A page of a list: of the things with these ids, in the order of `sort`.
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
) -> Result<Vec<Equipment>> {
    let rows = sqlx::query!(
        r#"select e.id, e.slug, e.name, e.description, e.mode, e.quantity, e.terms,
               c.code, case when $5 = 'en' then c.name_en else c.name_pl end as "category!", c.cpv,
               o.id as "organisation_id?", o.slug as "organisation_slug?", coalesce(o.name, e.owner_name) as "owner!",
               o.phone as "phone?", o.email as "email?", st_x(o.point) as lon, st_y(o.point) as lat
           from equipment e join category c on c.code = e.category left join organisation o on o.id = e.organisation_id
           where e.id = any($1)
           order by case when $2 = 'newest' then e.created_at end desc,
               case when $2 = 'category' then case when $5 = 'en' then c.name_en else c.name_pl end end collate "pl-x-icu",
               ltrim(e.name, '„”"«» ') collate "pl-x-icu", e.id
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
        .map(|row| Equipment {
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            category: Category { code: row.code, name: row.category, cpv: row.cpv },
            mode: row.mode,
            quantity: row.quantity,
            terms: row.terms,
            party: party(
                row.organisation_id,
                row.organisation_slug,
                row.owner,
                row.lon.zip(row.lat),
                row.phone,
                row.email,
            ),
        })
        .collect())
}

/// The thing of a slug.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, lang: Lang, slug: &str) -> Result<Option<Equipment>> {
    let id = sqlx::query_scalar!("select id from equipment where slug = $1", slug).fetch_optional(pool).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(summaries(pool, lang, &[id], "name", 1, 0).await?.pop())
}
