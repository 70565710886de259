//! SQL of the support institutions. Which of them pass a filter is decided in one place, [`matching_ids`].

use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::edit::Profile;
use super::{Filter, Institution, Link, Summary};
use crate::access::Owned;
use crate::districts::queries::id_within;
use crate::error::Result;
use crate::web::area::Near;
use crate::web::{Contact, Place};

/// Keys of the institutions that pass the filter, in ascending order: for the list, the map's tiles and exports alike.
///
/// # Errors
/// `within` names no district; the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    let district_id = id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    Ok(sqlx::query_scalar!(
        r#"select i.id
        from support_institution i
        where (cardinality($1::text[]) = 0 or i.kind = any ($1))
            and ($2::bigint is null or i.district_id = $2)
            and ($3::text is null or i.search_text like pattern($3) or fold($3) <% i.search_text)
            and ($4::float8 is null or i.point && st_makeenvelope($4, $5, $6, $7, 4326)
                and st_x(i.point) between $4 and $6 and st_y(i.point) between $5 and $7)
            and in_places(i.point, $8, $9, $10, $11)
        order by i.id"#,
        &filter.kinds,
        district_id,
        filter.common.q,
        west,
        south,
        east,
        north,
        lon,
        lat,
        radius_m,
        area,
    )
    .fetch_all(pool)
    .await?)
}

/// A page of institutions.
///
/// # Errors
/// The database fails.
pub async fn summaries(
    pool: &PgPool,
    ids: &[i64],
    sort: &str,
    near: Option<Near>,
    limit: i64,
    offset: i64,
) -> Result<Vec<Summary>> {
    let [lon, lat] = Near::middle(near);
    let rows = sqlx::query!(
        r#"select i.id as "id!", i.slug as "slug!", i.name as "name!", i.kind as "kind!", i.services as "services!",
            i.tagline as "tagline!", i.street as "street!", i.house_number as "house_number!",
            i.postal_code as "postal_code!", i.city as "city!", coalesce(d.name, '') as "district!",
            st_x(i.point) as lon, st_y(i.point) as lat, coalesce(nullif(i.location_quality, 'given'), '') as "accuracy!"
        from support_institution i
        left join district d on d.id = i.district_id
        where i.id = any ($1)
        order by
            case when $2 = 'kind' then array_position(
                array['owes', 'roefs', 'rops', 'city_office', 'marshal_office', 'incubator', 'other'], i.kind) end,
            case when $2 = 'distance' then st_distance(i.point::geography, st_point($5, $6, 4326)::geography) end,
            i.name collate "pl-x-icu", i.id
        limit $3 offset $4"#,
        ids,
        sort,
        limit,
        offset,
        lon,
        lat,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Summary {
            id: row.id,
            slug: row.slug,
            name: row.name,
            kind: row.kind,
            services: row.services,
            tagline: row.tagline,
            place: Place {
                street: row.street,
                house_number: row.house_number,
                postal_code: row.postal_code,
                city: row.city,
                district: row.district,
                position: row.lon.zip(row.lat).map(<[f64; 2]>::from),
                accuracy: row.accuracy,
            },
        })
        .collect())
}

/// An institution with its links; nothing where there is none of that slug.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, slug: &str) -> Result<Option<Institution>> {
    let Some(row) = sqlx::query!(
        r#"select i.id as "id!", i.slug as "slug!", i.name as "name!", i.kind as "kind!", i.services as "services!",
            i.tagline as "tagline!", i.operator as "operator!", i.area_of_operation as "area_of_operation!",
            i.description as "description!", i.street as "street!", i.house_number as "house_number!",
            i.postal_code as "postal_code!", i.city as "city!", i.phone as "phone!", i.email as "email!",
            i.website as "website!", i.opening_hours as "opening_hours!", i.source as "source!",
            i.licence as "licence!", i.verified_on, i.verified_by, i.municipality_id as "municipality_id!", coalesce(d.name, '') as "district!",
            st_x(i.point) as lon, st_y(i.point) as lat, coalesce(nullif(i.location_quality, 'given'), '') as "accuracy!"
        from support_institution i
        left join district d on d.id = i.district_id
        where i.slug = $1"#,
        slug
    )
    .fetch_optional(pool)
    .await?
    else {
        return Ok(None);
    };
    let links = sqlx::query_as!(
        Link,
        "select label, url from support_link where institution_id = $1 order by position",
        row.id
    )
    .fetch_all(pool)
    .await?;
    Ok(Some(Institution {
        summary: Summary {
            id: row.id,
            slug: row.slug,
            name: row.name,
            kind: row.kind,
            services: row.services,
            tagline: row.tagline,
            place: Place {
                street: row.street,
                house_number: row.house_number,
                postal_code: row.postal_code,
                city: row.city,
                district: row.district,
                position: row.lon.zip(row.lat).map(<[f64; 2]>::from),
                accuracy: row.accuracy,
            },
        },
        operator: row.operator,
        area_of_operation: row.area_of_operation,
        description: row.description,
        contact: Contact { phone: row.phone, email: row.email, website: row.website, opening_hours: row.opening_hours },
        source: row.source,
        licence: row.licence,
        verified_on: row.verified_on,
        verified_by: row.verified_by,
        links,
        municipality_id: row.municipality_id,
    }))
}

