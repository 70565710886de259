//! Statements of `replace`: what the file no longer has goes away.

use serde_json::Value;
use sqlx::{PgConnection, query};

use super::Result;

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

/// Deletes addresses of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_addresses(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from address o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, o.source_id) not in (select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes landmarks of the same municipalities and sources whose keys are not among these.
pub async fn delete_other_landmarks(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
        delete from landmark o
        where (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, o.source_id) not in (select municipality_id, source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes pairs of street names of the same sources whose keys are not among these.
pub async fn delete_other_street_names(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (source text, source_id text))
        delete from street_name o
        where o.source in (select source from k) and (o.source, o.source_id) not in (select source, source_id from k)",
        keys
    );
    Ok(delete.execute(conn).await?.rows_affected())
}

/// Deletes regions of the same sources whose keys are not among these.
pub async fn delete_other_regions(conn: &mut PgConnection, keys: Value) -> Result<u64> {
    let delete = query!(
        "with k as (select * from jsonb_to_recordset($1) as k (source text, source_id text))
        delete from region o
        where o.source in (select source from k) and (o.source, o.source_id) not in (select source, source_id from k)",
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
