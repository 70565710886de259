//! The map: which layers there are, how they are kept current, and the addresses that serve them.

pub mod layers;
mod page;
pub mod queries;
pub mod refresh;
pub mod routes;
pub mod tiles;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use futures_util::{Stream, stream};
use moka::future::Cache;
use sqlx::PgPool;
use sqlx::types::time::Date;
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::tiles::IdSet;
use crate::tiles::engine::Engine;
use crate::tiles::snapshot::Refused;
use crate::web::Params;
use crate::{organisations, premises, support};

/// How many other days are kept in memory.
const DAYS: u64 = 4;

/// What the tiles of one other day may take, bytes.
const DAY_CACHE_BYTES: u64 = 1024 * 1024;

/// The map in memory.
pub struct Map {
    /// Layers and finished tiles.
    engine: Arc<Engine>,
    /// The same with premises as they were on another day, by day and data version.
    days: Cache<(Date, i64), Arc<Engine>>,
    ready: AtomicBool,
    /// Grows with every change of the layers and every day; open pages wait for it to change.
    data_version: watch::Sender<i64>,
    stopping: watch::Sender<bool>,
    /// Rows that cannot be drawn, by layer.
    refused: RwLock<BTreeMap<&'static str, Vec<Refused>>>,
    /// What a filter lets through, by layer, filter and data version.
    passing: Cache<(&'static str, String, i64), Arc<IdSet>>,
}

impl Map {
    /// An empty map whose caches take at most `cache_mb` MiB.
    pub fn new(cache_mb: u64) -> Self {
        Self {
            engine: Arc::new(Engine::new(layers::LAYERS, cache_mb * 1024 * 1024)),
            days: Cache::builder().max_capacity(DAYS).build(),
            ready: AtomicBool::new(false),
            data_version: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            refused: RwLock::default(),
            passing: Cache::builder().max_capacity(256).build(),
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

    /// Rows that cannot be drawn, with reasons, by layer.
    pub fn refused(&self) -> BTreeMap<&'static str, Vec<Refused>> {
        self.refused.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The layers as they are, or, where the layers show premises and `on` names a day, with premises as they were then.
    ///
    /// # Errors
    /// `on` is no day, or the database cannot be asked about it.
    pub async fn engine(&self, pool: &PgPool, layers: &[&str], params: &Params) -> Result<Arc<Engine>> {
        if !layers.iter().any(|layer| ["premises", "footprints"].contains(layer)) {
            return Ok(self.engine.clone());
        }
        let Some(day) = premises::Filter::parse(params)?.on else { return Ok(self.engine.clone()) };
        let made = self.days.try_get_with((day, self.data_version()), async {
            let mut db = pool.acquire().await?;
            let (points, outlines) = (queries::premises(&mut db, day).await?, queries::footprints(&mut db, day).await?);
            let fork = self.engine.fork(DAY_CACHE_BYTES);
            // What cannot be drawn was reported when the present was read.
            fork.replace("premises", points).map_err(Error::internal)?;
            fork.replace("footprints", outlines).map_err(Error::internal)?;
            Ok(Arc::new(fork))
        });
        made.await.map_err(|error: Arc<Error>| again(&error))
    }

    /// What the parameters let through in each of the layers; a layer without an entry shows everything. The same SQL as
    /// in the lists decides, once for each filter and version of the data.
    ///
    /// # Errors
    /// A parameter is wrong, or the database cannot be asked.
    pub async fn filters(
        &self,
        pool: &PgPool,
        layers: &[&'static str],
        params: &Params,
    ) -> Result<BTreeMap<&'static str, Arc<IdSet>>> {
        let mut filters = BTreeMap::new();
        for &layer in layers {
            let Some(filter) = Filter::parse(layer, params)? else { continue };
            let key = (layer, filter.key(params), self.data_version());
            let ids = self.passing.try_get_with(key, async { filter.passing(pool).await.map(Arc::new) }).await;
            filters.insert(layer, ids.map_err(|error: Arc<Error>| again(&error))?);
        }
        Ok(filters)
    }
}

/// A shared error told once more, to another request that waited for the same answer.
fn again(error: &Error) -> Error {
    match error {
        Error::BadParameter { parameter, detail } => Error::parameter(parameter, detail.clone()),
        Error::BadPath(detail) => Error::BadPath(detail.clone()),
        Error::NotFound(what) => Error::NotFound(what.clone()),
        Error::Unavailable(cause) => Error::Unavailable(cause.clone()),
        Error::Internal(cause) => Error::internal(cause.to_string()),
    }
}

/// The filter of a layer that has one.
enum Filter {
    Organisations(organisations::Filter),
    Support(support::Filter),
    Premises(premises::Filter),
}

/// Parameters that filter the layers' features, by layer.
pub fn filter_params(layer: &str) -> &'static [&'static str] {
    match layer {
        "organisations" => organisations::Filter::PARAMS,
        "support" => support::Filter::PARAMS,
        "premises" | "footprints" => premises::Filter::PARAMS,
        _ => &[],
    }
}

impl Filter {
    /// The filter that the parameters make for a layer; nothing where none of them concerns it. A parameter of another
    /// layer leaves this one alone.
    fn parse(layer: &'static str, params: &Params) -> Result<Option<Self>> {
        let known = filter_params(layer);
        if !params.iter().any(|(name, _)| known.contains(&name)) {
            return Ok(None);
        }
        Ok(match layer {
            "organisations" => Some(Self::Organisations(organisations::Filter::parse(params)?)),
            "support" => Some(Self::Support(support::Filter::parse(params)?)),
            "premises" | "footprints" => Some(Self::Premises(premises::Filter::parse(params)?)),
            _ => None,
        })
    }

    /// The parameters that make it, and no others, in a fixed order.
    fn key(&self, params: &Params) -> String {
        let known = match self {
            Self::Organisations(_) => organisations::Filter::PARAMS,
            Self::Support(_) => support::Filter::PARAMS,
            Self::Premises(_) => premises::Filter::PARAMS,
        };
        let mut pairs: Vec<_> = params.iter().filter(|(name, _)| known.contains(name)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    async fn passing(&self, pool: &PgPool) -> Result<IdSet> {
        let ids = match self {
            Self::Organisations(filter) => organisations::queries::matching_ids(pool, filter).await?,
            Self::Support(filter) => support::queries::matching_ids(pool, filter).await?,
            Self::Premises(filter) => premises::queries::matching_ids(pool, filter).await?,
        };
        Ok(ids.into_iter().map(i64::unsigned_abs).collect())
    }
}
