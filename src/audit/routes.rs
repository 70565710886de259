//! `GET /urzad/dziennik`: who changed what, when, from what to what.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::queries::{self, Entry, Filter};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Page, form_page};

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new().get("/urzad/dziennik", Rule::OFFICIALS, log)
}

/// How many entries a page shows.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "audit/log.html")]
struct LogPage {
    page: Page,
    entries: Vec<Entry>,
    things: Vec<String>,
    thing: String,
    office_only: bool,
    /// Query string of the page of older entries.
    older: Option<String>,
}

/// A column that changed.
struct Changed {
    column: String,
    before: String,
    after: String,
}

impl LogPage {
    fn changes(&self, entry: &Entry) -> Vec<Changed> {
        changes(entry)
    }
}

/// The columns of an entry: what was, what is.
fn changes(entry: &Entry) -> Vec<Changed> {
    let empty = serde_json::Map::new();
    let map =
        |value: &'_ Option<Value>| value.as_ref().and_then(Value::as_object).cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (map(&entry.before), map(&entry.after));
    let mut columns: Vec<&String> = before.keys().chain(after.keys()).collect();
    columns.sort();
    columns.dedup();
    let show = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => shortened(text),
        Some(other) => shortened(&other.to_string()),
    };
    let changed = columns.into_iter().map(|column| Changed {
        column: column.clone(),
        before: show(before.get(column)),
        after: show(after.get(column)),
    });
    // A new or deleted row has many columns that say nothing.
    changed.filter(|changed| changed.before != changed.after).collect()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

async fn log(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let things = queries::things(&app.pool).await?;
    let known: Vec<&str> = things.iter().map(String::as_str).collect();
    let thing = page.params.codes("rodzaj", &known)?.pop();
    let office_only = page.params.one("urzad")?.is_some();
    let filter = Filter {
        municipality_id: viewer.municipality_id,
        thing: thing.clone(),
        thing_id: page.params.parsed("id", "a number")?,
        office_only,
        before: page.params.parsed("przed", "a number")?,
    };
    let entries = queries::entries(&app.pool, &filter, PAGE).await?;
    let full = i64::try_from(entries.len()).is_ok_and(|count| count == PAGE);
    let older = entries.last().filter(|_| full).map(|last| page.params.with("przed", Some(&last.id.to_string())));
    let thing = thing.unwrap_or_default();
    form_page(StatusCode::OK, &page.clone(), &LogPage { page, entries, things, thing, office_only, older })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn only_what_changed_is_shown() {
        let entry = Entry {
            id: 1,
            at: datetime!(2026-11-22 10:00),
            name: String::new(),
            role: "official".to_owned(),
            action: "update".to_owned(),
            thing: "premises".to_owned(),
            thing_id: Some(7),
            before: Some(json!({ "name": "A", "area_m2": 10.5, "note": null })),
            after: Some(json!({ "name": "B", "area_m2": 10.5, "note": "" })),
        };
        let changes = changes(&entry);
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].column.as_str(), changes[0].before.as_str(), changes[0].after.as_str()),
            ("name", "A", "B")
        );
    }
}
