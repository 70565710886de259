//! What an import says about itself: the report, and the errors that stop it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::changes::Change;
use super::geocode::QUALITIES;
use super::{Kind, Mode};

/// Where in the file something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Place {
    /// Line or row, from 1; 0 in files without lines.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: u64,
    /// Number of the feature, from 1, in formats that have features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<u64>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A place as JSON has it: what has neither is none.
#[derive(Deserialize)]
struct Written {
    line: Option<u64>,
    feature: Option<u64>,
}

impl TryFrom<Written> for Place {
    type Error = &'static str;

    fn try_from(Written { line, feature }: Written) -> Result<Self, Self::Error> {
        match (line, feature) {
            (None, None) => Err("neither line nor feature"),
            (line, feature) => Ok(Self { line: line.unwrap_or(0), feature }),
        }
    }
}

impl Place {
    /// "line 5", or "feature 3" where lines say little.
    pub fn name(&self) -> String {
        match self.feature {
            Some(number) => format!("feature {number}"),
            None => format!("line {}", self.line),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        self.feature.map_or(Ok(()), |number| write!(f, " feature {number}:"))
    }
}

/// Most faults, notes and changes that a report lists; it counts all.
pub const MOST_LISTED: usize = 10_000;

/// One fault of one row; a row with any does not go in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Where the row begins.
    #[serde(flatten)]
    pub place: Place,
    /// Column as the file names it; none = the row as a whole.
    pub column: Option<String>,
    /// What stands there.
    pub value: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(column) = &self.column {
            write!(f, " column \"{column}\":")?;
        }
        if let Some(value) = self.value.as_ref().filter(|value| !value.is_empty()) {
            // A terminal shows one line; a long description would bury the reason.
            let short: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect();
            write!(f, " \"{short}{}\":", if short.chars().count() < value.chars().count() { "…" } else { "" })?;
        }
        write!(f, " {}", self.reason)
    }
}

/// Something worth knowing that refuses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Where; none = the whole file.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What.
    pub text: String,
}

/// What an import did, or, in a dry run, would have done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What was imported.
    pub kind: Kind,
    /// Name of the file.
    pub file: String,
    /// How.
    pub mode: Mode,
    /// True when all was rolled back at the end because the user asked for that.
    pub dry_run: bool,
    /// Rows in the file.
    pub read: usize,
    /// Rows that made a new record.
    pub inserted: usize,
    /// Rows that changed a record.
    pub updated: usize,
    /// Rows that found their record as it should be.
    pub unchanged: usize,
    /// Records that somebody edited in the browser, left as they are although the file says something else.
    pub kept: usize,
    /// Records removed because the file no longer has them (`replace`).
    pub deleted: u64,
    /// Rows that were refused; one row may have several faults.
    pub refused_rows: u64,
    /// Every fault of every refused row in the file's order, the first ten thousand.
    pub refused: Vec<Refusal>,
    /// Rows without a point.
    pub pointless: usize,
    /// Rows that seem to be records of other sources, the first ten thousand.
    pub duplicates: Vec<Duplicate>,
    /// Rows by how sure their place is, the surest first; only for kinds whose addresses are looked up.
    pub located: Vec<(String, usize)>,
    /// In a dry run, every record that would come, change or go, the first ten thousand: deleted ones first, the others in the
    /// file's order.
    pub changes: Vec<Change>,
    /// How the file was understood, repairs, unknown columns and the like.
    pub notes: Vec<Note>,
}

/// A row and the record that it seems to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Duplicate {
    /// Where the row begins.
    pub row: Place,
    /// The record, by its name and key.
    pub record: String,
    /// By what it is known: KRS, NIP, REGON, or name and place.
    pub why: String,
    /// The row was written into the record.
    pub merged: bool,
}

