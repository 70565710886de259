//! What a file shows before it is imported: how it was understood, its columns, and how they may become ours. For those who choose
//! on a page what a mapping says.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use super::source::{Bytes, Fault, Hints, Source};
use super::suggest::{codes_of, columns, recognise, words};
use super::{ImportError, Kind};

/// Rows that are shown.
const SHOWN: usize = 5;

/// Most letters of a cell that are shown.
const MOST_LETTERS: usize = 80;

/// A column of ours.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// A file must have it, or a value for all rows be given.
    pub required: bool,
    /// Codes that it takes; empty where it takes any text.
    pub codes: &'static [&'static str],
}

/// Our columns of a kind.
pub fn our_columns(kind: Kind) -> Vec<Column> {
    let (names, required) = columns(kind);
    let column = |name| Column { name, required: required.contains(&name), codes: codes_of(kind, name) };
    names.into_iter().map(column).collect()
}

/// What a file shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Look {
    /// How it was understood, in words.
    pub understood: String,
    /// Things worth telling.
    pub notes: Vec<String>,
    /// How many rows it has.
    pub rows: u64,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Cells of its first rows, in the order of the columns.
    pub sample: Vec<Vec<String>>,
    /// Its rows have geometries beside their columns.
    pub geometries: bool,
    /// It has geometries and does not say in which coordinate system.
    pub needs_srid: bool,
    /// Words of the columns that hold codes, by our column, where they are not codes themselves.
    pub words: BTreeMap<String, Vec<String>>,
}

/// Looks through a file. The mapping that is given, or one that its columns suggest, says where words are to be looked for, and
/// comes back. Blocks; GeoPackages need a Tokio runtime around the thread.
///
/// # Errors
/// The file cannot be read as rows.
pub fn look(
    kind: Kind,
    name: &str,
    file: &Path,
    hints: &Hints,
    mapping: Option<Mapping>,
) -> Result<(Look, Mapping), ImportError> {
    look_through(kind, name, file, hints, mapping).map_err(|fault| fault.of(name))
}

fn look_through(
    kind: Kind,
    name: &str,
    file: &Path,
    hints: &Hints,
    mapping: Option<Mapping>,
) -> Result<(Look, Mapping), Fault> {
    let source = Source::open(name, &Bytes::File(file.to_owned()), hints)?;
    let survey = &source.survey;
    let ours = columns(kind).0;
    let suggested = mapping.is_none();
    let mut mapping = mapping.unwrap_or_default();
    let mut notes = survey.notes.clone();
    let has = |name: &str| survey.columns.iter().any(|one| one == name);
    let absent = |ours: &&&'static str| mapping.theirs(ours).iter().any(|name| !has(name));
    let absent: Vec<&str> = ours.iter().filter(absent).copied().collect();
    if !absent.is_empty() {
        notes.push(format!("the mapping names columns that the file does not have; not read: {}", absent.join(", ")));
    }
    for column in absent {
        mapping.set_theirs(column, None);
    }
    if suggested {
        for (ours, theirs) in recognise(&ours, &survey.columns) {
            mapping.set_theirs(ours, Some(theirs));
        }
    }
    let single = |ours: &&'static str| match mapping.theirs(ours)[..] {
        [theirs] => Some((*ours, theirs.to_owned())),
        _ => None,
    };
    let found: BTreeMap<&'static str, String> = ours.iter().filter_map(single).collect();
    let found = found.iter().map(|(ours, theirs)| (*ours, theirs.as_str())).collect();
    let mut look = Look {
        understood: survey.understood.clone(),
        notes,
        rows: survey.rows,
        columns: survey.columns.clone(),
        geometries: survey.geometries,
        needs_srid: survey.geometries && survey.srid.is_none() && survey.projection.is_none(),
        ..Look::default()
    };
    for (ours, words) in words(kind, &source, &found)? {
        for (word, code) in &words {
            if let (true, Some(code)) = (suggested, code) {
                mapping.set_code(ours, word, code);
            }
        }
        look.words.insert(ours.to_owned(), words.into_keys().collect());
    }
    source.rows(&mut |record| {
        if !record.is_blank() {
            let cell = |column: &String| shortened(record.cells.get(column).map_or("", String::as_str));
            look.sample.push(survey.columns.iter().map(cell).collect());
        }
        look.sample.len() < SHOWN
    })?;
    Ok((look, mapping))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
