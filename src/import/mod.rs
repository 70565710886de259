//! Files become records: CSV and GeoJSON in, one transaction, and a report that names every row that did not go in.
//!
//! The bytes become rows (`source`), a mapping may rename their columns (`mapping`), cells become values (`row`,
//! `value`), and `batch` checks and writes them. What one kind of record has that others do not is in its
//! own file. A record is known by municipality, source and `source_id`; one that is already as it should be is not
//! touched, so importing a file again changes nothing.

mod batch;
mod checks;
pub mod codes;
mod csv;
mod exchange;
mod geojson;
mod known;
mod mapping;
mod organisations;
mod periods;
mod premises;
mod queries;
mod report;
mod row;
mod source;
mod support;
mod territory;
mod value;
mod wkt;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sqlx::{PgConnection, PgPool};

pub use report::{ImportError, Note, Place, Refusal, Report};

use batch::Importable;
use known::Known;
use mapping::Mapping;
use source::{Fault, Table};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Gminas, polygons.
    Municipalities,
    /// Parts of a gmina, polygons.
    Districts,
    /// What the schematic basemap draws, lines and polygons.
    Schematic,
    /// Categories of goods and services.
    Categories,
    /// Organisations of the social economy.
    Organisations,
    /// Support institutions.
    Support,
    /// Municipal premises.
    Premises,
    /// What premises were from when to when.
    PremisesPeriods,
    /// Products and services on offer.
    Offers,
    /// What is wanted.
    Demand,
    /// What is lent or given.
    Equipment,
}

/// What happens to records that the file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// They stay; rows that are refused are left out.
    #[default]
    Upsert,
    /// Those of the same municipality and source are deleted; if a row is refused, nothing is changed.
    Replace,
}

/// An import, as the command line asks for it.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the file holds.
    pub kind: Kind,
    /// The file, CSV or GeoJSON.
    pub file: PathBuf,
    /// How its columns become ours (TOML).
    pub mapping: Option<PathBuf>,
    /// TERYT code of the municipality of rows that name none.
    pub municipality: Option<String>,
    /// What happens to other records.
    pub mode: Mode,
    /// Do everything, report it, and take it back.
    pub dry_run: bool,
}

/// Imports a file.
///
/// # Errors
/// A file cannot be read or is not what it should be, or the database fails. Nothing is changed then. Refused rows are no
/// error: they are in the report.
pub async fn run(pool: &PgPool, options: &Options) -> Result<Report, ImportError> {
    let bytes = read_file(&options.file)?;
    let mapping = match &options.mapping {
        Some(path) => Some((path.display().to_string(), read_file(path)?)),
        None => None,
    };
    let mut transaction = begin(pool).await?;
    let input = Input {
        kind: options.kind,
        name: &options.file.display().to_string(),
        bytes: &bytes,
        mapping: mapping.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        municipality: options.municipality.as_deref(),
        mode: options.mode,
        dry_run: options.dry_run,
    };
    let report = import(&mut transaction, &input).await?;
    if report.dry_run || report.nothing_changed() {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(report)
}

/// Files of the demo, in the order in which they refer to each other.
pub const DEMO_FILES: [(Kind, &str); 11] = [
    (Kind::Municipalities, "municipalities.geojson"),
    (Kind::Districts, "districts.geojson"),
    (Kind::Schematic, "schematic.geojson"),
    (Kind::Categories, "categories.csv"),
    (Kind::Organisations, "organisations.csv"),
    (Kind::Support, "support.csv"),
    (Kind::Premises, "premises.csv"),
    (Kind::PremisesPeriods, "premises-periods.csv"),
    (Kind::Offers, "offers.csv"),
    (Kind::Demand, "demand.csv"),
    (Kind::Equipment, "equipment.csv"),
];

/// Imports the [`DEMO_FILES`] in one transaction: all of them or, when one fails, none. `file` gives the bytes behind a
/// name; `municipality` is that of rows that name none.
///
/// # Errors
/// A file is missing or not what it should be, or the database fails.
pub async fn run_demo(
    pool: &PgPool,
    file: impl Fn(&str) -> Option<Cow<'static, [u8]>>,
    municipality: Option<&str>,
) -> Result<Vec<Report>, ImportError> {
    let mut transaction = begin(pool).await?;
    let mut reports = Vec::with_capacity(DEMO_FILES.len());
    for (kind, name) in DEMO_FILES {
        let bytes = file(name).ok_or_else(|| ImportError::Request(format!("the demo file {name} is missing")))?;
        let input =
            Input { kind, name, bytes: &bytes, mapping: None, municipality, mode: Mode::Upsert, dry_run: false };
        // Before there are municipalities, none can be the default.
        let input = if kind == Kind::Municipalities { Input { municipality: None, ..input } } else { input };
        reports.push(import(&mut transaction, &input).await?);
    }
    transaction.commit().await?;
    Ok(reports)
}

/// A file in memory and what to do with it.
struct Input<'a> {
    kind: Kind,
    name: &'a str,
    bytes: &'a [u8],
    mapping: Option<(&'a str, &'a [u8])>,
    municipality: Option<&'a str>,
    mode: Mode,
    dry_run: bool,
}

fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    std::fs::read(path).map_err(|source| ImportError::Read { file: path.display().to_string(), source })
}

/// A transaction in which only one import at a time gets on, and statements may take their time.
async fn begin(pool: &PgPool) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, ImportError> {
    let mut transaction = pool.begin().await?;
    queries::prepare(&mut transaction).await?;
    Ok(transaction)
}

async fn import(conn: &mut PgConnection, input: &Input<'_>) -> Result<Report, ImportError> {
    match input.kind {
        Kind::Municipalities => import_as::<territory::Municipality>(conn, input).await,
        Kind::Districts => import_as::<territory::District>(conn, input).await,
        Kind::Schematic => import_as::<territory::Schematic>(conn, input).await,
        Kind::Categories => import_as::<exchange::Category>(conn, input).await,
        Kind::Organisations => import_as::<organisations::Organisation>(conn, input).await,
        Kind::Support => import_as::<support::Institution>(conn, input).await,
        Kind::Premises => import_as::<premises::Premises>(conn, input).await,
        Kind::PremisesPeriods => import_as::<periods::Period>(conn, input).await,
        Kind::Offers => import_as::<exchange::Offer>(conn, input).await,
        Kind::Demand => import_as::<exchange::Demand>(conn, input).await,
        Kind::Equipment => import_as::<exchange::Equipment>(conn, input).await,
    }
}

async fn import_as<T: Importable>(conn: &mut PgConnection, input: &Input<'_>) -> Result<Report, ImportError> {
    let structure = |Fault { line, reason }| ImportError::Structure { file: input.name.to_owned(), line, reason };
    let mut report = Report::new(input.kind, input.name, input.mode, input.dry_run);
    let mut table = source::read(input.name, input.bytes).map_err(structure)?;
    name_columns::<T>(&mut table, input, &mut report)?;
    if table.records.is_empty() {
        // A file cut short must not empty a register.
        if input.mode == Mode::Replace {
            return Err(structure(Fault::new(None, "the file has no rows; replacing would delete every record")));
        }
        report.notes.push(Note { place: None, text: "the file has no rows".to_owned() });
    } else if let Some(column) = T::REQUIRED.iter().find(|column| !table.columns.contains(**column)) {
        return Err(structure(missing_column(&table, column)));
    }
    let known = Known::load(conn, input.kind, input.municipality).await?;
    if T::OWNED && !known.has_default() && !table.columns.contains("municipality") && !table.records.is_empty() {
        let reason = "the rows name no municipality: give --municipality TERYT, or a column \"municipality\"";
        return Err(ImportError::Request(reason.to_owned()));
    }
    if input.kind == Kind::Municipalities && input.mode == Mode::Replace {
        let reason = "municipalities cannot be replaced: deleting one would delete everything in it";
        return Err(ImportError::Request(reason.to_owned()));
    }
    // The same file from another folder is the same source.
    let stem = Path::new(input.name).file_stem().map_or(Cow::Borrowed("import"), |stem| stem.to_string_lossy());
    batch::import::<T>(conn, &table, &known, &stem, &mut report).await?;
    Ok(report)
}

/// A column that must be there is not. A row that is wrong in itself may be why, so the first of these is told too.
fn missing_column(table: &Table, column: &str) -> Fault {
    let columns: Vec<_> = table.columns.iter().map(String::as_str).collect();
    let there =
        if columns.is_empty() { "there are none".to_owned() } else { format!("there are {}", columns.join(", ")) };
    let reason = format!("there is no column \"{column}\" ({there})");
    let wrong = table.records.iter().find_map(|record| Some((record, record.faults.first()?)));
    match wrong {
        Some((record, (_, fault))) => Fault::new(record.place().line, format!("{fault}; and {reason}")),
        None => Fault::new(None, reason),
    }
}

/// Brings the file's columns to our names and tells what is left over.
fn name_columns<T: Importable>(table: &mut Table, input: &Input<'_>, report: &mut Report) -> Result<(), ImportError> {
    let known: Vec<&str> = batch::COMMON.iter().chain(T::COLUMNS).copied().collect();
    if let Some((file, bytes)) = input.mapping {
        let failed = |reason| ImportError::Mapping { file: file.to_owned(), reason };
        let text = std::str::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
        Mapping::parse(text, &known).map_err(failed)?.apply(table).map_err(failed)?;
    } else {
        for (theirs, ours) in T::ALIASES {
            table.rename(theirs, ours);
        }
    }
    let unknown: Vec<_> = table.columns.iter().filter(|column| !known.contains(&column.as_str())).cloned().collect();
    if !unknown.is_empty() {
        let text = format!("columns that are not known and not read: {}", unknown.join(", "));
        report.notes.push(Note { place: None, text });
    }
    report.notes.extend(
        table.blank.iter().map(|place| Note { place: Some(*place), text: "an empty row, passed over".to_owned() }),
    );
    Ok(())
}
