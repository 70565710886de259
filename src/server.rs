//! From a configuration to a running site.

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::app::{self, App};
use crate::config::{Config, ConfigError, Settings};
use crate::map::replica::{self, Replica};
use crate::{accounts, db, import, intake, jobs, mail, map, serve};

/// How long a mail that is being sent may hold up the end; one that is cut short is sent again.
const LAST_MAIL: Duration = Duration::from_secs(3);

/// Why the site does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The database's address is wrong.
    #[error("DATABASE_URL: {0}")]
    Database(#[from] sqlx::Error),
    /// The replica's address is wrong.
    #[error("replica_url: {0}")]
    Replica(sqlx::Error),
    /// The schema is older than the program.
    #[error("the database lacks {0} step(s) of the schema; run: pestor migrate")]
    Schema(usize),
    /// The server broke.
    #[error("the server stopped: {0}")]
    Io(#[from] std::io::Error),
}

/// Serves until `stop` resolves, then lets running requests end. A database that is away for now is waited for while
/// `/readyz` says so; one with an old schema is refused.
///
/// # Errors
/// The address is taken, or the schema is old.
pub async fn serve(config: Config, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
    let listen = config.listen;
    let pool = db::pool(db::options(&config.database_url)?);
    let replica = config.replica_url.as_ref().map(db::options).transpose().map_err(ServeError::Replica)?;
    let replica = replica.map(|options| Replica::new(db::pool(options), replica::PATIENCE));
    match db::pending_migrations(&pool).await {
        Ok(0) => {}
        Ok(steps) => return Err(ServeError::Schema(steps)),
        Err(error) => tracing::warn!(%error, "the database cannot be reached yet"),
    }
    let listener = TcpListener::bind(listen).await.map_err(|source| ServeError::Listen { address: listen, source })?;
    // Links in mails that nobody's request asked for lead to where it listens.
    let config = Config { listen: listener.local_addr()?, ..config };
    let app = App::new(config, pool);
    let refresh = tokio::spawn(map::refresh::run(app.clone(), replica));
    let (stop_mail, mail_stops) = watch::channel(false);
    let mut sender = tokio::spawn(mail::sender::run(app.clone(), mail_stops.clone()));
    let jobs = tokio::spawn(jobs::run(app.clone(), mail_stops.clone()));
    let intake = tokio::spawn(intake::work::run(app.clone(), mail_stops));
    let basemaps = app.basemaps.clone();
    tokio::spawn(async move { basemaps.check().await });
    let address = listener.local_addr()?;
    eprintln!("listening on http://{address}");
    let map = app.map.clone();
    let stopped = async move {
        stop.await;
        stop_mail.send_replace(true);
        // Pages that follow the map would keep their connections for ever.
        map.stop();
    };
    serve::serve(listener, app::Site::new(app), stopped).await?;
    refresh.abort();
    jobs.abort();
    intake.abort();
    if timeout(LAST_MAIL, &mut sender).await.is_err() {
        sender.abort();
    }
    Ok(())
}

/// Resolves on Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// The demo data, carried in the program.
#[derive(rust_embed::RustEmbed)]
#[folder = "data-import/demo"]
struct Demo;

/// Settings of the demo: its municipality, basemaps and rules of rent.
///
/// # Errors
/// Never, as long as the file in the program is right, which the tests see to.
pub fn demo_settings() -> Result<Settings, ConfigError> {
    let file =
        Demo::get("pestor.toml").map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
    let settings = toml::from_str(&file)
        .map_err(|source| ConfigError::Parse { path: "pestor.toml".into(), source: Box::new(source) })?;
    Ok(Settings { demo: Some(true), ..settings })
}

/// Loads the demo data where there is no municipality yet; all of it or none.
///
/// # Errors
/// The database fails, or a row of the demo data is refused.
pub async fn load_demo(config: &Config) -> Result<(), import::ImportError> {
    let pool = db::pool(db::options(&config.database_url)?);
    let empty =
        sqlx::query_scalar!(r#"select not exists (select from municipality) as "empty!""#).fetch_one(&pool).await?;
    if empty {
        let started = std::time::Instant::now();
        for report in import::run_demo(&pool, |name| Demo::get(name).map(|file| file.data), None).await? {
            if let Some(refusal) = report.refused.first() {
                tracing::error!(kind = ?report.kind, refused = report.refused.len(), first = %refusal.reason, "demo data");
            }
        }
        tracing::info!(duration_ms = started.elapsed().as_millis(), "the demo data is loaded");
    }
    pool.close().await;
    Ok(())
}

/// Sets up the accounts of the demo; their addresses.
///
/// # Errors
/// The database fails.
pub async fn demo_accounts(config: &Config, password: &str) -> Result<Vec<&'static str>, crate::error::Error> {
    let pool = db::pool(db::options(&config.database_url)?);
    let addresses = accounts::demo::put(&pool, config.municipality.as_deref(), password).await?;
    pool.close().await;
    Ok(addresses)
}
