//! The rows of the map's sources, read one by one into what the engine packs. Every row that has a place is on the map.
//!
//! `ids` narrows a source to some rows; without them all are read.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::PgConnection;
use sqlx::types::time::Date;

use super::facts::{self, Names};
use crate::error::{Error, Result};
use crate::geo::MaybeGeom;
use crate::tiles::pack::Builder;
use crate::tiles::{Feature, Period, Value};

/// A day as the engine counts them: from the first of 1970, as `date '1970-01-01' + n` does.
pub fn day(date: Date) -> i32 {
    date.to_julian_day() - 2_440_588
}

/// How far a layer's changes are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version {
    /// Grows with every change.
    pub number: i64,
    /// Changes after this version are in `layer_change`.
    pub complete_since: i64,
}

/// Version of every layer, by name.
pub type Versions = BTreeMap<String, Version>;

/// Makes the connection plan each statement for its parameters: reading one row and reading all are one statement.
pub async fn prepare(db: &mut PgConnection) -> Result<()> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true) as mode, set_config('statement_timeout', '0', true) as timeout")
        .fetch_one(db)
        .await?;
    Ok(())
}

/// How far the changes of every layer are known.
pub async fn versions(db: &mut PgConnection) -> Result<Versions> {
    let rows = sqlx::query!("select layer, version, complete_since from layer_version").fetch_all(db).await?;
    let version = |number, complete_since| Version { number, complete_since };
    Ok(rows.into_iter().map(|row| (row.layer, version(row.version, row.complete_since))).collect())
}

/// Features of a layer that changed after one version and up to another, not many more than `most`; nothing where any of them may have.
pub async fn changed(
    db: &mut PgConnection,
    layer: &str,
    after: i64,
    until: i64,
    most: usize,
) -> Result<Option<Vec<i64>>> {
    let ids = sqlx::query_scalar!(
        "select distinct feature_id from layer_change where layer = $1 and version > $2 and version <= $3 limit $4",
        layer,
        after,
        until,
        most as i64 + 1
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().collect())
}

/// Today, where the municipality is.
pub async fn today(db: &mut PgConnection) -> Result<Date> {
    Ok(sqlx::query_scalar!(r#"select current_date as "today!""#).fetch_one(db).await?)
}

/// The municipality with a TERYT code, or the only one, with its bounds; nothing where there are several to choose from.
pub async fn municipality(db: &mut PgConnection, teryt: Option<&str>) -> Result<Option<(String, String, [f64; 4])>> {
    let row = sqlx::query!(
        r#"select name, teryt, st_xmin(boundary) as "west!", st_ymin(boundary) as "south!",
                  st_xmax(boundary) as "east!", st_ymax(boundary) as "north!"
           from municipality
           where (teryt = $1 or ($1 is null and (select count(*) from municipality) = 1)) and not st_isempty(boundary)"#,
        teryt
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.name, row.teryt, [row.west, row.south, row.east, row.north])))
}

/// West, south, east, north of all municipalities; nothing where there is none.
pub async fn extent(db: &mut PgConnection) -> Result<Option<[f64; 4]>> {
    let row = sqlx::query!(
        r#"select st_xmin(e) as west, st_ymin(e) as south, st_xmax(e) as east, st_ymax(e) as north
           from (select st_extent(boundary) as e from municipality) extent"#
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.west, row.south, row.east, row.north) {
        (Some(west), Some(south), Some(east), Some(north)) => Some([west, south, east, north]),
        _ => None,
    })
}

/// Reads a source's rows.
///
/// # Errors
/// The database fails, or the source is unknown.
pub async fn read(db: &mut PgConnection, source: &str, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    match source {
        "municipalities" => municipalities(db, ids, into).await,
        "districts" => districts(db, ids, into).await,
        "schematic" => schematic(db, ids, into).await,
        "premises" => premises(db, ids, into).await,
        "organisations" => organisations(db, ids, into).await,
        "support" => support(db, ids, into).await,
        _ => Err(Error::internal(format!("no rows are known for source {source}"))),
    }
}

