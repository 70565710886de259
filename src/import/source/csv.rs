//! CSV (RFC 4180) with a header; separator and quote are found from the header where nobody names them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::encoding::Text;
use super::{Bytes, Fault, Hints, MOST_COLUMNS, MOST_ROW_BYTES, Record, Survey, Take, check_header};
use crate::export::unguard;
use crate::import::report::Place;

/// A CSV file that has been looked through.
#[derive(Debug)]
pub struct Csv {
    bytes: Bytes,
    text: Text,
    separator: u8,
    quote: u8,
    header: Vec<String>,
    /// Fields of the header with the empty ones at its end.
    width: usize,
}

impl Csv {
    /// Looks through a file: its header, and whether its quotes pair.
    ///
    /// # Errors
    /// No header, a header with a nameless or repeated column, too many columns, a row without end, or quotes that do not pair.
    pub fn open(bytes: &Bytes, text: Text, hints: &Hints) -> Result<(Survey, Self), Fault> {
        let mut first = Vec::new();
        text.reader(bytes)?.take(MOST_ROW_BYTES).read_until(b'\n', &mut first)?;
        let first = String::from_utf8_lossy(&first);
        // Excel's own way of naming the separator.
        let named = first.trim_end().strip_prefix("sep=").and_then(|rest| rest.chars().next());
        let byte = |hint: Option<char>, what: &str| match hint.map(u8::try_from) {
            None => Ok(None),
            Some(Ok(byte)) if byte.is_ascii() && byte >= b'\t' && byte != b'\n' && byte != b'\r' => Ok(Some(byte)),
            Some(_) => Err(Fault::new(None, format!("the {what} must be one ASCII character"))),
        };
        let quote = byte(hints.quote, "quote")?.unwrap_or_else(|| quote(&first));
        let separator = byte(hints.separator.or(named), "separator")?.unwrap_or_else(|| separator(&first, quote));
        let skipped = u64::from(named.is_some());
        let rows = check_structure(text.reader(bytes)?, separator, quote)?.saturating_sub(1 + skipped);
        let mut csv = Self { bytes: bytes.clone(), text, separator, quote, header: Vec::new(), width: 0 };
        let mut header = Vec::new();
        let mut line = 1;
        csv.each(&mut |place, row| {
            line = place.line;
            header = row.iter().map(|name| name.trim().to_owned()).collect();
            false
        })?;
        csv.width = header.len();
        // Spreadsheets leave empty columns at the end.
        while header.len() > 1 && header.last().is_some_and(String::is_empty) {
            header.pop();
        }
        check_header(&header, line)?;
        csv.header.clone_from(&header);
        let shown = if separator == b'\t' { "tab".to_owned() } else { char::from(separator).to_string() };
        let understood = format!("CSV, {}, separated by {shown}", text.words());
        Ok((Survey { columns: header, rows, understood, ..Survey::default() }, csv))
    }

    /// Gives the rows below the header.
    ///
    /// # Errors
    /// The file can no longer be read.
    pub fn rows(&self, take: &mut Take<'_>) -> Result<(), Fault> {
        let mut below = false;
        self.each(&mut |place, row| {
            if !below {
                below = true;
                return true;
            }
            let mut record = Record { place: Some(place), ..Record::default() };
            let beyond = row.iter().skip(self.header.len());
            if !row.iter().all(|cell| cell.trim().is_empty())
                && (row.len() < self.header.len()
                    || row.len() > self.width
                    || !beyond.map(str::trim).all(str::is_empty))
            {
                let separator = match self.separator {
                    b'\t' => "tab".to_owned(),
                    byte => char::from(byte).to_string(),
                };
                record.faults.push((
                    None,
                    format!(
                        "{} fields under a header of {}; put a value that contains \"{separator}\" in quotes",
                        row.len(),
                        self.header.len(),
                    ),
                ));
            }
            // What our own files guard against formulas is taken as it was.
            record.cells = self.header.iter().cloned().zip(row.iter().map(|cell| unguard(cell).to_owned())).collect();
            take(record)
        })
    }

