//! Files become records: many formats in, one transaction, and a report that names every row that did not go in.
//!
//! The bytes become rows (`source`), a mapping may rename their columns (`mapping`), coordinates become degrees (`project`), cells
//! become values (`row`, `value`), and `batch` checks and writes them, some thousand at a time. What one kind of record has that others do not is in its
//! own file. A record is known by municipality, source and `source_id`; one that is already as it should be is not
//! touched, so importing a file again changes nothing.

mod batch;
mod changes;
mod checks;
pub mod codes;
mod exchange;
mod geocode;
mod known;
pub mod look;
pub mod mapping;
mod organisations;
mod periods;
mod places;
mod premises;
mod project;
mod projection;
mod queries;
mod records;
mod refused;
mod report;
mod row;
mod source;
pub mod suggest;
mod support;
mod territory;
pub mod value;
mod wkt;
pub mod words;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum as _;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use tokio::sync::mpsc;

pub use changes::{Change, FieldChange, What};
pub use report::{Duplicate, ImportError, Note, Place, Refusal, Report};
pub use source::Hints;
pub use suggest::suggest;

use crate::web::Lang;
use batch::Importable;
use known::Known;
use mapping::Mapping;
use project::Projection;
use refused::RefusedRows;
use source::{Bytes, Fault, Record, Source, Survey, Table};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Gminas, polygons.
    Municipalities,
    /// The country, voivodeships and counties, polygons.
    Regions,
    /// Parts of a gmina, polygons.
    Districts,
    /// Official address points.
    Addresses,
    /// Other spellings of street names.
    StreetNames,
    /// Points of orientation.
    Landmarks,
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

impl Kind {
    /// Its name on the command line, in addresses and in files.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The kind of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }

    /// Whether its records belong to a municipality; the others are the whole instance's.
    pub fn is_of_municipality(self) -> bool {
        !matches!(self, Self::Municipalities | Self::Regions | Self::StreetNames | Self::Categories | Self::Schematic)
    }
}

/// What happens to records that the file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
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
    /// The file.
    pub file: PathBuf,
    /// What it is called, where that is not its path.
    pub name: Option<String>,
    /// How its columns become ours (TOML).
    pub mapping: Option<PathBuf>,
    /// What is known about the file beyond what it says.
    pub hints: Hints,
    /// TERYT code of the municipality of rows that name none.
    pub municipality: Option<String>,
    /// Rows that name another municipality are refused.
    pub only_municipality: bool,
    /// What happens to other records.
    pub mode: Mode,
    /// Do everything, report it, and take it back.
    pub dry_run: bool,
    /// What it was told about records that are there.
    pub told: Told,
    /// Where refused rows go, as CSV with their reasons.
    pub refused: Option<PathBuf>,
    /// Language of these reasons.
    pub lang: Lang,
    /// Shows how far it is.
    pub progress: ProgressBar,
}

impl Options {
    /// An import that nothing special is asked of.
    pub fn new(kind: Kind, file: impl Into<PathBuf>) -> Self {
        Self {
            kind,
            file: file.into(),
            name: None,
            mapping: None,
            hints: Hints::default(),
            municipality: None,
            only_municipality: false,
            mode: Mode::Upsert,
            dry_run: false,
            told: Told::default(),
            refused: None,
            lang: Lang::En,
            progress: ProgressBar::hidden(),
        }
    }
}

/// What an import does only when told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// A row that seems to be a record of another source is written into it.
    pub merge_duplicates: bool,
    /// A record that somebody edited in the browser becomes what the file says.
    pub overwrite_edited: bool,
}

