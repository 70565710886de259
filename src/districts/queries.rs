//! All SQL of districts.

use sqlx::{PgConnection, PgPool};

use super::District;
use crate::error::{Error, Result};
use crate::web::list::Common;

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

/// West, south, east and north of a municipality, degrees.
///
/// # Errors
/// There is no such municipality, or the database fails.
pub async fn bounds(pool: &PgPool, municipality_id: i64) -> Result<[f64; 4]> {
    let row = sqlx::query!(
        r#"select st_xmin(boundary) as "west!", st_ymin(boundary) as "south!", st_xmax(boundary) as "east!", st_ymax(boundary) as "north!"
           from municipality where id = $1"#,
        municipality_id
    )
    .fetch_one(pool)
    .await?;
    Ok([row.west, row.south, row.east, row.north])
}

/// Key, TERYT code and name of every municipality, by name.
///
/// # Errors
/// The database fails.
pub async fn municipalities(pool: &PgPool) -> Result<Vec<(i64, String, String)>> {
    let rows = sqlx::query!(r#"select id, teryt, name from municipality order by name collate "pl-x-icu", teryt"#);
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (row.id, row.teryt, row.name)).collect())
}

/// Where an address is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Located {
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// False where only the street is known.
    pub exact: bool,
}

/// Looks an address of a municipality up in our own data: the same address of something that has a point, else the street
/// as the map draws it, else what else stands in it.
///
/// # Errors
/// The database fails.
pub async fn locate(pool: &PgPool, municipality_id: i64, street: &str, house_number: &str) -> Result<Option<Located>> {
    let found = sqlx::query_as!(
        Located,
        r#"with wanted as (
               select street_key($2) as street, upper(replace(split_part($3, '/', 1), ' ', '')) as number
           ), known as (
               select k.point, w.number <> '' and upper(replace(split_part(k.house_number, '/', 1), ' ', '')) = w.number as exact
               from wanted w cross join (
                   select municipality_id, street, house_number, point from organisation
                   union all select municipality_id, street, house_number, point from support_institution
                   union all select municipality_id, street, house_number, point from premises
               ) k
               where k.municipality_id = $1 and k.point is not null and w.street <> '' and street_key(k.street) = w.street
           ), found as (
               select 1 as rank, st_centroid(st_collect(point)) as place from known where exact
               union all
               select 2, st_closestpoint(st_collect(f.geom), st_centroid(st_collect(f.geom)))
               from schematic_feature f cross join wanted w
               where f.municipality_id = $1 and f.kind = 'street' and w.street <> '' and street_key(f.name) = w.street
               union all
               select 3, st_centroid(st_collect(point)) from known
           )
           select st_x(place) as "lon!", st_y(place) as "lat!", rank = 1 as "exact!"
           from found where place is not null order by rank limit 1"#,
        municipality_id,
        street,
        house_number
    );
    Ok(found.fetch_optional(pool).await?)
}

/// Keys of the districts that a text and a box let through, ascending.
///
/// # Errors
/// The database fails.
pub async fn matching_ids(pool: &PgPool, common: &Common) -> Result<Vec<i64>> {
    let [west, south, east, north] = common.edges();
    let ids = sqlx::query_scalar!(
        "select id from district
         where ($1::text is null or fold(name) like pattern($1) or fold($1) <% fold(name))
           and ($2::float8 is null or st_intersects(area, st_makeenvelope($2, $3, $4, $5, 4326)))
         order by id",
        common.q,
        west,
        south,
        east,
        north
    );
    Ok(ids.fetch_all(pool).await?)
}

/// Keys of the municipalities that a text and a box let through, ascending.
///
/// # Errors
/// The database fails.
pub async fn matching_municipalities(pool: &PgPool, common: &Common) -> Result<Vec<i64>> {
    let [west, south, east, north] = common.edges();
    let ids = sqlx::query_scalar!(
        "select id from municipality
         where ($1::text is null or fold(name) like pattern($1) or fold($1) <% fold(name))
           and ($2::float8 is null or st_intersects(boundary, st_makeenvelope($2, $3, $4, $5, 4326)))
         order by id",
        common.q,
        west,
        south,
        east,
        north
    );
    Ok(ids.fetch_all(pool).await?)
}
