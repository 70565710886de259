//! Profiles that nobody confirmed for long: their representatives are asked by mail, and confirm by one click.

pub mod queries;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Organisation;
use crate::access::queries::act_as;
use crate::access::{Post, Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Part};
use crate::web::{Lang, Page, form_page};

/// After so many days a profile is asked about.
const DAYS_UNTIL_STALE: i32 = 365;
/// Nobody is asked about the same profile again before so many days, and a link works as long.
const DAYS_BETWEEN: i32 = 90;
/// Most mails of one round.
const MOST: i64 = 200;

pub(super) fn routes() -> Routes {
    // Whoever has the link was sent it; that it changes something only when a form is sent keeps programs that look at
    // links in mails from confirming.
    Routes::new().get("/potwierdzenie/{token}", Rule::ANYONE, page).post(
        "/potwierdzenie/{token}",
        Rule::ANYONE,
        confirm,
    )
}

/// Asks about profiles that nobody confirmed for a year. Safe on several nodes at once.
///
/// # Errors
/// The database fails.
pub async fn run_due(app: &App) -> Result<()> {
    let mut tx = app.pool.begin().await?;
    let due = queries::due(&mut tx, MOST).await?;
    for due in &due {
        let token = queries::ask(&mut tx, due.organisation_id, due.account_id).await?;
        if mail::address(&due.email).is_some() {
            let letter = letter(app, due, &token);
            mail::enqueue(&mut tx, &app.config.mail, &due.email, &letter, None).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn letter(app: &App, due: &queries::Due, token: &str) -> Letter {
    let lang = Lang::from_tag(&due.lang).unwrap_or_default();
    let since = match due.verified_on {
        Some(day) => lang.x("verification-mail-since", &lang.date(day)),
        None => lang.t("verification-mail-never"),
    };
    Letter {
        lang,
        subject: lang.x("verification-mail-subject", &due.organisation),
        parts: vec![
            Part::Text(format!("{since} {}", lang.t("verification-mail-ask"))),
            Part::Button {
                label: lang.t("verification-mail-button"),
                url: app.absolute(&format!("/potwierdzenie/{token}")),
            },
            Part::Text(lang.t("verification-mail-else")),
            Part::Button {
                label: lang.t("verification-mail-edit"),
                url: app.absolute(&format!("/organizacje/{}/edytuj", due.slug)),
            },
        ],
        reason: lang.x("verification-mail-reason", &due.organisation),
        unsubscribe_url: None,
    }
}

#[derive(Template)]
#[template(path = "organisations/confirm.html")]
struct ConfirmPage {
    page: Page,
    /// What is to be confirmed; nothing where the link does not work any more.
    organisation: Option<Organisation>,
    used: bool,
}

/// `GET /potwierdzenie/{token}`
async fn page(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let (organisation, used) = match queries::asked(&app.pool, &token).await? {
        Some(asked) => (super::queries::detail(&app.pool, &asked.slug).await?, asked.used),
        None => (None, false),
    };
    let status = if organisation.is_some() { StatusCode::OK } else { StatusCode::GONE };
    form_page(status, &page.clone(), &ConfirmPage { page, organisation, used })
}

/// `POST /potwierdzenie/{token}`
async fn confirm(post: Post) -> Result<Response> {
    let token = post.path.first().ok_or_else(|| Error::NotFound("there is no link".to_owned()))?;
    let Some(asked) = queries::asked(&post.app.pool, token).await? else {
        let page = ConfirmPage { page: post.page.clone(), organisation: None, used: false };
        return form_page(StatusCode::GONE, &post.page, &page);
    };
    let mut tx = post.app.pool.begin().await?;
    act_as(&mut tx, asked.account_id, asked.role).await?;
    // Sent twice, it confirms once.
    if queries::use_up(&mut tx, token).await? {
        queries::confirm(&mut tx, asked.organisation_id, "organisation").await?;
    }
    tx.commit().await?;
    Ok(Post::see(&format!("/organizacje/{}", asked.slug)))
}
