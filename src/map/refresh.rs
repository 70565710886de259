//! Keeps the map in memory as the database has it: whoever changes a row raises the layer's version and announces it
//! (`pg_notify`); layers whose version, or day, is another one are read again. After a lost connection everything is.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::types::time::Date;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout_at};

use super::{layers, queries};
use crate::app::App;
use crate::districts;
use crate::error::{Error, Result};
use crate::tiles::Feature;
use crate::web::Site;

/// Announced by the trigger function `layer_rows_changed`, with the layers' names.
const CHANNEL: &str = "pestor_layers";

/// Announcements of one piece of work (an import, a form) arrive together: gather them for so long.
const GATHER: Duration = Duration::from_millis(25);

/// Without any announcement, look so often: the day may have changed, and with it which periods are current.
const LOOK: Duration = Duration::from_secs(30);

/// How long to wait before the database is tried again.
const RETRY: Duration = Duration::from_millis(300);

/// Runs for ever.
pub async fn run(app: App) {
    loop {
        if let Err(error) = follow(&app).await {
            tracing::warn!(%error, "the map waits for the database");
        }
        sleep(RETRY).await;
    }
}

/// Reads everything, then follows the announcements until the connection is lost. An announcement only wakes: what to read
/// is told by the versions in the database, so one that never arrived is made good by the next, or by the next look.
async fn follow(app: &App) -> Result<()> {
    // Listening begins before the first look, so that nothing falls between the two.
    let mut listener = PgListener::connect_with(&app.pool).await?;
    listener.listen(CHANNEL).await?;
    let mut seen = read(app, None).await?;
    if !app.map.ready.swap(true, Ordering::AcqRel) {
        tracing::info!("the map is ready");
    }
    loop {
        if announced(&mut listener, Instant::now() + LOOK).await? {
            let until = Instant::now() + GATHER;
            while announced(&mut listener, until).await? {}
        }
        seen = read(app, Some(seen)).await?;
    }
}

/// Whether an announcement arrives in time.
async fn announced(listener: &mut PgListener, until: Instant) -> Result<bool> {
    match timeout_at(until, listener.try_recv()).await {
        Ok(Ok(Some(_))) => Ok(true),
        Ok(Ok(None)) => Err(Error::Unavailable("the listening connection was lost".to_owned())),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

/// What was true when the layers were read.
#[derive(PartialEq)]
struct Seen {
    versions: BTreeMap<String, i64>,
    today: Date,
}

impl Seen {
    /// Whether a layer shows the same as before: its rows are, and what depends on the day is of the same day.
    fn same(&self, before: &Self, layer: &str) -> bool {
        self.versions.get(layer) == before.versions.get(layer)
            && (self.today == before.today || !["premises", "footprints"].contains(&layer))
    }

    /// One number for all of it, the same on every server. Each part only grows, so the sum grows with any of them.
    fn number(&self) -> i64 {
        self.versions.values().sum::<i64>() + i64::from(self.today.to_julian_day())
    }
}

/// Reads the layers that changed since `before` (all, where nothing was read yet) in one snapshot of the database and puts
/// them on the map.
async fn read(app: &App, before: Option<Seen>) -> Result<Seen> {
    let started = Instant::now();
    let mut connection = app.pool.acquire().await?;
    let mut transaction = connection.begin_with("begin isolation level repeatable read read only").await?;
    let db: &mut PgConnection = &mut transaction;
    let seen = Seen { versions: queries::versions(db).await?, today: queries::today(db).await? };
    if before.as_ref() == Some(&seen) {
        return Ok(seen);
    }
    let wanted = |layer: &str| before.as_ref().is_none_or(|before| !seen.same(before, layer));
    let mut fresh: Vec<(&'static str, Vec<Feature>)> = Vec::new();
    for layer in layers::LAYERS {
        let features = match layer.name {
            name if !wanted(name) => continue,
            "municipalities" => queries::municipalities(db).await?,
            "districts" => queries::districts(db).await?,
            "schematic" => queries::schematic(db).await?,
            "organisations" => queries::organisations(db).await?,
            "support" => queries::support(db).await?,
            "premises" => queries::premises(db, seen.today).await?,
            "footprints" => queries::footprints(db, seen.today).await?,
            name => return Err(Error::internal(format!("no rows are known for layer {name}"))),
        };
        fresh.push((layer.name, features));
    }
    if wanted("municipalities") || wanted("districts") {
        read_site(app, db).await?;
    }
    transaction.commit().await?;
    drop(connection);

    let names: Vec<&str> = fresh.iter().map(|(name, _)| *name).collect();
    tracing::debug!(?names, duration_ms = started.elapsed().as_millis(), "layers read");
    let map = app.map.clone();
    let replaced = tokio::task::spawn_blocking(move || {
        fresh
            .into_iter()
            .map(|(name, features)| map.engine.replace(name, features).map(|refused| (name, refused)))
            .collect()
    });
    let replaced: std::result::Result<Vec<_>, _> = replaced.await.map_err(Error::internal)?;
    let mut known = app.map.refused.write().unwrap_or_else(PoisonError::into_inner);
    for (name, refused) in replaced.map_err(Error::internal)? {
        for row in &refused {
            if !known.get(name).is_some_and(|rows| rows.contains(row)) {
                tracing::warn!(layer = name, id = row.id, reason = %row.reason, "a row cannot be drawn");
            }
        }
        known.insert(name, refused);
    }
    drop(known);
    app.map.data_version.send_replace(seen.number());
    Ok(seen)
}

/// Learns the town's name, where it lies, and its districts.
async fn read_site(app: &App, db: &mut PgConnection) -> Result<()> {
    let demo = app.config.demo;
    let site = match queries::municipality(db, app.config.municipality.as_deref()).await? {
        Some((municipality, teryt, bounds)) => {
            let districts = districts::queries::of_municipality(db, &teryt).await?;
            Site { municipality, teryt, bounds, districts, demo }
        }
        None => {
            let unknown = Site::unknown(demo);
            let bounds = queries::extent(db).await?.unwrap_or(unknown.bounds);
            Site { bounds, ..unknown }
        }
    };
    app.set_site(site);
    Ok(())
}