/// Imports a file.
///
/// # Errors
/// A file cannot be read or is not what it should be, or the database fails. Nothing is changed then. Refused rows are no
/// error: they are in the report.
pub async fn run(pool: &PgPool, options: &Options) -> Result<Report, ImportError> {
    let mut transaction = pool.begin().await?;
    let report = run_in(&mut transaction, options).await?;
    if report.dry_run || report.nothing_changed() {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(report)
}

/// Imports a file within a transaction, which its owner ends: rolled back where the report is of a dry run, or says that nothing
/// changed.
///
/// # Errors
/// As with [`run`]; the transaction is of no more use then.
pub async fn run_in(conn: &mut PgConnection, options: &Options) -> Result<Report, ImportError> {
    let mapping = match &options.mapping {
        Some(path) => {
            let read = |source| ImportError::Read { file: path.display().to_string(), source };
            Some((path.display().to_string(), std::fs::read(path).map_err(read)?))
        }
        None => None,
    };
    let name = options.name.clone().unwrap_or_else(|| options.file.display().to_string());
    // What cannot be opened is told as such.
    std::fs::File::open(&options.file).map_err(|source| ImportError::Read { file: name.clone(), source })?;
    let refused = options.refused.as_deref();
    let mut refused = refused.map(|path| RefusedRows::create(path, options.lang)).transpose()?;
    queries::prepare(conn).await?;
    let input = Input {
        kind: options.kind,
        name: &name,
        bytes: Bytes::File(options.file.clone()),
        mapping: mapping.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        hints: options.hints.clone(),
        municipality: options.municipality.as_deref(),
        only_municipality: options.only_municipality,
        mode: options.mode,
        dry_run: options.dry_run,
        progress: options.progress.clone(),
        told: options.told,
    };
    let report = import(conn, &input, &mut refused).await?;
    if let Some(refused) = refused {
        refused.keep()?;
    }
    Ok(report)
}

/// Lets the statements of a transaction take their time.
///
/// # Errors
/// The database fails.
pub async fn unhurried(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    queries::unhurried(conn).await
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
    let mut transaction = pool.begin().await?;
    queries::prepare(&mut transaction).await?;
    let mut reports = Vec::with_capacity(DEMO_FILES.len());
    for (kind, name) in DEMO_FILES {
        let bytes = file(name).ok_or_else(|| ImportError::Request(format!("the demo file {name} is missing")))?;
        let input = Input {
            kind,
            name,
            bytes: Bytes::Memory(bytes),
            mapping: None,
            hints: Hints::default(),
            // Before there are municipalities, none can be the default.
            municipality: municipality.filter(|_| kind != Kind::Municipalities),
            only_municipality: false,
            mode: Mode::Upsert,
            dry_run: false,
            told: Told::default(),
            progress: ProgressBar::hidden(),
        };
        reports.push(import(&mut transaction, &input, &mut None).await?);
    }
    transaction.commit().await?;
    Ok(reports)
}

/// A file and what to do with it.
struct Input<'a> {
    kind: Kind,
    name: &'a str,
    bytes: Bytes,
    mapping: Option<(&'a str, &'a [u8])>,
    hints: Hints,
    municipality: Option<&'a str>,
    only_municipality: bool,
    mode: Mode,
    dry_run: bool,
    progress: ProgressBar,
    told: Told,
}

type Refused = Option<RefusedRows>;

async fn import(conn: &mut PgConnection, input: &Input<'_>, refused: &mut Refused) -> Result<Report, ImportError> {
    match input.kind {
        Kind::Municipalities => import_as::<territory::Municipality>(conn, input, refused).await,
        Kind::Regions => import_as::<places::Region>(conn, input, refused).await,
        Kind::Addresses => import_as::<places::Address>(conn, input, refused).await,
        Kind::StreetNames => import_as::<places::StreetName>(conn, input, refused).await,
        Kind::Landmarks => import_as::<places::Landmark>(conn, input, refused).await,
        Kind::Districts => import_as::<territory::District>(conn, input, refused).await,
        Kind::Schematic => import_as::<territory::Schematic>(conn, input, refused).await,
        Kind::Categories => import_as::<exchange::Category>(conn, input, refused).await,
        Kind::Organisations => import_as::<organisations::Organisation>(conn, input, refused).await,
        Kind::Support => import_as::<support::Institution>(conn, input, refused).await,
        Kind::Premises => import_as::<premises::Premises>(conn, input, refused).await,
        Kind::PremisesPeriods => import_as::<periods::Period>(conn, input, refused).await,
        Kind::Offers => import_as::<exchange::Offer>(conn, input, refused).await,
        Kind::Demand => import_as::<exchange::Demand>(conn, input, refused).await,
        Kind::Equipment => import_as::<exchange::Equipment>(conn, input, refused).await,
    }
}

/// Rows that go through the checks together.
const CHUNK: usize = 2000;

/// Written rows after which the database counts anew what it knows of the table.
const MANY: usize = 5000;

/// Chunks that are read ahead.
const AHEAD: usize = 2;

