//! The way of rows into the database: read them, check them, write the good ones; in `replace`, remove the rest.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};

use super::geocode::Address;
use super::known::Known;
use super::report::{ImportError, Place, Refusal, Report};
use super::row::{Row, Shape};
use super::source::{Record, Table};
use super::{Told, changes, checks, geocode, queries, records};

/// Columns of every kind.
pub const COMMON: &[&str] = &["source_id", "source", "municipality", "x", "y"];

/// A kind of record that files hold.
pub trait Importable: Serialize + Sized {
    /// Its columns, beside the [`COMMON`] ones.
    const COLUMNS: &'static [&'static str];
    /// Columns that a file must have.
    const REQUIRED: &'static [&'static str];
    /// Other names of columns in files without a mapping: theirs, ours.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];
    /// Whether it belongs to a municipality and a source; what does not is known by [`Self::key`] alone.
    const OWNED: bool = true;
    /// Rows written by one statement.
    const CHUNK: usize = 1000;
    /// Its table, for kinds that people edit in the browser.
    const TABLE: Option<&'static str> = None;
    /// Column of its shape, where that is not its point's.
    const SHAPE_COLUMN: Option<&'static str> = None;

    /// Reads a row. Where the row keeps faults, the value only serves further checks and is not written.
    fn read(row: &mut Row<'_>, owner: &Owner<'_>) -> Self;

    /// A name that stays the same from file to file, for rows without `source_id`.
    fn key(&self) -> String;

    /// Values that two records must not share: column and value.
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    /// Where it stands, for kinds that stand somewhere.
    fn site(&self) -> Option<Site<'_>> {
        None
    }

    /// Its address, for kinds that may come without a point.
    fn address(&self) -> Option<Address<'_>> {
        None
    }

    /// Puts it where its address was found.
    fn place(&mut self, _point: Shape, _quality: &'static str) {}

    /// Its lines or areas, which may need repair.
    fn shape(&self) -> Option<&Shape> {
        None
    }

    /// Checks of its own that need the database or other rows.
    async fn check(_conn: &mut PgConnection, _batch: &mut Batch<'_, Self>) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// Inserts or updates; a record that is already as it should be is not touched.
    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error>;

    /// Deletes the records of the same municipalities and sources whose keys are not among these.
    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error>;
}

/// Who a row belongs to.
#[derive(Debug)]
pub struct Owner<'a> {
    /// The municipality's id; 0 for what belongs to none, or when the row's is wrong.
    pub municipality_id: i64,
    /// The source.
    pub source: String,
    /// What rows refer to.
    pub known: &'a Known,
}

/// Where a record stands.
#[derive(Debug)]
pub struct Site<'a> {
    /// The point.
    pub point: Option<&'a Shape>,
    /// The district that the file names.
    pub district: &'a str,
    /// Whether it must lie within its municipality.
    pub within: bool,
}

/// Ids of records that a statement wrote.
#[derive(Debug, Default)]
pub struct Written {
    /// New ones.
    pub inserted: HashSet<i64>,
    /// Changed ones.
    pub updated: HashSet<i64>,
}

impl Written {
    /// Records changed through what hangs on them.
    pub fn also_changed(&mut self, ids: impl IntoIterator<Item = i64>) {
        self.updated.extend(ids.into_iter().filter(|id| !self.inserted.contains(id)));
    }
}

impl FromIterator<(i64, bool)> for Written {
    fn from_iter<I: IntoIterator<Item = (i64, bool)>>(rows: I) -> Self {
        let mut written = Self::default();
        for (id, inserted) in rows {
            if inserted { &mut written.inserted } else { &mut written.updated }.insert(id);
        }
        written
    }
}

