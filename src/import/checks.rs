//! Checks that every kind has: repeats within the file, points and districts, shapes.

use std::collections::HashSet;

use geo::Point;
use serde::Serialize;
use sqlx::PgConnection;

use super::batch::{Batch, Entry, Importable, json};
use super::queries;
use super::report::{Place, Report};
use super::row::Shape;

#[derive(Serialize)]
struct Key<'a> {
    what: &'static str,
    key: String,
    row_number: u64,
    line: u64,
    feature: Option<u64>,
    #[serde(skip)]
    ix: usize,
    #[serde(skip)]
    value: &'a str,
}

/// The first row of a key or identifier stands; later ones are refused.
pub async fn refuse_repeats<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
) -> Result<(), sqlx::Error> {
    let of = |entry: &Entry<T>, what, key, value| {
        let Place { line, feature } = entry.place;
        Key { what, key, row_number: batch.first_row + entry.ix as u64, line, feature, ix: entry.ix, value }
    };
    let keys: Vec<Key<'_>> = batch
        .entries
        .iter()
        // A row without a key has told why.
        .filter(|entry| !entry.source_id.is_empty())
        .map(|entry| {
            let key = format!("{}\u{1f}{}\u{1f}{}", entry.municipality_id, entry.source, entry.source_id);
            of(entry, "source_id", key, "")
        })
        .collect();
    let mut repeats = found(queries::repeats(conn, json(&keys)).await?, &keys, batch.first_row);
    let repeated: HashSet<usize> = repeats.iter().map(|(ix, ..)| *ix).collect();
    let fresh = batch.entries.iter().filter(|entry| !repeated.contains(&entry.ix));
    let identifiers: Vec<Key<'_>> = fresh
        .flat_map(|entry| {
            let all = entry.value.identifiers().into_iter();
            all.map(|(column, value)| of(entry, column, value.to_owned(), value)).collect::<Vec<_>>()
        })
        .collect();
    if !identifiers.is_empty() {
        repeats.extend(found(queries::repeats(conn, json(&identifiers)).await?, &identifiers, batch.first_row));
    }
    for (ix, column, value, first) in repeats {
        let value = if column == "source_id" {
            batch.entries.get(ix).map(|entry| entry.source_id.clone()).unwrap_or_default()
        } else {
            value
        };
        let reason = format!("repeats the row of {}", first.name());
        // A key that is made from other columns means nothing to people.
        let given = column != "source_id" || batch.has_column(column);
        batch.refuse(ix, given.then_some(column), given.then_some(value.as_str()), reason);
    }
    Ok(())
}

/// Rows that repeat others: position in the chunk, column, value, and where the first stands.
fn found(repeats: Vec<queries::Repeat>, keys: &[Key<'_>], first_row: u64) -> Vec<(usize, &'static str, String, Place)> {
    let asked = |repeat: &queries::Repeat| {
        let at = repeat.row_number.cast_unsigned().checked_sub(first_row)?;
        keys.iter().find(|key| key.ix as u64 == at && key.what == repeat.what)
    };
    repeats
        .iter()
        .filter_map(|repeat| {
            let key = asked(repeat)?;
            let first = Place { line: repeat.line.cast_unsigned(), feature: repeat.feature.map(i64::cast_unsigned) };
            Some((key.ix, key.what, key.value.to_owned(), first))
        })
        .collect()
}

#[derive(Serialize)]
struct Asked<'a> {
    ix: usize,
    municipality_id: i64,
    point: Option<&'a Shape>,
    district: &'a str,
}

/// Points lie where they should, districts are known and hold the point.
pub async fn check_sites<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let pointless = |entry: &&Entry<T>| entry.value.site().is_some_and(|site| site.point.is_none());
    let pointless = batch.good().filter(pointless).count();
    report.pointless += pointless;
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
pub async fn check_shapes<T: Importable>(
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
        let (place, column) = (entry.place, T::SHAPE_COLUMN.unwrap_or(entry.point_column));
        if !found.usable {
            batch.refuse(ix, Some(column), None, format!("{} and cannot be repaired", found.reason));
        } else if found.touches == Some(false) {
            let hint = if found.swapped_touches == Some(true) { "; are longitude and latitude swapped?" } else { "" };
            batch.refuse(ix, Some(column), None, format!("lies outside the municipality{hint}"));
        } else if !found.valid {
            report.note_at(Some(place), format!("the shape was repaired: {}", found.reason));
        }
    }
    Ok(())
}
