//! CSV for spreadsheets and for import: UTF-8 with a byte order mark, commas, CRLF, no lines of comment.

use super::columns::{Geometry, Type};
use super::{About, Kind, Record, shape};
use crate::geo::Geom;

/// Whether a spreadsheet could take a text for a formula, also behind apostrophes.
fn is_formula_like(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text that no spreadsheet takes for a formula: an apostrophe is put before one that begins with `=`, `+`, `-`, `@`, tab or
/// carriage return, or with apostrophes before one of these. [`unguard`] takes it away again.
pub fn guard(text: &str) -> String {
    if is_formula_like(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text before [`guard`].
pub fn unguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula_like(rest)).unwrap_or(text)
}

fn field(out: &mut String, text: &str) {
    if text.contains([',', ';', '"', '\n', '\r', '\t']) || text.starts_with(' ') || text.ends_with(' ') {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

/// Byte order mark and names of the columns.
pub fn head(out: &mut String, kind: Kind, about: &About) {
    out.push('\u{feff}');
    let mut names: Vec<&str> = about.columns(kind).map(|(_, column)| column.name).collect();
    match about.geometry(kind) {
        Geometry::None => {}
        Geometry::Area => names.push("wkt"),
        Geometry::Point | Geometry::Derived => names.extend(["lon", "lat"]),
    }
    if about.base_url.is_some() {
        names.push("url");
    }
    out.push_str(&names.join(","));
    out.push_str("\r\n");
}

/// A row.
pub fn row(out: &mut String, kind: Kind, about: &About, record: &Record) {
    for (n, (i, column)) in about.columns(kind).enumerate() {
        if n > 0 {
            out.push(',');
        }
        let cell = record.cell(i).unwrap_or_default();
        match column.kind {
            // A number cannot begin a formula.
            Type::Whole | Type::Decimal => out.push_str(cell),
            _ => field(out, &guard(cell)),
        }
    }
    let shape = record.shape.as_ref().map(|Geom(shape)| shape);
    match about.geometry(kind) {
        Geometry::None => {}
        Geometry::Area => {
            out.push(',');
            field(out, &shape.map(shape::wkt).unwrap_or_default());
        }
        Geometry::Point | Geometry::Derived => match shape {
            Some(geo::Geometry::Point(point)) => out.push_str(&format!(",{},{}", point.x(), point.y())),
            _ => out.push_str(",,"),
        },
    }
    if about.base_url.is_some() {
        out.push(',');
        field(out, &about.url(kind, record).unwrap_or_default());
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_kept_from_beginning() {
        for text in ["=1+1", "+48 56", "-1", "@SUM(A1)", "'=1", "''@x"] {
            assert_eq!(guard(text), format!("'{text}"));
        }
        for text in ["", "a=1", "'a", "O'Neill", "'", "5"] {
            assert_eq!(guard(text), text);
        }
        // What others wrote stays as it is, unless it is such a guard.
        assert_eq!((unguard("'a"), unguard("'=1"), unguard("=1")), ("'a", "=1", "=1"));
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@\\-a1\t\r]{0,8}") {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), text.as_str());
            prop_assert!(!guarded.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
