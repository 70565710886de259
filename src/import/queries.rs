//! All SQL of the importer. Rows go in as one JSON value: a statement takes hundreds of them, and triggers that count
//! changes fire once.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::{PgConnection, query, query_file};

use super::batch::Written;

type Result<T> = std::result::Result<T, sqlx::Error>;

/// One import at a time, and statements may take their time; both until the transaction ends.
pub async fn prepare(conn: &mut PgConnection) -> Result<()> {
    query!("set local statement_timeout = 0").execute(&mut *conn).await?;
    query!("select pg_advisory_xact_lock(hashtext('pestor import'))").execute(conn).await?;
    Ok(())
}

/// Ids of municipalities by TERYT.
pub async fn municipalities(conn: &mut PgConnection) -> Result<HashMap<String, i64>> {
    let rows = query!("select teryt, id from municipality").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.teryt, row.id)).collect())
}

/// Municipality, `source_id`, source and id of organisations.
pub async fn organisation_sources(conn: &mut PgConnection) -> Result<Vec<(i64, String, String, i64)>> {
    let rows = query!(
        r#"select municipality_id, source_id as "source_id!", source, id from organisation where source_id is not null"#
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

/// Inserts or updates municipalities.
pub async fn write_municipalities(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/municipalities.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates districts.
pub async fn write_districts(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/districts.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates features of the schematic basemap.
pub async fn write_schematic(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/schematic.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates categories.
pub async fn write_categories(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/categories.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates organisations.
pub async fn write_organisations(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/organisations.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates support institutions.
pub async fn write_support(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/support.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates premises; their administrators must be there.
pub async fn write_premises(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/premises.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates offers.
pub async fn write_offers(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/offers.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates demand.
pub async fn write_demand(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/demand.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates equipment.
pub async fn write_equipment(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/equipment.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Deletes periods that differ from their rows; see `sql/changed_periods.sql`. Returns source and `source_id` of each.
pub async fn delete_changed_periods(conn: &mut PgConnection, rows: Value) -> Result<HashSet<(String, String)>> {
    let rows = query_file!("src/import/sql/changed_periods.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.source, row.source_id)).collect())
}

/// Inserts periods that are not there. Returns source, `source_id` and id of each.
pub async fn write_periods(conn: &mut PgConnection, rows: Value) -> Result<Vec<((String, String), i64)>> {
    let rows = query_file!("src/import/sql/periods.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| ((row.source, row.source_id), row.id)).collect())
}

/// Inserts administrators of premises that are new, and renews their contact where a row gives one.
pub async fn write_administrators(conn: &mut PgConnection, rows: Value) -> Result<()> {
    let insert = query!(
        "insert into premises_administrator as o (municipality_id, name, contact)
        select distinct on (r.municipality_id, r.administrator)
            r.municipality_id, r.administrator, r.administrator_contact
        from jsonb_to_recordset($1) as r (
            ix bigint, municipality_id bigint, administrator text, administrator_contact text)
        where r.administrator <> ''
        order by r.municipality_id, r.administrator, r.administrator_contact = '', r.ix
        on conflict on constraint premises_administrator_name_key do update set contact = excluded.contact
        where excluded.contact <> '' and o.contact <> excluded.contact",
        rows
    );
    insert.execute(conn).await?;
    Ok(())
}

/// Replaces the links of support institutions whose list differs from their row's. Returns the ids of those.
pub async fn write_support_links(conn: &mut PgConnection, rows: Value) -> Result<Vec<i64>> {
    let changed = query!(
        r#"select o.id
        from jsonb_to_recordset($1) as r (municipality_id bigint, source text, source_id text, links jsonb)
        join support_institution o
            on o.municipality_id = r.municipality_id and o.source = r.source and o.source_id = r.source_id
        where r.links <> coalesce((
            select jsonb_agg(jsonb_build_array(l.label, l.url) order by l.position)
            from support_link l where l.institution_id = o.id), '[]')"#,
        rows
    );
    let changed: Vec<i64> = changed.fetch_all(&mut *conn).await?.into_iter().map(|row| row.id).collect();
    if changed.is_empty() {
        return Ok(changed);
    }
    query!("delete from support_link where institution_id = any($1)", &changed).execute(&mut *conn).await?;
    let insert = query!(
        "insert into support_link (institution_id, position, label, url)
        select o.id, l.position, l.pair ->> 0, l.pair ->> 1
        from jsonb_to_recordset($1) as r (municipality_id bigint, source text, source_id text, links jsonb)
        join support_institution o
            on o.municipality_id = r.municipality_id and o.source = r.source and o.source_id = r.source_id
        cross join jsonb_array_elements(r.links) with ordinality as l (pair, position)
        where o.id = any($2)",
        rows,
        &changed
    );
    insert.execute(conn).await?;
    Ok(changed)
}

/// Replaces the pictures of premises whose list differs from their row's. Returns the ids of those.
pub async fn write_premises_photos(conn: &mut PgConnection, rows: Value) -> Result<Vec<i64>> {
    let changed = query!(
        r#"select o.id
        from jsonb_to_recordset($1) as r (municipality_id bigint, source text, source_id text, photos jsonb)
        join premises o
            on o.municipality_id = r.municipality_id and o.source = r.source and o.source_id = r.source_id
        where r.photos <> coalesce((
            select jsonb_agg(jsonb_build_array(l.file, l.alternative_text) order by l.position)
            from premises_photo l where l.premises_id = o.id), '[]')"#,
        rows
    );
    let changed: Vec<i64> = changed.fetch_all(&mut *conn).await?.into_iter().map(|row| row.id).collect();
    if changed.is_empty() {
        return Ok(changed);
    }
    query!("delete from premises_photo where premises_id = any($1)", &changed).execute(&mut *conn).await?;
    let insert = query!(
        "insert into premises_photo (premises_id, position, file, alternative_text)
        select o.id, l.position, l.pair ->> 0, l.pair ->> 1
        from jsonb_to_recordset($1) as r (municipality_id bigint, source text, source_id text, photos jsonb)
        join premises o
            on o.municipality_id = r.municipality_id and o.source = r.source and o.source_id = r.source_id
        cross join jsonb_array_elements(r.photos) with ordinality as l (pair, position)
        where o.id = any($2)",
        rows,
        &changed
    );
    insert.execute(conn).await?;
    Ok(changed)
}

/// Deletes districts of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_districts(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from district o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes features of the schematic basemap of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_schematic(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from schematic_feature o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes organisations of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_organisations(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from organisation o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes support institutions of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_support(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from support_institution o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes premises of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_premises(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from premises o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes offers of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_offers(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from offer o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes demand of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_demand(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from demand o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes equipment of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_equipment(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from equipment o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes periods of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_periods(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from premises_period o using premises p
        where p.id = o.premises_id
            and (p.municipality_id, o.source) in (select municipality_id, source from k)
            and (p.municipality_id, o.source, coalesce(o.source_id, '')) not in (
                select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes categories whose codes are not among these.
pub async fn delete_other_categories(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "delete from category
        where code not in (select source_id from jsonb_to_recordset($1) as k (source_id text))",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// After districts changed, everything that stands in one finds its own again. Returns the number of records that did.
pub async fn renew_districts(conn: &mut PgConnection) -> Result<u64> {
    let mut changed = 0;
    changed += query!(
        "update organisation o set district_id = n.id
        from (
            select i.id as record, (
                select d.id from district d
                where d.municipality_id = i.municipality_id and st_intersects(d.area, i.point)
                order by d.id limit 1) as id
            from organisation i) n
        where n.record = o.id and o.district_id is distinct from n.id"
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    changed += query!(
        "update support_institution o set district_id = n.id
        from (
            select i.id as record, (
                select d.id from district d
                where d.municipality_id = i.municipality_id and st_intersects(d.area, i.point)
                order by d.id limit 1) as id
            from support_institution i) n
        where n.record = o.id and o.district_id is distinct from n.id"
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    changed += query!(
        "update premises o set district_id = n.id
        from (
            select i.id as record, (
                select d.id from district d
                where d.municipality_id = i.municipality_id and st_intersects(d.area, i.point)
                order by d.id limit 1) as id
            from premises i) n
        where n.record = o.id and o.district_id is distinct from n.id"
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    Ok(changed)
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
        other if other.ends_with("_source_key") => "the same source and source_id are there already",
        _ => return format!("the database refuses it: {}", error.message()),
    };
    known.to_owned()
}
