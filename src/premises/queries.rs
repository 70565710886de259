//! SQL of the premises. Which units pass a filter is decided in one place, [`matching_ids`].

use sqlx::PgPool;
use time::Date;

use super::{Administrator, Filter, Period, Photo, Premises, Summary};
use crate::districts::queries::id_within;
use crate::error::{Error, Result};
use crate::web::Place;
use crate::web::area::Near;

/// Keys of the units that pass the filter, in ascending order: for the list, the map's tiles and exports alike.
///
/// # Errors
/// `within` or `administrator` names nothing that exists; the database fails.
pub async fn matching_ids(pool: &PgPool, filter: &Filter) -> Result<Vec<i64>> {
    let district_id = id_within(pool, filter.common.within.as_deref()).await?;
    check_administrators(pool, &filter.administrators).await?;
    let [west, south, east, north] = filter.common.edges();
    let ([lon, lat, radius_m], area) = filter.common.places();
    Ok(sqlx::query_scalar!(
        r#"select p.id as "id!"
        from premises p
        left join premises_period s on s.premises_id = p.id and s.valid @> coalesce($1::date, current_date)
        left join premises_administrator a on a.id = p.administrator_id
        where (cardinality($2::text[]) = 0 or coalesce(s.status, 'withdrawn') = any ($2))
            and (cardinality($3::text[]) = 0 or p.use = any ($3))
            and ($4::float8 is null or p.area_m2 >= $4)
            and ($5::float8 is null or p.area_m2 <= $5)
            and (not $6::bool or p.accessible)
            and (cardinality($7::text[]) = 0 or a.slug = any ($7))
            and ($8::bigint is null or p.district_id = $8)
            and ($9::text is null or p.search_text like pattern($9) or fold($9) <% p.search_text)
            and ($10::float8 is null or p.point && st_makeenvelope($10, $11, $12, $13, 4326)
                and st_x(p.point) between $10 and $12 and st_y(p.point) between $11 and $13)
            and in_places(p.point, $14, $15, $16, $17)
        order by p.id"#,
        filter.on,
        &filter.statuses,
        &filter.uses,
        filter.area_min_m2,
        filter.area_max_m2,
        filter.accessible,
        &filter.administrators,
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

async fn check_administrators(pool: &PgPool, slugs: &[String]) -> Result<()> {
    if slugs.is_empty() {
        return Ok(());
    }
    let unknown = sqlx::query_scalar!(
        r#"select wanted.slug as "slug!" from unnest($1::text[]) wanted (slug)
        where not exists (select from premises_administrator a where a.slug = wanted.slug) limit 1"#,
        slugs
    )
    .fetch_optional(pool)
    .await?;
    match unknown {
        Some(slug) => Err(Error::parameter("administrator", format!("there is no administrator “{slug}”"))),
        None => Ok(()),
    }
}

/// How many of the units have each status on a day (none = today); statuses that none has are left out.
///
/// # Errors
/// The database fails.
pub async fn status_counts(pool: &PgPool, ids: &[i64], on: Option<Date>) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select coalesce(s.status, 'withdrawn') as "status!", count(*) as "count!"
        from premises p
        left join premises_period s on s.premises_id = p.id and s.valid @> coalesce($2::date, current_date)
        where p.id = any ($1)
        group by 1"#,
        ids,
        on,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.status, row.count)).collect())
}

/// A page of units, with their status on a day (none = today).
///
/// # Errors
/// The database fails.
pub async fn summaries(
    pool: &PgPool,
    ids: &[i64],
    on: Option<Date>,
    sort: &str,
    near: Option<Near>,
    limit: i64,
    offset: i64,
) -> Result<Vec<Summary>> {
    let [lon, lat] = Near::middle(near);
    let rows = sqlx::query!(
        r#"select p.id as "id!", p.slug as "slug!", p.name as "name!", p.street as "street!",
            p.house_number as "house_number!", p.unit_number as "unit_number!", p.postal_code as "postal_code!",
            p.city as "city!", coalesce(s.status, 'withdrawn') as "status!", p.area_m2::float8 as "area_m2!",
            p.use as "use_code!", p.storey as "storey!", p.technical_condition as "technical_condition!",
            p.accessible as "accessible!", coalesce(d.name, '') as "district!", coalesce(a.name, '') as "administrator!",
            s.rent_pln_per_m2::float8 as rent_pln_per_m2, s.call_deadline as "call_deadline?",
            st_x(p.point) as "lon!", st_y(p.point) as "lat!", coalesce(nullif(p.location_quality, 'given'), '') as "accuracy!"
        from premises p
        left join premises_period s on s.premises_id = p.id and s.valid @> coalesce($2::date, current_date)
        left join premises_administrator a on a.id = p.administrator_id
        left join district d on d.id = p.district_id
        where p.id = any ($1)
        order by
            case when $3 = 'status' then array_position(
                array['free', 'open_call', 'reserved', 'renovation', 'occupied', 'withdrawn'],
                coalesce(s.status, 'withdrawn')) end,
            case $3 when 'area' then p.area_m2 when 'rent' then s.rent_pln_per_m2 end,
            case when $3 = 'distance' then st_distance(p.point::geography, st_point($6, $7, 4326)::geography) end,
            p.name collate "pl-x-icu", p.id
        limit $4 offset $5"#,
        ids,
        on,
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
            status: row.status,
            area_m2: row.area_m2,
            use_code: row.use_code,
            storey: row.storey,
            technical_condition: row.technical_condition,
            accessible: row.accessible,
            administrator: row.administrator,
            rent_pln_per_m2: row.rent_pln_per_m2,
            call_deadline: row.call_deadline,
            place: Place {
                street: row.street,
                house_number: with_unit(row.house_number, &row.unit_number),
                postal_code: row.postal_code,
                city: row.city,
                district: row.district,
                position: Some([row.lon, row.lat]),
                accuracy: row.accuracy,
            },
        })
        .collect())
}

