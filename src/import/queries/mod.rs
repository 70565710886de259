//! All SQL of the importer. Rows go in as one JSON value: a statement takes hundreds of them, and triggers that count
//! changes fire once.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::{PgConnection, query};

use super::Kind;

mod delete;
mod records;
mod write;

pub use delete::*;
pub use records::*;
pub use write::*;

type Result<T> = std::result::Result<T, sqlx::Error>;

/// Statements may take their time, until the transaction ends.
pub async fn unhurried(conn: &mut PgConnection) -> Result<()> {
    query!("set local statement_timeout = 0").execute(conn).await?;
    Ok(())
}

/// One import at a time, and statements may take their time; both until the transaction ends.
pub async fn prepare(conn: &mut PgConnection) -> Result<()> {
    unhurried(conn).await?;
    // A statement that is short takes longer to compile than to run, and its costs are guesses.
    query!("set local jit = off").execute(&mut *conn).await?;
    // What is written now, nobody edited, even where an official asked for it.
    query!("select set_config('pestor.import', 'yes', true) as import").fetch_one(&mut *conn).await?;
    query!("select pg_advisory_xact_lock(hashtext('pestor import'))").execute(conn).await?;
    Ok(())
}

/// Forgets the rows of an import before.
pub async fn forget_rows(conn: &mut PgConnection) -> Result<()> {
    query!("truncate import_seen").execute(conn).await?;
    Ok(())
}

/// Has the planner look again at the tables that a big import filled: until autovacuum comes by, it would take them for empty.
pub async fn analyze(conn: &mut PgConnection, kind: Kind) -> Result<()> {
    let tables = match kind {
        Kind::Addresses => query!("analyze street, address"),
        Kind::Organisations => query!("analyze organisation"),
        Kind::Support => query!("analyze support_institution"),
        Kind::Premises => query!("analyze premises"),
        Kind::PremisesPeriods => query!("analyze premises_period"),
        Kind::Offers => query!("analyze offer"),
        Kind::Demand => query!("analyze demand"),
        Kind::Equipment => query!("analyze equipment"),
        Kind::StreetNames => query!("analyze street_name"),
        // There are never many.
        Kind::Municipalities
        | Kind::Regions
        | Kind::Districts
        | Kind::Landmarks
        | Kind::Schematic
        | Kind::Categories => return Ok(()),
    };
    tables.execute(conn).await?;
    Ok(())
}

/// A row whose key another row had before.
#[derive(Debug)]
pub struct Repeat {
    /// Number of the row.
    pub row_number: i64,
    /// What the key is of.
    pub what: String,
    /// Line of the first row with it.
    pub line: i64,
    /// Its feature.
    pub feature: Option<i64>,
}

/// Keeps keys of rows (`row_number`, `what`, `key`, `line`, `feature`), and gives those that were there already.
pub async fn repeats(conn: &mut PgConnection, rows: Value) -> Result<Vec<Repeat>> {
    query!(
        "insert into import_seen (what, key, row_number, line, feature)
        select r.what, r.key, r.row_number, r.line, r.feature
        from jsonb_to_recordset($1) as r (what text, key text, row_number bigint, line bigint, feature bigint)
        order by r.row_number
        on conflict do nothing",
        &rows
    )
    .execute(&mut *conn)
    .await?;
    let repeats = sqlx::query_as!(
        Repeat,
        r#"select r.row_number as "row_number!", r.what as "what!", s.line, s.feature
        from jsonb_to_recordset($1) as r (what text, key text, row_number bigint)
        join import_seen s on s.what = r.what and s.key = r.key and s.row_number <> r.row_number
        order by r.row_number"#,
        &rows
    );
    repeats.fetch_all(conn).await
}

/// West, south, east, north of a municipality (none = of all), with some room around it; nothing where there is none.
pub async fn bounds(conn: &mut PgConnection, municipality: Option<i64>) -> Result<Option<[f64; 4]>> {
    let row = query!(
        "with b as (select st_extent(boundary) as box from municipality where $1::bigint is null or id = $1)
        select st_xmin(box) - 0.05 as west, st_ymin(box) - 0.05 as south, st_xmax(box) + 0.05 as east,
            st_ymax(box) + 0.05 as north
        from b",
        municipality
    );
    let row = row.fetch_one(conn).await?;
    Ok((|| Some([row.west?, row.south?, row.east?, row.north?]))())
}

