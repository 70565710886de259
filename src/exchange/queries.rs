//! SQL that offers, demand and equipment share.

use sqlx::{PgConnection, PgPool};

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

/// Somebody who is told of something by mail.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub account_id: i64,
    /// Its address.
    pub email: String,
    /// Language of its mails.
    pub lang: Lang,
}

/// Who acts for an organisation; where there is none, for a unit of a municipality: its officials, and if it has none, all
/// officials of the municipality.
///
/// # Errors
/// The database fails.
pub async fn people_of(
    connection: &mut PgConnection,
    organisation_id: Option<i64>,
    municipality_id: i64,
    unit_name: &str,
) -> Result<Vec<Person>> {
    let rows = sqlx::query!(
        "with office as (select id, unit_name from account
             where $1::bigint is null and role = 'official' and municipality_id = $2 and disabled_at is null)
         select a.id, a.email, a.lang from account a
         where a.disabled_at is null and (
             exists (select from representative r where r.account_id = a.id and r.organisation_id = $1)
             or exists (select from office o where o.id = a.id
                 and (o.unit_name = $3 or not exists (select from office u where u.unit_name = $3))))
         order by a.id",
        organisation_id,
        municipality_id,
        unit_name
    )
    .fetch_all(connection)
    .await?;
    let person = |id, email, lang: String| Person {
        account_id: id,
        email,
        lang: Lang::from_tag(&lang).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(|row| person(row.id, row.email, row.lang)).collect())
}