/// All administrators, by name, for the filter of the list.
///
/// # Errors
/// The database fails.
pub async fn administrators(pool: &PgPool) -> Result<Vec<Administrator>> {
    Ok(sqlx::query_as!(
        Administrator,
        r#"select slug, name from premises_administrator order by name collate "pl-x-icu""#
    )
    .fetch_all(pool)
    .await?)
}

/// A unit with its history and pictures; nothing where there is none of that slug.
///
/// # Errors
/// The database fails.
pub async fn detail(pool: &PgPool, slug: &str) -> Result<Option<Premises>> {
    let Some(row) = sqlx::query!(
        r#"select p.id as "id!", p.slug as "slug!", p.name as "name!", p.street as "street!", p.house_number as "house_number!",
            p.unit_number as "unit_number!", p.postal_code as "postal_code!", p.city as "city!", p.storey as "storey!",
            p.area_m2::float8 as "area_m2!", p.use as "use_code!", p.technical_condition as "technical_condition!",
            p.utilities as "utilities!", p.accessible as "accessible!", p.accessibility_note as "accessibility_note!",
            p.remarks as "remarks!", p.source as "source!", p.source_url as "source_url!", p.licence as "licence!",
            p.verified_on, st_x(p.point) as "lon!", st_y(p.point) as "lat!", coalesce(nullif(p.location_quality, 'given'), '') as "accuracy!", m.teryt as "teryt!",
            coalesce(d.name, '') as "district!", coalesce(a.name, '') as "administrator!",
            coalesce(a.contact, '') as "contact!"
        from premises p
        join municipality m on m.id = p.municipality_id
        left join premises_administrator a on a.id = p.administrator_id
        left join district d on d.id = p.district_id
        where p.slug = $1"#,
        slug
    )
    .fetch_optional(pool)
    .await?
    else {
        return Ok(None);
    };
    let periods = sqlx::query_as!(
        Period,
        r#"select s.status as "status!", lower(s.valid) as "from!", upper(s.valid) - 1 as to,
            s.valid @> current_date as "current!", coalesce(o.name, s.tenant_name) as "tenant!",
            o.slug as "tenant_slug?", s.title, s.letting_mode, s.rent_pln_per_m2::float8 as rent_pln_per_m2,
            s.call_announcement as "call_announcement!", s.call_deadline,
            coalesce(s.call_deadline >= current_date, true) as "call_open!", s.note as "note!"
        from premises_period s
        left join organisation o on o.id = s.organisation_id
        where s.premises_id = $1
        order by s.valid desc"#,
        row.id
    )
    .fetch_all(pool)
    .await?;
    let photos = sqlx::query_as!(
        Photo,
        "select file, alternative_text from premises_photo where premises_id = $1 order by position",
        row.id
    )
    .fetch_all(pool)
    .await?;
    let current = periods.iter().find(|period| period.current);
    let summary = Summary {
        id: row.id,
        slug: row.slug,
        name: row.name,
        status: current.map_or_else(|| "withdrawn".to_owned(), |period| period.status.clone()),
        area_m2: row.area_m2,
        use_code: row.use_code,
        storey: row.storey,
        technical_condition: row.technical_condition,
        accessible: row.accessible,
        administrator: row.administrator,
        rent_pln_per_m2: current.and_then(|period| period.rent_pln_per_m2),
        call_deadline: current.and_then(|period| period.call_deadline),
        place: Place {
            street: row.street,
            house_number: with_unit(row.house_number, &row.unit_number),
            postal_code: row.postal_code,
            city: row.city,
            district: row.district,
            position: Some([row.lon, row.lat]),
            accuracy: row.accuracy,
        },
    };
    Ok(Some(Premises {
        summary,
        teryt: row.teryt,
        utilities: row.utilities,
        accessibility_note: row.accessibility_note,
        administrator_contact: row.contact,
        remarks: row.remarks,
        source: row.source,
        source_url: row.source_url,
        licence: row.licence,
        verified_on: row.verified_on,
        periods,
        photos,
    }))
}

/// Number of the building, and of the unit as addresses write it.
fn with_unit(house_number: String, unit_number: &str) -> String {
    if unit_number.is_empty() { house_number } else { format!("{house_number} lok. {unit_number}") }
}
