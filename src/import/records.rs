//! Records that are there already: those that somebody edited, and those that seem to be what a row is about.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use super::batch::{Batch, Entry, Importable, json};
use super::report::{Duplicate, Report};
use super::{Told, queries};

/// Rows that are known under another source's key get that key; and those that seem to be a record of another source are
/// reported, or, when told, merged into it: then both keys lead to it. Those that seem to be an earlier row's are reported.
pub async fn find_duplicates<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
    told: Told,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    if !matches!(T::TABLE, Some("organisation" | "support_institution")) {
        return Ok(());
    }
    let table = T::TABLE.unwrap_or_default();
    let mut keys: HashMap<Key, usize> = batch.entries.iter().rev().map(|entry| (key(entry), entry.ix)).collect();
    for (ix, source, source_id) in queries::aliases(conn, table, keys_of(batch.entries.iter())).await? {
        take_key(batch, &mut keys, ix, source, source_id);
    }
    let rows = json(batch.good().collect::<Vec<_>>());
    for found in queries::duplicates(conn, table, rows).await? {
        let Some(entry) = usize::try_from(found.ix).ok().and_then(|ix| batch.entries.get(ix)) else { continue };
        let (municipality_id, place) = (entry.municipality_id, entry.place);
        let (source, source_id) = (entry.source.clone(), entry.source_id.clone());
        let key = found.source_id.as_deref().map_or(String::new(), |id| format!(", source_id {id}"));
        report.duplicate(Duplicate {
            row: place,
            record: format!("{} (source {}{key})", found.name, found.source),
            why: found.why,
            merged: told.merge_duplicates && found.id.is_some(),
        });
        // Two rows of one file were not taken for one by whoever keeps it: they stay two.
        let Some(id) = found.id.filter(|_| told.merge_duplicates) else { continue };
        match found.source_id {
            Some(record) => {
                queries::add_alias(conn, table, id, municipality_id, &source, &source_id).await?;
                take_key(batch, &mut keys, found.ix, found.source, record);
            }
            // Somebody made it by hand: from now on it is the file's.
            None => queries::take_over(conn, table, id, &source, &source_id).await?,
        }
    }
    Ok(())
}

/// Where rows stand and what their records are known by, without the rest.
fn keys_of<'a, T: 'a>(entries: impl Iterator<Item = &'a Entry<T>>) -> Value {
    let keys = entries.map(|entry| {
        let Entry { ix, municipality_id, source, source_id, .. } = entry;
        serde_json::json!({ "ix": ix, "municipality_id": municipality_id, "source": source, "source_id": source_id })
    });
    Value::Array(keys.collect())
}

/// Municipality, source and `source_id`.
type Key = (i64, String, String);

fn key<T>(entry: &Entry<T>) -> Key {
    (entry.municipality_id, entry.source.clone(), entry.source_id.clone())
}

/// Gives a row the key of its record, unless another row of the file has it.
fn take_key<T>(batch: &mut Batch<'_, T>, keys: &mut HashMap<Key, usize>, ix: i64, source: String, source_id: String) {
    let Some(entry) = usize::try_from(ix).ok().and_then(|ix| batch.entries.get_mut(ix)) else { return };
    let ix = entry.ix;
    let first = *keys.entry((entry.municipality_id, source.clone(), source_id.clone())).or_insert(ix);
    if first == ix {
        (entry.source, entry.source_id) = (source, source_id);
    } else {
        let reason = format!("is the same record as the row of {}", batch.place_name(first));
        batch.refuse(ix, None, None, reason);
    }
}

/// Keys of records that `replace` leaves although the file does not have them, because somebody edited them.
pub async fn edited_others<T: Importable>(
    conn: &mut PgConnection,
    keys: &Value,
    told: Told,
    report: &mut Report,
) -> Result<Vec<Value>, sqlx::Error> {
    let Some(table) = T::TABLE.filter(|_| !told.overwrite_edited) else { return Ok(Vec::new()) };
    let others = queries::edited_others(conn, table, keys).await?;
    report.kept += others.len();
    for key in &others {
        report.note(format!(
            "{} {} was edited in the browser and is kept, although the file does not have it",
            key.source, key.source_id
        ));
    }
    Ok(others.into_iter().map(json).collect())
}

/// Rows whose records somebody edited: id by position. None where such records are to be overwritten.
pub async fn edited<T: Importable>(
    conn: &mut PgConnection,
    batch: &Batch<'_, T>,
    told: Told,
) -> Result<HashMap<usize, i64>, sqlx::Error> {
    let Some(table) = T::TABLE.filter(|_| !told.overwrite_edited) else { return Ok(HashMap::new()) };
    let found = queries::edited(conn, table, keys_of(batch.good())).await?;
    Ok(found.into_iter().filter_map(|(ix, id)| Some((usize::try_from(ix).ok()?, id))).collect())
}

/// Counts edited records as kept where their row says something else: that is tried, and taken back.
pub async fn keep<T: Importable>(
    conn: &mut PgConnection,
    batch: &Batch<'_, T>,
    edited: &HashMap<usize, i64>,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = batch.good().filter(|entry| edited.contains_key(&entry.ix)).collect();
    for rows in rows.chunks(T::CHUNK) {
        let mut step = conn.begin().await?;
        let differs = match T::write(&mut step, json(rows)).await {
            Ok(written) => Some(written.updated),
            // It would not even fit.
            Err(sqlx::Error::Database(_)) => None,
            Err(error) => return Err(error),
        };
        step.rollback().await?;
        for entry in rows {
            let kept = differs.as_ref().is_none_or(|ids| edited.get(&entry.ix).is_some_and(|id| ids.contains(id)));
            if kept {
                report.kept += 1;
                report.note_at(Some(entry.place), "the record was edited in the browser and is kept as it is");
            } else {
                report.unchanged += 1;
            }
        }
    }
    Ok(())
}