async fn organisations(db: &mut PgConnection, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    let mut rows = sqlx::query!(
        r#"select o.id, o.slug, o.name, o.legal_form, o.activities, o.social_enterprise, o.district_id,
                  st_x(o.point) as lon, st_y(o.point) as lat, coalesce(s.count, 0) as "offers!",
                  coalesce(d.count, 0) as "demand!", d.until as "demand_until?", coalesce(e.count, 0) as "equipment!"
           from organisation o
           left join (select x.organisation_id, count(*) from offer x
                      where x.shown and ($1::bigint[] is null or x.organisation_id = any($1)) group by 1) s on s.organisation_id = o.id
           left join (select x.organisation_id, count(*),
                          max(greatest(least(x.deadline, date '9999-12-31'), date '1970-01-01')) - date '1970-01-01' + 1 as until from demand x
                      where x.is_open and ($1::bigint[] is null or x.organisation_id = any($1)) group by 1) d on d.organisation_id = o.id
           left join (select x.organisation_id, count(*) from equipment x
                      where x.shown and ($1::bigint[] is null or x.organisation_id = any($1)) group by 1) e on e.organisation_id = o.id
           where o.point is not null and ($1::bigint[] is null or o.id = any($1))"#,
        ids as _
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        let activity = row.activities.first().map_or("", String::as_str);
        let properties = [
            ("id", Value::Str(&row.slug)),
            ("name", Value::Str(&row.name)),
            ("legal_form", Value::Str(&row.legal_form)),
            ("social_enterprise", row.social_enterprise.into()),
            ("offers", row.offers.into()),
            ("demand", row.demand.into()),
            ("equipment", row.equipment.into()),
            ("activity", Value::Str(activity)),
        ];
        let known = if row.activities.is_empty() { 7 } else { 8 };
        let demand = row.demand_until.map(|until| Period { from: i32::MIN, until, value: 0 });
        into.push(&Feature {
            id: row.id.unsigned_abs(),
            place: row.lon.zip(row.lat).map(<[f64; 2]>::from),
            outline: None,
            properties: &properties[..known],
            facts: facts::organisation(
                &row.legal_form,
                &row.activities,
                row.offers > 0,
                row.equipment > 0,
                row.district_id,
            ),
            periods: demand.as_slice(),
        });
    }
    Ok(())
}

async fn support(db: &mut PgConnection, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    let mut rows = sqlx::query!(
        r#"select id, slug, name, kind, district_id, st_x(point) as lon, st_y(point) as lat
           from support_institution where point is not null and ($1::bigint[] is null or id = any($1))"#,
        ids as _
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        into.push(&Feature {
            id: row.id.unsigned_abs(),
            place: row.lon.zip(row.lat).map(<[f64; 2]>::from),
            properties: &[("id", (&row.slug).into()), ("name", (&row.name).into()), ("kind", (&row.kind).into())],
            facts: facts::institution(&row.kind, row.district_id),
            ..Feature::default()
        });
    }
    Ok(())
}

