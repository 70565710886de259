//! All SQL of districts.

use sqlx::{PgConnection, PgPool};

use super::District;
use crate::error::{Error, Result};

/// Districts of a municipality (by TERYT code) in Polish alphabetical order.
///
/// # Errors
/// The database fails.
pub async fn of_municipality(db: &mut PgConnection, teryt: &str) -> Result<Vec<District>, sqlx::Error> {
    sqlx::query_as!(
        District,
        r#"select d.slug, d.name from district d join municipality m on m.id = d.municipality_id
           where m.teryt = $1 order by d.name collate "pl-x-icu""#,
        teryt
    )
    .fetch_all(db)
    .await
}

/// The id behind the parameter `within`; none when the parameter is absent.
///
/// # Errors
/// No district has this slug, or the database fails.
pub async fn id_within(pool: &PgPool, slug: Option<&str>) -> Result<Option<i64>> {
    let Some(slug) = slug else { return Ok(None) };
    let id = sqlx::query_scalar!("select id from district where slug = $1", slug).fetch_optional(pool).await?;
    id.map(Some).ok_or_else(|| Error::parameter("within", format!("there is no district “{slug}”")))
}
