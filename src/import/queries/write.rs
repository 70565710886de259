//! Statements that insert and update. The long ones are files under `sql/`.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::{PgConnection, query, query_file};

use super::Result;
use crate::import::batch::Written;

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

/// Inserts the streets of addresses that are new; see `sql/streets.sql`.
pub async fn write_streets(conn: &mut PgConnection, rows: Value) -> Result<()> {
    query_file!("src/import/sql/streets.sql", rows).execute(conn).await?;
    Ok(())
}

/// Inserts or updates addresses; their streets must be there.
pub async fn write_addresses(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/addresses.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates pairs of street names.
pub async fn write_street_names(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/street_names.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates landmarks.
pub async fn write_landmarks(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/landmarks.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.inserted)).collect())
}

/// Inserts or updates regions.
pub async fn write_regions(conn: &mut PgConnection, rows: Value) -> Result<Written> {
    let rows = query_file!("src/import/sql/regions.sql", rows).fetch_all(conn).await?;
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

/// Deletes periods that differ from their rows; see `sql/changed_periods.sql`. Returns source, `source_id` and id of each.
pub async fn delete_changed_periods(conn: &mut PgConnection, rows: Value) -> Result<HashMap<(String, String), i64>> {
    let rows = query_file!("src/import/sql/changed_periods.sql", rows).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| ((row.source, row.source_id), row.id)).collect())
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
