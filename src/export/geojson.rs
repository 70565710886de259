//! GeoJSON (RFC 7946), written by hand so that rows stream and columns keep their order.

use super::columns::{Geometry, Type};
use super::shape::{self, Axes};
use super::{About, Column, Kind, Record};
use crate::geo::Geom;

pub use super::shape::Axes as Coordinates;

/// A JSON text.
pub fn string(out: &mut String, text: &str) {
    // Most texts have nothing to escape, and a file has millions of them.
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// A cell as JSON: texts, numbers, true and false, lists; absent = null.
pub fn value(out: &mut String, column: &Column, cell: Option<&str>) {
    let Some(cell) = cell else {
        out.push_str(if matches!(column.kind, Type::Codes(_)) { "[]" } else { "null" });
        return;
    };
    match column.kind {
        // PostgreSQL writes numerics as JSON does.
        Type::Flag | Type::Whole | Type::Decimal => out.push_str(cell),
        Type::Codes(_) => {
            out.push('[');
            for (i, code) in cell.split(';').enumerate() {
                if i > 0 {
                    out.push(',');
                }
                string(out, code);
            }
            out.push(']');
        }
        Type::Text | Type::Code(_) | Type::Day | Type::Time => string(out, cell),
    }
}

/// `"name":value,…` of a record's columns, and of its page where it has one.
pub fn members(out: &mut String, kind: Kind, about: &About, record: &Record) {
    for (n, (i, column)) in about.columns(kind).enumerate() {
        if n > 0 {
            out.push(',');
        }
        string(out, column.name);
        out.push(':');
        value(out, column, record.cell(i));
    }
    if about.base_url.is_some() {
        out.push_str(",\"url\":");
        match about.url(kind, record) {
            Some(url) => string(out, &url),
            None => out.push_str("null"),
        }
    }
}

/// The geometry of a record, or `null`.
pub fn geometry(out: &mut String, kind: Kind, about: &About, record: &Record, axes: Axes) {
    match &record.shape {
        Some(Geom(shape)) if about.geometry(kind) != Geometry::None => shape::geojson(out, shape, axes),
        _ => out.push_str("null"),
    }
}

/// A feature. Its id is the record's slug, where the file is the site's own.
pub fn feature(out: &mut String, kind: Kind, about: &About, record: &Record, axes: Axes) {
    out.push_str("{\"type\":\"Feature\",");
    if about.base_url.is_some() && kind != Kind::PremisesPeriods {
        out.push_str("\"id\":");
        string(out, &record.slug);
        out.push(',');
    }
    out.push_str("\"properties\":{");
    members(out, kind, about, record);
    out.push_str("},\"geometry\":");
    geometry(out, kind, about, record, axes);
    out.push('}');
}

/// What stands before the features of a file.
pub fn head(out: &mut String, kind: Kind, about: &About) {
    out.push_str("{\"type\":\"FeatureCollection\"");
    let url = about.base_url.as_deref().unwrap_or_default();
    let words = [
        ("name", kind.name()),
        ("title", about.title.as_str()),
        ("attribution", about.attribution.as_str()),
        ("source", url),
        ("licence", about.licence.as_str()),
        ("licence_url", about.licence_url.as_str()),
    ];
    for (name, text) in words.into_iter().filter(|(_, text)| !text.is_empty()) {
        out.push(',');
        string(out, name);
        out.push(':');
        string(out, text);
    }
    out.push_str(",\"features\":[");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_are_json(text in "[a\"\\\\ż\u{0}-\u{1f}\u{7f}\u{2028}]{0,12}") {
            let mut out = String::new();
            string(&mut out, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&out).ok(), Some(text));
        }
    }
}
