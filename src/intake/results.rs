//! What an import would do, or did, as a page shows it: one list at a time, each row in words.

use crate::error::{Error, Result};
use crate::import::value::UNKNOWN_CODE;
use crate::import::words::say;
use crate::import::{Change, Duplicate, FieldChange, Note, Place, Refusal, Report, What};
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::{Lang, Page};

/// A list of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Rows that are refused.
    Refused,
    /// Records that change.
    Changed,
    /// Records that come.
    New,
    /// Records that go.
    Deleted,
    /// Rows that seem to be records of other sources.
    Duplicates,
    /// What else there is to say.
    Notes,
}

impl List {
    const ALL: [Self; 6] = [Self::Refused, Self::Changed, Self::New, Self::Deleted, Self::Duplicates, Self::Notes];

    /// Its name in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "odrzucone",
            Self::Changed => "zmienione",
            Self::New => "nowe",
            Self::Deleted => "usuniete",
            Self::Duplicates => "podobne",
            Self::Notes => "uwagi",
        }
    }

    /// Key of its words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "intake-list-refused",
            Self::Changed => "intake-list-changed",
            Self::New => "intake-list-new",
            Self::Deleted => "intake-list-deleted",
            Self::Duplicates => "intake-list-duplicates",
            Self::Notes => "intake-list-notes",
        }
    }

    fn what(self) -> Option<What> {
        match self {
            Self::Changed => Some(What::Changed),
            Self::New => Some(What::New),
            Self::Deleted => Some(What::Deleted),
            _ => None,
        }
    }

    /// How many rows of a report it has.
    fn length(self, report: &Report) -> usize {
        match self {
            Self::Refused => report.refused.len(),
            Self::Duplicates => report.duplicates.len(),
            Self::Notes => report.notes.len(),
            _ => report.changes.iter().filter(|change| Some(change.what) == self.what()).count(),
        }
    }
}

/// A tab: a list that is not empty.
#[derive(Debug)]
pub struct Tab {
    /// The list.
    pub list: List,
    /// How many rows it has; where that is more than are listed, the number of all.
    pub count: i64,
}

/// A row of any list.
#[derive(Debug)]
pub struct Row {
    /// Where in the file: "wiersz 5"; empty where it is nowhere.
    pub place: String,
    /// What it is about: a column, a record.
    pub subject: String,
    /// What stands there, or what changes, in lines.
    pub details: Vec<Detail>,
    /// What is to be said about it.
    pub text: String,
}

/// A field that changes, or a value that is wrong.
#[derive(Debug)]
pub struct Detail {
    /// Its name; empty where the row says it.
    pub field: String,
    /// What is there.
    pub before: String,
    /// What will be; none where nothing changes.
    pub after: Option<String>,
}

/// The list that a page shows.
#[derive(Debug)]
pub struct Shown {
    /// Lists that are not empty.
    pub tabs: Vec<Tab>,
    /// The one that is shown.
    pub list: List,
    /// Its rows on this page.
    pub rows: Vec<Row>,
    /// Which page.
    pub paging: Paging,
}

/// The list that a request asks for (`lista`), or the first that is not empty; none where all are.
///
/// # Errors
/// `lista` or `page` is not what it can be.
pub fn shown(page: &Page, report: &Report) -> Result<Option<Shown>> {
    let count = |list: List| {
        let listed = list.length(report);
        let all = match list {
            List::Changed => report.updated,
            List::New => report.inserted,
            List::Deleted => usize::try_from(report.deleted).unwrap_or(usize::MAX),
            _ => listed,
        };
        Tab { list, count: i64::try_from(if listed > 0 { all.max(listed) } else { 0 }).unwrap_or(i64::MAX) }
    };
    let tabs: Vec<Tab> = List::ALL.into_iter().map(count).filter(|tab| tab.count > 0).collect();
    let asked = match page.params.one("lista")? {
        Some(name) => Some(
            List::ALL
                .into_iter()
                .find(|list| list.name() == name)
                .ok_or_else(|| Error::parameter("lista", format!("“{name}” is no list")))?,
        ),
        None => None,
    };
    let Some(list) = asked.or_else(|| tabs.first().map(|tab| tab.list)) else { return Ok(None) };
    let paging = Paging::of(&page.params, list.length(report))?;
    let (skip, take) =
        (usize::try_from(paging.offset()).unwrap_or(0), usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX));
    let rows = match list {
        List::Refused => report.refused.iter().skip(skip).take(take).map(|one| refused(page.lang, one)).collect(),
        List::Duplicates => report.duplicates.iter().skip(skip).take(take).map(|one| similar(page, one)).collect(),
        List::Notes => report.notes.iter().skip(skip).take(take).map(|one| note(page.lang, one)).collect(),
        _ => {
            let of_list = report.changes.iter().filter(|change| Some(change.what) == list.what());
            of_list.skip(skip).take(take).map(|one| changed(page, one)).collect()
        }
    };
    Ok(Some(Shown { tabs, list, rows, paging }))
}

/// Where in the file.
fn place(lang: Lang, place: Option<&Place>) -> String {
    match place {
        Some(Place { feature: Some(number), .. }) => lang.x("intake-feature", &number.to_string()),
        Some(Place { line, .. }) if *line > 0 => lang.x("intake-line", &line.to_string()),
        _ => String::new(),
    }
}

fn refused(lang: Lang, refusal: &Refusal) -> Row {
    let value = refusal.value.as_ref().filter(|value| !value.is_empty());
    Row {
        place: place(lang, Some(&refusal.place)),
        subject: refusal.column.clone().unwrap_or_default(),
        details: value
            .map(|value| Detail { field: String::new(), before: shortened(value), after: None })
            .into_iter()
            .collect(),
        // The form of the columns says what the codes are called.
        text: if refusal.reason.contains(UNKNOWN_CODE) {
            lang.t("intake-unknown-word")
        } else {
            say(lang, &refusal.reason).into_owned()
        },
    }
}

fn similar(page: &Page, duplicate: &Duplicate) -> Row {
    let key = if duplicate.merged { "intake-duplicate-merged" } else { "intake-duplicate-by" };
    Row {
        place: place(page.lang, Some(&duplicate.row)),
        subject: duplicate.record.clone(),
        details: Vec::new(),
        text: page.x(key, &say(page.lang, &duplicate.why)),
    }
}

fn note(lang: Lang, note: &Note) -> Row {
    Row {
        place: place(lang, note.place.as_ref()),
        subject: String::new(),
        details: Vec::new(),
        text: say(lang, &note.text).into_owned(),
    }
}

/// What people call a field: mostly it is a column.
fn label(page: &Page, field: &str) -> String {
    let words = page.code("column", field);
    if words.starts_with('[') { field.to_owned() } else { words }
}

fn changed(page: &Page, change: &Change) -> Row {
    let detail = |field: &FieldChange| {
        let nothing = || page.t("intake-nothing");
        let text = |value: &Option<String>| value.as_ref().map_or_else(nothing, |text| shortened(text));
        let moved = field.moved_m.map(|metres| page.x("intake-moved", &page.lang.distance(metres)));
        Detail {
            field: label(page, &field.field),
            before: if moved.is_some() { String::new() } else { text(&field.before) },
            after: moved.or_else(|| Some(text(&field.after))),
        }
    };
    Row {
        place: place(page.lang, change.place.as_ref()),
        subject: change.name.clone(),
        details: change.fields.iter().map(detail).collect(),
        text: change.source_id.clone(),
    }
}

/// Most letters of a value in a table.
const MOST_LETTERS: usize = 160;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
