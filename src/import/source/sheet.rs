//! Workbooks: Excel's (`.xlsx`), row by row, and OpenDocument's (`.ods`), which is read into memory.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek};

use calamine::{Data, DataRef, ExcelDateTime, Ods, Reader, SheetVisible, Xlsx};

use super::{Bytes, Fault, Hints, Record, Survey, Take, check_header};
use crate::import::report::Place;

/// A workbook of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Office Open XML.
    Xlsx,
    /// OpenDocument.
    Ods,
}

/// A sheet that has been looked through.
#[derive(Debug)]
pub struct Sheet {
    bytes: Bytes,
    kind: Kind,
    name: String,
    header_row: u64,
    header: BTreeMap<u32, String>,
}

/// A cell: text, whether a formula made it, and what is wrong with it.
#[derive(Debug, Default)]
struct Cell {
    text: String,
    formula: bool,
    fault: Option<String>,
}

/// A row from 1, with its cells by column from 0.
type Row = (u64, BTreeMap<u32, Cell>);

impl Sheet {
    /// Looks through the only sheet that holds something, or the one that is named.
    ///
    /// # Errors
    /// The workbook is broken, has several sheets or not the one that is named, or a sheet without a header.
    pub fn open(bytes: &Bytes, kind: Kind, hints: &Hints) -> Result<(Survey, Self), Fault> {
        let names = match kind {
            Kind::Xlsx => visible(&xlsx(bytes)?),
            Kind::Ods => visible(&ods(bytes)?),
        };
        let list = || names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let mut sheet =
            Self { bytes: bytes.clone(), kind, name: String::new(), header_row: 0, header: BTreeMap::new() };
        sheet.name = match &hints.layer {
            Some(name) if names.contains(name) => name.clone(),
            Some(name) => {
                return Err(Fault::new(None, format!("the workbook has no sheet \"{name}\"; it has {}", list())));
            }
            None => {
                let mut filled = Vec::new();
                for name in &names {
                    sheet.name.clone_from(name);
                    let mut any = false;
                    sheet.each(&mut |(_, cells)| {
                        any = !cells.is_empty();
                        !any
                    })?;
                    if any {
                        filled.push(name.clone());
                    }
                }
                match <[String; 1]>::try_from(filled) {
                    Ok([one]) => one,
                    Err(none) if none.is_empty() => {
                        return Err(Fault::new(None, "the workbook is empty; its first row must name the columns"));
                    }
                    Err(_) => {
                        let reason = format!("the workbook has several sheets ({}); name one: --layer NAME", list());
                        return Err(Fault::new(None, reason));
                    }
                }
            }
        };
        let (mut header, mut rows, mut formulas) = (None, 0, 0_u64);
        sheet.each(&mut |(row, cells)| {
            if header.is_none() {
                let last = cells.iter().filter(|(_, cell)| !cell.text.trim().is_empty()).map(|(at, _)| *at).max();
                header = last.map(|last| (row, last, cells));
            } else {
                rows += 1;
                formulas += cells.values().map(|cell| u64::from(cell.formula)).sum::<u64>();
            }
            true
        })?;
        let Some((row, last, mut cells)) = header else {
            return Err(Fault::new(1, "the sheet is empty; its first row must name the columns"));
        };
        let first = cells.keys().next().copied().unwrap_or_default();
        let mut name = |at: u32| cells.remove(&at).unwrap_or_default().text.trim().to_owned();
        let named: Vec<(u32, String)> = (first..=last).map(|at| (at, name(at))).collect();
        let columns: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
        check_header(&columns, row)?;
        sheet.header_row = row;
        sheet.header = named.into_iter().collect();
        let what = if kind == Kind::Xlsx { "Excel workbook" } else { "OpenDocument spreadsheet" };
        let understood = format!("{what}, sheet \"{}\"", sheet.name);
        let notes = match formulas {
            0 => Vec::new(),
            count => vec![format!("{count} cells are formulas; the values they last had are read")],
        };
        Ok((Survey { columns, rows, understood, notes, ..Survey::default() }, sheet))
    }

    /// Gives the rows below the header.
    ///
    /// # Errors
    /// The file can no longer be read.
    pub fn rows(&self, take: &mut Take<'_>) -> Result<(), Fault> {
        self.each(&mut |(row, mut cells)| {
            if row <= self.header_row {
                return true;
            }
            let mut record = Record { place: Some(Place { line: row, feature: None }), ..Record::default() };
            for (at, name) in &self.header {
                let cell = cells.remove(at).unwrap_or_default();
                if let Some(fault) = cell.fault {
                    record.faults.push((Some(name.clone()), fault));
                }
                record.cells.insert(name.clone(), cell.text);
            }
            if cells.values().any(|cell| !cell.text.trim().is_empty()) {
                record.faults.push((None, "a cell beyond the last column of the header holds something".to_owned()));
            }
            take(record)
        })
    }

