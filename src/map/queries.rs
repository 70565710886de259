//! The rows of the map layers. Every row that has a place is on the map; what a filter lets through is asked elsewhere.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::types::time::Date;

use crate::error::Result;
use crate::geo::Geom;
use crate::tiles::{Feature, Value};

/// Version of every layer, by name.
pub async fn versions(db: &mut PgConnection) -> Result<BTreeMap<String, i64>> {
    let rows = sqlx::query!("select layer, version from layer_version").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.layer, row.version)).collect())
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
           where teryt = $1 or ($1 is null and (select count(*) from municipality) = 1)"#,
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

fn feature(id: i64, geometry: Geom, properties: Vec<(&'static str, Value)>) -> Feature {
    Feature { id: id.unsigned_abs(), geometry: geometry.0, properties, counted: false }
}

/// Layer `organisations`.
pub async fn organisations(db: &mut PgConnection) -> Result<Vec<Feature>> {
    let rows = sqlx::query!(
        r#"select o.id, o.slug, o.name, o.legal_form, o.activities[1] as activity, o.social_enterprise,
                  o.point as "point!: Geom",
                  (select count(*) from offer x where x.organisation_id = o.id) as "offers!",
                  (select count(*) from demand x where x.organisation_id = o.id) as "demand!",
                  (select count(*) from equipment x where x.organisation_id = o.id) as "equipment!"
           from organisation o where o.point is not null order by o.id"#
    )
    .fetch_all(db)
    .await?;
    let features = rows.into_iter().map(|row| {
        let mut properties = vec![
            ("id", row.slug.into()),
            ("name", row.name.into()),
            ("legal_form", row.legal_form.into()),
            ("social_enterprise", row.social_enterprise.into()),
            ("offers", row.offers.into()),
            ("demand", row.demand.into()),
            ("equipment", row.equipment.into()),
        ];
        properties.extend(row.activity.map(|activity| ("activity", activity.into())));
        feature(row.id, row.point, properties)
    });
    Ok(features.collect())
}

/// Layer `support`.
pub async fn support(db: &mut PgConnection) -> Result<Vec<Feature>> {
    let rows = sqlx::query!(
        r#"select id, slug, name, kind, point as "point!: Geom" from support_institution
           where point is not null order by id"#
    )
    .fetch_all(db)
    .await?;
    let features = rows.into_iter().map(|row| {
        feature(row.id, row.point, vec![("id", row.slug.into()), ("name", row.name.into()), ("kind", row.kind.into())])
    });
    Ok(features.collect())
}

/// Layer `premises`, as it was on a day.
pub async fn premises(db: &mut PgConnection, day: Date) -> Result<Vec<Feature>> {
    let rows = sqlx::query!(
        r#"select p.id, p.slug, p.name, p.area_m2::float8 as "area_m2!", p.use, p.accessible, p.point as "point!: Geom",
                  coalesce(s.status, 'withdrawn') as "status!"
           from premises p left join premises_period s on s.premises_id = p.id and s.valid @> $1::date
           order by p.id"#,
        day
    )
    .fetch_all(db)
    .await?;
    let features = rows.into_iter().map(|row| {
        let counted = matches!(row.status.as_str(), "free" | "open_call");
        let properties = vec![
            ("id", row.slug.into()),
            ("name", row.name.into()),
            ("status", row.status.into()),
            ("area_m2", row.area_m2.into()),
            ("use", row.r#use.into()),
            ("accessible", row.accessible.into()),
        ];
        Feature { counted, ..feature(row.id, row.point, properties) }
    });
    Ok(features.collect())
}

/// Layer `footprints`, as it was on a day.
pub async fn footprints(db: &mut PgConnection, day: Date) -> Result<Vec<Feature>> {
    let rows = sqlx::query!(
        r#"select p.id, p.slug, p.name, p.footprint as "footprint!: Geom", coalesce(s.status, 'withdrawn') as "status!"
           from premises p left join premises_period s on s.premises_id = p.id and s.valid @> $1::date
           where p.footprint is not null order by p.id"#,
        day
    )
    .fetch_all(db)
    .await?;
    let features = rows.into_iter().map(|row| {
        let properties = vec![("id", row.slug.into()), ("name", row.name.into()), ("status", row.status.into())];
        feature(row.id, row.footprint, properties)
    });
    Ok(features.collect())
}

/// Layer `districts`.
pub async fn districts(db: &mut PgConnection) -> Result<Vec<Feature>> {
    let rows =
        sqlx::query!(r#"select id, slug, name, area as "area!: Geom" from district order by id"#).fetch_all(db).await?;
    let features =
        rows.into_iter().map(|row| feature(row.id, row.area, vec![("id", row.slug.into()), ("name", row.name.into())]));
    Ok(features.collect())
}

/// Layer `municipalities`.
pub async fn municipalities(db: &mut PgConnection) -> Result<Vec<Feature>> {
    let rows =
        sqlx::query!(r#"select id, slug, name, teryt, boundary as "boundary!: Geom" from municipality order by id"#)
            .fetch_all(db)
            .await?;
    let features = rows.into_iter().map(|row| {
        let properties = vec![("id", row.slug.into()), ("name", row.name.into()), ("teryt", row.teryt.into())];
        feature(row.id, row.boundary, properties)
    });
    Ok(features.collect())
}

/// Layer `schematic`.
pub async fn schematic(db: &mut PgConnection) -> Result<Vec<Feature>> {
    let rows = sqlx::query!(
        r#"select id, kind, name, rank::bigint as "rank!", geom as "geom!: Geom" from schematic_feature order by id"#
    )
    .fetch_all(db)
    .await?;
    let features = rows.into_iter().map(|row| {
        let mut properties = vec![("kind", row.kind.into()), ("rank", row.rank.into())];
        if !row.name.is_empty() {
            properties.push(("name", row.name.into()));
        }
        feature(row.id, row.geom, properties)
    });
    Ok(features.collect())
}
