//! The importer's messages in Polish. Where something is found out, it is said in English, as the command line shows it; a page that shows a
//! report looks each sentence up here. The catalogue is `web/locales/pl/import-words.toml`: English patterns with holes, and what they
//! become.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::web::Lang;

/// The catalogue as it is written: tables of English patterns and their Polish.
const WRITTEN: &str = include_str!("../../web/locales/pl/import-words.toml");

/// The table of whole messages.
const MESSAGES: &str = "messages";

/// Most parts of a message that are looked up; the rest stays as it is. A text out of a file could look like any number of messages in
/// each other.
const MOST_PARTS: u32 = 64;

/// Most sentences without a pattern that are remembered as logged: they may hold anything that stands in files.
const MOST_LOGGED: usize = 100;

/// Characters of such a sentence that are enough to find where it comes from.
const LONGEST_LOGGED: usize = 200;

/// Patterns by table.
static CATALOGUE: LazyLock<BTreeMap<String, Vec<Pattern>>> = LazyLock::new(|| {
    read(WRITTEN).unwrap_or_else(|error| {
        tracing::error!(%error, "import-words.toml cannot be read: imports speak English");
        BTreeMap::new()
    })
});

/// Sentences whose lack of a pattern was logged.
static LOGGED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// A message of the importer in this language: a reason of a refused row or an error, a note, how a file was understood, how sure a
/// place is, by what a duplicate is known and what it is, `line 5`. One without a pattern stays English.
pub fn say(lang: Lang, english: &str) -> Cow<'_, str> {
    if lang == Lang::En {
        return Cow::Borrowed(english);
    }
    match translate(MESSAGES, english, &Cell::new(MOST_PARTS)) {
        Some(Found { polish, .. }) => Cow::Owned(polish),
        None => {
            log(english);
            Cow::Borrowed(english)
        }
    }
}

fn log(english: &str) {
    let english: String = english.chars().take(LONGEST_LOGGED).collect();
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < MOST_LOGGED && !logged.contains(&english) {
        tracing::debug!(english, "a message of the importer has no Polish");
        logged.insert(english);
    }
}

/// A sentence with holes, English, and what it becomes.
#[derive(Debug)]
struct Pattern {
    english: Vec<Piece>,
    polish: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole {
        name: String,
        /// The table in which what fills the hole is looked up.
        table: Option<String>,
    },
}

/// Reads the catalogue.
fn read(written: &str) -> Result<BTreeMap<String, Vec<Pattern>>, toml::de::Error> {
    let tables: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(written)?;
    let pattern = |(english, polish): (String, String)| Pattern { english: pieces(&english), polish: pieces(&polish) };
    Ok(tables.into_iter().map(|(name, sentences)| (name, sentences.into_iter().map(pattern).collect())).collect())
}

/// How many letters of a sentence are fixed.
fn fixed(pieces: &[Piece]) -> usize {
    let length = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 0 };
    pieces.iter().map(length).sum()
}

/// Takes `{name}` and `{name:table}` as holes; other braces are text.
fn pieces(sentence: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut text, mut rest) = (String::new(), sentence);
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let inner = after.find('}').and_then(|end| after.get(1..end));
        let Some(inner) = inner.filter(|inner| {
            !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b':'))
        }) else {
            text.push('{');
            rest = &after[1..];
            continue;
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let (name, table) = inner.split_once(':').map_or((inner, None), |(name, table)| (name, Some(table)));
        pieces.push(Piece::Hole { name: name.to_owned(), table: table.map(str::to_owned) });
        rest = &after[inner.len() + 2..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// A sentence in Polish.
struct Found {
    polish: String,
    /// How many letters of the English one are those of patterns; the others are taken over.
    fixed: usize,
}

/// The Polish by the pattern that says the most, its parts included.
fn translate(table: &str, english: &str, parts: &Cell<u32>) -> Option<Found> {
    parts.set(parts.get().checked_sub(1)?);
    let fitting =
        CATALOGUE.get(table)?.iter().filter_map(|pattern| Some((pattern, matched(&pattern.english, english)?)));
    fitting.map(|(pattern, found)| pattern.fill(&found, parts)).max_by_key(|found| found.fixed)
}

/// What stands in the holes of a pattern that fits the whole text, in order: each as short as the text after it allows.
fn matched<'t>(pieces: &[Piece], text: &'t str) -> Option<Vec<&'t str>> {
    let mut found = Vec::new();
    let (mut rest, mut open) = (text, false);
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Text(wanted) = piece else {
            open = true;
            continue;
        };
        let last = at + 1 == pieces.len();
        let start = match (open, last) {
            (true, true) => rest.strip_suffix(wanted.as_str())?.len(),
            (true, false) => rest.find(wanted.as_str())?,
            (false, _) => rest.starts_with(wanted.as_str()).then_some(0)?,
        };
        if std::mem::take(&mut open) {
            found.push(&rest[..start]);
        }
        rest = &rest[start + wanted.len()..];
    }
    if open {
        found.push(rest);
        rest = "";
    }
    rest.is_empty().then_some(found)
}

impl Pattern {
    /// The Polish sentence with what stands in the holes of the English one.
    fn fill(&self, found: &[&str], parts: &Cell<u32>) -> Found {
        let holes = self.english.iter().filter_map(|piece| match piece {
            Piece::Hole { name, .. } => Some(name),
            Piece::Text(_) => None,
        });
        let found: BTreeMap<&String, &str> = holes.zip(found.iter().copied()).collect();
        let mut filled = Found { polish: String::new(), fixed: fixed(&self.english) };
        for piece in &self.polish {
            match piece {
                Piece::Text(text) => filled.polish.push_str(text),
                Piece::Hole { name, table } => {
                    let text = found.get(name).copied().unwrap_or_default();
                    let part = table.as_ref().and_then(|table| translate(table, text, parts));
                    filled.fixed += part.as_ref().map_or(0, |part| part.fixed);
                    filled.polish.push_str(part.as_ref().map_or(text, |part| &part.polish));
                }
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests;