async fn import_as<T: Importable>(
    conn: &mut PgConnection,
    input: &Input<'_>,
    refused: &mut Refused,
) -> Result<Report, ImportError> {
    let mut report = Report::new(input.kind, input.name, input.mode, input.dry_run);
    let columns: Vec<&str> = batch::COMMON.iter().chain(T::COLUMNS).copied().collect();
    let mapping = input.mapping.map(|(file, bytes)| read_mapping(file, bytes, &columns)).transpose()?;
    let hints = input.hints.clone().or(mapping.as_ref().map(|mapping| mapping.file.clone()).unwrap_or_default());
    let source = open(input, &hints).await?;
    let survey = &source.survey;
    report.note(survey.understood.clone());
    for note in &survey.notes {
        report.note(note.clone());
    }
    let (mapping, table) = name_columns::<T>(mapping, survey, input, &mut report)?;
    if survey.rows == 0 {
        // A file cut short must not empty a register.
        if input.mode == Mode::Replace {
            return Err(Fault::new(None, "the file has no rows; replacing would delete every record").of(input.name));
        }
        report.note("the file has no rows");
        return Ok(report);
    }
    if let Some(column) = T::REQUIRED.iter().find(|column| !table.columns.contains(**column)) {
        return Err(missing_column(&source, &table, column).await.of(input.name));
    }
    let known = Known::load(conn, input.kind, input.municipality, input.only_municipality).await?;
    if T::OWNED && known.usual_municipality().is_none() && !table.columns.contains("municipality") {
        let reason = "the rows name no municipality: give --municipality TERYT, or a column \"municipality\"";
        return Err(ImportError::Request(reason.to_owned()));
    }
    if input.kind == Kind::Municipalities && input.mode == Mode::Replace {
        let reason = "municipalities cannot be replaced: deleting one would delete everything in it";
        return Err(ImportError::Request(reason.to_owned()));
    }
    // The same file from another folder is the same source.
    let stem = Path::new(input.name).file_stem().map_or(Cow::Borrowed("import"), |stem| stem.to_string_lossy());
    let file = batch::File { table: &table, known: &known, source: &stem };
    let mut projection = Projection::of(conn, survey, &hints, known.usual_municipality(), &mut report).await?;
    queries::forget_rows(conn).await?;
    if let Some(refused) = refused {
        refused.shapes = survey.geometries;
    }
    if input.mode == Mode::Replace {
        // First, so that what goes away stands in nobody's way.
        let mut keys = Vec::new();
        let mut unheard = report.clone();
        let mut rows = read_rows(&source);
        while let Some(chunk) = rows.next().await.map_err(|fault| fault.of(input.name))? {
            let mut records = prepare(chunk, &mapping);
            projection.apply(conn, &mut records, &mut unheard).await?;
            keys.extend(batch::keys::<T>(&file, &records));
        }
        report.notes = unheard.notes;
        report.deleted = batch::delete_others::<T>(conn, keys, input.told, &mut report).await?;
    }
    input.progress.set_length(survey.rows);
    let mut rows = read_rows(&source);
    let mut first_row = 0;
    while let Some(chunk) = rows.next().await.map_err(|fault| fault.of(input.name))? {
        let read = chunk.len() as u64;
        for record in chunk.iter().filter(|record| record.is_blank()) {
            report.note_at(record.place, "an empty row, passed over");
        }
        let mut records = prepare(chunk, &mapping);
        report.read += records.len();
        projection.apply(conn, &mut records, &mut report).await?;
        let faults = batch::import::<T>(conn, &file, first_row, &records, input.told, &mut report).await?;
        if let Some(refused) = refused {
            refused.write(&survey.columns, &records, &faults)?;
        }
        report.refuse(faults);
        first_row += read;
        input.progress.inc(read);
    }
    if report.pointless > 0 {
        report.note(format!("{} without a point: in the lists, but not on the map", report.pointless));
    }
    if report.nothing_changed() {
        (report.inserted, report.updated, report.unchanged, report.deleted, report.kept) = (0, 0, 0, 0, 0);
        report.changes.clear();
    } else if !input.dry_run && report.inserted + report.updated >= MANY {
        queries::analyze(conn, input.kind).await?;
    }
    input.progress.finish_and_clear();
    Ok(report)
}

