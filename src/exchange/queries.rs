//! SQL that offers, demand and equipment share.

use sqlx::PgPool;

use super::Category;
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
               select 'offer' as kind, id, organisation_id from offer
               union all select 'demand', id, organisation_id from demand
               union all select 'equipment', id, organisation_id from equipment where shown) as thing
           where kind = $1 and organisation_id = $2"#,
        kind,
        organisation_id
    )
    .fetch_all(pool)
    .await?;
    Ok(ids)
}
