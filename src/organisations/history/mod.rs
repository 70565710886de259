//! Who changed what of an organisation, and when: for its representatives and officials.

mod queries;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;
use time::Date;

use super::profile::changes::{Change, changes};
use super::profile::edit::KEEPERS;
use crate::access::{Owned, Routes};
use crate::app::App;
use crate::error::Result;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::{Page, html};

pub(super) fn routes() -> Routes {
    Routes::new().get("/organizacje/{slug}/historia", KEEPERS, page)
}

/// A row of the log of changes.
struct Row {
    day: Date,
    time: String,
    action: String,
    thing: String,
    role: String,
    who: Option<String>,
    subject: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
}

/// A change as the page tells it.
struct Entry {
    day: Date,
    time: String,
    who: String,
    what: String,
    changes: Vec<Change>,
}

impl Entry {
    fn of(page: &Page, row: &Row) -> Self {
        let nothing = Value::Null;
        let (before, after) = (row.before.as_ref().unwrap_or(&nothing), row.after.as_ref().unwrap_or(&nothing));
        let subject = row.subject.clone().unwrap_or_else(|| page.t("history-deleted-account"));
        let (what, changes) = match (row.thing.as_str(), row.action.as_str()) {
            ("representative", "insert") => (page.x("history-joined", &subject), Vec::new()),
            ("representative", "delete") => (page.x("history-left", &subject), Vec::new()),
            (_, "insert") => (page.t("history-added"), changes(page, before, after)),
            _ => {
                let changes = changes(page, before, after);
                let what = if changes.is_empty() { "history-confirmed" } else { "history-changed" };
                (page.t(what), changes)
            }
        };
        let role = page.code("history-role", &row.role);
        let who = match &row.who {
            Some(name) => format!("{name} ({role})"),
            None => role,
        };
        Self { day: row.day, time: row.time.clone(), who, what, changes }
    }
}

#[derive(Template)]
#[template(path = "organisations/history.html")]
struct HistoryPage {
    page: Page,
    slug: String,
    name: String,
    entries: Vec<Entry>,
    paging: Paging,
}

/// `GET /organizacje/{slug}/historia`
async fn page(
    State(app): State<App>,
    page: Page,
    Path(slug): Path<String>,
    Extension(owned): Extension<Owned>,
) -> Result<Response> {
    let (name, count) = queries::summary(&app.pool, owned.id).await?;
    let paging = Paging::parse(&page.params, count)?;
    let rows = queries::page(&app.pool, owned.id, PAGE_SIZE, paging.offset()).await?;
    let entries = rows.iter().map(|row| Entry::of(&page, row)).collect();
    html(&HistoryPage { page, slug, name, entries, paging })
}