impl Report {
    pub(super) fn new(kind: Kind, file: &str, mode: Mode, dry_run: bool) -> Self {
        Self {
            kind,
            file: file.to_owned(),
            mode,
            dry_run,
            read: 0,
            inserted: 0,
            updated: 0,
            unchanged: 0,
            kept: 0,
            deleted: 0,
            refused_rows: 0,
            pointless: 0,
            refused: Vec::new(),
            duplicates: Vec::new(),
            located: Vec::new(),
            changes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Counts a row's place.
    pub(super) fn located(&mut self, quality: &str) {
        match self.located.iter_mut().find(|(known, _)| *known == quality) {
            Some((_, rows)) => *rows += 1,
            None => self.located.push((quality.to_owned(), 1)),
        }
        self.located.sort_by_key(|(quality, _)| QUALITIES.iter().position(|known| known == quality));
    }

    /// Says something about the file as a whole.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.note_at(None, text);
    }

    /// Says something about a place.
    pub(super) fn note_at(&mut self, place: Option<Place>, text: impl Into<String>) {
        if self.notes.len() < MOST_LISTED {
            self.notes.push(Note { place, text: text.into() });
        }
    }

    /// Says that a row seems to be a record that is there.
    pub(super) fn duplicate(&mut self, duplicate: Duplicate) {
        if self.duplicates.len() < MOST_LISTED {
            self.duplicates.push(duplicate);
        }
    }

    /// Whether more changes are listed.
    pub(super) fn lists_changes(&self) -> bool {
        self.dry_run && self.changes.len() < MOST_LISTED
    }

    /// Says what would become of a record.
    pub(super) fn change(&mut self, change: Change) {
        if self.lists_changes() {
            self.changes.push(change);
        }
    }

    /// Takes the faults of a number of rows.
    pub(super) fn refuse(&mut self, mut faults: Vec<Refusal>) {
        faults.sort_by_key(|fault| fault.place);
        self.refused_rows += faults.iter().map(|fault| fault.place).collect::<BTreeSet<_>>().len() as u64;
        faults.truncate(MOST_LISTED.saturating_sub(self.refused.len()));
        self.refused.append(&mut faults);
    }

    /// True when refused rows kept the whole file out.
    pub fn nothing_changed(&self) -> bool {
        self.mode == Mode::Replace && self.refused_rows > 0
    }

    /// Exit status of the program: 0 done, 1 failed and nothing changed, 3 done without the refused rows.
    pub fn exit_status(&self) -> u8 {
        match (self.refused_rows == 0, self.mode) {
            (true, _) => 0,
            (false, Mode::Upsert) => 3,
            (false, Mode::Replace) => 1,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        for note in &self.notes {
            match note.place {
                Some(place) => writeln!(f, "{file}:{place} note: {}", note.text)?,
                None => writeln!(f, "{file}: note: {}", note.text)?,
            }
        }
        for Duplicate { row, record, why, merged } in &self.duplicates {
            let what = if *merged { "merged into" } else { "seems to be" };
            writeln!(f, "{file}:{row} duplicate: {what} {record}, by {why}")?;
        }
        for change in &self.changes {
            writeln!(f, "{file}:{change}")?;
        }
        if self.changes.len() == MOST_LISTED {
            writeln!(f, "{file}: there may be more changes; only the first {MOST_LISTED} are listed")?;
        }
        for refusal in &self.refused {
            writeln!(f, "{file}:{refusal}")?;
        }
        if self.refused.len() == MOST_LISTED {
            writeln!(f, "{file}: there may be more faults; only the first {MOST_LISTED} are listed")?;
        }
        if self.located.iter().any(|(quality, _)| *quality != "given") {
            let places: Vec<_> = self.located.iter().map(|(quality, rows)| format!("{rows} by {quality}")).collect();
            writeln!(f, "{file}: places: {}", places.join(", ").replace("by given", "given"))?;
        }
        let Self { read, inserted, updated, unchanged, deleted, .. } = self;
        let rows = self.refused_rows;
        write!(f, "{file}: {read} read, ")?;
        if self.nothing_changed() {
            return write!(f, "{rows} refused; nothing was changed (with replace, all rows go in or none)");
        }
        write!(f, "{inserted} inserted, {updated} updated, {unchanged} unchanged, {deleted} deleted, {rows} refused")?;
        if self.kept > 0 {
            write!(f, ", {} kept as people edited them", self.kept)?;
        }
        if self.dry_run { f.write_str(" (dry run: nothing was written)") } else { Ok(()) }
    }
}

/// The import cannot be done at all; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file as a whole is not what it should be.
    #[error("{file}:{} {reason}", line.filter(|line| *line > 0).map_or(String::new(), |line| format!("{line}:")))]
    Structure {
        /// The file.
        file: String,
        /// Where, from 1, when it is one place.
        line: Option<u64>,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The mapping is wrong or does not fit the file.
    #[error("mapping {file}: {reason}")]
    Mapping {
        /// The mapping's file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The request makes no sense.
    #[error("{0}")]
    Request(String),
    /// The database failed; everything was rolled back.
    #[error("database: {0}; nothing was changed")]
    Database(#[from] sqlx::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_compiler() {
        let mut report = Report::new(Kind::Organisations, "a.csv", Mode::Upsert, true);
        let place = Place { line: 7, feature: None };
        report.read = 2;
        let mut faults = Vec::new();
        for column in ["nip", "krs"] {
            faults.push(Refusal {
                place,
                column: Some(column.to_owned()),
                value: Some("1\n2".to_owned()),
                reason: "wrong".to_owned(),
            });
        }
        report.refuse(faults);
        assert_eq!(
            report.to_string(),
            "a.csv:7: column \"nip\": \"1 2\": wrong\na.csv:7: column \"krs\": \"1 2\": wrong\n\
             a.csv: 2 read, 0 inserted, 0 updated, 0 unchanged, 0 deleted, 1 refused (dry run: nothing was written)"
        );
        assert_eq!(report.exit_status(), 3);
        report.mode = Mode::Replace;
        assert_eq!(report.exit_status(), 1);
        assert!(report.to_string().ends_with("1 refused; nothing was changed (with replace, all rows go in or none)"));
    }

    #[test]
    fn a_feature_is_named_beside_its_line() {
        let place = Place { line: 1, feature: Some(12) };
        let refusal = Refusal { place, column: None, value: None, reason: "no geometry".to_owned() };
        assert_eq!(refusal.to_string(), "1: feature 12: no geometry");
    }
}