/// Looks through a file, on a thread that may wait for the disk.
async fn open(input: &Input<'_>, hints: &Hints) -> Result<Arc<Source>, ImportError> {
    let (name, bytes, hints) = (input.name.to_owned(), input.bytes.clone(), hints.clone());
    let opened = tokio::task::spawn_blocking(move || Source::open(&name, &bytes, &hints)).await;
    match opened {
        Ok(source) => source.map(Arc::new).map_err(|fault| fault.of(input.name)),
        Err(error) => Err(Fault::new(None, format!("the file cannot be read: {error}")).of(input.name)),
    }
}

/// Rows of a file in chunks, read on another thread while those before are written.
struct Rows {
    chunks: mpsc::Receiver<Vec<Record>>,
    end: tokio::task::JoinHandle<Result<(), Fault>>,
}

fn read_rows(source: &Arc<Source>) -> Rows {
    let (give, chunks) = mpsc::channel(AHEAD);
    let source = source.clone();
    let end = tokio::task::spawn_blocking(move || {
        let mut chunk = Vec::with_capacity(CHUNK);
        source.rows(&mut |record| {
            chunk.push(record);
            chunk.len() < CHUNK || give.blocking_send(std::mem::take(&mut chunk)).is_ok()
        })?;
        if !chunk.is_empty() {
            give.blocking_send(chunk).ok();
        }
        Ok(())
    });
    Rows { chunks, end }
}

impl Rows {
    async fn next(&mut self) -> Result<Option<Vec<Record>>, Fault> {
        if let Some(chunk) = self.chunks.recv().await {
            return Ok(Some(chunk));
        }
        match (&mut self.end).await {
            Ok(end) => end.map(|()| None),
            Err(error) => Err(Fault::new(None, format!("the file cannot be read: {error}"))),
        }
    }
}

/// Records under our names, without the blank ones.
fn prepare(chunk: Vec<Record>, mapping: &Mapping) -> Vec<Record> {
    let mut records: Vec<Record> = chunk.into_iter().filter(|record| !record.is_blank()).collect();
    records.iter_mut().for_each(|record| mapping.apply(record));
    records
}

fn read_mapping(file: &str, bytes: &[u8], columns: &[&str]) -> Result<Mapping, ImportError> {
    let failed = |reason| ImportError::Mapping { file: file.to_owned(), reason };
    let text = std::str::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
    Mapping::parse(text, columns).map_err(failed)
}

/// A column that must be there is not. A row that is wrong in itself may be why, so the first of these is told too.
async fn missing_column(source: &Arc<Source>, table: &Table, column: &str) -> Fault {
    let columns: Vec<_> = if source.survey.columns.is_empty() {
        table.columns.iter().map(String::as_str).collect()
    } else {
        source.survey.columns.iter().map(String::as_str).collect()
    };
    let there =
        if columns.is_empty() { "there are none".to_owned() } else { format!("there are {}", columns.join(", ")) };
    let reason = format!("there is no column \"{column}\" ({there})");
    let mut rows = read_rows(source);
    while let Ok(Some(chunk)) = rows.next().await {
        if let Some((record, (_, fault))) = chunk.iter().find_map(|record| Some((record, record.faults.first()?))) {
            return Fault::new(record.place().line, format!("{fault}; and {reason}"));
        }
    }
    Fault::new(None, reason)
}

/// Brings the file's columns to our names and tells what is left over.
fn name_columns<T: Importable>(
    mapping: Option<Mapping>,
    survey: &Survey,
    input: &Input<'_>,
    report: &mut Report,
) -> Result<(Mapping, Table), ImportError> {
    let known: Vec<&str> = batch::COMMON.iter().chain(T::COLUMNS).copied().collect();
    let mapping = mapping.unwrap_or_else(|| Mapping::plain(&survey.columns, &known, T::ALIASES));
    // A GeoJSON file without rows has no columns either.
    if survey.rows == 0 {
        return Ok((mapping, Table::default()));
    }
    let file = input.mapping.map_or("", |(file, _)| file);
    let failed = |reason| ImportError::Mapping { file: file.to_owned(), reason };
    let table = mapping.table(&survey.columns).map_err(failed)?;
    let unread = mapping.unread(&survey.columns);
    if !unread.is_empty() {
        report.note(format!("columns that are not known and not read: {}", unread.join(", ")));
    }
    Ok((mapping, table))
}
