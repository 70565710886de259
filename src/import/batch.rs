//! The way of every file into the database: read rows, check them, write the good ones, remove the rest in `replace`.

use std::collections::{HashMap, HashSet};

use geo::Point;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::known::Known;
use super::report::{Note, Place, Refusal, Report};
use super::row::{Row, Shape};
use super::source::Table;
use super::{Mode, queries};

/// Columns of every kind.
pub const COMMON: &[&str] = &["source_id", "source", "municipality"];

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

    /// What follows from changes once all rows are in; returns the number of records that it changed.
    async fn finish(_conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
        Ok(0)
    }
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
    ix: usize,
    municipality_id: i64,
    /// Source of the record.
    pub source: String,
    /// Its key there.
    pub source_id: String,
    /// The record.
    #[serde(flatten)]
    pub value: T,
    #[serde(skip)]
    place: Place,
    #[serde(skip)]
    point_column: &'static str,
}

#[derive(Serialize)]
struct Key<'a> {
    municipality_id: i64,
    source: &'a str,
    source_id: &'a str,
}

/// Rows on their way.
#[derive(Debug)]
pub struct Batch<'a, T> {
    table: &'a Table,
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

    /// "line 5", or "feature 3" where lines say little.
    pub fn place_name(&self, ix: usize) -> String {
        self.entries.get(ix).map_or(String::new(), |entry| match entry.place.feature {
            Some(number) => format!("feature {number}"),
            None => format!("line {}", entry.place.line),
        })
    }
}

/// Imports a table. The caller's transaction decides whether it stays.
pub async fn import<T: Importable>(
    conn: &mut PgConnection,
    table: &Table,
    known: &Known,
    source: &str,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    report.read = table.records.len();
    let mut batch = read::<T>(table, known, source);
    refuse_repeats(&mut batch);
    if report.mode == Mode::Replace && !batch.entries.is_empty() {
        // First, so that what goes away stands in nobody's way.
        let mut step = conn.begin().await?;
        report.deleted = T::delete_others(&mut step, keys(&batch.entries)).await?;
        end(step, report.deleted > 0).await?;
    }
    check_sites(conn, &mut batch).await?;
    check_shapes(conn, &mut batch, report).await?;
    T::check(conn, &mut batch).await?;
    write(conn, &mut batch, report).await?;
    if report.inserted + report.updated > 0 || report.deleted > 0 {
        let mut step = conn.begin().await?;
        let changed = T::finish(&mut step).await?;
        end(step, changed > 0).await?;
    }
    report.refused.append(&mut batch.refused);
    report.refused.sort_by_key(|refusal| refusal.place);
    if report.nothing_changed() {
        (report.inserted, report.updated, report.unchanged, report.deleted) = (0, 0, 0, 0);
    }
    Ok(())
}

/// Ends a step. One that changed nothing is taken back: triggers that announce a change fire for every statement, also for
/// one that touched no row.
async fn end(step: Transaction<'_, Postgres>, changed: bool) -> Result<(), sqlx::Error> {
    if changed { step.commit().await } else { step.rollback().await }
}

