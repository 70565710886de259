//! The program's turns: a file is looked through, tried, written. Each is one transaction that holds the file's row, so that no other
//! node does the same, and what it came to is there together with what it did, or neither.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;

use super::State;
use super::queries::{self, File, Outcome};
use crate::access;
use crate::app::App;
use crate::error::{Error, Result};
use crate::import::look::{Look, look};
use crate::import::mapping::Mapping;
use crate::import::suggest::columns;
use crate::import::{self, ImportError, Kind, Options};

/// How often to look for work that another node was asked for.
const LOOK: Duration = Duration::from_secs(2);

/// How often a step is begun: one that ends the server will do so again.
const MOST_ATTEMPTS: i16 = 3;

/// Most bytes of a refused value that a report keeps.
const MOST_BYTES_OF_VALUE: usize = 400;

/// Days that the report of an import is kept.
pub const REPORT_DAYS: i32 = 30;

/// Runs until `stop` holds true.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match run_due(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a file waits to be tried again"),
        }
        tokio::select! {
            () = app.intake.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Does one step of one file; false where none is due.
///
/// # Errors
/// The database fails; the step is due as before.
pub async fn run_due(app: &App) -> Result<bool> {
    let Some((id, attempts)) = queries::next(&app.pool).await? else { return Ok(false) };
    let mut transaction = app.pool.begin().await?;
    import::unhurried(&mut transaction).await?;
    let Some((file, bytes)) = queries::take(&mut transaction, id).await? else { return Ok(true) };
    let (state, outcome) = if attempts > MOST_ATTEMPTS {
        (State::Mapping, failed(format!("the file could not be worked on: {MOST_ATTEMPTS} attempts ended early")))
    } else {
        step(&mut transaction, &file, bytes).await?
    };
    queries::finish(&mut transaction, id, state, outcome).await?;
    transaction.commit().await?;
    Ok(true)
}

fn failed(problem: String) -> Outcome {
    Outcome { problem: problem.replace('\0', "\u{fffd}"), ..Outcome::default() }
}

/// What is wrong with a file or a mapping, without the names that they have for the program.
fn problem(error: ImportError) -> Result<String> {
    match error {
        ImportError::Structure { line, reason, .. } => {
            Ok(line.filter(|line| *line > 0).map_or(reason.clone(), |line| format!("line {line}: {reason}")))
        }
        ImportError::Mapping { reason, .. } | ImportError::Request(reason) => Ok(reason),
        ImportError::Database(error) => Err(error.into()),
        error @ ImportError::Read { .. } => Err(Error::internal(error)),
    }
}

/// Does what a file waits for.
async fn step(connection: &mut PgConnection, file: &File, bytes: Vec<u8>) -> Result<(State, Outcome)> {
    let Some((account_id, role, lang)) = queries::acting(connection, file.id).await? else {
        return Ok((State::Mapping, failed("whoever asked for this may not do it any more".to_owned())));
    };
    let kind = Kind::of(&file.kind).ok_or_else(|| Error::internal(format!("unknown kind {}", file.kind)))?;
    let folder = tempfile::tempdir().map_err(Error::internal)?;
    let path = folder.path().join("file");
    tokio::fs::write(&path, bytes).await.map_err(Error::internal)?;
    let mapping = Some(file.mapping.as_str()).filter(|text| !text.is_empty());
    let mapping = match mapping.map(|text| Mapping::parse(text, &columns(kind).0)).transpose() {
        Ok(mapping) => mapping,
        Err(reason) => return Ok((State::Mapping, failed(reason))),
    };
    // What is written now was looked through when it was tried.
    let (seen, mapping) = if file.state == State::Importing {
        (Outcome::default(), mapping.unwrap_or_default())
    } else {
        match look_through(kind, file, &path, mapping).await? {
            Ok((look, mapping)) => {
                let seen = Outcome { mapping: Some(mapping.to_toml()), look: Some(json(&look)?), ..Outcome::default() };
                (seen, mapping)
            }
            Err(reason) => return Ok((State::Mapping, failed(reason))),
        }
    };
    if file.state == State::Reading {
        return Ok((State::Mapping, seen));
    }
    let mapping_path = folder.path().join("mapping.toml");
    tokio::fs::write(&mapping_path, mapping.to_toml()).await.map_err(Error::internal)?;
    let refused = folder.path().join("refused.csv");
    let dry_run = file.state == State::Checking;
    let options = Options {
        name: Some(file.file_name.clone()),
        mapping: Some(mapping_path),
        hints: file.settings.hints.clone(),
        municipality: file.teryt.clone(),
        only_municipality: kind.is_of_municipality(),
        mode: file.settings.mode,
        dry_run,
        told: file.settings.told(),
        refused: Some(refused.clone()),
        lang,
        ..Options::new(kind, path)
    };
    // What it tries, and what it cannot finish, is taken back; the row of the file stays held.
    let mut attempt = connection.begin().await?;
    access::queries::act_as(&mut attempt, account_id, role).await?;
    let mut report = match import::run_in(&mut attempt, &options).await {
        Ok(report) => report,
        Err(error) => {
            attempt.rollback().await?;
            return Ok((State::Mapping, Outcome { problem: failed(problem(error)?).problem, ..seen }));
        }
    };
    if dry_run || report.nothing_changed() {
        attempt.rollback().await?;
    } else {
        attempt.commit().await?;
    }
    // A page shows where a value begins; the CSV of refused rows has all of it.
    for value in report.refused.iter_mut().filter_map(|refusal| refusal.value.as_mut()) {
        value.truncate(value.floor_char_boundary(MOST_BYTES_OF_VALUE));
    }
    let refused = if report.refused_rows > 0 { tokio::fs::read(&refused).await.ok() } else { None };
    let to = if dry_run || report.nothing_changed() { State::Checked } else { State::Done };
    Ok((to, Outcome { report: Some(json(&report)?), refused, ..seen }))
}

fn json(value: &impl Serialize) -> Result<Value> {
    let mut json = serde_json::to_value(value).map_err(Error::internal)?;
    strip_zero(&mut json);
    Ok(json)
}

/// The database takes no zero byte in a text.
fn strip_zero(json: &mut Value) {
    match json {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(all) => all.iter_mut().for_each(strip_zero),
        Value::Object(all) => all.values_mut().for_each(strip_zero),
        _ => {}
    }
}

/// Looks through the file, on a thread that may wait for the disk; or says why it cannot be read.
async fn look_through(
    kind: Kind,
    file: &File,
    path: &Path,
    mapping: Option<Mapping>,
) -> Result<std::result::Result<(Look, Mapping), String>> {
    let (name, path, hints) = (file.file_name.clone(), path.to_owned(), file.settings.hints.clone());
    let seen = tokio::task::spawn_blocking(move || look(kind, &name, &path, &hints, mapping)).await;
    match seen.map_err(Error::internal)? {
        Ok(seen) => Ok(Ok(seen)),
        Err(error) => problem(error).map(Err),
    }
}
