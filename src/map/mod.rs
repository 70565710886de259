//! The map: which layers there are, how they are kept current, and the addresses that serve them.

mod embed;
mod facts;
pub mod layers;
mod page;
pub mod queries;
pub mod refresh;
pub mod replica;
pub mod routes;
pub mod tiles;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::{Stream, stream};
use moka::future::Cache;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::tiles::engine::{Engine, View};
use crate::tiles::pack::Refused;
use crate::tiles::{Filter, IdSet};
use crate::web::Params;
use facts::{Names, Wanted};

/// The map in memory.
pub struct Map {
    /// Sources, layers and finished tiles.
    engine: Engine,
    names: RwLock<Arc<Names>>,
    ready: AtomicBool,
    /// Grows with every change of the layers and every day; open pages wait for it to change.
    data_version: watch::Sender<i64>,
    stopping: watch::Sender<bool>,
    /// Which features the database let through, by layer, question and data version.
    asked: Cache<(&'static str, String, i64), Arc<IdSet>>,
}

impl Map {
    /// An empty map whose cache takes at most `cache_mb` MiB.
    pub fn new(cache_mb: u64) -> Self {
        Self {
            engine: Engine::new(layers::SOURCES, layers::LAYERS, cache_mb * 1024 * 1024),
            names: RwLock::default(),
            ready: AtomicBool::new(false),
            data_version: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            asked: Cache::builder().max_capacity(256).build(),
        }
    }

    /// Whether every layer has been read at least once.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Version of the data, as it was last read.
    pub fn data_version(&self) -> i64 {
        *self.data_version.borrow()
    }

    /// The version of the data, now and whenever it changes, until the server stops.
    pub fn changes(&self) -> impl Stream<Item = i64> + use<> {
        let mut version = self.data_version.subscribe();
        version.mark_changed();
        let state = (version, self.stopping.subscribe());
        stream::unfold(state, async |(mut version, mut stopping)| {
            let stop = tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => true,
                changed = version.changed() => changed.is_err(),
            };
            let now = *version.borrow_and_update();
            (!stop).then_some((now, (version, stopping)))
        })
    }

    /// Ends what waits for changes, so that the server can stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Rows that cannot be drawn, with reasons, by source.
    pub fn refused(&self) -> Vec<(&'static str, Refused)> {
        self.engine.refused()
    }

    /// Layers with what the parameters let through of each.
    ///
    /// # Errors
    /// A parameter is wrong, or the database cannot be asked for a text.
    pub async fn view(&self, pool: &PgPool, layers: &[&'static str], params: &Params) -> Result<View> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner).clone();
        // All of it is checked before the database is asked for any of it.
        let wanted = layers.iter().map(|&layer| Ok((layer, facts::wanted(layer, params, &names)?)));
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        let mut filters: Vec<(&str, Filter)> = Vec::new();
        for (layer, wanted) in wanted {
            let Some(Wanted { mut filter, asked }) = wanted else { continue };
            if let Some(asked) = asked {
                let key = (layer, asked.clone(), self.data_version());
                let ids = self.asked.try_get_with(key, facts::asked(pool, layer, &asked)).await;
                filter.ids = Some(ids.map_err(|error: Arc<Error>| again(&error))?);
            }
            filters.push((layer, filter));
        }
        let filter = |layer: &str| filters.iter().find(|(name, _)| *name == layer).map(|(_, filter)| filter.clone());
        self.engine.view(layers, filter).map_err(Error::internal)
    }
}

/// A shared error told once more, to another request that waited for the same answer.
fn again(error: &Error) -> Error {
    match error {
        Error::BadParameter { parameter, detail } => Error::parameter(parameter, detail.clone()),
        Error::BadPath(detail) => Error::BadPath(detail.clone()),
        Error::NotFound(what) => Error::NotFound(what.clone()),
        Error::Unavailable(cause) => Error::Unavailable(cause.clone()),
        other => Error::internal(other.to_string()),
    }
}
