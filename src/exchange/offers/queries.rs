//! All SQL of offers.

use sqlx::PgPool;

use super::{Filter, Offer};
use crate::districts;
use crate::error::Result;
use crate::exchange::{Category, party, queries};
use crate::web::Lang;

/// Ids of the offers that pass a filter, in no order.
///
/// # Errors
/// The district or a category is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    queries::check_categories(pool, &filter.category).await?;
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ids = sqlx::query_scalar!(
        "select f.id from offer f join organisation o on o.id = f.organisation_id
         where (cardinality($1::text[]) = 0 or f.kind = any($1))
           and (cardinality($2::text[]) = 0 or f.category = any($2))
           and ($3::text is null or f.search_text like pattern($3) or fold($3) <% f.search_text)
           and ($4::bigint is null or o.district_id = $4)
           and ($5::float8 is null or o.point && st_makeenvelope($5, $6, $7, $8, 4326))",
        &filter.kind,
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

/// A page of a list: of the offers with these ids, in the order of `sort`.
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
) -> Result<Vec<Offer>> {
    let rows = sqlx::query!(
        r#"select f.id, f.slug, f.kind, f.name, f.description, f.price_pln::float8 as price_pln, f.price_unit, f.delivery_area,
               c.code, case when $5 = 'en' then c.name_en else c.name_pl end as "category!", c.cpv,
               o.id as organisation_id, o.slug as organisation_slug, o.name as organisation, o.phone, o.email,
               st_x(o.point) as lon, st_y(o.point) as lat
           from offer f join category c on c.code = f.category join organisation o on o.id = f.organisation_id
           where f.id = any($1)
           order by case when $2 = 'newest' then f.created_at end desc,
               case when $2 = 'price' then f.price_pln end nulls last,
               case when $2 = 'category' then case when $5 = 'en' then c.name_en else c.name_pl end end collate "pl-x-icu",
               ltrim(f.name, '„”"«» ') collate "pl-x-icu", f.id
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
        .map(|row| Offer {
            id: row.id,
            slug: row.slug,
            kind: row.kind,
            name: row.name,
            description: row.description,
            category: Category { code: row.code, name: row.category, cpv: row.cpv },
            price_pln: row.price_pln,
            price_unit: row.price_unit,
            delivery_area: row.delivery_area,
            party: party(
                Some(row.organisation_id),
                Some(row.organisation_slug),
                row.organisation,
                row.lon.zip(row.lat),
                Some(row.phone),
                Some(row.email),
            ),
        })
        .collect())
}

/// The offer of a slug.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, lang: Lang, slug: &str) -> Result<Option<Offer>> {
    let id = sqlx::query_scalar!("select id from offer where slug = $1", slug).fetch_optional(pool).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(summaries(pool, lang, &[id], "name", 1, 0).await?.pop())
}