async fn premises(db: &mut PgConnection, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    let mut periods: Vec<(i64, Period)> = Vec::new();
    let mut rows = sqlx::query!(
        r#"select premises_id, greatest(least(lower(valid), date '10000-01-01'), date '0001-01-01 BC') - date '1970-01-01' as "from!",
                  least(upper(valid), date '10000-01-01') - date '1970-01-01' as "until!", status
           from premises_period where $1::bigint[] is null or premises_id = any($1)"#,
        ids as _
    )
    .fetch(&mut *db);
    while let Some(row) = rows.try_next().await? {
        let value = facts::status(&row.status);
        periods.push((row.premises_id, Period { from: row.from, until: row.until, value }));
    }
    drop(rows);
    periods.sort_unstable_by_key(|(id, period)| (*id, period.from));
    let mut rows = sqlx::query!(
        r#"select id, slug, name, area_m2::float8 as "area_m2!", (area_m2 * 100)::int as "hundredths!", use, accessible,
                  district_id, administrator_id, st_x(point) as lon, st_y(point) as lat, footprint as "footprint: MaybeGeom"
           from premises where $1::bigint[] is null or id = any($1)"#,
        ids as _
    )
    .fetch(db);
    let mut own: Vec<Period> = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let first = periods.partition_point(|(id, _)| *id < row.id);
        own.clear();
        own.extend(periods[first..].iter().take_while(|(id, _)| *id == row.id).map(|(_, period)| *period));
        let outline = row.footprint.and_then(|footprint| {
            footprint.0.map_err(|reason| into.refuse(row.id.unsigned_abs(), format!("outline: {reason}"))).ok()
        });
        into.push(&Feature {
            id: row.id.unsigned_abs(),
            place: row.lon.zip(row.lat).map(<[f64; 2]>::from),
            outline,
            properties: &[
                ("id", (&row.slug).into()),
                ("name", (&row.name).into()),
                ("area_m2", row.area_m2.into()),
                ("use", (&row.r#use).into()),
                ("accessible", row.accessible.into()),
            ],
            facts: facts::unit(row.hundredths, &row.r#use, row.accessible, row.district_id, row.administrator_id),
            periods: &own,
        });
    }
    Ok(())
}

async fn districts(db: &mut PgConnection, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    let mut rows = sqlx::query!(
        r#"select id, slug, name, area as "area!: MaybeGeom" from district where $1::bigint[] is null or id = any($1)"#,
        ids as _
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        push_outline(into, row.id, row.area, &[("id", (&row.slug).into()), ("name", (&row.name).into())]);
    }
    Ok(())
}

async fn municipalities(db: &mut PgConnection, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    let mut rows = sqlx::query!(
        r#"select id, slug, name, teryt, boundary as "boundary!: MaybeGeom" from municipality
           where $1::bigint[] is null or id = any($1)"#,
        ids as _
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        let properties = [("id", (&row.slug).into()), ("name", (&row.name).into()), ("teryt", (&row.teryt).into())];
        push_outline(into, row.id, row.boundary, &properties);
    }
    Ok(())
}

async fn schematic(db: &mut PgConnection, ids: Option<&[i64]>, into: &mut Builder) -> Result<()> {
    let mut rows = sqlx::query!(
        r#"select id, kind, name, rank::bigint as "rank!", geom as "geom!: MaybeGeom" from schematic_feature
           where $1::bigint[] is null or id = any($1)"#,
        ids as _
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        let properties = [("kind", (&row.kind).into()), ("rank", row.rank.into()), ("name", (&row.name).into())];
        let named = if row.name.is_empty() { 2 } else { 3 };
        push_outline(into, row.id, row.geom, &properties[..named]);
    }
    Ok(())
}

/// Takes a feature that is its outline.
fn push_outline(into: &mut Builder, id: i64, outline: MaybeGeom, properties: &[(&'static str, Value<'_>)]) {
    match outline.0 {
        Ok(outline) => {
            into.push(&Feature { id: id.unsigned_abs(), outline: Some(outline), properties, ..Feature::default() });
        }
        Err(reason) => into.refuse(id.unsigned_abs(), reason),
    }
}

/// Numbers behind the names of districts and administrators.
pub async fn names(db: &mut PgConnection) -> Result<Names> {
    let districts = sqlx::query!("select slug, id from district").fetch_all(&mut *db).await?;
    let administrators = sqlx::query!("select slug, id from premises_administrator").fetch_all(db).await?;
    Ok(Names {
        districts: districts.into_iter().map(|row| (row.slug, row.id)).collect(),
        administrators: administrators.into_iter().map(|row| (row.slug, row.id)).collect(),
    })
}