    /// Every row with where it begins, the header too.
    fn each(&self, take: &mut dyn FnMut(Place, &::csv::StringRecord) -> bool) -> Result<(), Fault> {
        let starts = Rc::new(RefCell::new(VecDeque::new()));
        let source =
            Lines { source: self.text.reader(&self.bytes)?, at: 0, line: 1, fresh: true, starts: starts.clone() };
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(self.separator)
            .quote(self.quote)
            .flexible(true)
            .has_headers(false)
            .from_reader(source);
        let mut row = ::csv::StringRecord::new();
        let mut first = true;
        loop {
            match reader.read_record(&mut row) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    let line = error.position().map(::csv::Position::line);
                    return Err(match error.into_kind() {
                        ::csv::ErrorKind::Io(error) => Fault::from(error),
                        kind => Fault::new(line, format!("{kind:?}")),
                    });
                }
            }
            if std::mem::take(&mut first) && row.len() <= 2 && row.get(0).is_some_and(|cell| cell.starts_with("sep=")) {
                continue;
            }
            let byte = row.position().map_or(0, ::csv::Position::byte);
            let mut starts = starts.borrow_mut();
            while starts.front().is_some_and(|(at, _)| *at < byte) {
                starts.pop_front();
            }
            let line = starts.front().map_or(0, |(_, line)| *line);
            drop(starts);
            if !take(Place { line, feature: None }, &row) {
                return Ok(());
            }
        }
    }
}

/// Notes where lines begin that are not empty. The CSV reader has a count of its own, but puts a row after an empty line, or after
/// CRLF, too early.
struct Lines<R> {
    source: R,
    at: u64,
    line: u64,
    fresh: bool,
    starts: Rc<RefCell<VecDeque<(u64, u64)>>>,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(out)?;
        let mut starts = self.starts.borrow_mut();
        for byte in out.iter().take(read) {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.fresh = true;
                }
                b'\r' => {}
                _ if self.fresh => {
                    starts.push_back((self.at, self.line));
                    self.fresh = false;
                }
                _ => {}
            }
            self.at += 1;
        }
        Ok(read)
    }
}

/// `'` where every field of the header stands in them, else `"`.
fn quote(header: &str) -> u8 {
    let header = header.trim_end();
    if header.len() > 1 && header.starts_with('\'') && header.ends_with('\'') { b'\'' } else { b'"' }
}