/// How many places of a coordinate system lie in bounds: as they are, and with the axes the other way round.
pub async fn hits(conn: &mut PgConnection, x: &[f64], y: &[f64], srid: i32, bounds: [f64; 4]) -> Result<[i64; 2]> {
    let [west, south, east, north] = bounds;
    let row = query!(
        r#"select
            count(*) filter (where try_transform(st_setsrid(st_makepoint(x, y), $3), 4326) && b) as "right!",
            count(*) filter (where try_transform(st_setsrid(st_makepoint(y, x), $3), 4326) && b) as "swapped!"
        from unnest($1::float8[], $2::float8[]) as p (x, y), st_makeenvelope($4, $5, $6, $7, 4326) as b"#,
        x,
        y,
        srid,
        west,
        south,
        east,
        north,
    );
    let row = row.fetch_one(conn).await?;
    Ok([row.right, row.swapped])
}

/// True when PostGIS knows the coordinate system.
pub async fn is_projection(conn: &mut PgConnection, srid: i32) -> Result<bool> {
    let known = sqlx::query_scalar!(r#"select exists (select from spatial_ref_sys where srid = $1) as "known!""#, srid);
    known.fetch_one(conn).await
}

/// EPSG code and well-known text of every coordinate system.
pub async fn projections(conn: &mut PgConnection) -> Result<Vec<(i32, String)>> {
    let rows = query!(
        r#"select auth_srid as "code!", srtext as "text!" from spatial_ref_sys
        where auth_name = 'EPSG' and srtext is not null and auth_srid is not null and srtext not like '%deprecated%'
        order by auth_srid"#
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|row| (row.code, row.text)).collect())
}

/// Shapes as well-known binary, brought to WGS 84; none where one has no place there.
pub async fn transform(conn: &mut PgConnection, shapes: &[Vec<u8>], srid: i32) -> Result<Vec<Option<Vec<u8>>>> {
    let moved = sqlx::query_scalar!(
        "select st_asbinary(try_transform(st_setsrid(st_geomfromwkb(shape), $2), 4326), 'NDR')
        from unnest($1::bytea[]) with ordinality as s (shape, at) order by at",
        shapes,
        srid
    );
    moved.fetch_all(conn).await
}

/// Ids of municipalities by TERYT.
pub async fn municipalities(conn: &mut PgConnection) -> Result<HashMap<String, i64>> {
    let rows = query!("select teryt, id from municipality").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.teryt, row.id)).collect())
}

/// Municipality, `source_id`, source and id of organisations.
pub async fn organisation_sources(conn: &mut PgConnection) -> Result<Vec<(i64, String, String, i64)>> {
    let rows = query!(
        r#"select municipality_id as "municipality_id!", source_id as "source_id!", source as "source!", id as "id!" from organisation where source_id is not null
        union select municipality_id, source_id, source, organisation_id from record_alias where organisation_id is not null"#
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.municipality_id, row.source_id, row.source, row.id)).collect())
}

/// Municipality, `source_id`, source and id of premises.
pub async fn premises_sources(conn: &mut PgConnection) -> Result<Vec<(i64, String, String, i64)>> {
    let rows = query!(
        r#"select municipality_id, source_id as "source_id!", source, id from premises where source_id is not null"#
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.municipality_id, row.source_id, row.source, row.id)).collect())
}

/// Codes of categories.
pub async fn category_codes(conn: &mut PgConnection) -> Result<HashSet<String>> {
    Ok(query!("select code from category").fetch_all(conn).await?.into_iter().map(|row| row.code).collect())
}

/// What is known about where a row stands; see `sql/sites.sql`.
#[derive(Debug)]
pub struct SiteFound {
    /// Position of the row.
    pub ix: i64,
    /// Name of its municipality.
    pub municipality: String,
    /// The point lies in it.
    pub inside: Option<bool>,
    /// It would, with longitude and latitude swapped.
    pub swapped_inside: Option<bool>,
    /// The municipality has a district of the name given.
    pub district_known: bool,
    /// That district holds the point.
    pub in_district: Option<bool>,
    /// The district that does.
    pub actual: Option<String>,
}

