//! Mappings: how the columns and words of somebody else's file become ours.
//!
//! ```toml
//! [columns]                                   # ours = theirs
//! name = "NAZWA"
//! street = { join = ["ULICA_TYP", "ULICA"], with = " " }
//! [values.kind]                               # their word = our code; "*" = any other
//! "Ośrodek" = "owes"
//! "*" = "other"
//! [defaults]                                  # where the file has nothing
//! city = "Toruń"
//! ```
//!
//! With a mapping, only the columns it names are read. A geometry of GeoJSON is taken along by itself.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::source::Table;

/// A mapping, as its file says it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Our column from theirs.
    #[serde(default)]
    columns: BTreeMap<String, From>,
    /// Our column: their word to our code.
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// Our column: what it holds where the file has nothing.
    #[serde(default)]
    defaults: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "the name of a column, or { join = [\"…\"], with = \"…\" }")]
enum From {
    Column(String),
    Join(Join),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    join: Vec<String>,
    #[serde(default = "space")]
    with: String,
}

fn space() -> String {
    " ".to_owned()
}

impl Mapping {
    /// Reads a mapping and holds it against the columns we have.
    ///
    /// # Errors
    /// Not TOML, an unknown key, or a column that is none of `known`.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let named = mapping.columns.keys().chain(mapping.values.keys()).chain(mapping.defaults.keys());
        for column in named {
            if !known.contains(&column.as_str()) {
                return Err(format!("there is no column \"{column}\"; there are {}", known.join(", ")));
            }
        }
        for column in mapping.values.keys() {
            if !mapping.columns.contains_key(column) {
                return Err(format!("[values.{column}] without \"{column}\" under [columns]"));
            }
        }
        Ok(mapping)
    }

    /// Renames and translates a table. A word without a translation stays as it is and is judged like any other.
    ///
    /// # Errors
    /// The file lacks a column that the mapping names.
    pub fn apply(&self, table: &mut Table) -> Result<(), String> {
        // A file without rows in GeoJSON has no columns either.
        if !table.records.is_empty() {
            for theirs in self.columns.values().flat_map(From::names) {
                if !table.columns.contains(theirs) {
                    let columns: Vec<_> = table.columns.iter().map(String::as_str).collect();
                    return Err(format!("the file has no column \"{theirs}\"; it has {}", columns.join(", ")));
                }
            }
        }
        for record in &mut table.records {
            let theirs = std::mem::take(&mut record.cells);
            for (ours, from) in &self.columns {
                let text = from.read(&theirs);
                let words = self.values.get(ours);
                let word = words.and_then(|words| words.get(text.trim()).or_else(|| words.get("*")));
                record.cells.insert(ours.clone(), word.cloned().unwrap_or(text));
            }
            for (ours, constant) in &self.defaults {
                let cell = record.cells.entry(ours.clone()).or_default();
                if cell.trim().is_empty() {
                    cell.clone_from(constant);
                }
            }
        }
        table.columns = self.columns.keys().chain(self.defaults.keys()).cloned().collect();
        table.labels = self
            .columns
            .iter()
            .map(|(ours, from)| (ours.clone(), from.names().collect::<Vec<_>>().join(" + ")))
            .collect();
        Ok(())
    }
}

impl From {
    fn names(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::Column(name) => (Some(name), None),
            Self::Join(join) => (None, Some(&join.join)),
        };
        one.into_iter().chain(many.into_iter().flatten()).map(String::as_str)
    }

    fn read(&self, cells: &BTreeMap<String, String>) -> String {
        let with = if let Self::Join(join) = self { join.with.as_str() } else { "" };
        let parts = self.names().filter_map(|name| cells.get(name)).filter(|text| !text.trim().is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join(with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source::read;

    const KNOWN: &[&str] = &["name", "kind", "street", "city"];

    #[test]
    fn columns_words_and_defaults() {
        let text = "[columns]\nname='N'\nkind='K'\nstreet={join=['A','B'],with=', '}\n\
                    [values.kind]\nx='owes'\n'*'='other'\n[defaults]\ncity='Toruń'";
        let mapping = Mapping::parse(text, KNOWN).expect("mapping");
        let mut table = read("a.csv", b"N,K,A,B,name\nOne,x,a,,zzz\nTwo,y,a,b,zzz\n").expect("table");
        mapping.apply(&mut table).expect("fits");
        let cells = |row: usize| table.records[row].cells.values().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(cells(0), ["Toruń", "owes", "One", "a"]);
        assert_eq!(cells(1), ["Toruń", "other", "Two", "a, b"]);
        assert_eq!(table.labels["street"], "A + B");
    }

    #[test]
    fn unknown_names_are_errors() {
        for (text, part) in [
            ("[column]\nname='N'", "unknown field `column`"),
            ("[columns]\nnama='N'", "no column \"nama\""),
            ("[columns]\nname={joint=['N']}", "the name of a column, or"),
            ("[values.kind]\na='b'", "without \"kind\" under"),
            ("columns", "expected"),
        ] {
            let error = Mapping::parse(text, KNOWN).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
        let mapping = Mapping::parse("[columns]\nname='X'", KNOWN).expect("mapping");
        let mut table = read("a.csv", b"N,K\n1,2\n").expect("table");
        assert_eq!(mapping.apply(&mut table), Err("the file has no column \"X\"; it has K, N".to_owned()));
    }
}
