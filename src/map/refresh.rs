//! Keeps the map in memory as the database has it: whoever changes a row raises the layer's version, notes the row in
//! `layer_change` and announces it (`pg_notify`); rows that changed since the version that was seen are read again. After a lost
//! connection everything is. Announcements and versions come from the primary, rows from the replica where there is one.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use sqlx::types::time::Date;
use tokio::time::{Instant, sleep, timeout_at};

use super::replica::{Replica, Snapshot};
use super::{layers, queries};
use crate::app::App;
use crate::districts;
use crate::error::{Error, Result};
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
pub async fn run(app: App, mut replica: Option<Replica>) {
    loop {
        if let Err(error) = follow(&app, &mut replica).await {
            tracing::warn!(%error, "the map waits for the database");
        }
        sleep(RETRY).await;
    }
}

/// Reads everything, then follows the announcements until the connection is lost. An announcement only wakes: what to read
/// is told by the versions in the database, so one that never arrived is made good by the next, or by the next look.
async fn follow(app: &App, replica: &mut Option<Replica>) -> Result<()> {
    // Listening begins before the first look, so that nothing falls between the two.
    let mut listener = PgListener::connect_with(&app.pool).await?;
    listener.listen(CHANNEL).await?;
    let mut seen = read(app, replica, None).await?;
    if !app.map.ready.swap(true, Ordering::AcqRel) {
        tracing::info!("the map is ready");
    }
    loop {
        if announced(&mut listener, Instant::now() + LOOK).await? {
            let until = Instant::now() + GATHER;
            while announced(&mut listener, until).await? {}
        }
        seen = read(app, replica, Some(seen)).await?;
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

/// What was true when the sources were read.
#[derive(PartialEq)]
struct Seen {
    versions: queries::Versions,
    today: Date,
}

impl Seen {
    /// One number for all of it, the same on every server. Each part only grows, so the sum grows with any of them.
    fn number(&self) -> i64 {
        self.versions.values().map(|version| version.number).sum::<i64>() + i64::from(self.today.to_julian_day())
    }

    fn version(&self, source: &str) -> queries::Version {
        self.versions.get(source).copied().unwrap_or_default()
    }
}

/// More changed features than this are read by reading all.
const MOST_FOLLOWED: usize = 20_000;

/// What is to be read of a source.
enum Fresh {
    Nothing,
    Everything,
    Only(Vec<i64>),
}

/// Reads what changed since `before` (everything, where nothing was read yet), as soon as the replica has it, and puts it on the map.
async fn read(app: &App, replica: &mut Option<Replica>, before: Option<Seen>) -> Result<Seen> {
    let mut primary = Snapshot::begin(&app.pool).await?;
    // The primary's day, so that all servers have the same one.
    let today = queries::today(&mut primary.transaction).await?;
    let announced = Seen { versions: primary.versions.clone(), today };
    if before.as_ref() == Some(&announced) {
        return Ok(announced);
    }
    if let Some(replica) = replica
        && let Some(snapshot) = replica.at_least(&announced.versions).await
    {
        primary.transaction.rollback().await?;
        return show(app, snapshot, today, before).await.inspect_err(|_| replica.failed());
    }
    show(app, primary, today, before).await
}

/// Puts on the map what changed from `before` to a snapshot.
async fn show(app: &App, snapshot: Snapshot, today: Date, before: Option<Seen>) -> Result<Seen> {
    let started = Instant::now();
    let Snapshot { mut transaction, versions } = snapshot;
    let db: &mut PgConnection = &mut transaction;
    let seen = Seen { versions, today };
    let today = queries::day(seen.today);
    if before.is_some() {
        let map = app.map.clone();
        tokio::task::spawn_blocking(move || map.engine.set_today(today)).await.map_err(Error::internal)?;
    }
    let is_same = |source: &str| before.as_ref().is_some_and(|before| before.version(source) == seen.version(source));
    for source in layers::SOURCES {
        let fresh = match &before {
            None => Fresh::Everything,
            Some(_) if is_same(source.name) => Fresh::Nothing,
            Some(before) => changes(db, source.name, before.version(source.name), seen.version(source.name)).await?,
        };
        let ids = match fresh {
            Fresh::Nothing => continue,
            Fresh::Everything => None,
            Fresh::Only(ids) => Some(ids),
        };
        let mut builder = app.map.engine.builder(source.name).map_err(Error::internal)?;
        queries::read(db, source.name, ids.as_deref(), &mut builder).await?;
        tracing::debug!(
            source = source.name,
            rows = builder.len(),
            duration_ms = started.elapsed().as_millis(),
            "read"
        );
        let map = app.map.clone();
        let stored = tokio::task::spawn_blocking(move || match ids {
            None => map.engine.replace(source.name, builder, today),
            Some(ids) => {
                let ids: Vec<u64> = ids.into_iter().map(i64::unsigned_abs).collect();
                map.engine.change(source.name, &ids, builder)
            }
        });
        for row in stored.await.map_err(Error::internal)?.map_err(Error::internal)? {
            tracing::warn!(source = source.name, id = row.id, reason = %row.reason, "a row cannot be drawn");
        }
    }
    if !is_same("districts") || !is_same("premises") {
        let names = Arc::new(queries::names(db).await?);
        *app.map.names.write().unwrap_or_else(PoisonError::into_inner) = names;
    }
    if !is_same("municipalities") || !is_same("districts") {
        read_site(app, db).await?;
    }
    transaction.commit().await?;
    tracing::debug!(duration_ms = started.elapsed().as_millis(), "the map is up to date");
    app.map.data_version.send_replace(seen.number());
    Ok(seen)
}

/// What changed in a source between two versions.
async fn changes(db: &mut PgConnection, source: &str, from: queries::Version, to: queries::Version) -> Result<Fresh> {
    // Versions go back where the primary takes over from a replica that was ahead of it.
    if from.number < to.complete_since || from.number > to.number {
        return Ok(Fresh::Everything);
    }
    let ids = queries::changed(db, source, from.number, to.number, MOST_FOLLOWED).await?;
    Ok(match ids {
        Some(ids) if ids.len() <= MOST_FOLLOWED => Fresh::Only(ids),
        _ => Fresh::Everything,
    })
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
