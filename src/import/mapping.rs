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
//! [file]                                      # what the file does not say itself
//! encoding = "Windows-1250"
//! srid = 2177
//! ```
//!
//! With a mapping, only the columns it names are read. A geometry of GeoJSON is taken along by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::source::{Hints, Record, Table};

/// A mapping, as its file says it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Our column from theirs.
    #[serde(default)]
    columns: BTreeMap<String, From>,
    /// Our column: their word to our code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// Our column: what it holds where the file has nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    defaults: BTreeMap<String, String>,
    /// About the file as a whole.
    #[serde(default)]
    pub file: Hints,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "the name of a column, or { join = [\"…\"], with = \"…\" }")]
enum From {
    Column(String),
    Join(Join),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
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

    /// The mapping of a file that uses our names, or other names that are known for ours.
    pub fn plain(theirs: &[String], known: &[&str], aliases: &[(&str, &str)]) -> Self {
        let has = |name: &str| theirs.iter().any(|one| one == name);
        let own = known.iter().filter(|name| has(name)).map(|name| (*name, *name));
        let others =
            aliases.iter().filter(|(alias, ours)| has(alias) && !has(ours)).map(|(alias, ours)| (*ours, *alias));
        let columns = own.chain(others).map(|(ours, theirs)| (ours.to_owned(), From::Column(theirs.to_owned())));
        Self { columns: columns.collect(), ..Self::default() }
    }

    /// The mapping as a file of its own.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_else(|error| {
            tracing::error!(%error, "a mapping does not serialise");
            String::new()
        })
    }

    /// Their columns that one of ours is made from; none where it is not read.
    pub fn theirs(&self, ours: &str) -> Vec<&str> {
        self.columns.get(ours).map_or_else(Vec::new, |from| from.names().collect())
    }

    /// Makes one of our columns from one of theirs, or from none.
    pub fn set_theirs(&mut self, ours: &str, theirs: Option<&str>) {
        self.columns.remove(ours);
        if let Some(theirs) = theirs {
            self.columns.insert(ours.to_owned(), From::Column(theirs.to_owned()));
        } else {
            self.values.remove(ours);
        }
    }

    /// What one of our columns holds where the file has nothing.
    pub fn constant(&self, ours: &str) -> &str {
        self.defaults.get(ours).map_or("", String::as_str)
    }

    /// Says what one of our columns holds where the file has nothing; an empty text takes it back.
    pub fn set_constant(&mut self, ours: &str, text: &str) {
        self.defaults.remove(ours);
        if !text.is_empty() {
            self.defaults.insert(ours.to_owned(), text.to_owned());
        }
    }

    /// Our code for a word of theirs, as a table of words has it.
    pub fn code(&self, ours: &str, word: &str) -> Option<&str> {
        self.values.get(ours)?.get(word).map(String::as_str)
    }

    /// Gives a word of theirs a code of ours; an empty one takes it back.
    pub fn set_code(&mut self, ours: &str, word: &str, code: &str) {
        let words = self.values.entry(ours.to_owned()).or_default();
        words.remove(word);
        if !code.is_empty() {
            words.insert(word.to_owned(), code.to_owned());
        }
        self.values.retain(|_, words| !words.is_empty());
    }

    /// Columns of a file that it does not read.
    pub fn unread<'a>(&self, theirs: &'a [String]) -> Vec<&'a str> {
        let read = |name: &str| self.columns.values().flat_map(From::names).any(|one| one == name);
        theirs.iter().map(String::as_str).filter(|name| !read(name)).collect()
    }

    /// Holds the mapping against a file's columns, and gives the names of ours.
    ///
    /// # Errors
    /// The file lacks a column that the mapping names.
    pub fn table(&self, theirs: &[String]) -> Result<Table, String> {
        if let Some(absent) =
            self.columns.values().flat_map(From::names).find(|name| !theirs.iter().any(|one| one == name))
        {
            return Err(format!("the file has no column \"{absent}\"; it has {}", theirs.join(", ")));
        }
        let labels =
            self.columns.iter().map(|(ours, from)| (ours.clone(), from.names().collect::<Vec<_>>().join(" + ")));
        let labels = labels.filter(|(ours, theirs)| ours != theirs);
        Ok(Table {
            columns: self.columns.keys().chain(self.defaults.keys()).cloned().collect(),
            labels: labels.collect(),
        })
    }

    /// Renames and translates the cells of a record. A word without a translation stays as it is and is judged like any other.
    pub fn apply(&self, record: &mut Record) {
        let theirs = std::mem::take(&mut record.cells);
        for (ours, from) in &self.columns {
            let text = from.read(&theirs);
            let word = self.values.get(ours).and_then(|words| translate(words, text.trim()));
            record.cells.insert(ours.clone(), word.unwrap_or(text));
        }
        for (ours, constant) in &self.defaults {
            let cell = record.cells.entry(ours.clone()).or_default();
            if cell.trim().is_empty() {
                cell.clone_from(constant);
            }
        }
        // What is wrong with a column of theirs is wrong with ours.
        for (column, _) in &mut record.faults {
            let ours = |theirs: &String| {
                let named = |from: &From| from.names().any(|name| name == theirs);
                self.columns.iter().find(|(_, from)| named(from)).map(|(ours, _)| ours.clone())
            };
            if let Some(ours) = column.as_ref().and_then(ours) {
                *column = Some(ours);
            }
        }
        record.theirs = Some(theirs);
    }
}

