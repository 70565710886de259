//! CSV (RFC 4180) with a header; the separator is found from the header.

use std::collections::BTreeSet;

use super::report::Place;
use super::source::{Fault, Record, Table};
use crate::export::unguard;

/// Reads rows under a header, separated by comma, semicolon or tab.
///
/// # Errors
/// No header, a header with a nameless or repeated column, or quotes that do not pair.
pub fn read(text: &str) -> Result<Table, Fault> {
    let separator = separator(text);
    check_quotes(text, separator)?;
    let mut reader = ::csv::ReaderBuilder::new().delimiter(separator as u8).flexible(true).from_reader(text.as_bytes());
    let unreadable = |error: ::csv::Error| Fault::new(error.position().map(::csv::Position::line), error.to_string());
    let header: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(|name| name.trim().to_owned()).collect();
    check_header(&header)?;
    let mut table = Table { columns: header.iter().cloned().collect(), ..Table::default() };
    let mut lines = Lines { rest: text, read: 0, line: 1 };
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let byte = row.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0);
        let place = Place { line: lines.of_row(byte), feature: None };
        if row.iter().all(|cell| cell.trim().is_empty()) {
            table.blank.push(place);
            continue;
        }
        let mut record = Record { place: Some(place), ..Record::default() };
        if row.len() != header.len() {
            let reason = format!(
                "{} fields under a header of {}; put a value that contains \"{}\" in quotes",
                row.len(),
                header.len(),
                if separator == '\t' {
                    "tab"
                } else if separator == ';' {
                    ";"
                } else {
                    ","
                },
            );
            record.faults.push((None, reason));
        }
        // What our own files guard against formulas is taken as it was.
        let cells = row.iter().map(|cell| unguard(cell).to_owned());
        record.cells = header.iter().cloned().zip(cells).collect();
        table.records.push(record);
    }
    Ok(table)
}

/// Counts lines up to rows. The reader has its own count, but puts a row after an empty line, or after CRLF, too early.
struct Lines<'a> {
    rest: &'a str,
    read: usize,
    line: u64,
}

impl Lines<'_> {
    /// Line of the row that begins at this byte, or behind the line ends there.
    fn of_row(&mut self, byte: usize) -> u64 {
        let (before, rest) = self.rest.split_at_checked(byte.saturating_sub(self.read)).unwrap_or((self.rest, ""));
        let row = rest.trim_start_matches(['\r', '\n']);
        let (ends, rest) = rest.split_at(rest.len() - row.len());
        self.line += before.chars().chain(ends.chars()).map(|c| u64::from(c == '\n')).sum::<u64>();
        self.read += before.len() + ends.len();
        self.rest = rest;
        self.line
    }
}

/// The one of `,`, `;` and tab that the header has most of.
fn separator(text: &str) -> char {
    let header = text.lines().next().unwrap_or_default();
    let count = |wanted: char| {
        let mut quoted = false;
        header
            .chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted && *c == wanted
            })
            .count()
    };
    // On a tie the last one wins: the comma.
    ['\t', ';', ','].into_iter().max_by_key(|c| count(*c)).unwrap_or(',')
}

fn check_header(header: &[String]) -> Result<(), Fault> {
    if header.iter().all(String::is_empty) {
        return Err(Fault::new(1, "the file is empty; its first line must name the columns"));
    }
    let mut seen = BTreeSet::new();
    for (i, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(Fault::new(1, format!("column {} of the header has no name", i + 1)));
        }
        if !seen.insert(name) {
            return Err(Fault::new(1, format!("the header names column \"{name}\" twice")));
        }
    }
    Ok(())
}

/// Quotes must open at the start of a field and close at its end: the reader below would silently swallow the rest of the
/// file after an unclosed one.
fn check_quotes(text: &str, separator: char) -> Result<(), Fault> {
    let (mut line, mut opened) = (1, 1);
    let (mut quoted, mut at_start) = (false, true);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        line += u64::from(c == '\n');
        if quoted {
            if c == '"' && characters.next_if_eq(&'"').is_none() {
                quoted = false;
                match characters.peek() {
                    None | Some('\r' | '\n') => {}
                    Some(next) if *next == separator => {}
                    Some(next) => {
                        let reason = format!("\"{next}\" after a closing quote; write a quote inside quotes twice");
                        return Err(Fault::new(line, reason));
                    }
                }
            }
        } else if c == '"' && at_start {
            (quoted, opened) = (true, line);
        }
        at_start = !quoted && (c == separator || c == '\n' || c == '\r');
    }
    if quoted { Err(Fault::new(opened, "a quote is opened here and never closed")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn separators_are_recognised() {
        for text in ["a,b\n1,2", "a;b\n1;2", "a\tb\r\n1\t2", "\"a,x\";b\n1;2"] {
            let table = read(text).expect(text);
            assert_eq!(table.records[0].cells.values().next().map(String::as_str), Some("1"), "{text}");
            assert_eq!(table.columns.len(), 2, "{text}");
        }
        assert_eq!(read("name\nA").expect("one column").records.len(), 1);
    }

    #[test]
    fn lines_are_counted_through_quoted_breaks() {
        let table = read("a,b\n\"x\ny\",1\n\n,\nz,2\n").expect("read");
        let lines: Vec<_> = table.records.iter().map(|record| record.place().line).collect();
        assert_eq!(lines, [2, 6]);
        assert_eq!(table.blank[0].line, 5);
        let table = read("a,b\r\nx,1\r\n\r\n\"y\r\n\",2\r\nz,2").expect("read");
        let lines: Vec<_> = table.records.iter().map(|record| record.place().line).collect();
        assert_eq!(lines, [2, 4, 6]);
    }

    #[test]
    fn faults_of_structure_name_their_line() {
        for (text, line, part) in [
            ("", 1, "first line must name"),
            ("a,,b\n", 1, "column 2 of the header"),
            ("a,b,a\n", 1, "\"a\" twice"),
            ("a,b\n1,2\n\"x,3\n4,5\n", 3, "never closed"),
            ("a,b\n\"x\"y,3\n", 2, "after a closing quote"),
        ] {
            let fault = read(text).expect_err(text);
            assert_eq!(fault.line, Some(line), "{text}");
            assert!(fault.reason.contains(part), "{}", fault.reason);
        }
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_of_that_row() {
        let table = read("a,b\n1,2,3\n4\n5,6\n").expect("read");
        let faults: Vec<_> = table.records.iter().map(|record| record.faults.len()).collect();
        assert_eq!(faults, [1, 1, 0]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a,;\"\n\r\t ]{0,40}") {
            let _ = read(&text);
        }
    }
}
