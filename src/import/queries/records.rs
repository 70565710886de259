//! Records that are there already: edited ones, and likely duplicates.

use serde::Serialize;
use serde_json::Value;
use sqlx::{PgConnection, query, query_file, query_file_as};

use super::Result;

/// Rows whose record somebody edited, see `sql/edited.sql`: position and id.
pub async fn edited(conn: &mut PgConnection, table: &str, rows: Value) -> Result<Vec<(i64, i64)>> {
    let rows = query_file!("src/import/sql/edited.sql", rows, table).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.ix, row.id)).collect())
}

/// Key of a record.
#[derive(Debug, Serialize)]
pub struct Key {
    /// The municipality.
    pub municipality_id: i64,
    /// The source.
    pub source: String,
    /// The key there; empty where there is none.
    pub source_id: String,
}

/// Edited records that a file does not have, see `sql/edited_others.sql`.
pub async fn edited_others(conn: &mut PgConnection, table: &str, keys: &Value) -> Result<Vec<Key>> {
    query_file_as!(Key, "src/import/sql/edited_others.sql", keys, table).fetch_all(conn).await
}

/// Rows that were merged into another record, see `sql/aliases.sql`: position, and that record's source and key.
pub async fn aliases(conn: &mut PgConnection, table: &str, rows: Value) -> Result<Vec<(i64, String, String)>> {
    let rows = query_file!("src/import/sql/aliases.sql", rows, table).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.ix, row.source, row.source_id)).collect())
}

/// A record that a row seems to be about.
#[derive(Debug)]
pub struct Similar {
    /// Position of the row.
    pub ix: i64,
    /// The record; none where it is an earlier row of the same file.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Its source.
    pub source: String,
    /// Its key there.
    pub source_id: Option<String>,
    /// By what it is known.
    pub why: String,
}

/// Records of other sources, and earlier rows, that rows seem to be about.
pub async fn duplicates(conn: &mut PgConnection, table: &str, rows: Value) -> Result<Vec<Similar>> {
    if table == "organisation" {
        query_file_as!(Similar, "src/import/sql/duplicate_organisations.sql", rows).fetch_all(conn).await
    } else {
        query_file_as!(Similar, "src/import/sql/duplicate_institutions.sql", rows).fetch_all(conn).await
    }
}

/// From now on a record is known by this key, too.
pub async fn add_alias(
    conn: &mut PgConnection,
    table: &str,
    id: i64,
    municipality_id: i64,
    source: &str,
    source_id: &str,
) -> Result<()> {
    query!(
        "insert into record_alias (organisation_id, institution_id, municipality_id, source, source_id)
        values (case when $1 = 'organisation' then $2::bigint end, case when $1 <> 'organisation' then $2::bigint end, $3, $4, $5)
        on conflict do nothing",
        table,
        id,
        municipality_id,
        source,
        source_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A record that had no key gets this one.
pub async fn take_over(conn: &mut PgConnection, table: &str, id: i64, source: &str, source_id: &str) -> Result<()> {
    if table == "organisation" {
        let update = query!("update organisation set source = $2, source_id = $3 where id = $1", id, source, source_id);
        update.execute(conn).await?;
    } else {
        let update =
            query!("update support_institution set source = $2, source_id = $3 where id = $1", id, source, source_id);
        update.execute(conn).await?;
    }
    Ok(())
}

/// A record that a row is about.
#[derive(Debug, Serialize)]
pub struct Wanted<'a> {
    /// Position of the row.
    pub ix: usize,
    /// The municipality; 0 for what belongs to none.
    pub municipality_id: i64,
    /// The source, where the key is one of a source.
    pub owner: &'a str,
    /// The key.
    pub source_id: &'a str,
}

/// A record as it is, see the view `import_record`.
#[derive(Debug)]
pub struct State {
    /// Position of the row.
    pub ix: i64,
    /// The record.
    pub id: i64,
    /// Its source.
    pub source: Option<String>,
    /// Its key there.
    pub source_id: Option<String>,
    /// How people call it.
    pub name: String,
    /// Degrees, WGS 84.
    pub lon: Option<f64>,
    /// Degrees, WGS 84.
    pub lat: Option<f64>,
    /// What is stored of it.
    pub fields: Value,
}

/// The records that rows are about; see `sql/states.sql`.
pub async fn states(conn: &mut PgConnection, kind: String, rows: Value) -> Result<Vec<State>> {
    query_file_as!(State, "src/import/sql/states.sql", rows, kind).fetch_all(conn).await
}

/// The records that a file does not have, without their fields; see `sql/others.sql`.
pub async fn others(conn: &mut PgConnection, kind: String, keys: &Value, most: usize) -> Result<Vec<State>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    query_file_as!(State, "src/import/sql/others.sql", keys, kind, most).fetch_all(conn).await
}
