//! Open data: the page `/dane`, and the same as a catalogue in DCAT-AP 3 for portals that collect from many places.

mod dcat;
mod rdf;
mod routes;

use time::OffsetDateTime;

use crate::api::find::LISTS;
use crate::app::App;
use crate::error::Result;
use crate::export::{Format, Kind, queries};
use crate::ogc::COLLECTIONS;

pub use routes::routes;

/// A data set as the catalogue lists it.
#[derive(Debug)]
pub struct Dataset {
    /// Its kind.
    pub kind: Kind,
    /// How many records it has.
    pub count: i64,
    /// When one of them last changed, where that is kept.
    pub updated_at: Option<OffsetDateTime>,
}

impl Dataset {
    /// Endings of its files and feeds.
    pub fn endings(&self) -> impl Iterator<Item = &'static str> + use<> {
        let feed = LISTS.contains(&self.kind).then_some("atom");
        Format::ALL.into_iter().map(Format::ending).chain(feed)
    }

    /// Path of a file.
    pub fn file(&self, ending: &str) -> String {
        format!("/api/v1/{}.{ending}", self.kind.name())
    }

    /// Whether it is a collection for GIS programs.
    pub fn is_collection(&self) -> bool {
        COLLECTIONS.contains(&self.kind)
    }
}

/// All data sets, what people look for first.
///
/// # Errors
/// The database fails.
pub async fn datasets(app: &App) -> Result<Vec<Dataset>> {
    let mut connection = app.pool.acquire().await?;
    let mut datasets = Vec::new();
    let rest = Kind::ALL.into_iter().filter(|kind| !LISTS.contains(kind));
    for kind in LISTS.into_iter().chain(rest) {
        let (count, updated_at) = queries::count(&mut connection, kind).await?;
        datasets.push(Dataset { kind, count, updated_at });
    }
    Ok(datasets)
}