fn read<'a, T: Importable>(table: &'a Table, known: &Known, source: &str) -> Batch<'a, T> {
    let mut batch = Batch { table, entries: Vec::new(), faulty: HashSet::new(), refused: Vec::new() };
    let columns: Vec<&str> = COMMON.iter().chain(T::COLUMNS).copied().collect();
    for record in &table.records {
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

/// The first row of a key or identifier stands; later ones are refused.
fn refuse_repeats<T: Importable>(batch: &mut Batch<'_, T>) {
    let mut repeats: Vec<(usize, &'static str, String, usize)> = Vec::new();
    let mut keys = HashMap::new();
    let mut identifiers = HashMap::new();
    for entry in &batch.entries {
        let first = *keys.entry((entry.municipality_id, &entry.source, &entry.source_id)).or_insert(entry.ix);
        if first != entry.ix {
            repeats.push((entry.ix, "source_id", entry.source_id.clone(), first));
            continue;
        }
        for (column, value) in entry.value.identifiers() {
            let first = *identifiers.entry((column, value)).or_insert(entry.ix);
            if first != entry.ix {
                repeats.push((entry.ix, column, value.to_owned(), first));
            }
        }
    }
    for (ix, column, value, first) in repeats {
        let reason = format!("repeats the row of {}", batch.place_name(first));
        // The key may be made from other columns.
        let given = column != "source_id" || batch.table.columns.contains(column);
        batch.refuse(ix, given.then_some(column), Some(&value), reason);
    }
}

fn keys<T>(entries: &[Entry<T>]) -> Value {
    let keys = entries.iter().map(|Entry { municipality_id, source, source_id, .. }| Key {
        municipality_id: *municipality_id,
        source,
        source_id,
    });
    json(keys.collect::<Vec<_>>())
}

/// Rows as JSON for a statement. Everything here serialises; if something did not, the statement would see no rows.
pub fn json(rows: impl Serialize) -> Value {
    serde_json::to_value(rows).unwrap_or_else(|error| {
        tracing::error!(%error, "rows do not serialise");
        Value::Array(Vec::new())
    })
}

#[derive(Serialize)]
struct Asked<'a> {
    ix: usize,
    municipality_id: i64,
    point: Option<&'a Shape>,
    district: &'a str,
}

/// Points lie where they should, districts are known and hold the point.
async fn check_sites<T: Importable>(conn: &mut PgConnection, batch: &mut Batch<'_, T>) -> Result<(), sqlx::Error> {
    let asked = batch.entries.iter().filter_map(|entry| {
        let site = entry.value.site()?;
        let Entry { ix, municipality_id, .. } = *entry;
        Some(Asked { ix, municipality_id, point: site.point, district: site.district })
    });
    let asked = json(asked.collect::<Vec<_>>());
    if asked.as_array().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    for found in queries::sites(conn, asked).await? {
        let ix = usize::try_from(found.ix).unwrap_or(usize::MAX);
        let Some(entry) = batch.entries.get(ix) else { continue };
        let Some(site) = entry.value.site() else { continue };
        let (column, district, within) = (entry.point_column, site.district.to_owned(), site.within);
        let point = site.point.and_then(|shape| Point::try_from(shape.0.clone()).ok());
        let point = point.map(|point| format!("{} {}", point.x(), point.y()));
        if found.inside == Some(false) && found.swapped_inside == Some(true) {
            let reason = "lies elsewhere, but with longitude and latitude swapped it would lie in the municipality: \
                          longitude comes first";
            batch.refuse(ix, Some(column), point.as_deref(), reason);
            continue;
        }
        if found.inside == Some(false) && within {
            let reason = format!("lies outside the municipality ({})", found.municipality);
            batch.refuse(ix, Some(column), point.as_deref(), reason);
            continue;
        }
        if !district.is_empty() && !found.district_known {
            let reason = format!("{} has no district of this name", found.municipality);
            batch.refuse(ix, Some("district"), Some(&district), reason);
        } else if found.in_district == Some(false) {
            let actual = found.actual.map_or("no district".to_owned(), |name| format!("\"{name}\""));
            let reason = format!("the point lies in {actual}");
            batch.refuse(ix, Some("district"), Some(&district), reason);
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Drawn<'a> {
    ix: usize,
    municipality_id: i64,
    shape: &'a Shape,
}

/// Shapes that cross themselves are repaired (`ST_MakeValid`) when they are written; here that is told, and shapes that
/// nothing would be left of, or that lie elsewhere, are refused.
async fn check_shapes<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let drawn: Vec<_> = batch
        .entries
        .iter()
        .filter_map(|entry| {
            let Entry { ix, municipality_id, .. } = *entry;
            Some(Drawn { ix, municipality_id, shape: entry.value.shape()? })
        })
        .collect();
    if drawn.is_empty() {
        return Ok(());
    }
    for found in queries::shapes(conn, json(drawn)).await? {
        let ix = usize::try_from(found.ix).unwrap_or(usize::MAX);
        let Some(entry) = batch.entries.get(ix) else { continue };
        let (place, column) = (entry.place, entry.point_column);
        if !found.usable {
            batch.refuse(ix, Some(column), None, format!("{} and cannot be repaired", found.reason));
        } else if found.touches == Some(false) {
            let hint = if found.swapped_touches == Some(true) { "; are longitude and latitude swapped?" } else { "" };
            batch.refuse(ix, Some(column), None, format!("lies outside the municipality{hint}"));
        } else if !found.valid {
            report.notes.push(Note { place: Some(place), text: format!("the shape was repaired: {}", found.reason) });
        }
    }
    Ok(())
}

/// Writes the good rows. What the database refuses nonetheless is found by halving the rows, each half in its savepoint.
async fn write<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let good: Vec<usize> =
        batch.entries.iter().filter(|entry| !batch.faulty.contains(&entry.place)).map(|entry| entry.ix).collect();
    let mut work: Vec<&[usize]> = good.chunks(T::CHUNK).rev().collect();
    while let Some(rows) = work.pop() {
        let entries: Vec<_> = rows.iter().filter_map(|ix| batch.entries.get(*ix)).collect();
        let mut step = conn.begin().await?;
        match T::write(&mut step, json(entries)).await {
            Ok(written) => {
                end(step, !(written.inserted.is_empty() && written.updated.is_empty())).await?;
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