/// A row that was read: as JSON, the record set that the statements take.
#[derive(Debug, Serialize)]
pub struct Entry<T> {
    /// Position among the rows of the batch.
    pub ix: usize,
    /// The municipality's id; 0 for what belongs to none.
    pub municipality_id: i64,
    /// Source of the record.
    pub source: String,
    /// Its key there.
    pub source_id: String,
    /// The record.
    #[serde(flatten)]
    pub value: T,
    /// Where the row begins.
    #[serde(skip)]
    pub place: Place,
    /// Column of its point or shape, as far as the row shows.
    #[serde(skip)]
    pub point_column: &'static str,
}

/// What a record is known by.
#[derive(Debug, Serialize)]
pub struct Key {
    municipality_id: i64,
    source: String,
    source_id: String,
}

/// A number of rows on their way.
#[derive(Debug)]
pub struct Batch<'a, T> {
    table: &'a Table,
    /// Number of its first row in the file, from 0.
    pub first_row: u64,
    /// Every row, also the refused ones.
    pub entries: Vec<Entry<T>>,
    faulty: HashSet<Place>,
    refused: Vec<Refusal>,
}

impl<T> Batch<'_, T> {
    /// Refuses a row, by its position in [`Self::entries`].
    pub fn refuse(&mut self, ix: usize, column: Option<&str>, value: Option<&str>, reason: impl Into<String>) {
        let Some(entry) = self.entries.get(ix) else { return };
        self.faulty.insert(entry.place);
        self.refused.push(Refusal {
            place: entry.place,
            column: column.map(|column| self.table.labels.get(column).map_or(column, String::as_str).to_owned()),
            value: value.map(str::to_owned),
            reason: reason.into(),
        });
    }

    /// Rows without a fault so far.
    pub fn good(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.iter().filter(|entry| !self.faulty.contains(&entry.place))
    }

    /// Whether the file has the column.
    pub fn has_column(&self, column: &str) -> bool {
        self.table.columns.contains(column)
    }

    /// "line 5", or "feature 3" where lines say little.
    pub fn place_name(&self, ix: usize) -> String {
        self.entries.get(ix).map_or(String::new(), |entry| entry.place.name())
    }
}

/// What is the same for all rows of a file.
#[derive(Debug)]
pub struct File<'a> {
    /// Its columns.
    pub table: &'a Table,
    /// What its rows refer to.
    pub known: &'a Known,
    /// Source of rows that name none.
    pub source: &'a str,
}

/// Checks records and writes the good ones; gives the faults of the others. The caller's transaction decides whether it stays.
pub async fn import<T: Importable>(
    conn: &mut PgConnection,
    file: &File<'_>,
    first_row: u64,
    rows: &[Record],
    told: Told,
    report: &mut Report,
) -> Result<Vec<Refusal>, ImportError> {
    let mut batch = read::<T>(file, first_row, rows);
    checks::refuse_repeats(conn, &mut batch).await?;
    geocode::place(conn, &mut batch, report).await?;
    records::find_duplicates(conn, &mut batch, told, report).await?;
    checks::check_sites(conn, &mut batch, report).await?;
    checks::check_shapes(conn, &mut batch, report).await?;
    T::check(conn, &mut batch).await?;
    write(conn, &mut batch, told, report).await?;
    Ok(batch.refused)
}

/// Deletes the records of the file's municipalities and sources whose keys are not among these.
pub async fn delete_others<T: Importable>(
    conn: &mut PgConnection,
    keys: Vec<Key>,
    told: Told,
    report: &mut Report,
) -> Result<u64, ImportError> {
    let mut keys = json(keys);
    let edited = records::edited_others::<T>(conn, &keys, told, report).await?;
    if let Value::Array(keys) = &mut keys {
        keys.extend(edited);
    }
    changes::list_deleted(conn, &keys, report).await?;
    match T::delete_others(conn, keys).await {
        Err(sqlx::Error::Database(error)) if is_about_data(&*error) => {
            let reason = format!("records that the file no longer has are still needed: {}", error.message());
            Err(ImportError::Request(reason))
        }
        result => Ok(result?),
    }
}

