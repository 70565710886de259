//! Excel workbooks: the rows on one sheet, where they are from on another. Texts are written as texts, so none is a formula.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::columns::{Geometry, Type};
use super::{About, Kind, Record};
use crate::error::{Error, Result};
use crate::geo::Geom;

/// Most characters that a cell of Excel holds.
const LONGEST: usize = 32_767;

/// Most rows of a sheet, with its heading.
const MOST_ROWS: u32 = 1_048_576;

/// A workbook under writing; rows go to a temporary file as they come.
pub struct Writer {
    book: Workbook,
    kind: Kind,
    about: About,
    rows: u32,
}

impl Writer {
    /// A workbook with the heading of its rows.
    ///
    /// # Errors
    /// No temporary file can be made.
    pub fn new(kind: Kind, about: &About) -> Result<Self> {
        let mut writer = Self { book: Workbook::new(), kind, about: about.clone(), rows: 0 };
        writer.head().map_err(Error::internal)?;
        Ok(writer)
    }

    fn head(&mut self) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        let mut names: Vec<&str> = self.about.columns(self.kind).map(|(_, column)| column.name).collect();
        // Outlines are longer than a cell.
        names.retain(|name| *name != "footprint_wkt");
        if matches!(self.about.geometry(self.kind), Geometry::Point | Geometry::Derived) {
            names.extend(["lon", "lat"]);
        }
        if self.about.base_url.is_some() {
            names.push("url");
        }
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(self.kind.name())?;
        sheet.set_freeze_panes(1, 0)?;
        for (i, name) in (0..).zip(&names) {
            sheet.set_column_width(i, if matches!(*name, "name" | "description" | "remarks") { 40 } else { 16 })?;
            sheet.write_string_with_format(0, i, *name, &bold)?;
        }
        Ok(())
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.book.worksheet_from_index(0)
    }

    /// A row.
    ///
    /// # Errors
    /// A sheet has no more rows, or the temporary file cannot be written.
    pub fn row(&mut self, record: &Record) -> Result<()> {
        self.rows += 1;
        if self.rows >= MOST_ROWS {
            return Err(Error::Conflict("an Excel sheet has no room for so many rows; choose CSV".to_owned()));
        }
        self.cells(record).map_err(Error::internal)
    }

    fn cells(&mut self, record: &Record) -> Result<(), XlsxError> {
        let (kind, row) = (self.kind, self.rows);
        let about = self.about.clone();
        let sheet = self.sheet()?;
        let mut at = 0_u16;
        for (i, column) in about.columns(kind).filter(|(_, column)| column.name != "footprint_wkt") {
            if let Some(cell) = record.cell(i) {
                match (column.kind, cell.parse::<f64>()) {
                    (Type::Whole | Type::Decimal, Ok(number)) => sheet.write_number(row, at, number)?,
                    (Type::Flag, _) => sheet.write_boolean(row, at, cell == "true")?,
                    _ => sheet.write_string(row, at, shortened(cell))?,
                };
            }
            at += 1;
        }
        if matches!(about.geometry(kind), Geometry::Point | Geometry::Derived) {
            if let Some(Geom(geo::Geometry::Point(point))) = &record.shape {
                sheet.write_number(row, at, point.x())?;
                sheet.write_number(row, at + 1, point.y())?;
            }
            at += 2;
        }
        if let Some(url) = about.url(kind, record) {
            sheet.write_string(row, at, url)?;
        }
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self, path: &Path) -> Result<()> {
        self.source().and_then(|()| self.book.save(path)).map_err(Error::internal)
    }

    fn source(&mut self) -> Result<(), XlsxError> {
        let about = self.about.clone();
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name("info")?;
        sheet.set_column_width(0, 16)?.set_column_width(1, 80)?;
        let words = [
            ("title", about.title),
            ("attribution", about.attribution),
            ("licence", about.licence),
            ("licence_url", about.licence_url),
            ("source", about.base_url.unwrap_or_default()),
        ];
        for (row, (name, text)) in (0..).zip(&words) {
            sheet.write_string(row, 0, *name)?.write_string(row, 1, text)?;
        }
        Ok(())
    }
}

/// At most as many characters (UTF-16 units, as Excel counts) as a cell holds.
fn shortened(text: &str) -> String {
    if text.encode_utf16().count() <= LONGEST {
        return text.to_owned();
    }
    let mut left = LONGEST - 1;
    let fits = |c: &char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}