    /// Every row that has cells.
    fn each(&self, take: &mut dyn FnMut(Row) -> bool) -> Result<(), Fault> {
        match self.kind {
            Kind::Xlsx => self.each_xlsx(take),
            Kind::Ods => self.each_ods(take),
        }
    }

    fn each_xlsx(&self, take: &mut dyn FnMut(Row) -> bool) -> Result<(), Fault> {
        let mut book = xlsx(&self.bytes)?;
        let broken = |error: calamine::XlsxError| Fault::new(None, format!("the workbook is broken: {error}"));
        let mut cells = book.worksheet_cells_reader(&self.name).map_err(broken)?;
        let mut row: Row = (0, BTreeMap::new());
        while let Some(found) = cells.next_cell_with_formula_metadata().map_err(broken)? {
            let (at_row, at_column) = (u64::from(found.pos.0) + 1, found.pos.1);
            if at_row != row.0 && !row.1.is_empty() && !take(std::mem::take(&mut row)) {
                return Ok(());
            }
            row.0 = at_row;
            let mut cell = Cell { formula: found.formula.is_some(), ..Cell::default() };
            match found.value {
                DataRef::Empty if cell.formula => {
                    cell.fault =
                        Some("is a formula without a value; open and save the file, or put the value in".to_owned());
                }
                DataRef::Empty => continue,
                DataRef::Int(number) => cell.text = number.to_string(),
                DataRef::Float(number) => cell.text = plain(number),
                DataRef::String(text) => cell.text = text,
                DataRef::SharedString(text) => text.clone_into(&mut cell.text),
                DataRef::Bool(yes) => cell.text = yes.to_string(),
                DataRef::DateTime(moment) => cell.text = day(&moment),
                DataRef::DateTimeIso(text) => cell.text = text.get(..10).unwrap_or(&text).to_owned(),
                DataRef::DurationIso(text) => cell.text = text,
                DataRef::Error(error) => cell.fault = Some(format!("holds the error {error}")),
            }
            row.1.insert(at_column, cell);
        }
        if !row.1.is_empty() {
            take(row);
        }
        Ok(())
    }

    fn each_ods(&self, take: &mut dyn FnMut(Row) -> bool) -> Result<(), Fault> {
        let mut book = ods(&self.bytes)?;
        let broken = |error: calamine::OdsError| Fault::new(None, format!("the spreadsheet is broken: {error}"));
        let range = book.worksheet_range(&self.name).map_err(broken)?;
        let formulas = book.worksheet_formula(&self.name).map_err(broken)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, cells) in (first_row..).zip(range.rows()) {
            let mut found = BTreeMap::new();
            for (column, value) in (first_column..).zip(cells) {
                let formula = formulas.get_value((row, column)).is_some_and(|formula| !formula.is_empty());
                let mut cell = Cell { formula, ..Cell::default() };
                match value {
                    Data::Empty => continue,
                    Data::Int(number) => cell.text = number.to_string(),
                    Data::Float(number) => cell.text = plain(*number),
                    Data::String(text) => cell.text.clone_from(text),
                    Data::Bool(yes) => cell.text = yes.to_string(),
                    Data::DateTime(moment) => cell.text = day(moment),
                    Data::DateTimeIso(text) => cell.text = text.get(..10).unwrap_or(text).to_owned(),
                    Data::DurationIso(text) => cell.text.clone_from(text),
                    Data::Error(error) => cell.fault = Some(format!("holds the error {error}")),
                }
                found.insert(column, cell);
            }
            if !found.is_empty() && !take((u64::from(row) + 1, found)) {
                return Ok(());
            }
        }
        Ok(())
    }
}

type Source = BufReader<Box<dyn super::ReadSeek>>;

fn xlsx(bytes: &Bytes) -> Result<Xlsx<Source>, Fault> {
    Xlsx::new(bytes.reader()?).map_err(|error| Fault::new(None, format!("the workbook is broken: {error}")))
}

fn ods(bytes: &Bytes) -> Result<Ods<Source>, Fault> {
    Ods::new(bytes.reader()?).map_err(|error| Fault::new(None, format!("the spreadsheet is broken: {error}")))
}

/// Names of the sheets that a person sees.
fn visible<R: Reader<RS>, RS: Read + Seek>(book: &R) -> Vec<String> {
    let shown = book.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    shown.map(|sheet| sheet.name.clone()).collect()
}

/// A number as a person would type it: spreadsheets keep `87100` as 87100.0.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

fn day(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        return plain(moment.as_f64());
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}
