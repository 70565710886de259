//! All SQL of organisations.

use sqlx::PgPool;

use super::{Filter, Organisation, Summary, UsedPremises};
use crate::access::Owned;
use crate::districts;
use crate::error::Result;
use crate::web::area::Near;
use crate::web::{Contact, Place};

/// Ids of the organisations that pass a filter, in no order. Lists, tiles and the API all choose by this one query.
///
/// # Errors
/// The district is unknown, or the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    let district = districts::queries::id_within(pool, filter.common.within.as_deref()).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    let ids = sqlx::query_scalar!(
        "select o.id from organisation o
         where (cardinality($1::text[]) = 0 or o.legal_form = any($1))
           and (cardinality($2::text[]) = 0 or o.activities && $2)
           and (cardinality($3::text[]) = 0
                or ('offers' = any($3) and exists (select from offer x where x.organisation_id = o.id and x.shown))
                or ('demand' = any($3) and exists (select from demand x where x.organisation_id = o.id
                    and x.is_open and (x.deadline is null or x.deadline >= current_date)))
                or ('equipment' = any($3) and exists (select from equipment x where x.organisation_id = o.id and x.shown)))
           and ($4::text is null or o.search_text like pattern($4) or fold($4) <% o.search_text)
           and ($5::bigint is null or o.district_id = $5)
           and ($6::float8 is null or o.point && st_makeenvelope($6, $7, $8, $9, 4326)
               and st_x(o.point) between $6 and $8 and st_y(o.point) between $7 and $9)
           and in_places(o.point, $10, $11, $12, $13)",
        &filter.legal_form,
        &filter.activity,
        &filter.has,
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

/// A page of a list: of the organisations with these ids, in the order of `sort`.
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
    let rows = sqlx::query_as!(
        Summary,
        r#"select o.id, o.slug, o.name, o.legal_form, o.social_enterprise, o.public_benefit, o.prosocial_mark,
               o.activities[1] as activity, o.tagline, o.street, o.house_number, d.name as "district?", st_x(o.point) as lon, st_y(o.point) as lat,
               coalesce(nullif(o.location_quality, 'given'), '') as "accuracy!",
               (select count(*) from offer x where x.organisation_id = o.id and x.shown) as "offers!",
               (select count(*) from demand x where x.organisation_id = o.id
                   and x.is_open and (x.deadline is null or x.deadline >= current_date)) as "demand!",
               (select count(*) from equipment x where x.organisation_id = o.id and x.shown) as "equipment!"
           from organisation o left join district d on d.id = o.district_id
           where o.id = any($1)
           order by case when $2 = 'newest' then o.created_at end desc,
               case when $2 = 'distance' then st_distance(o.point::geography, st_point($5, $6, 4326)::geography) end,
               ltrim(o.name, '„”"«» ') collate "pl-x-icu", o.id
           limit $3 offset $4"#,
        ids,
        sort,
        limit,
        offset,
        lon,
        lat
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// The organisation of a slug.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, slug: &str) -> Result<Option<Organisation>> {
    let row = sqlx::query!(
        r#"select o.id, o.slug, o.name, o.legal_form, o.social_enterprise, o.public_benefit, o.prosocial_mark,
               o.activities, o.krs, o.nip, o.regon, o.tagline, o.description, o.street, o.house_number, o.postal_code,
               o.city, o.phone, o.email, o.website, o.opening_hours, d.name as "district?",
               st_x(o.point) as lon, st_y(o.point) as lat, o.source, o.licence, o.verified_on, o.verified_by,
               o.municipality_id, coalesce(nullif(o.location_quality, 'given'), '') as "accuracy!"
           from organisation o left join district d on d.id = o.district_id
           where o.slug = $1"#,
        slug
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Organisation {
        id: row.id,
        slug: row.slug,
        municipality_id: row.municipality_id,
        name: row.name,
        legal_form: row.legal_form,
        social_enterprise: row.social_enterprise,
        public_benefit: row.public_benefit,
        prosocial_mark: row.prosocial_mark,
        activities: row.activities,
        krs: row.krs,
        nip: row.nip,
        regon: row.regon,
        tagline: row.tagline,
        description: row.description,
        place: Place {
            street: row.street,
            house_number: row.house_number,
            postal_code: row.postal_code,
            city: row.city,
            district: row.district.unwrap_or_default(),
            position: row.lon.zip(row.lat).map(|(lon, lat)| [lon, lat]),
            accuracy: row.accuracy,
        },
        contact: Contact { phone: row.phone, email: row.email, website: row.website, opening_hours: row.opening_hours },
        source: row.source,
        licence: row.licence,
        verified_on: row.verified_on,
        verified_by: row.verified_by,
    }))
}

/// Municipal premises that an organisation holds today.
///
/// # Errors
/// The database fails.
pub async fn premises_today(pool: &PgPool, organisation_id: i64) -> Result<Vec<UsedPremises>> {
    let rows = sqlx::query_as!(
        UsedPremises,
        r#"select p.id, p.slug, p.name, period.status, p.area_m2::float8 as "area_m2!", p.use as use_code,
               lower(period.valid) as "since!", st_x(p.point) as "lon!", st_y(p.point) as "lat!"
           from premises_period period join premises p on p.id = period.premises_id
           where period.organisation_id = $1 and period.valid @> current_date
           order by p.name collate "pl-x-icu", p.id"#,
        organisation_id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Whose the organisation of a slug is.
///
/// # Errors
/// The database fails.
pub async fn owned(pool: &PgPool, slug: &str) -> Result<Option<Owned>> {
    let row = sqlx::query!("select id, municipality_id from organisation where slug = $1", slug);
    Ok(row.fetch_optional(pool).await?.map(|row| Owned {
        id: row.id,
        municipality_id: Some(row.municipality_id),
        organisation_id: Some(row.id),
        public: true,
        ..Owned::default()
    }))
}

/// Slug and name of an organisation.
///
/// # Errors
/// The database fails.
pub async fn slug_and_name(pool: &PgPool, id: i64) -> Result<(String, String)> {
    let row = sqlx::query!("select slug, name from organisation where id = $1", id).fetch_one(pool).await?;
    Ok((row.slug, row.name))
}