/// Keys of records, as their rows have them.
pub fn keys<T: Importable>(file: &File<'_>, records: &[Record]) -> impl Iterator<Item = Key> {
    let entries = read::<T>(file, 0, records).entries.into_iter();
    entries.map(|Entry { municipality_id, source, source_id, .. }| Key { municipality_id, source, source_id })
}

fn read<'a, T: Importable>(file: &File<'a>, first_row: u64, records: &[Record]) -> Batch<'a, T> {
    let File { table, known, source } = *file;
    let mut batch = Batch { table, first_row, entries: Vec::new(), faulty: HashSet::new(), refused: Vec::new() };
    let columns: Vec<&str> = COMMON.iter().chain(T::COLUMNS).copied().collect();
    for record in records {
        if record.faults.iter().any(|(column, _)| column.is_none()) {
            // Its cells may stand under wrong columns: what else they seem to say would only confuse.
            batch.refused.append(&mut Row::new(table, record, &[]).faults);
            continue;
        }
        let mut row = Row::new(table, record, &columns);
        let own_source = row.text("source");
        let owner = Owner {
            municipality_id: if T::OWNED { known.municipality(&mut row).unwrap_or(0) } else { 0 },
            source: if own_source.is_empty() { source.to_owned() } else { own_source },
            known,
        };
        let source_id = if T::OWNED { row.text("source_id") } else { String::new() };
        let value = T::read(&mut row, &owner);
        let source_id = if source_id.is_empty() { value.key() } else { source_id };
        let point_column = row.point_column();
        let Owner { municipality_id, source, .. } = owner;
        if !row.faults.is_empty() {
            batch.faulty.insert(record.place());
            batch.refused.append(&mut row.faults);
        }
        let (ix, place) = (batch.entries.len(), record.place());
        batch.entries.push(Entry { ix, municipality_id, source, source_id, value, place, point_column });
    }
    batch
}

/// Rows as JSON for a statement. Everything here serialises; if something did not, the statement would see no rows.
pub fn json(rows: impl Serialize) -> Value {
    serde_json::to_value(rows).unwrap_or_else(|error| {
        tracing::error!(%error, "rows do not serialise");
        Value::Array(Vec::new())
    })
}

/// Writes the good rows. What the database refuses nonetheless is found by halving the rows, each half in its savepoint.
async fn write<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
    told: Told,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let edited = records::edited(conn, batch, told).await?;
    records::keep(conn, batch, &edited, report).await?;
    let good: Vec<usize> = batch.good().map(|entry| entry.ix).filter(|ix| !edited.contains_key(ix)).collect();
    let mut work: Vec<&[usize]> = good.chunks(T::CHUNK).rev().collect();
    while let Some(rows) = work.pop() {
        let entries: Vec<_> = rows.iter().filter_map(|ix| batch.entries.get(*ix)).collect();
        let before = changes::states(conn, &entries, report).await?;
        let mut step = conn.begin().await?;
        match T::write(&mut step, json(&entries)).await {
            Ok(written) => {
                step.commit().await?;
                changes::list(conn, &entries, &before, &written, report).await?;
                report.inserted += written.inserted.len();
                report.updated += written.updated.len();
                report.unchanged += rows.len() - written.inserted.len() - written.updated.len();
            }
            Err(sqlx::Error::Database(error)) if is_about_data(&*error) => {
                step.rollback().await?;
                match rows {
                    [ix] => batch.refuse(*ix, None, None, queries::sentence(&*error)),
                    _ => {
                        let (first, second) = rows.split_at(rows.len() / 2);
                        work.extend([second, first]);
                    }
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// SQLSTATE classes 22 (data exception) and 23 (integrity constraint): the row is at fault, not the database.
fn is_about_data(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

/// A short key made from texts; the same texts, whatever their case, make the same key.
pub fn digest(parts: &[&str]) -> String {
    let hash = Sha256::digest(parts.join("\u{1f}").to_lowercase());
    let hex: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("row-{hex}")
}
