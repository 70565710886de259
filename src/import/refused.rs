//! Refused rows as a CSV of their own: the cells as the file had them, and why they did not go in, to be corrected and sent again.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use geozero::ToWkt;
use tempfile::NamedTempFile;

use super::report::{ImportError, Place, Refusal};
use super::source::Record;
use super::words::say;
use crate::export::guard;
use crate::web::Lang;

/// The file, under another name until it is whole.
pub struct RefusedRows {
    path: PathBuf,
    writer: csv::Writer<NamedTempFile>,
    begun: bool,
    /// The file has geometries beside its columns.
    pub shapes: bool,
    /// Language of the reasons.
    lang: Lang,
}

/// Columns beside the file's own; an import that meets them passes over them.
const PLACE: &str = "wiersz";
const REASON: &str = "powód";

impl RefusedRows {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written there.
    pub fn create(path: &Path, lang: Lang) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Read { file: path.display().to_string(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        // Excel reads UTF-8 where this stands first.
        std::io::Write::write_all(&mut file, "\u{feff}".as_bytes()).map_err(failed)?;
        Ok(Self { path: path.to_owned(), writer: csv::Writer::from_writer(file), begun: false, shapes: false, lang })
    }

    fn failed(&self, error: impl Into<csv::Error>) -> ImportError {
        let source = std::io::Error::other(error.into());
        ImportError::Read { file: self.path.display().to_string(), source }
    }

    /// Adds the rows that have faults.
    ///
    /// # Errors
    /// The disk is full, for example.
    pub fn write(&mut self, columns: &[String], records: &[Record], faults: &[Refusal]) -> Result<(), ImportError> {
        let mut reasons: HashMap<Place, Vec<String>> = HashMap::new();
        for fault in faults {
            let column = fault.column.as_ref().map_or(String::new(), |column| format!("{column}: "));
            reasons.entry(fault.place).or_default().push(format!("{column}{}", say(self.lang, &fault.reason)));
        }
        if reasons.is_empty() {
            return Ok(());
        }
        // A file that comes back corrected has these two already.
        let columns: Vec<&str> =
            columns.iter().map(String::as_str).filter(|name| ![PLACE, REASON].contains(name)).collect();
        let shapes = self.shapes.then_some("wkt");
        if !std::mem::replace(&mut self.begun, true) {
            let header = columns.iter().copied().chain(shapes).chain([PLACE, REASON]);
            self.writer.write_record(header).map_err(|error| self.failed(error))?;
        }
        for record in records {
            let Some(reasons) = reasons.get(&record.place()) else { continue };
            let empty = BTreeMap::new();
            let theirs = record.theirs.as_ref().unwrap_or(&empty);
            let cells = columns.iter().map(|column| theirs.get(*column).map_or("", String::as_str));
            let shape = record.geometry.as_ref().and_then(|shape| shape.to_wkt().ok()).unwrap_or_default();
            let (place, reasons) = (record.place().name(), reasons.join("; "));
            let row = cells.chain(shapes.map(|_| shape.as_str())).chain([&*place, &reasons]).map(guard);
            let row: Vec<_> = row.collect();
            self.writer.write_record(&row).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// Gives the file its name; where nothing was refused, there is none.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(self) -> Result<(), ImportError> {
        let failed = |source| ImportError::Read { file: self.path.display().to_string(), source };
        if !self.begun {
            return Ok(());
        }
        let file = self.writer.into_inner().map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}
