//! All SQL of what goes out: one statement a kind, and which records changed when.

use sqlx::{PgConnection, query_file, query_file_as};
use time::{Date, OffsetDateTime};

use super::{Kind, Record, columns, shape};
use crate::error::Result;
use crate::geo::Geom;

/// Records of a kind in the order of their keys: those among `ids` (none = all) with keys after `after`, at most `limit`. Statuses are
/// those of the day `on` (none = today), shapes in the coordinate system `srid`, x first.
///
/// # Errors
/// The database fails.
pub async fn records(
    conn: &mut PgConnection,
    kind: Kind,
    ids: Option<&[i64]>,
    after: i64,
    limit: i64,
    on: Option<Date>,
    srid: i32,
) -> Result<Vec<Record>> {
    // The macros take a file's name only as a literal.
    macro_rules! read {
        ($file:literal) => {
            query_file_as!(Record, $file, ids, after, limit, srid).fetch_all(conn).await?
        };
        ($file:literal, placeless) => {
            query_file_as!(Record, $file, ids, after, limit).fetch_all(conn).await?
        };
    }
    Ok(match kind {
        Kind::Organisations => read!("src/export/sql/organisations.sql"),
        Kind::Support => read!("src/export/sql/support.sql"),
        Kind::Premises => return premises(conn, ids, after, limit, on, srid).await,
        Kind::PremisesPeriods => read!("src/export/sql/premises_periods.sql", placeless),
        Kind::Offers => read!("src/export/sql/offers.sql"),
        Kind::Demand => read!("src/export/sql/demand.sql"),
        Kind::Equipment => read!("src/export/sql/equipment.sql"),
        Kind::Districts => read!("src/export/sql/districts.sql"),
        Kind::Municipalities => read!("src/export/sql/municipalities.sql"),
        Kind::Categories => read!("src/export/sql/categories.sql", placeless),
    })
}

/// Premises; their outlines become well-known text here, with every digit that the coordinates have.
async fn premises(
    conn: &mut PgConnection,
    ids: Option<&[i64]>,
    after: i64,
    limit: i64,
    on: Option<Date>,
    srid: i32,
) -> Result<Vec<Record>> {
    let rows = query_file!("src/export/sql/premises.sql", ids, after, limit, srid, on).fetch_all(conn).await?;
    let place = columns::of(Kind::Premises).iter().position(|column| column.name == "footprint_wkt");
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut cells = row.cells;
            if let Some(cell) = place.and_then(|i| cells.get_mut(i)) {
                *cell = row.outline.map(|Geom(outline)| shape::wkt(&outline));
            }
            Record { id: row.id, slug: row.slug, updated_at: Some(row.updated_at), cells, shape: row.shape }
        })
        .collect())
}

/// Keys of all that everybody sees, in an order that does not depend on this database: by municipality, source and identifier there.
///
/// # Errors
/// The database fails.
pub async fn ids_in_order(conn: &mut PgConnection, kind: Kind) -> Result<Vec<i64>> {
    macro_rules! read {
        ($statement:literal) => {
            sqlx::query_scalar!($statement).fetch_all(conn).await?
        };
        ($table:literal, $seen:literal) => {
            sqlx::query_scalar!(
                "select t.id from "
                    + $table
                    + " t join municipality m on m.id = t.municipality_id where "
                    + $seen
                    + r#" order by m.teryt, t.source collate "C", coalesce(t.source_id, t.slug) collate "C""#
            )
            .fetch_all(conn)
            .await?
        };
    }
    Ok(match kind {
        Kind::Organisations => read!("organisation", "true"),
        Kind::Support => read!("support_institution", "true"),
        Kind::Premises => read!("premises", "true"),
        Kind::PremisesPeriods => read!(
            r#"select t.id from premises_period t join premises p on p.id = t.premises_id join municipality m on m.id = p.municipality_id
               order by m.teryt, t.source collate "C", coalesce(t.source_id, p.slug || '-' || lower(t.valid)) collate "C""#
        ),
        Kind::Offers => read!("offer", "t.shown"),
        Kind::Demand => read!("demand", "t.shown"),
        Kind::Equipment => read!("equipment", "t.shown"),
        Kind::Districts => read!("district", "true"),
        Kind::Municipalities => read!("select id from municipality order by teryt"),
        Kind::Categories => {
            read!(r#"select row_number() over (order by code collate "C") as "id!" from category order by 1"#)
        }
    })
}

/// West, south, east and north of all that a collection holds, degrees: municipalities, and what lies elsewhere.
///
/// # Errors
/// The database fails.
pub async fn bounds(conn: &mut PgConnection, kind: Kind) -> Result<Option<[f64; 4]>> {
    let row = sqlx::query!(
        "with extent as (
             select st_extent(place) as place from (
                 select boundary as place from municipality
                 union all select point from support_institution where $1) places)
         select st_xmin(place) as west, st_ymin(place) as south, st_xmax(place) as east, st_ymax(place) as north from extent",
        kind == Kind::Support
    )
    .fetch_one(conn)
    .await?;
    let edges = row.west.zip(row.south).zip(row.east.zip(row.north));
    Ok(edges.map(|((west, south), (east, north))| [west, south, east, north]))
}