/// A cell by a table of words: the whole of it, or each of several parted by `;` or `,`, or what stands for everything else.
fn translate(words: &BTreeMap<String, String>, text: &str) -> Option<String> {
    let find = |text: &str| {
        let same = |word: &&String| word.to_lowercase() == text.to_lowercase();
        words.get(text).or_else(|| words.keys().find(same).and_then(|word| words.get(word)))
    };
    if let Some(word) = find(text) {
        return Some(word.clone());
    }
    let parts: Vec<&str> = text.split([';', ',']).map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.iter().any(|part| find(part).is_some()) {
        let rest = words.get("*");
        let translated = parts.iter().map(|part| find(part).or(rest).map_or(*part, String::as_str));
        return Some(translated.collect::<Vec<_>>().join(";"));
    }
    words.get("*").cloned()
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
    use crate::import::source::{Bytes, Source};

    const KNOWN: &[&str] = &["name", "kind", "street", "city"];

    #[test]
    fn columns_words_and_defaults() {
        let text = "[columns]\nname='N'\nkind='K'\nstreet={join=['A','B'],with=', '}\n\
                    [values.kind]\nx='owes'\n'*'='other'\n[defaults]\ncity='Toruń'";
        let mapping = Mapping::parse(text, KNOWN).expect("mapping");
        let file = Bytes::Memory(b"N,K,A,B,name\nOne,x,a,,zzz\nTwo,y,a,b,zzz\n"[..].into());
        let source = Source::open("a.csv", &file, &mapping.file).expect("a file");
        let table = mapping.table(&source.survey.columns).expect("fits");
        let mut records = Vec::new();
        source
            .rows(&mut |mut record| {
                mapping.apply(&mut record);
                records.push(record);
                true
            })
            .expect("rows");
        let cells = |row: usize| records[row].cells.values().map(String::as_str).collect::<Vec<_>>();
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
        let error = mapping.table(&["N".to_owned(), "K".to_owned()]).expect_err("refused");
        assert_eq!(error, "the file has no column \"X\"; it has N, K");
    }

    #[test]
    fn words_are_found_alone_and_in_lists() {
        let words = [("Sport", "sport"), ("Kultura", "culture"), ("Inne, różne", "charity")];
        let mut words: BTreeMap<String, String> =
            words.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(translate(&words, "sport").as_deref(), Some("sport"));
        assert_eq!(translate(&words, "Inne, różne").as_deref(), Some("charity"));
        assert_eq!(translate(&words, "Kultura, sport; taniec").as_deref(), Some("culture;sport;taniec"));
        assert_eq!(translate(&words, "taniec"), None);
        words.insert("*".to_owned(), "education".to_owned());
        assert_eq!(translate(&words, "taniec").as_deref(), Some("education"));
        assert_eq!(translate(&words, "sport,taniec").as_deref(), Some("sport;education"));
    }
}
