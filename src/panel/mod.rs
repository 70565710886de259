//! `/panel` (my things) and `/urzad` (the office): where signed-in people begin.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::access::{Role, Routes, Rule, Viewer};
use crate::app::App;
use crate::contact;
use crate::error::{Error, Result};
use crate::exchange;
use crate::review;
use crate::support;
use crate::web::{Page, form_page};

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new().get("/panel", Rule::SIGNED_IN, panel).get("/urzad", Rule::OFFICIALS, office)
}

/// A way on: where, icon, words, what there is to say about it.
struct Way {
    path: String,
    icon: &'static str,
    title: String,
    text: String,
    /// How much waits there.
    count: i64,
}

#[derive(Template)]
#[template(path = "panel/panel.html")]
struct PanelPage {
    page: Page,
    viewer: Viewer,
    ways: Vec<Way>,
    /// Of a representative without an organisation: what to do first.
    needs_organisation: bool,
}

/// `GET /panel`
async fn panel(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let way = |path: &str, icon, word: &str, count| Way {
        path: path.to_owned(),
        icon,
        title: page.t(&format!("panel-{word}")),
        text: page.t(&format!("panel-{word}-text")),
        count,
    };
    let mut ways = Vec::new();
    if viewer.is_office() {
        let waiting = review::queries::waiting_count(&app.pool, viewer.municipality_id).await?;
        ways.push(way("/urzad", "landmark", "office", waiting));
    }
    if viewer.role == Role::Administrator {
        ways.push(way("/admin", "users", "accounts", 0));
    }
    for (slug, name) in support::queries::named(&app.pool, &viewer.institutions).await? {
        let (path, text) = (format!("/wsparcie/{slug}/edytuj"), page.t("panel-institution-text"));
        ways.push(Way { path, icon: "pencil", title: name, text, count: 0 });
    }
    ways.push(way(exchange::manage::DESK, "store", "exchange", 0));
    if viewer.is_office() || !viewer.organisations.is_empty() {
        let organisations: Vec<i64> = viewer.organisations.iter().map(|one| one.id).collect();
        let office = viewer.municipality_id.filter(|_| viewer.is_office());
        let waiting = exchange::loans::queries::waiting(&app.pool, &organisations, office).await?;
        ways.push(way("/panel/wypozyczenia", "repeat", "loans", waiting));
    }
    if !viewer.is_office() {
        ways.push(way("/moja-organizacja", "search", "organisation", 0));
    }
    let unread = contact::queries::unread(&app.pool, &viewer).await?;
    ways.push(way("/wiadomosci", "message-square", "messages", unread));
    ways.push(way("/powiadomienia", "bell", "notices", 0));
    ways.push(way("/konto", "settings", "account", 0));
    let needs_organisation = viewer.role == Role::Representative && viewer.organisations.is_empty();
    let viewer = (*viewer).clone();
    form_page(StatusCode::OK, &page.clone(), &PanelPage { page, viewer, ways, needs_organisation })
}

#[derive(Template)]
#[template(path = "panel/office.html")]
struct OfficePage {
    page: Page,
    waiting: i64,
}

/// `GET /urzad`
async fn office(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let waiting = review::queries::waiting_count(&app.pool, viewer.municipality_id).await?;
    form_page(StatusCode::OK, &page.clone(), &OfficePage { page, waiting })
}
