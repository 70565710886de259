//! The form in which the columns and words of a file are matched with ours: what it shows, and the mapping that it says.

use crate::import::Kind;
use crate::import::look::{Column, Look, our_columns};
use crate::import::mapping::Mapping;
use crate::import::suggest::words_key;
use crate::web::{Check, Form, Page};

/// Choice of a column that is made from several of theirs, as a mapping file said.
const JOINED: &str = "joined";

/// Most letters of a value for all rows.
const MOST_LETTERS: usize = 200;

/// One of our columns.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub label: String,
    /// A row without it is refused.
    pub required: bool,
    /// What it is made from: the number of a column of theirs, [`JOINED`], or nothing.
    pub chosen: String,
    /// Their columns that it is made from, where there are several.
    pub joined: String,
    /// What it holds where the file has nothing.
    pub constant: String,
    /// Codes that it takes, with their words; empty where it takes any text.
    pub codes: Vec<(&'static str, String)>,
    /// Their words in it, each with the code that it stands for.
    pub words: Vec<Word>,
}

impl Row {
    /// True when something is said about it.
    pub fn is_used(&self) -> bool {
        self.required || !self.chosen.is_empty() || !self.constant.is_empty()
    }
}

/// A word of theirs.
#[derive(Debug)]
pub struct Word {
    /// Name of its field.
    pub field: String,
    /// The word.
    pub word: String,
    /// Our code; empty while there is none.
    pub code: String,
}

/// Our columns that the form asks about. What the page itself knows, it does not ask.
fn asked(kind: Kind) -> impl Iterator<Item = Column> {
    our_columns(kind).into_iter().filter(|column| !matches!(column.name, "source" | "municipality"))
}

/// The column of theirs that one of ours is made from, where it is one.
fn single<'a>(mapping: &'a Mapping, ours: &str) -> Option<&'a str> {
    match mapping.theirs(ours)[..] {
        [theirs] => Some(theirs),
        _ => None,
    }
}

/// The rows of the form.
pub fn rows(page: &Page, kind: Kind, look: &Look, mapping: &Mapping) -> Vec<Row> {
    let row = |column: Column| {
        let name = column.name;
        let theirs = mapping.theirs(name);
        let number = |theirs: &str| look.columns.iter().position(|one| one == theirs).map(|at| at.to_string());
        let words = look.words.get(name).into_iter().flatten().enumerate().map(|(at, word)| Word {
            field: format!("w-{name}-{at}"),
            word: word.clone(),
            code: mapping.code(name, word).unwrap_or_default().to_owned(),
        });
        Row {
            name,
            label: page.code("column", name),
            required: column.required,
            chosen: match theirs[..] {
                [] => String::new(),
                [theirs] => number(theirs).unwrap_or_default(),
                _ => JOINED.to_owned(),
            },
            joined: if theirs.len() > 1 { theirs.join(" + ") } else { String::new() },
            constant: mapping.constant(name).to_owned(),
            codes: column.codes.iter().map(|code| (*code, page.t(&words_key(kind, name, code)))).collect(),
            words: if theirs.len() == 1 { words.collect() } else { Vec::new() },
        }
    };
    asked(kind).map(row).collect()
}

/// The mapping that a filled-in form says: that before, with what was chosen.
pub fn read(check: &mut Check<'_>, form: &Form, kind: Kind, look: &Look, mapping: &Mapping) -> Mapping {
    let mut new = mapping.clone();
    for column in asked(kind) {
        let name = column.name;
        let before = single(mapping, name);
        match form.value(&format!("c-{name}")) {
            JOINED => {}
            chosen => {
                let theirs = chosen.parse().ok().and_then(|at: usize| look.columns.get(at)).map(String::as_str);
                if theirs != before {
                    // The words of another column mean something else; they are looked up when the file is tried.
                    new.set_theirs(name, None);
                }
                new.set_theirs(name, theirs);
            }
        }
        let constant = check.line(&format!("d-{name}"), 0..=MOST_LETTERS);
        if !column.codes.is_empty()
            && !constant.is_empty()
            && constant.split(';').any(|one| !column.codes.contains(&one))
        {
            check.fail(&format!("d-{name}"), "form-error-choice");
        }
        new.set_constant(name, &constant);
        if before.is_some() && single(&new, name) == before {
            for (at, word) in look.words.get(name).into_iter().flatten().enumerate() {
                let code = form.value(&format!("w-{name}-{at}"));
                if code.is_empty() || column.codes.contains(&code) {
                    new.set_code(name, word, code);
                }
            }
        }
        if column.required && new.theirs(name).is_empty() && constant.is_empty() {
            check.fail(&format!("c-{name}"), "intake-column-required");
        }
    }
    new
}