/// Holds points against municipalities and districts.
pub async fn sites(conn: &mut PgConnection, rows: Value) -> Result<Vec<SiteFound>> {
    sqlx::query_file_as!(SiteFound, "src/import/sql/sites.sql", rows).fetch_all(conn).await
}

/// Where a row's address is; see `sql/geocode.sql`.
#[derive(Debug)]
pub struct Located {
    /// Position of the row.
    pub ix: i64,
    /// How sure the place is; empty where there is none.
    pub quality: String,
    /// Degrees, WGS 84.
    pub lon: Option<f64>,
    /// Degrees, WGS 84.
    pub lat: Option<f64>,
    /// Streets that it could be, where that is not clear.
    pub several: Option<Vec<String>>,
}

/// Looks addresses up.
pub async fn geocode(conn: &mut PgConnection, rows: Value) -> Result<Vec<Located>> {
    sqlx::query_file_as!(Located, "src/import/sql/geocode.sql", rows).fetch_all(conn).await
}

/// What is wrong with a shape; see `sql/shapes.sql`.
#[derive(Debug)]
pub struct ShapeFound {
    /// Position of the row.
    pub ix: i64,
    /// The shape is valid.
    pub valid: bool,
    /// Why it is not.
    pub reason: String,
    /// It is valid or can be repaired.
    pub usable: bool,
    /// It touches its municipality.
    pub touches: Option<bool>,
    /// It would, with longitude and latitude swapped.
    pub swapped_touches: Option<bool>,
}

/// Shapes that are not valid or lie outside their municipality.
pub async fn shapes(conn: &mut PgConnection, rows: Value) -> Result<Vec<ShapeFound>> {
    sqlx::query_file_as!(ShapeFound, "src/import/sql/shapes.sql", rows).fetch_all(conn).await
}

/// Another organisation with a row's identifier; see `sql/same_identifiers.sql`.
#[derive(Debug)]
pub struct SameIdentifier {
    /// Position of the row.
    pub ix: i64,
    /// The other's name.
    pub name: String,
    /// The other's source.
    pub source: String,
    /// The other's key there.
    pub source_id: String,
    /// The row's KRS.
    pub krs: Option<String>,
    /// The row's NIP.
    pub nip: Option<String>,
    /// The row's REGON.
    pub regon: Option<String>,
    /// It is the KRS that both have.
    pub same_krs: Option<bool>,
    /// It is the NIP.
    pub same_nip: Option<bool>,
    /// It is the REGON.
    pub same_regon: Option<bool>,
}

/// Organisations that already have a KRS, NIP or REGON of the rows.
pub async fn organisations_of_same_identifiers(conn: &mut PgConnection, rows: Value) -> Result<Vec<SameIdentifier>> {
    sqlx::query_file_as!(SameIdentifier, "src/import/sql/same_identifiers.sql", rows).fetch_all(conn).await
}

/// A period in the database that meets a row's; see `sql/overlapping_periods.sql`.
#[derive(Debug)]
pub struct OverlappingPeriod {
    /// Position of the row.
    pub ix: i64,
    /// First day of the row's period.
    pub from: String,
    /// Status of the other.
    pub status: String,
    /// Days of the other, in words.
    pub valid: String,
}

/// Periods outside the file that share a day with the file's.
pub async fn overlapping_periods(conn: &mut PgConnection, dated: Value, all: Value) -> Result<Vec<OverlappingPeriod>> {
    sqlx::query_file_as!(OverlappingPeriod, "src/import/sql/overlapping_periods.sql", dated, all).fetch_all(conn).await
}

/// A sentence for what the database refuses, by the name of the constraint.
pub fn sentence(error: &dyn DatabaseError) -> String {
    let known = match error.constraint().unwrap_or_default() {
        "organisation_krs_key" => "another organisation has this KRS number",
        "organisation_nip_key" => "another organisation has this NIP",
        "organisation_regon_key" => "another organisation has this REGON",
        "district_name_key" => "the municipality has another district of this name",
        "premises_period_no_overlap" => "overlaps another period of the same premises",
        "offer_category_known" | "demand_category_known" | "equipment_category_known" => "there is no such category",
        "loan_pieces_enough" => "more pieces of it are promised for days to come",
        other if other.ends_with("_source_key") => "the same source and source_id are there already",
        _ => return format!("the database refuses it: {}", error.message()),
    };
    known.to_owned()
}
