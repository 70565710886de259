//! SQL that offers, demand and equipment share.

use sqlx::PgPool;
use time::Date;

use super::Category;
use super::demand::attachments::Attached;
use super::photos::Picked;
use crate::error::{Error, Result};
use crate::web::Lang;

/// All categories in alphabetical order of the language.
///
/// # Errors
/// The database fails.
pub async fn categories(pool: &PgPool, lang: Lang) -> Result<Vec<Category>> {
    let rows = sqlx::query_as!(
        Category,
        r#"select code, case when $1 = 'en' then name_en else name_pl end as "name!", cpv from category
           order by case when $1 = 'en' then name_en else name_pl end collate "pl-x-icu", code"#,
        lang.tag()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Sees to it that all these codes are categories.
///
/// # Errors
/// One is not, or the database fails.
pub async fn check_categories(pool: &PgPool, codes: &[String]) -> Result<()> {
    if codes.is_empty() {
        return Ok(());
    }
    let unknown = sqlx::query_scalar!(
        r#"select code as "code!" from unnest($1::text[]) code where code not in (select c.code from category c) limit 1"#,
        codes
    )
    .fetch_optional(pool)
    .await?;
    match unknown {
        Some(code) => Err(Error::parameter("category", format!("there is no category “{code}”"))),
        None => Ok(()),
    }
}

/// Ids of what one organisation has on the exchange; `kind` is `offer`, `demand` or `equipment`.
///
/// # Errors
/// The database fails.
pub async fn ids_of_organisation(pool: &PgPool, kind: &str, organisation_id: i64) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        r#"select id as "id!" from (
               select 'offer' as kind, id, organisation_id from offer where shown
               union all select 'demand', id, organisation_id from demand where shown
               union all select 'equipment', id, organisation_id from equipment where shown) as thing
           where kind = $1 and organisation_id = $2"#,
        kind,
        organisation_id
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}

/// Of these photos the ones that an account may put into a form, in the order of the keys: those of the thing itself
/// (`attached`) and those that it uploaded.
///
/// # Errors
/// The database fails.
pub async fn photos(pool: &PgPool, keys: &[String], account_id: i64, attached: &[i64]) -> Result<Vec<Picked>> {
    let rows = sqlx::query_as!(
        Picked,
        r#"select m.id as media_id, m.key, m.width_px as "width_px!", m.height_px as "height_px!", '' as "alternative_text!"
           from media m
           where m.kind = 'photo' and m.key = any($1) and (m.uploaded_by = $2 or m.id = any($3))
           order by array_position($1, m.key)"#,
        keys,
        account_id,
        attached
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Of these documents the ones that an account may put into a form, as [`photos`].
///
/// # Errors
/// The database fails.
pub async fn documents(pool: &PgPool, keys: &[String], account_id: i64, attached: &[i64]) -> Result<Vec<Attached>> {
    let rows = sqlx::query_as!(
        Attached,
        "select m.id as media_id, m.key, m.file_name, m.byte_length from media m
         where m.kind = 'document' and m.key = any($1) and (m.uploaded_by = $2 or m.id = any($3))
         order by array_position($1, m.key)",
        keys,
        account_id,
        attached
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// The middle of a district, or of the municipality with this TERYT code where no district is meant.
///
/// # Errors
/// The database fails.
pub async fn middle(pool: &PgPool, district: Option<&str>, teryt: &str) -> Result<Option<[f64; 2]>> {
    let row = sqlx::query!(
        r#"select st_x(middle) as "lon!", st_y(middle) as "lat!"
           from (select st_centroid(area) as middle from district where slug = $1
                 union all select st_centroid(boundary) from municipality where $1 is null and teryt = $2) place
           limit 1"#,
        district,
        teryt
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| [row.lon, row.lat]))
}

/// Districts of a municipality in alphabetical order: slug and name.
///
/// # Errors
/// The database fails.
pub async fn districts(pool: &PgPool, municipality_id: i64) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"select slug, name from district where municipality_id = $1 order by name collate "pl-x-icu""#,
        municipality_id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.slug, row.name)).collect())
}

/// The municipality with a TERYT code.
///
/// # Errors
/// The database fails.
pub async fn municipality(pool: &PgPool, teryt: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!("select id from municipality where teryt = $1", teryt).fetch_optional(pool).await?)
}

/// Whether a municipality has a place on its territory.
///
/// # Errors
/// The database fails.
pub async fn lies_in(pool: &PgPool, municipality_id: i64, [lon, lat]: [f64; 2]) -> Result<bool> {
    let lies = sqlx::query_scalar!(
        r#"select exists (select from municipality
               where id = $1 and st_intersects(boundary, st_setsrid(st_makepoint($2, $3), 4326))) as "lies!""#,
        municipality_id,
        lon,
        lat
    )
    .fetch_one(pool)
    .await?;
    Ok(lies)
}

/// Today, where the municipality is.
///
/// # Errors
/// The database fails.
pub async fn today(pool: &PgPool) -> Result<Date> {
    Ok(sqlx::query_scalar!(r#"select current_date as "today!""#).fetch_one(pool).await?)
}