/// A box in a coordinate system (EPSG, x before y) as a polygon in degrees; its sides have corners added, for they are not straight there.
/// Nothing where it has no extent in degrees.
///
/// # Errors
/// The coordinate system does not reach so far, or the database fails.
pub async fn box_in_degrees(
    conn: &mut PgConnection,
    [west, south, east, north]: [f64; 4],
    srid: i32,
) -> Result<Option<geo::Polygon>> {
    let row = sqlx::query!(
        r#"select st_transform(st_segmentize(st_makeenvelope($1, $2, $3, $4, $5), greatest($3 - $1, $4 - $2, 0.001) / 16), 4326)
               as "outline!: Geom""#,
        west,
        south,
        east,
        north,
        srid
    )
    .fetch_one(conn)
    .await?;
    let finite = |at: &geo::Coord| at.x.abs() <= 180.0 && at.y.abs() <= 90.0;
    Ok(match row.outline.0 {
        geo::Geometry::Polygon(outline) if outline.exterior().coords().all(finite) => Some(outline),
        _ => None,
    })
}

/// Of these records the ones that last changed in a span of time (both ends included; none = open), the latest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn changed(
    conn: &mut PgConnection,
    kind: Kind,
    ids: &[i64],
    [from, to]: [Option<OffsetDateTime>; 2],
    limit: i64,
) -> Result<Vec<i64>> {
    macro_rules! read {
        ($statement:literal) => {
            sqlx::query_scalar!(
                $statement
                    + " where id = any($1) and ($2::timestamptz is null or updated_at >= $2)
                        and ($3::timestamptz is null or updated_at <= $3) order by updated_at desc, id desc limit $4",
                ids,
                from,
                to,
                limit
            )
            .fetch_all(conn)
            .await?
        };
    }
    Ok(match kind {
        Kind::Organisations => read!("select id from organisation"),
        Kind::Support => read!("select id from support_institution"),
        Kind::Premises => read!("select id from premises"),
        Kind::Offers => read!("select id from offer"),
        Kind::Demand => read!("select id from demand"),
        Kind::Equipment => read!("select id from equipment"),
        Kind::Districts => read!("select id from district"),
        Kind::Municipalities => read!("select id from municipality"),
        Kind::PremisesPeriods | Kind::Categories => ids.to_vec(),
    })
}

/// Key of the record of a slug, where everybody sees it.
///
/// # Errors
/// The database fails.
pub async fn id_of(conn: &mut PgConnection, kind: Kind, slug: &str) -> Result<Option<i64>> {
    macro_rules! read {
        ($statement:literal) => {
            sqlx::query_scalar!($statement, slug).fetch_optional(conn).await?
        };
    }
    Ok(match kind {
        Kind::Organisations => read!("select id from organisation where slug = $1"),
        Kind::Support => read!("select id from support_institution where slug = $1"),
        Kind::Premises => read!("select id from premises where slug = $1"),
        Kind::Offers => read!("select id from offer where slug = $1 and shown"),
        Kind::Demand => read!("select id from demand where slug = $1 and shown"),
        Kind::Equipment => read!("select id from equipment where slug = $1 and shown"),
        Kind::Districts => read!("select id from district where slug = $1"),
        Kind::Municipalities => read!("select id from municipality where slug = $1"),
        Kind::PremisesPeriods | Kind::Categories => None,
    })
}

/// How many records of a kind everybody sees, and when one last changed, where that is kept.
///
/// # Errors
/// The database fails.
pub async fn count(conn: &mut PgConnection, kind: Kind) -> Result<(i64, Option<OffsetDateTime>)> {
    macro_rules! read {
        ($statement:literal) => {{
            let row = sqlx::query!($statement).fetch_one(conn).await?;
            (row.count, row.updated_at)
        }};
    }
    Ok(match kind {
        Kind::Organisations => {
            read!(r#"select count(*) as "count!", max(updated_at) as updated_at from organisation"#)
        }
        Kind::Support => {
            read!(r#"select count(*) as "count!", max(updated_at) as updated_at from support_institution"#)
        }
        Kind::Premises => read!(r#"select count(*) as "count!", max(updated_at) as updated_at from premises"#),
        Kind::PremisesPeriods => {
            read!(r#"select count(*) as "count!", null::timestamptz as updated_at from premises_period"#)
        }
        Kind::Offers => read!(r#"select count(*) as "count!", max(updated_at) as updated_at from offer where shown"#),
        Kind::Demand => read!(r#"select count(*) as "count!", max(updated_at) as updated_at from demand where shown"#),
        Kind::Equipment => {
            read!(r#"select count(*) as "count!", max(updated_at) as updated_at from equipment where shown"#)
        }
        Kind::Districts => read!(r#"select count(*) as "count!", max(updated_at) as updated_at from district"#),
        Kind::Municipalities => {
            read!(r#"select count(*) as "count!", max(updated_at) as updated_at from municipality"#)
        }
        Kind::Categories => read!(r#"select count(*) as "count!", null::timestamptz as updated_at from category"#),
    })
}
