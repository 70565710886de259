//! Addresses without a point: looked up among the imported addresses, and how sure the place is.

use geo::Point;
use serde::Serialize;
use sqlx::PgConnection;

use super::batch::{Batch, Importable, json};
use super::queries;
use super::report::Report;
use super::row::Shape;

/// How sure the place of a record is, the surest first.
pub const QUALITIES: &[&str] = &["given", "address", "street", "district", "locality", "municipality"];

/// What a row says of where it stands, for kinds that are looked up.
#[derive(Debug, Serialize)]
pub struct Address<'a> {
    /// Street with its kind.
    pub street: &'a str,
    /// Building and unit.
    pub house_number: &'a str,
    /// Town.
    pub city: &'a str,
    /// District that the file names.
    pub district: &'a str,
    /// It has a point.
    #[serde(skip)]
    pub given: bool,
    /// A row of its kind needs a point.
    #[serde(skip)]
    pub needed: bool,
}

#[derive(Serialize)]
struct Asked<'a> {
    ix: usize,
    municipality_id: i64,
    #[serde(flatten)]
    address: Address<'a>,
}

/// Gives rows without a point the place of their address. What cannot be told is told, and refused where a point is needed.
pub async fn place<T: Importable>(
    conn: &mut PgConnection,
    batch: &mut Batch<'_, T>,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let good: Vec<_> = batch.good().filter_map(|entry| Some((entry, entry.value.address()?))).collect();
    for _ in good.iter().filter(|(_, address)| address.given) {
        report.located("given");
    }
    let asked: Vec<_> = good
        .into_iter()
        .filter(|(_, address)| !address.given)
        .map(|(entry, address)| Asked { ix: entry.ix, municipality_id: entry.municipality_id, address })
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let asked_for: Vec<usize> = asked.iter().map(|row| row.ix).collect();
    for found in queries::geocode(conn, json(asked)).await? {
        let Some(entry) = usize::try_from(found.ix).ok().and_then(|ix| batch.entries.get_mut(ix)) else { continue };
        let quality = QUALITIES.iter().copied().find(|quality| *quality == found.quality);
        if let Some(several) = found.several {
            let text = format!("the street could be {}; it is not guessed", several.join(" or "));
            report.note_at(Some(entry.place), text);
        }
        if let (Some(quality), Some(lon), Some(lat)) = (quality, found.lon, found.lat) {
            entry.value.place(Shape(Point::new(lon, lat).into()), quality);
            report.located(quality);
        }
    }
    for ix in asked_for {
        let Some(address) = batch.entries.get(ix).and_then(|entry| entry.value.address()) else { continue };
        if !address.given && address.needed {
            let column = batch.entries[ix].point_column;
            batch.refuse(ix, Some(column), None, "no point, and the address is not known");
        }
    }
    Ok(())
}
