//! Connections to PostGIS and the schema.

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Executor, PgPool};

use crate::config::Secret;

/// The schema, step by step; carried in the program.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Options every connection shares: no statement of a request runs for long.
///
/// # Errors
/// The address is no PostgreSQL address.
pub fn options(url: &Secret) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(&url.0)?
        .application_name("pestor")
        .options([
            ("statement_timeout", "10000"),
            // How like a text the words of `q` must be (`<%`): "fundcja zielny" is 0.56 like "Fundacja Zielony Zakątek".
            ("pg_trgm.word_similarity_threshold", "0.45"),
        ])
        .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1)))
}

/// A pool that connects when it is first used. A request waits at most two seconds for a connection. "Today" is Poland's.
pub fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(2))
        // Among the options it would be lost: the library asks for UTC after them.
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute("set timezone to 'Europe/Warsaw'").await.map(|_| ()) })
        })
        .connect_lazy_with(options)
}

/// Brings the schema up. Safe to run twice, and on two nodes at once (an advisory lock lets one pass).
///
/// # Errors
/// The database cannot be reached, or a step fails; a failed step leaves no trace.
pub async fn migrate(url: &Secret) -> Result<(), MigrateError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        // A step may take its time.
        .connect_with(options(url)?.options([("statement_timeout", "0")]))
        .await?;
    MIGRATIONS.run(&pool).await?;
    pool.close().await;
    Ok(())
}

/// How many steps of the schema the database still lacks.
///
/// # Errors
/// The database cannot be reached.
pub async fn pending_migrations(pool: &PgPool) -> Result<usize, sqlx::Error> {
    let applied: Vec<i64> =
        match sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(pool).await {
            Ok(versions) => versions,
            // 42P01: the table is not there yet.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Vec::new(),
            Err(error) => return Err(error),
        };
    Ok(MIGRATIONS.iter().filter(|step| !applied.contains(&step.version)).count())
}