/// The one of `,`, `;`, `|` and tab that the header has most of.
fn separator(header: &str, quote: u8) -> u8 {
    let count = |wanted: u8| {
        let mut quoted = false;
        header
            .bytes()
            .filter(|byte| {
                quoted ^= *byte == quote;
                !quoted && *byte == wanted
            })
            .count()
    };
    // On a tie the last one wins: the comma.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

/// Counts rows and sees that they have an end. Quotes must open at the start of a field and close at its end: the reader above
/// would silently swallow the rest of the file after an unclosed one.
fn check_structure(mut text: impl BufRead, separator: u8, quote: u8) -> Result<u64, Fault> {
    let (mut line, mut opened, mut rows) = (1, 1, 0);
    let (mut quoted, mut at_start, mut closing) = (false, true, false);
    let (mut row_bytes, mut row_line, mut fields, mut blank) = (0, 1, 1, true);
    loop {
        let buffer = text.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let length = buffer.len();
        for &byte in buffer {
            row_bytes += 1;
            line += u64::from(byte == b'\n');
            if closing {
                closing = false;
                if byte == quote {
                    // A quote within quotes.
                    continue;
                }
                quoted = false;
                if byte != b'\r' && byte != b'\n' && byte != separator {
                    let reason = "something stands after a closing quote; write a quote inside quotes twice";
                    return Err(Fault::new(line, reason));
                }
            }
            if quoted {
                closing = byte == quote;
                continue;
            }
            if byte == quote && at_start {
                (quoted, opened) = (true, line);
            }
            blank &= byte == b'\r' || byte == b'\n';
            fields += usize::from(byte == separator);
            at_start = byte == separator || byte == b'\n' || byte == b'\r';
            if byte == b'\n' {
                rows += u64::from(!blank);
                (row_bytes, row_line, fields, blank) = (0, line, 1, true);
            }
            if fields > MOST_COLUMNS * 2 {
                let reason = format!("the row has more than {} fields; at most {MOST_COLUMNS} can be read", fields - 1);
                return Err(Fault::new(row_line, reason));
            }
        }
        if row_bytes > MOST_ROW_BYTES {
            let reason = if quoted {
                Fault::new(opened, "a quote is opened here and never closed")
            } else {
                Fault::new(row_line, format!("the row is longer than {} MiB", MOST_ROW_BYTES >> 20))
            };
            return Err(reason);
        }
        text.consume(length);
    }
    if quoted && !closing {
        return Err(Fault::new(opened, "a quote is opened here and never closed"));
    }
    Ok(rows + u64::from(!blank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source::Source;
    use proptest::prelude::*;

    /// Columns and rows of a text.
    fn read(text: &str) -> Result<(Survey, Vec<Record>), Fault> {
        let source = Source::open("a.csv", &Bytes::Memory(text.as_bytes().to_vec().into()), &Hints::default())?;
        let mut rows = Vec::new();
        source.rows(&mut |row| {
            rows.push(row);
            true
        })?;
        Ok((source.survey, rows))
    }

    fn lines(text: &str) -> Vec<u64> {
        read(text).expect("read").1.iter().map(|row| row.place().line).collect()
    }

    #[test]
    fn separators_and_quotes_are_recognised() {
        for text in [
            "a,b\n1,2",
            "a;b\n1;2",
            "a\tb\r\n1\t2",
            "a|b\n1|2",
            "\"a,x\";b\n1;2",
            "'a';'b'\n'1';'2;3'\n",
            "sep=;\na;b\n1;2\n",
        ] {
            let (survey, rows) = read(text).expect(text);
            assert_eq!(rows[0].cells.values().next().map(String::as_str), Some("1"), "{text}");
            assert_eq!((survey.columns.len(), survey.rows), (2, 1), "{text}");
        }
        assert_eq!(read("name\nA").expect("one column").1.len(), 1);
        let told = Hints { separator: Some('#'), ..Hints::default() };
        let source = Source::open("a.csv", &Bytes::Memory(b"a#b\n1#2\n"[..].into()), &told).expect("told");
        assert_eq!(source.survey.columns, ["a", "b"]);
    }

    #[test]
    fn lines_are_counted_through_quoted_breaks() {
        assert_eq!(lines("a,b\n\"x\ny\",1\n\n,\nz,2\n"), [2, 5, 6]);
        assert!(read("a,b\n,\n").expect("read").1[0].is_blank());
        assert_eq!(lines("a,b\r\nx,1\r\n\r\n\"y\r\n\",2\r\nz,2"), [2, 4, 6]);
        let long: String = (0..30_000).map(|i| format!("{i},\"x\n\"\n")).collect();
        assert_eq!(lines(&format!("a,b\n{long}")).last(), Some(&(2 + 2 * 29_999)));
    }

    #[test]
    fn faults_of_structure_name_their_line() {
        for (text, line, part) in [
            ("", 1, "first line must name"),
            ("a,,b\n", 1, "column 2 of the header"),
            ("a,b,a\n", 1, "\"a\" twice"),
            ("a,b\n1,2\n\"x,3\n4,5\n", 3, "never closed"),
            ("a,b\n\"x\"y,3\n", 2, "after a closing quote"),
            (&"a,".repeat(1_000_000), 1, "at most 1000"),
        ] {
            let fault = read(text).expect_err(part);
            assert_eq!(fault.line, Some(line), "{part}");
            assert!(fault.reason.contains(part), "{}", fault.reason);
        }
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_of_that_row() {
        let faults: Vec<_> =
            read("a,b,\n1,2,3\n4\n5,6\n7,8,\n9,1,,\n").expect("read").1.iter().map(|row| row.faults.len()).collect();
        assert_eq!(faults, [1, 1, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a,;\"\n\r\t ]{0,40}") {
            if let Ok((survey, rows)) = read(&text) {
                prop_assert!(survey.rows <= rows.len() as u64 + 1);
            }
        }
    }
}