/// Whose the institution of a slug is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, slug: &str) -> Result<Option<Owned>> {
    let row = sqlx::query!("select id, municipality_id from support_institution where slug = $1", slug);
    Ok(row.fetch_optional(pool).await?.map(|row| Owned {
        id: row.id,
        municipality_id: Some(row.municipality_id),
        institution_id: Some(row.id),
        public: true,
        ..Owned::default()
    }))
}

/// Slugs and names of institutions, by name.
///
/// # Errors
/// The database fails.
pub async fn named(pool: &PgPool, ids: &[i64]) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"select slug, name from support_institution where id = any ($1) order by name collate "pl-x-icu", id"#,
        ids
    );
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (row.slug, row.name)).collect())
}

/// A profile that is to be edited, with its slug, municipality and version.
pub(super) async fn editable(pool: &PgPool, id: i64) -> Result<(Profile, String, i64, i32)> {
    let row = sqlx::query!(
        r#"select slug, municipality_id, version, to_jsonb(i) || jsonb_build_object('lon', st_x(point), 'lat', st_y(point),
               'links', coalesce((select jsonb_agg(jsonb_build_object('label', label, 'url', url) order by position)
                   from support_link where institution_id = i.id), '[]')) as "profile!: Json<Profile>"
           from support_institution i where id = $1"#,
        id
    )
    .fetch_one(pool)
    .await?;
    Ok((row.profile.0, row.slug, row.municipality_id, row.version))
}

/// Writes a profile over the version that its editor saw; `by` says who confirms with it: `institution` or `office`. False where
/// somebody else changed it in between.
pub(super) async fn save(
    connection: &mut PgConnection,
    id: i64,
    version: i32,
    profile: &Profile,
    by: &str,
) -> Result<bool> {
    let done = sqlx::query!(
        "update support_institution i set (name, kind, services, operator, area_of_operation, tagline, description, street,
             house_number, postal_code, city, phone, email, website, opening_hours, point, verified_on, verified_by)
         = (r.name, r.kind, r.services, r.operator, r.area_of_operation, r.tagline, r.description, r.street, r.house_number,
             r.postal_code, r.city, r.phone, r.email, r.website, r.opening_hours,
             -- A form shows six decimals; a point that nobody moved stays exactly where it is.
             case when abs(st_x(i.point) - r.lon) < 1e-6 and abs(st_y(i.point) - r.lat) < 1e-6 then i.point
                 else st_setsrid(st_makepoint(r.lon, r.lat), 4326) end,
             current_date, $4)
         from jsonb_to_record($3) as r (name text, kind text, services text[], operator text, area_of_operation text, tagline text,
             description text, street text, house_number text, postal_code text, city text, phone text, email text, website text,
             opening_hours text, lon float8, lat float8)
         where i.id = $1 and i.version = $2",
        id,
        version,
        Json(profile) as _,
        by
    )
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let (labels, urls): (Vec<String>, Vec<String>) =
        profile.links.iter().map(|link| (link.label.clone(), link.url.clone())).unzip();
    sqlx::query!("delete from support_link where institution_id = $1 and position > $2", id, count(&labels))
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "insert into support_link as l (institution_id, position, label, url)
         select $1, n, label, url from unnest($2::text[], $3::text[]) with ordinality as x (label, url, n)
         on conflict (institution_id, position) do update set (label, url) = (excluded.label, excluded.url)
         where (l.label, l.url) is distinct from (excluded.label, excluded.url)",
        id,
        &labels,
        &urls
    )
    .execute(connection)
    .await?;
    Ok(true)
}

fn count(labels: &[String]) -> i16 {
    i16::try_from(labels.len()).unwrap_or(i16::MAX)
}
