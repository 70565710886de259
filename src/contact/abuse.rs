//! Reporting a message, and not taking any more of somebody's.

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::abuse::{self, Suspect};
use super::queries::{self, Thread};
use super::{Party, limits};
use crate::access::{Owned, Post, queries::begin_as};
use crate::app::App;
use crate::error::{Error, Result};
use crate::review;
use crate::web::{FormView, Page, form_page, html};

#[derive(Template)]
#[template(path = "contact/report.html")]
struct ReportPage {
    page: Page,
    thread: Thread,
    message: Suspect,
    /// Whether the author's messages are taken; nothing where they cannot be blocked.
    blocked: Option<bool>,
    form: FormView,
}

/// The message of the other side that a parameter or field names.
async fn suspect(app: &App, thread: &Thread, id: &str) -> Result<Suspect> {
    let missing = || Error::NotFound("there is no such message of the other side".to_owned());
    let id = id.parse::<i64>().map_err(|_| missing())?;
    let (thread_id, side, message) = abuse::message(&app.pool, id).await?.ok_or_else(missing)?;
    if thread_id == thread.id && side != thread.side { Ok(message) } else { Err(missing()) }
}

async fn show(
    app: &App,
    page: &Page,
    thread: Thread,
    mut message: Suspect,
    status: StatusCode,
    form: FormView,
) -> Result<Response> {
    if message.hidden {
        message.text = page.t("contact-hidden-message");
    }
    let blocked = match (&thread.mine, message.author_id) {
        (Party::Office { .. }, _) | (_, None) => None,
        (mine, Some(author_id)) => Some(abuse::is_blocked(&app.pool, author_id, mine).await?),
    };
    form_page(status, page, &ReportPage { page: page.clone(), thread, message, blocked, form })
}

/// `GET /wiadomosci/{key}/zgloszenie?wiadomosc=…`
pub(super) async fn page(State(app): State<App>, page: Page, Extension(owned): Extension<Owned>) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let thread = queries::thread(&app.pool, owned.id, viewer.account_id).await?;
    let message = suspect(&app, &thread, page.params.one("wiadomosc")?.unwrap_or_default()).await?;
    show(&app, &page, thread, message, StatusCode::OK, FormView::default()).await
}

/// `POST /wiadomosci/{key}/zgloszenie`
pub(super) async fn report(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let thread = queries::thread(&post.app.pool, post.owned.id, viewer.account_id).await?;
    let message = suspect(&post.app, &thread, post.form.value("wiadomosc")).await?;
    let mut check = post.form.check(post.page.lang);
    let note = check.text("note", 5..=2000);
    if let Err(form) = check.finish() {
        return show(&post.app, &post.page, thread, message, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let mut transaction = begin_as(&post.app.pool, &viewer).await?;
    limits::count_report(&mut transaction, &viewer).await?;
    let open = review::Open {
        municipality_id: message.municipality_id,
        kind: "report",
        thing: "message",
        thing_id: message.id,
        author_id: viewer.account_id,
        note: &note,
    };
    review::queries::open(&mut transaction, &open).await?;
    transaction.commit().await?;
    Ok(Post::see(&format!("/wiadomosci/{}?stan=zgloszono", thread.key)))
}

/// `POST /wiadomosci/{key}/blokada`
pub(super) async fn block(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let thread = queries::thread(&post.app.pool, post.owned.id, viewer.account_id).await?;
    let message = suspect(&post.app, &thread, post.form.value("wiadomosc")).await?;
    let refused = |why: &str| Err(Error::Forbidden(why.to_owned()));
    if thread.mine.office().is_some() {
        return refused("an office takes everybody's messages; report what is abuse");
    }
    let Some(author_id) = message.author_id else { return refused("the account is deleted") };
    let blocked = match post.form.value("block") {
        "yes" => true,
        "no" => false,
        _ => return Err(Error::BadForm("block is neither yes nor no".to_owned())),
    };
    let mut transaction = begin_as(&post.app.pool, &viewer).await?;
    abuse::block(&mut transaction, author_id, &thread.mine, blocked).await?;
    transaction.commit().await?;
    let done = if blocked { "zablokowano" } else { "odblokowano" };
    Ok(Post::see(&format!("/wiadomosci/{}?stan={done}", thread.key)))
}

#[derive(Template)]
#[template(path = "contact/reported.html")]
struct ReportedPage {
    page: Page,
    message: Suspect,
}

/// `GET /wiadomosci/zgloszone/{id}`: for officials who decide, and whoever reported it. Nothing else of the conversation shows.
pub(super) async fn reported(
    State(app): State<App>,
    page: Page,
    Extension(owned): Extension<Owned>,
) -> Result<Response> {
    let found = abuse::message(&app.pool, owned.id).await?;
    let (_, _, message) = found.ok_or_else(|| Error::NotFound("the message is gone".to_owned()))?;
    html(&ReportedPage { page, message })
}
